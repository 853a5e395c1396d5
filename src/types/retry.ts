import type { SessionResponse } from '../response/session-response.ts';
import type { Awaitable } from './context.ts';

/** What {@link RetryOptions.shouldRetry} is asked about. */
export interface RetryState {
  error?: unknown;
  response?: SessionResponse;
  /** The attempt that has just ended, counted from 1. */
  attempt: number;
}

/** How a call is repeated, in ky's words. */
export interface RetryOptions {
  /** Retries after the first attempt. Default 2; 0 turns retries off. */
  limit?: number | undefined;
  /**
   * Methods that may be repeated. Default `GET PUT HEAD DELETE OPTIONS TRACE QUERY`; letter case
   * does not matter.
   */
  methods?: readonly string[] | undefined;
  /**
   * Statuses that are repeated. Default `408 413 429 500 502 503 504`; 413 only with a
   * `Retry-After`.
   */
  statusCodes?: readonly number[] | undefined;
  /** Statuses whose `Retry-After` and `RateLimit-Reset` are honoured. Default `413 429 503`. */
  afterStatusCodes?: readonly number[] | undefined;
  /**
   * The longest `Retry-After` that is slept, in ms. Default 60 000; for a longer one the response
   * is returned.
   */
  maxRetryAfter?: number | undefined;
  /** The wait before retry number `attempt`, in ms. Default `300 * 2 ** (attempt - 1)`. */
  delay?: ((attempt: number) => number) | undefined;
  /** The longest wait of {@link RetryOptions.delay}, in ms. Default 30 000. */
  backoffLimit?: number | undefined;
  /**
   * `true` draws the wait from 0 to the delay, a function maps it. Default: `true` for the default
   * delay only. Never applied to `Retry-After`.
   */
  jitter?: boolean | ((delay: number) => number) | undefined;
  /**
   * Whether a response or body timeout is repeated. Default false; a connect timeout counts as a
   * network error.
   */
  retryOnTimeout?: boolean | undefined;
  /** The last word: `undefined` leaves the default. */
  shouldRetry?: ((state: RetryState) => Awaitable<boolean | undefined>) | undefined;
}
