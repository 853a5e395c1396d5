import type { SessionResponse } from '../response/session-response.ts';
import type { Awaitable } from './context.ts';

/** What {@link RetryOptions.shouldRetry} is asked about: either an error or a response. */
export interface RetryState {
  /** What the attempt rejected with. */
  error?: unknown;
  /** What the attempt resolved to, its body unread. */
  response?: SessionResponse;
  /** The attempt that has just ended, counted from 1. */
  attempt: number;
}

/**
 * How a call is repeated, in ky's words: after a network error or one of the statuses. When
 * attempts run out, the last response is returned, its body readable, or the last error thrown. No
 * wait goes beyond `timeout.total`, a body that can be sent once is never repeated, and nothing is
 * while `navigator.onLine` is false.
 *
 * @example
 * ```ts
 * await session.get('report', {
 *   retry: {
 *     limit: 5,
 *     statusCodes: [404, 503], // not there yet
 *     delay: (attempt) => 1_000 * attempt,
 *     shouldRetry: ({ error }) => (error instanceof TypeError ? false : undefined),
 *   },
 * });
 * ```
 */
export interface RetryOptions {
  /**
   * Retries after the first attempt; 0 turns retries off.
   *
   * @default 2
   */
  limit?: number | undefined;
  /**
   * Methods that may be repeated; letter case does not matter.
   *
   * @default ['GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']
   */
  methods?: readonly string[] | undefined;
  /**
   * Statuses that are repeated; 413 only with a `Retry-After`.
   *
   * @default [408, 413, 429, 500, 502, 503, 504]
   */
  statusCodes?: readonly number[] | undefined;
  /**
   * Statuses whose `Retry-After` (RFC 9110, section 10.2.3) and `RateLimit-Reset` are honoured:
   * they are the wait then, 0 and a
   * date that has passed none.
   *
   * @default [413, 429, 503]
   */
  afterStatusCodes?: readonly number[] | undefined;
  /**
   * The longest `Retry-After` that is slept, in ms; for a longer one the response is returned.
   *
   * @default 60_000
   */
  maxRetryAfter?: number | undefined;
  /**
   * The wait in ms before the retry that follows attempt number `attempt`, counted from 1.
   *
   * @default (attempt) => 300 * 2 ** (attempt - 1)
   */
  delay?: ((attempt: number) => number) | undefined;
  /**
   * The longest wait of {@link RetryOptions.delay}, in ms.
   *
   * @default 30_000
   */
  backoffLimit?: number | undefined;
  /**
   * `true` draws the wait from 0 to the delay, a function maps it, both in ms. Never applied to
   * `Retry-After`.
   *
   * @default true for the default `delay`, false for one of yours
   */
  jitter?: boolean | ((delay: number) => number) | undefined;
  /**
   * Whether a response or body timeout is repeated. A connect timeout counts as a network error and
   * is; `timeout.total` ends the call in any case.
   *
   * @default false
   */
  retryOnTimeout?: boolean | undefined;
  /**
   * The last word, asked while attempts are left: `undefined` leaves it to the other options.
   * `true` repeats any method and any status, but no body that can be sent once.
   *
   * @default undefined
   */
  shouldRetry?: ((state: RetryState) => Awaitable<boolean | undefined>) | undefined;
}
