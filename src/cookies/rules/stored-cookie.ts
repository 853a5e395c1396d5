/**
 * What a stored cookie says of itself: tough-cookie has more than one form for it.
 *
 * @module
 */
import type { Cookie } from 'tough-cookie';

/** What tells cookies apart: one takes the place of another that has the same. */
export type CookiePlace = Pick<Cookie, 'key' | 'domain' | 'hostOnly' | 'path' | 'extensions'>;

/** The expiry-time of a cookie in ms since 1970; `Infinity` for a session cookie. */
export function expiryOf(cookie: Cookie): number {
  const { maxAge } = cookie;
  const time = maxAge === null || maxAge === undefined ? cookie.expires : cookie.expiryTime();
  if (time instanceof Date) return time.getTime();
  return typeof time === 'number' ? time : Infinity;
}

/** Whether it was set with `Partitioned`. */
export function isPartitioned({ extensions }: Pick<Cookie, 'extensions'>): boolean {
  return extensions?.some((extension) => extension.toLowerCase() === 'partitioned') ?? false;
}

/** Sorts by creation-time. */
export function olderFirst(a: Cookie, b: Cookie): number {
  return timeOf(a.creation) - timeOf(b.creation) || (a.creationIndex || 0) - (b.creationIndex || 0);
}

/** In ms since 1970; 0 for none. */
export function timeOf(date: Date | 'Infinity' | null): number {
  return date instanceof Date ? date.getTime() : 0;
}
