/**
 * `isosession` on edge runtimes (workerd, Deno, Bun, edge-light): the runtime's `fetch` below our
 * redirects and our cookie jar.
 *
 * @module
 */
import { Deadline } from './cancellation/deadline.ts';
import { LiveHeaders } from './request/live-headers.ts';
import { SessionJar } from './cookies/session-jar.ts';
import { readEdgeOption } from './options/edge-options.ts';
import { BaseSession } from './session.ts';
import { oneCall } from './standalone.ts';
import { cookieLayer } from './cookies/cookie-layer.ts';
import { type FetchTransportOptions, overFetch } from './transports/fetch.ts';
import type { CookieJarLike } from './types/cookies.ts';
import type { SessionOptions } from './types/options.ts';
import type { Transport } from './types/transport.ts';
import { userAgent } from './version.ts';
import { setNameless } from './request/brand.ts';
import type { Platform } from './model.ts';

// Before its compatibility date 2024-09-26, workerd's own objects do not name themselves.
if (globalThis.Response && !(Symbol.toStringTag in Response.prototype))
  setNameless([Request, URL, Blob, FormData, URLSearchParams, ReadableStream]);

const platform: Platform = {
  read: readEdgeOption,
  // `accept-encoding` is the runtime's, since it decodes.
  headers: (parent) =>
    new LiveHeaders(
      parent ?? [
        ['user-agent', userAgent],
        ['accept', '*/*'],
      ],
    ),
  transport: () => fetchTransport(),
  cookies: (source, baseUrl) =>
    new SessionJar(source as CookieJarLike | SessionJar | undefined, baseUrl),
  cookieLayer,
  Deadline,
};

/**
 * One HTTP session: cookies, defaults, credentials, retries, timeouts and connections that its
 * calls share. It may be used by any number of concurrent calls, and an idle one keeps no process
 * alive.
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
  /**
   * @throws {InvalidRequestError} for an option that does not exist or has a wrong value; {@link
   * UnsupportedError} for what this platform cannot do.
   */
  constructor(options: SessionOptions = {}) {
    super(options, platform);
  }
}

const once = /* @__PURE__ */ oneCall(() => new Session());
/**
 * One call in a session of its own, which is closed when the body ends, is cancelled or is
 * collected.
 */
export const request = /* @__PURE__ */ once('request');
export const get = /* @__PURE__ */ once('get');
export const post = /* @__PURE__ */ once('post');
export const put = /* @__PURE__ */ once('put');
export const patch = /* @__PURE__ */ once('patch');
/** DELETE: `delete` is a word of the language. */
export const del = /* @__PURE__ */ once('delete');
export const head = /* @__PURE__ */ once('head');
export const options = /* @__PURE__ */ once('options');

/**
 * A transport over any WHATWG `fetch`: the global one, or that of an app in this process
 * (`fetchTransport({ fetch: app.fetch })`). The session's redirects and jar run above it.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  return overFetch(options, false);
}

export {
  basic,
  bearer,
  csrf,
  DecodeError,
  HTTPError,
  InvalidRequestError,
  NetworkError,
  ProxyError,
  refresh,
  ResponsePromise,
  ResponseTooLargeError,
  SchemaError,
  SessionClosedError,
  SessionError,
  SessionResponse,
  TimeoutError,
  TooManyRedirectsError,
  UnsupportedError,
  webLock,
} from './public.ts';
export type {
  Auth,
  Awaitable,
  BodyIterable,
  BodyOption,
  CallContext,
  CookieAccess,
  CookieJarLike,
  CookieRecord,
  CookieRejection,
  CsrfFrom,
  CsrfOptions,
  CsrfPreset,
  ExtendOptions,
  FetchTransportOptions,
  FormOption,
  HeadersOption,
  HookState,
  Hooks,
  InferOutput,
  Link,
  Lock,
  Middleware,
  Next,
  PaginateOptions,
  Progress,
  ProgressCallback,
  ProxyOption,
  RefreshOptions,
  RequestBody,
  RequestOptions,
  ResolvedOptions,
  RetryOptions,
  RetryState,
  Scalar,
  SchemaIssue,
  SearchParamsOption,
  SentRequest,
  ServerSentEvent,
  SessionContext,
  SessionCookies,
  SessionErrorCode,
  SessionOptions,
  SessionRequest,
  SessionSnapshot,
  SessionStats,
  SharedOptions,
  StandardSchemaV1,
  TimeoutOptions,
  TimeoutPhase,
  TlsOptions,
  Tokens,
  Transport,
  TransportRequest,
  Verb,
} from './public.ts';
