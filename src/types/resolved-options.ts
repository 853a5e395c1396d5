import type { ProxyOption, TlsOptions } from './connection.ts';
import type { ProgressCallback } from './progress.ts';
import type { RetryOptions } from './retry.ts';
import type { TimeoutOptions } from './timeout.ts';
import type { Transport } from './transport.ts';

/** The options of a call after merging: normalised, without a prototype, frozen. */
export interface ResolvedOptions {
  readonly timeout: Readonly<TimeoutOptions>;
  readonly retry: Readonly<RetryOptions>;
  readonly maxRedirects: number;
  readonly throwHttpErrors: boolean | ((status: number) => boolean) | undefined;
  readonly parseJson: ((text: string) => unknown) | undefined;
  readonly stringifyJson: ((value: unknown) => string) | undefined;
  readonly onUploadProgress: ProgressCallback | undefined;
  readonly onDownloadProgress: ProgressCallback | undefined;
  readonly maxResponseSize: number | undefined;
  readonly keepHeaders: readonly string[];
  readonly redirect: NonNullable<RequestInit['redirect']>;
  readonly credentials: RequestInit['credentials'] | undefined;
  readonly integrity: string | undefined;
  readonly transport: Transport | undefined;
  /**
   * The members of `RequestInit`, and what runtimes have added, that pass through to a fetch
   * transport.
   */
  readonly init: Readonly<
    RequestInit & { proxy?: ProxyOption | undefined; tls?: TlsOptions | undefined }
  >;
}
