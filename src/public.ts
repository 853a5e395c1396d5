/** What every entry behind `isosession` exports besides its `Session` and verbs. */
export { basic } from './middleware/auth/basic.ts';
export { bearer } from './middleware/auth/bearer.ts';
export { refresh } from './middleware/auth/refresh/refresh.ts';
export { webLock } from './middleware/auth/refresh/web-lock.ts';
export { csrf } from './middleware/csrf/csrf.ts';
export { eventStream } from './session/event-stream.ts';
export { SessionResponse } from './response/session-response.ts';
export { ResponsePromise } from './response/response-promise.ts';
export { DecodeError } from './errors/decode-error.ts';
export { HTTPError } from './response/session-response.ts';
export { InvalidRequestError } from './errors/invalid-request-error.ts';
export { NetworkError } from './errors/network-error.ts';
export { ProxyError } from './errors/proxy-error.ts';
export { ResponseTooLargeError } from './errors/response-too-large-error.ts';
export { SchemaError } from './errors/schema-error.ts';
export { SessionClosedError } from './errors/session-closed-error.ts';
export { SessionError } from './errors/session-error.ts';
export { TimeoutError } from './errors/timeout-error.ts';
export { TooManyRedirectsError } from './errors/too-many-redirects-error.ts';
export { UnsupportedError } from './errors/unsupported-error.ts';
export type { CsrfFrom } from './middleware/csrf/token-source.ts';
export type { Lock } from './middleware/auth/refresh/lock.ts';
export type { LockHold, RefreshOptions } from './middleware/auth/refresh/refresh-options.ts';
export type { Tokens } from './middleware/auth/refresh/tokens.ts';
export type { CsrfOptions, CsrfPreset } from './middleware/csrf/csrf-options.ts';
export type { FetchTransportOptions } from './transports/fetch.ts';
export type { Verb } from './standalone.ts';
export type { Pem, ProxyOption, TlsOptions } from './types/connection.ts';
export type { Awaitable, CallContext, SessionContext } from './types/context.ts';
export type {
  CookieAccess,
  CookieJarLike,
  CookieRecord,
  CookieRejection,
  RefusedCookie,
  SessionCookies,
} from './types/cookies.ts';
export type {
  Auth,
  Middleware,
  Next,
  Ring,
  SessionRequest,
  UseOptions,
  Hooks,
  HookState,
} from './types/middleware.ts';
export type {
  CallOptions,
  FetchInit,
  RequestOptions,
  SessionOptions,
  SharedOptions,
} from './types/options.ts';
export type { Progress, ProgressCallback, TransferCallbacks } from './types/progress.ts';
export type {
  BodyIterable,
  BodyOption,
  BodyOptions,
  FormOption,
  HeadersOption,
  RequestBody,
  Scalar,
  SearchParamsOption,
  SentRequest,
} from './types/request.ts';
export type { ResolvedOptions } from './types/resolved-options.ts';
export type {
  ConnectionInfo,
  HopTrace,
  InterimResponse,
  Link,
  ResponseTimings,
  ServerSentEvent,
} from './types/response.ts';
export type { RetryOptions, RetryState } from './types/retry.ts';
export type {
  HstsRecord,
  SessionSnapshot,
  SessionStats,
  SnapshotOptions,
  ExtendOptions,
  EventStreamOptions,
  PaginateOptions,
} from './types/session.ts';
export type { InferOutput, SchemaIssue, StandardSchemaV1 } from './types/standard-schema.ts';
export type { TimeoutOptions } from './types/timeout.ts';
export type { Transport, TransportRequest } from './types/transport.ts';
export type { SessionErrorCode } from './errors/session-error.ts';
export type { TimeoutPhase } from './errors/timeout-error.ts';
