import type { CookieRecord } from './cookies.ts';
import type { RetryOptions } from './retry.ts';
import type { TimeoutOptions } from './timeout.ts';

/** What a session holds at this moment. */
export interface SessionStats {
  /** Open connections (Node; elsewhere 0). */
  sockets: number;
  /** Calls that wait for a connection (Node; elsewhere 0). */
  queued: number;
  /** Calls whose response is awaited. */
  inFlight: number;
  /** Bodies that hold a connection because nobody reads them (Node; elsewhere 0). */
  unreadBodies: number;
  /** Cookies in the jar (0 in browsers). */
  cookies: number;
}

/**
 * A session as data: JSON- and structured-clone-safe. It holds secrets: store it as you would a
 * password.
 */
export interface SessionSnapshot {
  readonly version: 1;
  readonly baseUrl?: string;
  readonly origins?: readonly string[];
  /** With `null`, a default header that the session does not send. */
  readonly headers: readonly (readonly [string, string | null])[];
  readonly searchParams: readonly (readonly [string, string])[];
  readonly timeout: TimeoutOptions;
  readonly retry: RetryOptions;
  readonly maxRedirects: number;
  readonly cookies: readonly CookieRecord[];
}
