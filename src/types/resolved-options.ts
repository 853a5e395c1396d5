import type { ProxyOption, TlsOptions } from './connection.ts';
import type { ProgressCallback } from './progress.ts';
import type { InterimResponse } from './response.ts';
import type { RetryOptions } from './retry.ts';
import type { TimeoutOptions } from './timeout.ts';
import type { Transport } from './transport.ts';

/**
 * The options of a call after merging: normalised, without a prototype, frozen. What {@link
 * SharedOptions} says of each holds.
 */
export interface ResolvedOptions {
  /** Every phase in ms, or `false`. */
  readonly timeout: Readonly<TimeoutOptions>;
  /** What has a default is there; methods in upper case. */
  readonly retry: Readonly<RetryOptions>;
  /** The call's own, or that each call has one. */
  readonly idempotencyKey: string | true | undefined;
  /** Redirects that are followed. */
  readonly maxRedirects: number;
  /** `undefined`: only when data is asked for. */
  readonly throwHttpErrors: boolean | ((status: number) => boolean) | undefined;
  /** `undefined`: `JSON.parse`. */
  readonly parseJson: ((text: string) => unknown) | undefined;
  /** `undefined`: `JSON.stringify`. */
  readonly stringifyJson: ((value: unknown) => string) | undefined;
  /** Told as the body is sent. */
  readonly onUploadProgress: ProgressCallback | undefined;
  /** Told as the body is taken off the wire. */
  readonly onDownloadProgress: ProgressCallback | undefined;
  /** Told of interim responses. */
  readonly onInformation: ((response: InterimResponse) => void) | undefined;
  /** The most decoded bytes of a body; `undefined`: no bound of the call's. */
  readonly maxResponseSize: number | undefined;
  /** Names in lower case. */
  readonly keepHeaders: readonly string[];
  /** As in Fetch, section 2.2.5. */
  readonly redirect: NonNullable<RequestInit['redirect']>;
  /** `undefined`: the platform's default. */
  readonly credentials: RequestInit['credentials'] | undefined;
  /** Digests by Subresource Integrity, section 3.1. */
  readonly integrity: string | undefined;
  /** That of the call, which goes before every mount. */
  readonly transport: Transport | undefined;
  /**
   * The members of `RequestInit`, and what runtimes have added, that pass through to a fetch
   * transport. `decompress` is among them, in
   * Node `proxy` and `tls`, too.
   */
  readonly init: Readonly<
    RequestInit & {
      /** `false`: bodies stay in the codings that they came in. */
      decompress?: boolean | undefined;
      /** Normalised and frozen; reads as the option does. */
      proxy?: ProxyOption | undefined;
      /** Normalised and frozen; reads as the option does, with the texts of files in it. */
      tls?: TlsOptions | undefined;
    }
  >;
  /**
   * @internal The `authorization` of a further hop that credentials may follow to, in the place of
   * what the first one carried: for credentials that are bound to a URL or a host.
   */
  readonly authorizeHop?:
    ((hop: { readonly method: string; readonly url: URL }) => string | undefined) | undefined;
  /** @internal The origins that have led to a leg which begins where a redirect has ended. */
  readonly passed?: readonly string[] | undefined;
}
