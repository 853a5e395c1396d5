/**
 * `isosession` in Node: undici below, and a cookie jar.
 *
 * @module
 */
import { LiveHeaders } from './core/live-headers.ts';
import type { Platform } from './core/platform.ts';
import { SessionJar } from './cookies/session-jar.ts';
import { acceptEncoding } from './node/decode.ts';
import { statsOf, undiciTransport } from './node/undici-transport.ts';
import { BaseSession } from './session.ts';
import { verbs } from './standalone.ts';
import { cookieLayer } from './cookies/cookie-layer.ts';
import { type FetchTransportOptions, overFetch } from './transport/fetch.ts';
import type { CookieJarLike, SessionOptions, Transport } from './types.ts';
import { userAgent } from './version.ts';

const platform: Platform = {
  name: 'Node',
  refuse: (name, value) => ((name === 'proxy' || name === 'tls') && value !== false
    ? `${name} is not supported in Node by this version: give undiciTransport({ dispatcher }) an undici dispatcher that has it` : undefined),
  headers: (parent) => new LiveHeaders(parent ?? [['user-agent', userAgent], ['accept', '*/*'], ['accept-encoding', acceptEncoding]]),
  transport: () => undiciTransport(),
  stats: statsOf,
  cookies: (source, baseUrl) => new SessionJar(source as CookieJarLike | SessionJar | undefined, baseUrl),
  cookieLayer,
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

/** A transport over any WHATWG `fetch`: the global one, or an app's own (`fetchTransport({ fetch: app.fetch })`). The session's redirects and jar run above it. */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  return overFetch(options, false);
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
