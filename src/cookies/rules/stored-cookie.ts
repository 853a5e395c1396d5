/**
 * Cookies as they are stored. They have the members of tough-cookie's, but need not be of its class
 * before somebody works on its `CookieJar`: most programs never load it.
 *
 * @module
 */
import type { Cookie } from 'tough-cookie';
import { toughCookie } from './tough-cookie.ts';

/** What tells cookies apart: one takes the place of another that has the same. */
export type CookiePlace = Pick<Cookie, 'key' | 'domain' | 'hostOnly' | 'path' | 'extensions'>;

/** A stored cookie, ours or tough-cookie's. */
export interface StoredCookie
  extends
    CookiePlace,
    Pick<Cookie, 'value' | 'expires' | 'maxAge' | 'secure' | 'httpOnly' | 'sameSite'>,
    Pick<Cookie, 'pathIsDefault' | 'creation' | 'creationIndex' | 'lastAccessed'>,
    Partial<Pick<Cookie, 'expiryTime'>> {}

let created = 0;

/** Tells which of the cookies that were created in one ms came first. */
export function nextCreationIndex(): number {
  return ++created;
}

/** A copy of a cookie, which is created after all others of the same ms. */
export function copyCookie(cookie: StoredCookie): StoredCookie {
  const expires = expiryOf(cookie);
  return {
    key: cookie.key,
    value: cookie.value,
    domain: cookie.domain,
    hostOnly: cookie.hostOnly,
    path: cookie.path,
    extensions: cookie.extensions,
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    expires: expires === Infinity ? 'Infinity' : new Date(expires),
    maxAge: null,
    sameSite: cookie.sameSite,
    pathIsDefault: cookie.pathIsDefault,
    creation: cookie.creation,
    creationIndex: nextCreationIndex(),
    lastAccessed: cookie.lastAccessed,
  };
}

function isToughCookie(cookie: StoredCookie): cookie is Cookie {
  return 'cookieString' in cookie;
}

/** The same of tough-cookie's class, whose own count of creations it has if it is made here. */
export function asToughCookie(cookie: StoredCookie): Cookie {
  if (isToughCookie(cookie)) return cookie;
  const { Cookie } = toughCookie();
  return new Cookie(cookie);
}

/** The expiry-time of a cookie in ms since 1970; `Infinity` for a session cookie. */
export function expiryOf(cookie: StoredCookie): number {
  const { maxAge } = cookie;
  const time = maxAge === null || maxAge === undefined ? cookie.expires : cookie.expiryTime?.();
  if (time instanceof Date) return time.getTime();
  return typeof time === 'number' ? time : Infinity;
}

/** Whether it was set with `Partitioned`. */
export function isPartitioned({ extensions }: Pick<Cookie, 'extensions'>): boolean {
  return extensions?.some((extension) => extension.toLowerCase() === 'partitioned') ?? false;
}

/** Sorts by creation-time. */
export function olderFirst(a: StoredCookie, b: StoredCookie): number {
  return timeOf(a.creation) - timeOf(b.creation) || (a.creationIndex || 0) - (b.creationIndex || 0);
}

/** In ms since 1970; 0 for none. */
export function timeOf(date: Date | 'Infinity' | null): number {
  return date instanceof Date ? date.getTime() : 0;
}
