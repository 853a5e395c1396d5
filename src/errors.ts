/**
 * Every error a session raises. All are branded by a registered symbol, so `SessionError.is(e)` holds across copies of the library.
 *
 * @module
 */
import type { CallContext, SchemaIssue, SentRequest } from './types.ts';
import type { SessionResponse } from './response/session-response.ts';

const brand = Symbol.for('isosession.error');

/** The `code` of each error class. */
export type SessionErrorCode =
  | 'ERR_HTTP_STATUS' | 'ERR_NETWORK' | 'ERR_TIMEOUT' | 'ERR_TOO_MANY_REDIRECTS' | 'ERR_RESPONSE_TOO_LARGE' | 'ERR_DECODE' | 'ERR_SCHEMA'
  | 'ERR_INVALID_REQUEST' | 'ERR_PROXY' | 'ERR_SESSION_CLOSED' | 'ERR_UNSUPPORTED';

/** What an error knows about its call. */
export interface ErrorDetails {
  request?: SentRequest | undefined;
  context?: CallContext | undefined;
  cause?: unknown;
}

/** Defines members that a walk over own keys does not meet: a logger must not print a whole request. */
export function hide(target: object, members: Record<PropertyKey, unknown>): void {
  for (const key of Reflect.ownKeys(members)) Object.defineProperty(target, key, { value: members[key], writable: true, configurable: true });
}

/** The parent of all. `request` is what was asked, without secrets when printed; `context` is the caller's own. */
export abstract class SessionError extends Error {
  abstract readonly code: SessionErrorCode;
  declare request: SentRequest | undefined;
  declare context: CallContext | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details);
    // NetworkError, ERR_NETWORK: the class's name in another spelling.
    (this as { code: string }).code = `ERR_${this.name.replace('Error', '').replace(/\B[A-Z]/g, '_$&').toUpperCase()}`;
    hide(this, { request: details.request, context: details.context });
  }

  /** Whether `error` came from any copy of this library. */
  static is(error: unknown): error is SessionError {
    return (error as Record<symbol, unknown> | null | undefined)?.[brand] === true;
  }

  /** What a log needs, without a secret. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, request } = this;
    return { name, code, message, method: request?.method, url: request?.url };
  }
}

/** A status of 400 or more. `response` is still readable; `data` is its parsed body, up to 1 MiB. */
export class HTTPError extends SessionError {
  readonly code = 'ERR_HTTP_STATUS'; // Set anew: the acronym of the name would be spelt letter by letter.
  declare readonly status: number;
  declare readonly response: SessionResponse;
  /** The body as JSON where it is JSON, else as text; `undefined` when it was not read or is larger than 1 MiB. */
  declare readonly data: unknown;

  constructor(response: SessionResponse, data?: unknown, details?: ErrorDetails) {
    const { method, url } = response.request;
    super(`${method} ${url} answered ${response.status} ${response.statusText}`.trimEnd(), { request: response.request, ...details });
    this.status = response.status;
    hide(this, { response, data });
  }
}

/** DNS, refused, reset, TLS, malformed or truncated response; `cause` is the runtime's error, its `code` kept. */
export class NetworkError extends SessionError {
  declare readonly code = 'ERR_NETWORK';
}

/** Which clock of {@link TimeoutOptions} ran out. */
export type TimeoutPhase = 'connect' | 'response' | 'body' | 'total';

/** A phase took longer than its `timeout`, in ms. */
export class TimeoutError extends SessionError {
  declare readonly code = 'ERR_TIMEOUT';
  declare readonly phase: TimeoutPhase;
  declare readonly timeout: number;

  constructor(phase: TimeoutPhase, timeout: number, details?: ErrorDetails) {
    super(`Timed out after ${timeout} ms (timeout.${phase})`, details);
    this.phase = phase;
    this.timeout = timeout;
  }
}

/** More redirects than `maxRedirects`; `history` holds the responses so far, oldest first. */
export class TooManyRedirectsError extends SessionError {
  declare readonly code = 'ERR_TOO_MANY_REDIRECTS';
  declare readonly history: readonly SessionResponse[];

  constructor(limit: number, history: readonly SessionResponse[], details?: ErrorDetails) {
    super(`More than ${limit} redirects (maxRedirects)`, details);
    hide(this, { history });
  }
}

/** The decoded body is larger than `limit` bytes. */
export class ResponseTooLargeError extends SessionError {
  declare readonly code = 'ERR_RESPONSE_TOO_LARGE';
  declare readonly limit: number;

  constructor(limit: number, details?: ErrorDetails, message = `The body is larger than ${limit} bytes (maxResponseSize)`) {
    super(message, details);
    this.limit = limit;
  }
}

/** The body is not the JSON, encoding or form that was asked for. */
export class DecodeError extends SessionError {
  declare readonly code = 'ERR_DECODE';
}

/** The data is not what the schema wants; `issues` say where. */
export class SchemaError extends SessionError {
  declare readonly code = 'ERR_SCHEMA';
  declare readonly issues: readonly SchemaIssue[];

  constructor(issues: readonly SchemaIssue[], details?: ErrorDetails) {
    super(`The data fails the schema: ${issues.map((issue) => issue.message).join('; ')}`, details);
    this.issues = issues;
  }
}

/** A bad URL, redirect target, header, cookie or option, or a one-shot body that would have to be sent twice. */
export class InvalidRequestError extends SessionError {
  declare readonly code = 'ERR_INVALID_REQUEST';
}

/** The proxy refused, cannot be reached, or wants credentials. `cause` is the runtime's error, where there is one. */
export class ProxyError extends SessionError {
  declare readonly code = 'ERR_PROXY';
  /** What the proxy answered; `undefined` when it gave no HTTP answer. */
  declare readonly status: number | undefined;
  /** Its `Proxy-Authenticate` header, when it wants credentials. */
  declare readonly challenge: string | undefined;
}

/** The session is closed, or was closed while the call or its body was under way. */
export class SessionClosedError extends SessionError {
  declare readonly code = 'ERR_SESSION_CLOSED';

  constructor(message = 'The session is closed', details?: ErrorDetails) {
    super(message, details);
  }
}

/** The platform cannot do it. The message names the option and the platform. */
export class UnsupportedError extends SessionError {
  declare readonly code = 'ERR_UNSUPPORTED';
}

// By a name of its own, which outlives minifiers; on the prototype, as a field would be an own, enumerable property of each error.
for (const [name, type] of Object.entries({
  HTTPError, NetworkError, TimeoutError, TooManyRedirectsError, ResponseTooLargeError, DecodeError, SchemaError, InvalidRequestError, ProxyError, SessionClosedError, UnsupportedError,
})) hide(type.prototype, { name });
hide(SessionError.prototype, { [brand]: true });
