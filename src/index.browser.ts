/**
 * `isosession` in browsers: the browser's own `fetch`, cookies and redirects.
 *
 * @module
 */
import { Deadline } from './cancellation/deadline.ts';
import { SafeHeaders } from './request/headers.ts';
import { BrowserCookies } from './cookies/browser-cookies.ts';
import { readBrowserOption } from './options/browser-options.ts';
import { BaseSession } from './session.ts';
import { oneCall } from './standalone.ts';
import { type FetchTransportOptions, overFetch } from './transports/fetch.ts';
import { withUploadProgress, type UploadTransport } from './transports/send.ts';
import type { SessionOptions } from './types/options.ts';
import type { Transport } from './types/transport.ts';
import type { Platform } from './model.ts';

let warned = false;

/**
 * Only a browser hides `Set-Cookie`. A session on another host would send no cookies and never say
 * why.
 */
function warnElsewhere(): void {
  if (warned || !new Response(null, { headers: { 'set-cookie': 'a=1' } }).headers.has('set-cookie'))
    return;
  warned = true;
  console.warn(
    'isosession: no cookies in the browser build: use exports of node, workerd, edge-light, deno, bun',
  );
}

const platform: Platform = {
  read: readBrowserOption,
  headers: (parent) => new SafeHeaders(parent),
  transport: () => fetchTransport(),
  cookies: (_, baseUrl) => new BrowserCookies(baseUrl),
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
    warnElsewhere();
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
 * A transport over `fetch`. The global one follows redirects and keeps cookies itself; another,
 * such as an app's in this process (`fetchTransport({ fetch: app.fetch })`), has the session's
 * redirects above it.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const transport: UploadTransport = overFetch(options, true);
  // By a chunk that most pages never load.
  if (!options.fetch && globalThis.XMLHttpRequest) {
    transport[withUploadProgress] = (progress, scope) =>
      overFetch({}, true, async (...call) =>
        (await import('./transports/xhr.ts')).fetchByXhr(...call, progress, scope),
      );
  }
  return transport;
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
