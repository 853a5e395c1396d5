/**
 * `isosession` in browsers: the browser's own `fetch`, cookies and redirects.
 *
 * @module
 */
import { SafeHeaders } from './core/headers.ts';
import type { Platform } from './core/platform.ts';
import { BrowserCookies } from './cookies/browser-cookies.ts';
import { BaseSession } from './session.ts';
import { verbs } from './standalone.ts';
import { type FetchTransportOptions, overFetch } from './transport/fetch.ts';
import type { SessionOptions, Transport } from './types.ts';

const platform: Platform = {
  name: 'a browser',
  refuse: (name, value) => (((name === 'proxy' || name === 'tls' || name === 'cookies') && value !== false && value !== 'share' && value !== 'new' && value !== 'copy') || (name === 'maxRedirects' && value !== 20 && value !== null)
    ? `${name} is not supported in a browser: it is the browser's own affair` : undefined),
  headers: (parent) => new SafeHeaders(parent),
  transport: () => fetchTransport(),
  cookies: (_, baseUrl) => new BrowserCookies(baseUrl),
};

/**
 * One HTTP session: cookies, defaults, credentials, retries, timeouts and connections that its calls share. It may be used by any number of
 * concurrent calls, and an idle one keeps no process alive.
 *
 * ```ts
 * import { Session, basic } from 'isosession';
 *
 * const api = new Session({ baseUrl: 'https://api.example.com/v1/', auth: basic('user', 'pass') });
 * const profile = await api.get('profile').json();
 * await api.close();
 * ```
 */
export class Session extends BaseSession {
  /** @throws {InvalidRequestError} for an option that does not exist or has a wrong value; {@link UnsupportedError} for what this platform cannot do. */
  constructor(options: SessionOptions = {}) {
    super(options, platform);
  }
}

/** One call in a session of its own, which is closed when the body ends, is cancelled or is collected. `del` is DELETE. */
export const { request, get, post, put, patch, del, head, options } = verbs(() => new Session());

/** A transport over `fetch`. The global one follows redirects and keeps cookies itself; another (`fetchTransport({ fetch: app.fetch })`) has the session's redirects above it. */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  return overFetch(options, true);
}

export {
  basic, bearer, DecodeError, HTTPError, InvalidRequestError, NetworkError, ResponsePromise, ResponseTooLargeError, SchemaError, SessionClosedError, SessionError, SessionResponse,
  TimeoutError, TooManyRedirectsError, UnsupportedError,
} from './public.ts';
export type { 
  Auth, Awaitable, BodyIterable, BodyOption, CallContext, CookieAccess, CookieJarLike, CookieRecord, CookieRejection, ExtendOptions,
  FetchTransportOptions, FormOption, HeadersOption, HookState, Hooks, InferOutput, Link, Middleware, Next, PaginateOptions, Progress, ProgressCallback,
  RequestBody, RequestOptions, ResolvedOptions, RetryOptions, RetryState, Scalar, SchemaIssue, SearchParamsOption, SentRequest, ServerSentEvent,
  SessionContext, SessionCookies, SessionErrorCode, SessionOptions, SessionRequest, SessionSnapshot, SessionStats, SharedOptions, StandardSchemaV1,
  TimeoutOptions, TimeoutPhase, Transport, TransportRequest, Verb,
 } from './public.ts';
