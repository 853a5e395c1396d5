import type { Cookie } from 'tough-cookie';
import type { CookieCollection } from './cookie-index.ts';

/** The most cookies of one domain. */
const maxCookiesPerDomain = 180;
/** The most cookies of a jar. */
const maxCookies = 3000;
/** The longest life of a cookie in ms: 400 days (RFC 6265bis section 5.5). */
export const maxLifetime = 400 * 86_400_000;

/** When a cookie ends, in ms since 1970; `Infinity` for a session cookie. */
export function expiryOf(cookie: Cookie): number {
  const time =
    cookie.maxAge === null || cookie.maxAge === undefined ? cookie.expires : cookie.expiryTime();
  return time instanceof Date ? time.getTime() : typeof time === 'number' ? time : Infinity;
}

/**
 * Removes cookies until no limit is exceeded: expired ones, then the least recently used of the
 * insecure, then of the secure ones.
 */
export function enforceLimits(shelf: CookieCollection, domain: string, now: number): void {
  while (
    shelf.countOf(domain) > maxCookiesPerDomain &&
    removeOne(shelf, shelf.ofDomain(domain), now)
  );
  while (shelf.size > maxCookies && removeOne(shelf, shelf.all(), now));
}

function removeOne(shelf: CookieCollection, cookies: Iterable<Cookie>, now: number): boolean {
  let victim: Cookie | undefined;
  let least = Infinity;
  for (const cookie of cookies) {
    if (expiryOf(cookie) <= now) {
      victim = cookie;
      break;
    }
    // Secure cookies come after all others, whenever they were used: http must not be able to push
    // them out.
    const rank =
      (cookie.lastAccessed instanceof Date ? cookie.lastAccessed.getTime() : 0) +
      (cookie.secure ? 1e15 : 0);
    if (rank < least) [victim, least] = [cookie, rank];
  }
  if (victim === undefined) return false;
  shelf.remove(victim);
  return true;
}
