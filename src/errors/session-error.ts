import { isDevelopment } from '../development.ts';
import type { CallContext } from '../types/context.ts';
import type { SentRequest } from '../types/request.ts';

/** The `code` of each error class. */
export type SessionErrorCode =
  | 'ERR_HTTP_STATUS'
  | 'ERR_NETWORK'
  | 'ERR_TIMEOUT'
  | 'ERR_TOO_MANY_REDIRECTS'
  | 'ERR_RESPONSE_TOO_LARGE'
  | 'ERR_DECODE'
  | 'ERR_SCHEMA'
  | 'ERR_INVALID_REQUEST'
  | 'ERR_PROXY'
  | 'ERR_SESSION_CLOSED'
  | 'ERR_UNSUPPORTED'
  | 'ERR_STORE';

/** What an error knows about its call. */
export interface ErrorDetails {
  request?: SentRequest | undefined;
  context?: CallContext | undefined;
  cause?: unknown;
}

/** Registered, so that it is the same symbol in every copy of the library. */
const brand = Symbol.for('isosession.error');

/** Defines members that are not enumerable, which no logger prints. */
export function hide(object: object, members: Record<PropertyKey, unknown>): void {
  for (const key of Reflect.ownKeys(members)) {
    const value = members[key];
    Object.defineProperty(object, key, { value, writable: true, configurable: true });
  }
}

/**
 * The parent of every error that a session raises.
 *
 * `code` tells the class, as `SessionError.is` does, across copies of the library. `request` is
 * what was asked; the message names it, and both print without secrets. `context` is the caller's
 * own, and not enumerable.
 */
export abstract class SessionError extends Error {
  /**
   * Which class it is, as a literal: in a `switch` it tells TypeScript the class, and it stays the
   * same where two copies of the library make `instanceof` fail, after minifying and in logs.
   *
   * @example
   * ```ts
   * const reasons: Partial<Record<SessionErrorCode, string>> = {
   *   ERR_TIMEOUT: 'The server is slow',
   *   ERR_NETWORK: 'The server cannot be reached',
   * };
   * const explain = (error: SessionError) => reasons[error.code] ?? error.message;
   * ```
   */
  abstract readonly code: SessionErrorCode;
  /**
   * The request of the hop that failed, as it was sent or was to be; `undefined` for an error
   * outside of a call, as by a constructor. It prints without secrets.
   */
  declare request: SentRequest | undefined;
  /**
   * The `context` of the call; `undefined` for an error outside of one. It is not enumerable, so
   * that no logger prints what the caller put there.
   */
  declare context: CallContext | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(messageOf(message, details.request), details);
    if (details.request) this.request = details.request;
    hide(this, { context: details.context });
  }

  /** Whether `error` came from any copy of this library. */
  static is(error: unknown): error is SessionError {
    return (error as Record<symbol, unknown> | null | undefined)?.[brand] === true;
  }

  /** What a log needs, without a secret: name, code, message, method and URL. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, request } = this;
    const { method, url } = Object(Object(request).toJSON?.());
    return { name, code, message, method, url };
  }
}
hide(SessionError.prototype, { [brand]: true });

/** Every message of a call says which one. */
function messageOf(message: string, request: SentRequest | undefined): string {
  const call = request ? String(request) : '';
  return message.includes(call) ? message : `${call}: ${message}`;
}

/** Tells an error that was made without them whose it is. */
export function assignCall(error: SessionError, { request, context }: ErrorDetails): void {
  error.context ??= context;
  if (error.request || !request) return;
  const { message, stack } = error;
  error.request = request;
  error.message = messageOf(message, request);
  // In V8 the stack begins with the message.
  if (isDevelopment) hide(error, { stack: stack?.replace(message, () => error.message) });
}

/**
 * Adds who waits for it to the stack of an error that was made in a callback, of a timer or a
 * socket, which nobody waits for. It has to be called by an async function that goes on after an
 * `await`, and only V8 tells who waits.
 */
export function tellWaiters<T>(error: T): T {
  if (!isDevelopment || !SessionError.is(error)) return error;
  const { stack } = error;
  const lines = stackHere();
  // What was thrown by one of those who wait has them in its stack.
  const known = lines.findLastIndex((line) => stack?.includes(line));
  hide(error, { stack: [stack, ...lines.slice(known + 1)].join('\n') });
  return error;
}

/** The lines of a stack: who runs, then who waits for that. */
function stackHere(): string[] {
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  if (typeof limit !== 'number' || !limit) return [];
  // Those who run would take the room of those who wait: where several timers are due at once,
  // there are more of them. Not by assignment, as Error may be frozen.
  Reflect.set(Error, 'stackTraceLimit', limit + 10);
  const { stack } = new Error();
  Reflect.set(Error, 'stackTraceLimit', limit);
  return String(stack).split('\n').slice(1);
}

/**
 * Names an error class by a literal, which a minifier leaves as it is. On the prototype, as a field
 * would be an enumerable property of each error.
 */
export function nameError(
  type: abstract new (...args: never[]) => SessionError,
  name: string,
): void {
  hide(type.prototype, { name });
}
