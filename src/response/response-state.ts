import type { RequestParts } from '../request/sent-request.ts';
import type { CallContext } from '../types/context.ts';
import type { SentRequest } from '../types/request.ts';
import type { HopTrace } from '../types/response.ts';
import { version } from '../version.ts';
import type { BodySource } from './body/body-source.ts';

/** The key of what a response tells the layers of each copy of this version. */
export const ownState = Symbol.for(`isosession.state ${version}`);

/** `Set-Cookie` lines, and how names and values are read out of them. */
export interface UnreadCookies {
  readonly lines: readonly string[];
  readonly parse: (lines: readonly string[]) => Readonly<Record<string, string>>;
}

/** What a response carries besides the platform's own parts. */
export interface ResponseState<Self extends Response = Response> {
  /** What was sent. */
  readonly sent: RequestParts & {
    readonly secrets: 'all' | 'own' | 'none';
    readonly passed: readonly string[];
  };
  /** The same as users see it, made when somebody asks. */
  request: SentRequest | undefined;
  /** ms from its first byte, or from send where that is not known, to its headers. */
  readonly elapsed: number;
  /** How it came, where the platform tells. */
  trace: (HopTrace & { readonly elapsed: number }) | undefined;
  attempts: number;
  history: readonly Self[];
  cookies: Readonly<Record<string, string>>;
  /** Where {@link cookies} come from, until somebody asks for them. */
  unreadCookies: UnreadCookies | undefined;
  /** The `Set-Cookie` lines, where they can be had without `Headers`. */
  readonly setCookies: readonly string[] | undefined;
  /** The `Location` lines of a redirect, byte for byte, where the same holds. */
  readonly locations: readonly string[] | undefined;
  source: BodySource | null;
  /** The stream behind `body`: the source itself does not hold it, so that it can be collected. */
  stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  parseJson: ((text: string) => unknown) | undefined;
  /** The call it belongs to; from `session.fetch`, reading fails as it does with fetch. */
  readonly call: { readonly asFetch: boolean; readonly context: CallContext };
  /** Empty where nobody says; `undefined` until the host's Response was asked. */
  url: string | undefined;
  redirected: boolean;
  /** The body of an HTTP error, where it was read. */
  errorData: { value: unknown } | undefined;
}

/** What a response of any copy tells, and nothing that has merely its methods. */
export function stateOf<State>(response: { [ownState](): State | undefined }): State {
  const state = response[ownState]();
  if (!state) throw new TypeError('state');
  return state;
}

/** The cookies that a response set, read when somebody asks for the first time. */
export function readCookies(state: ResponseState): Readonly<Record<string, string>> {
  const { unreadCookies } = state;
  if (unreadCookies) {
    state.cookies = unreadCookies.parse(unreadCookies.lines);
    state.unreadCookies = undefined;
  }
  return state.cookies;
}
