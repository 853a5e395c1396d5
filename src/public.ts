/** What every entry behind `isosession` exports besides its `Session` and verbs. */
export { basic } from './middleware/auth/basic.ts';
export { bearer } from './middleware/auth/bearer.ts';
export { refresh } from './middleware/auth/refresh.ts';
export { webLock } from './middleware/auth/web-lock.ts';
export { csrf } from './middleware/csrf/csrf.ts';
export { SessionResponse } from './response/session-response.ts';
export { ResponsePromise } from './response/response-promise.ts';
export {
  DecodeError, HTTPError, InvalidRequestError, NetworkError, ProxyError, ResponseTooLargeError, SchemaError, SessionClosedError, SessionError, TimeoutError, TooManyRedirectsError, UnsupportedError,
} from './errors.ts';
export type { CsrfFrom } from './middleware/csrf/token-source.ts';
export type { Lock, RefreshOptions, Tokens } from './middleware/auth/refresh.ts';
export type { CsrfOptions, CsrfPreset } from './middleware/csrf/csrf.ts';
export type { FetchTransportOptions } from './transports/fetch.ts';
export type { Verb } from './standalone.ts';
export type {
  Auth, Awaitable, BodyIterable, BodyOption, CallContext, CookieAccess, CookieJarLike, CookieRecord, CookieRejection, ExtendOptions, FormOption, HeadersOption, Hooks, HookState,
  InferOutput, Link, Middleware, Next, PaginateOptions, Progress, ProgressCallback, ProxyOption, RequestBody, RequestOptions, ResolvedOptions, RetryOptions, RetryState, Scalar, SchemaIssue,
  SearchParamsOption, SentRequest, ServerSentEvent, SessionContext, SessionCookies, SessionOptions, SessionRequest, SessionSnapshot, SessionStats, SharedOptions, StandardSchemaV1,
  TimeoutOptions, TlsOptions, Transport, TransportRequest,
} from './types.ts';
export type { SessionErrorCode, TimeoutPhase } from './errors.ts';
