import type { SessionResponse } from '../response/session-response.ts';
import type { Awaitable } from './context.ts';
import type { CookieJarLike, CookieRecord, SessionCookies } from './cookies.ts';
import type { RequestOptions, SessionOptions } from './options.ts';
import type { RetryOptions } from './retry.ts';
import type { TimeoutOptions } from './timeout.ts';

/**
 * Options of {@link Session.extend}: what it gives is combined with the parent's, or replaces it.
 */
export interface ExtendOptions extends Omit<SessionOptions, 'cookies'> {
  /**
   * `'share'`: the parent's; `'copy'`: a jar of its own with the same cookies; `'new'`: an empty
   * one; a jar; or `false` for none.
   *
   * @default 'share'
   *
   * @throws {UnsupportedError} for `'copy'` of a jar whose store does not answer at once.
   */
  cookies?: 'share' | 'copy' | 'new' | SessionCookies | CookieJarLike | false | null | undefined;
}

/** Options of {@link Session.paginate}: those of each of its calls, GETs by default, and more. */
export type PaginateOptions = RequestOptions & {
  /**
   * Gives the next page's URL, its whole query included, or options that are merged over those of
   * the call and go to its URL, or `undefined` to stop. It is asked when the loop has done with the
   * page, and may read its body again: a page is yielded when its body is here, or the first MiB of
   * it. A larger one can be read once, and its second read rejects with {@link
   * InvalidRequestError}.
   *
   * A link is followed as it is: one that lacks the call's own `searchParams` is for this to mend.
   *
   * @default (response) => response.links['next']?.url
   *
   * @example
   * ```ts
   * const pages = session.paginate('items', {
   *   searchParams: { size: 100 },
   *   nextPage: async (page) => {
   *     const { cursor } = await page.json<{ cursor?: string }>();
   *     return cursor ? { searchParams: { cursor } } : undefined;
   *   },
   * });
   * for await (const page of pages) console.log(await page.json());
   * ```
   */
  nextPage?:
    | ((
        response: SessionResponse,
      ) => Awaitable<string | URL | Request | RequestOptions | undefined>)
    | undefined;
  /**
   * The most pages that are fetched.
   *
   * @default Infinity
   */
  limit?: number | undefined;
};

/**
 * Options of {@link eventStream}: those of each of its calls, and when it goes on.
 *
 * @example
 * ```ts
 * const options: EventStreamOptions = {
 *   timeout: { body: 45_000 }, // a server that is silent for longer is gone
 *   onReconnect: ({ delay, attempt }) => console.warn(`attempt ${attempt} in ${delay} ms`),
 * };
 * ```
 */
export type EventStreamOptions = RequestOptions & {
  /**
   * Where to go on: the `id` of the last event that an earlier stream has given.
   *
   * @default '' from the beginning
   */
  lastEventId?: string | undefined;
  /**
   * The most attempts in a row to connect again. After them the error is thrown, or, where the
   * server had ended the stream, the iteration ends. A stream that opens starts the count anew.
   *
   * @default Infinity
   */
  limit?: number | undefined;
  /**
   * Told of each stream that opens, the first as well, before its events. What it throws ends the
   * iteration.
   *
   * @default none
   */
  onOpen?: ((response: SessionResponse) => Awaitable<void>) | undefined;
  /**
   * Told before each wait to connect again: `delay` in ms, and which attempt in a row it is, from
   * 1. What it throws ends the iteration.
   *
   * @default none
   */
  onReconnect?: ((state: { delay: number; attempt: number }) => Awaitable<void>) | undefined;
};

/** What a session holds at this moment. */
export interface SessionStats {
  /** Open connections (Node; elsewhere 0). */
  sockets: number;
  /**
   * Calls that wait: for a connection (Node), or for their turn in a middleware that tells so, as
   * `limit()` does.
   */
  queued: number;
  /** Calls whose response is awaited. */
  inFlight: number;
  /** Bodies that hold a connection because nobody reads them (Node; elsewhere 0). */
  unreadBodies: number;
  /** Cookies in the jar (0 in browsers). */
  cookies: number;
}

/** Options of {@link Session.snapshot}. */
export interface SnapshotOptions {
  /**
   * `false` leaves out the cookies, the parameters, the query of `baseUrl`, and every header that
   * is not known to be harmless, as `accept-language` is.
   *
   * @default true
   */
  secrets?: boolean | undefined;
}

/**
 * A session as data: JSON- and structured-clone-safe. It holds secrets: store it as you would a
 * password.
 *
 * @example
 * ```ts
 * const text = JSON.stringify(await session.snapshot());
 * const again = Session.restore(JSON.parse(text) as SessionSnapshot);
 * ```
 */
export interface SessionSnapshot {
  /** Of this form. Others are refused. */
  readonly version: 1;
  /** Absolute, unless it is relative with no page to resolve it against; left out without one. */
  readonly baseUrl?: string;
  /** More origins in the scope of the session's credentials. */
  readonly origins?: readonly string[];
  /** Names and values; `null` for a default header that the session does not send. */
  readonly headers: readonly (readonly [string, string | null])[];
  /** Names and values, in their order. */
  readonly searchParams: readonly (readonly [string, string])[];
  /** In ms, as {@link Session.timeout} reads. */
  readonly timeout: TimeoutOptions;
  /** As {@link Session.retry} reads, without its functions. */
  readonly retry: RetryOptions;
  /** Redirects that are followed. */
  readonly maxRedirects: number;
  /** All of the jar; in browsers none, since those stay in the browser. */
  readonly cookies: readonly CookieRecord[];
  /** The hosts that are called by TLS alone, of a session with {@link SessionOptions.hsts}. */
  readonly hsts?: readonly HstsRecord[];
}

/** A host that has asked to be called by TLS alone. */
export interface HstsRecord {
  /** In lower case, by its ASCII form. */
  readonly host: string;
  /** Whether it speaks for every host below it. */
  readonly includeSubDomains: boolean;
  /** When it is forgotten, in ms since 1970. */
  readonly expires: number;
}
