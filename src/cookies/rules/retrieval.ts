/**
 * The retrieval of cookies (RFC 6265bis section 5.8.3): what is sent where, and in which order.
 * SameSite withholds nothing here, as a session has no page that another site could have opened.
 *
 * @module
 */
import { type CookieSite, pathMatches } from './cookie-site.ts';
import type { CookieStore } from './cookie-store.ts';
import { byteLength, hasControl, toBytes } from './cookie-text.ts';
import { expiryOf, olderFirst, type StoredCookie } from './stored-cookie.ts';

/** The most bytes of a `cookie` header. */
const maxHeaderBytes = 8190;
const separator = '; ';

/** The cookies for a site in the order they are sent. */
export function retrieveCookies(store: CookieStore, site: CookieSite, now: number): StoredCookie[] {
  return retrieveForAnyPath(store, site, now).filter((cookie) =>
    pathMatches(site.path, cookie.path ?? '/'),
  );
}

/** The same whatever the path of the site. Expired ones are removed on the way. */
export function retrieveForAnyPath(
  store: CookieStore,
  { host, domains, secure, http }: CookieSite,
  now: number,
): StoredCookie[] {
  const found: StoredCookie[] = [];
  const expired: StoredCookie[] = [];
  // Step 3.
  for (const domain of domains) {
    for (const cookie of store.ofDomain(domain)) {
      if (expiryOf(cookie) <= now) {
        expired.push(cookie);
        continue;
      }
      if (cookie.hostOnly && domain !== host) continue;
      if (cookie.secure && !secure) continue;
      if (cookie.httpOnly && !http) continue;
      found.push(cookie);
    }
  }
  for (const cookie of expired) store.remove(cookie);
  // Step 4.
  return found.sort((a, b) => (b.path ?? '/').length - (a.path ?? '/').length || olderFirst(a, b));
}

/** Step 6: the cookie-string of these cookies, as text. */
export function toCookieString(cookies: readonly StoredCookie[]): string {
  return toPairs(cookies).join(separator);
}

/** The same for the `cookie` header, where one character is one byte. */
export function toCookieHeader(cookies: readonly StoredCookie[]): string {
  return toPairs(cookies).map(toBytes).join(separator);
}

/** Each cookie as it is sent; one that would make the header too long is left out. */
function toPairs(cookies: readonly StoredCookie[]): string[] {
  const pairs: string[] = [];
  let room = maxHeaderBytes + separator.length;
  for (const { key, value } of cookies) {
    const pair = key === '' ? value : `${key}=${value}`;
    // The rules let none of these in, but a jar can be filled by other hands too.
    if (pair === '' || pair.includes(';') || hasControl(pair)) continue;
    if (key === '' && value.includes('=')) continue;
    const needed = byteLength(pair) + separator.length;
    if (needed > room) continue;
    room -= needed;
    pairs.push(pair);
  }
  return pairs;
}
