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
   * The part of a retry that each call adds to the bucket of its origin, from which every retry is
   * taken; a full one has 100, and each second adds one. So retries do not make an outage worse:
   * where there is none left, the last response or error is what the call ends with. Sessions that
   * share connections share it. `false`: no budget.
   *
   * @default 0.2
   */
  budget?: number | false | undefined;
  /**
   * Methods that may be repeated; letter case does not matter. Every other one is, too, by an
   * `idempotencyKey`, and in Node where no byte of the request was sent.
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
   * Statuses whose hints are the wait then: `retry-after-ms`, `Retry-After` (RFC 9110, section
   * 10.2.3; 0 is now), a used-up `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11) and the
   * `X-RateLimit-Reset` family; with `x-should-retry: true` any method is repeated. With
   * `x-should-retry: false` nothing is, whatever the status.
   *
   * @default [413, 429, 503]
   */
  afterStatusCodes?: readonly number[] | undefined;
  /**
   * The longest wait by a hint that is slept, in ms; for a longer one the response is returned.
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
   * a hint.
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
