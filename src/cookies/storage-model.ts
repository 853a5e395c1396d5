/**
 * The storage model of RFC 6265bis: what may be stored, and what is sent where.
 *
 * @module
 */
import { Cookie } from 'tough-cookie';
import type { CookieRejection } from '../types/cookies.ts';
import { byteLength, hasControl, isAscii, maxPairBytes, toBytes } from './cookie-text.ts';
import type { CookieCandidate } from './set-cookie.ts';
import {
  type CookieSite,
  defaultPath,
  domainMatches,
  domainsOf,
  isIpAddress,
  pathMatches,
  registrableDomain,
} from './cookie-site.ts';
import type { CookieCollection } from './cookie-index.ts';
import { enforceLimits, expiryOf, maxLifetime } from './cookie-limits.ts';

/** The most bytes of a `cookie` header. */
const maxHeaderBytes = 8190;

/**
 * Stores a cookie, or says why not (RFC 6265bis section 5.7). One that has expired removes what it
 * would have replaced.
 */
export function storeCookie(
  shelf: CookieCollection,
  candidate: CookieCandidate,
  site: CookieSite,
  now: number,
): Cookie | CookieRejection {
  const { name, value, secure, httpOnly } = candidate;
  if (name === '' && value === '') return 'empty';
  if (byteLength(name) + byteLength(value) > maxPairBytes) return 'too-large';
  const scope = scopeOf(candidate, site.host);
  if (typeof scope === 'string') return scope;
  const { domain, hostOnly } = scope;
  const path = candidate.path ?? defaultPath(site.path);
  if (candidate.path !== undefined && !isAscii(candidate.path)) return 'path-non-ascii';
  if (secure && !site.secure) return 'secure-from-insecure';
  if (httpOnly && !site.http) return 'httponly-from-script';
  if (!secure && !site.secure && isOverlay(shelf, name, domain, path, now)) return 'secure-overlay';
  if (!secure && candidate.sameSite === 'none') return 'samesite-none-insecure';
  const prefixed = checkPrefix(candidate, hostOnly, site);
  if (prefixed !== undefined) return prefixed;
  // A partition exists in secure contexts alone (CHIPS).
  if (!secure && candidate.partitioned) return 'partition-missing';
  const old = shelf.find(domain, path, name, hostOnly);
  if (old?.httpOnly && !site.http && expiryOf(old) > now) return 'httponly-overwrite';
  if (candidate.expires <= now) {
    if (old) shelf.remove(old);
    return 'expired';
  }
  const accessed = new Date(now);
  const cookie = new Cookie({
    key: name,
    value,
    domain,
    hostOnly,
    path,
    secure,
    httpOnly,
    expires:
      candidate.expires === Infinity
        ? 'Infinity'
        : new Date(Math.min(candidate.expires, now + maxLifetime)),
    sameSite: candidate.sameSite,
    extensions: candidate.partitioned ? ['Partitioned'] : null,
    pathIsDefault: candidate.path === undefined,
    creation: accessed,
    lastAccessed: accessed,
  });
  if (old && expiryOf(old) > now) {
    // Its place among others is kept (section 5.7, step 23).
    cookie.creation = old.creation;
    cookie.creationIndex = old.creationIndex;
  }
  shelf.put(cookie, old);
  enforceLimits(shelf, domain, now);
  return shelf.find(domain, path, name, hostOnly) ?? 'global-evicted';
}

function scopeOf(
  { domain, hostOnly }: CookieCandidate,
  host: string,
): { domain: string; hostOnly: boolean } | CookieRejection {
  if (domain === '') return { domain: host, hostOnly: true };
  if (!isAscii(domain) || domain.startsWith('.') || domain.endsWith('.') || domain.includes('..'))
    return 'domain-invalid';
  // An address has no subdomains, and nobody owns those of a public suffix: such a domain can only
  // mean the host itself.
  if (domain === host)
    return {
      domain,
      hostOnly: hostOnly || isIpAddress(host) || registrableDomain(host) === undefined,
    };
  if (isIpAddress(host) || hostOnly) return 'domain-mismatch';
  if (!isIpAddress(domain) && registrableDomain(domain) === undefined) return 'public-suffix';
  return domainMatches(host, domain) ? { domain, hostOnly } : 'domain-mismatch';
}

/**
 * "Leave secure cookies alone": whether a Secure cookie of that name would be shadowed. Flags of
 * the domain do not matter, only its overlap.
 */
function isOverlay(
  shelf: CookieCollection,
  name: string,
  domain: string,
  path: string,
  now: number,
): boolean {
  for (const cookie of shelf.all()) {
    if (
      cookie.secure &&
      cookie.key === name &&
      pathMatches(path, cookie.path ?? '/') &&
      expiryOf(cookie) > now
    ) {
      const other = cookie.domain ?? '';
      if (domainMatches(domain, other) || domainMatches(other, domain)) return true;
    }
  }
  return false;
}

const prefix = /^__(secure-|host-http-|host-|http-)/i;

/** The four name prefixes, in any letter case (RFC 6265bis section 4.1.3 and its successor). */
function checkPrefix(
  { name, value, path, secure, httpOnly }: CookieCandidate,
  hostOnly: boolean,
  site: CookieSite,
): CookieRejection | undefined {
  // Sent without a name, the value would be read as a name.
  if (name === '') return prefix.test(value) ? 'prefix-nameless' : undefined;
  const kind = prefix.exec(name)?.[1]?.toLowerCase();
  if (kind === undefined) return undefined;
  if (kind === 'secure-') return secure ? undefined : 'prefix-secure';
  if (kind !== 'http-' && !(secure && hostOnly && path === '/')) return 'prefix-host';
  return kind === 'host-' || (secure && httpOnly && site.http) ? undefined : 'prefix-http';
}

/**
 * The cookies for a site in the order they are sent: longer paths first, then older ones (RFC
 * 6265bis section 5.8.3). Expired ones are removed on the way. Without `path`, those of every path.
 */
export function cookiesFor(
  shelf: CookieCollection,
  { host, secure, http }: CookieSite,
  now: number,
  path?: string,
): Cookie[] {
  const found: Cookie[] = [];
  const expired: Cookie[] = [];
  for (const domain of domainsOf(host)) {
    for (const cookie of shelf.ofDomain(domain)) {
      if (expiryOf(cookie) <= now) expired.push(cookie);
      else if (
        (domain === host || !cookie.hostOnly) &&
        (secure || !cookie.secure) &&
        (http || !cookie.httpOnly) &&
        (path === undefined || pathMatches(path, cookie.path ?? '/'))
      )
        found.push(cookie);
    }
  }
  for (const cookie of expired) shelf.remove(cookie);
  return found.sort((a, b) => (b.path ?? '/').length - (a.path ?? '/').length || olderFirst(a, b));
}

/** Sorts by creation. */
export function olderFirst(a: Cookie, b: Cookie): number {
  return timeOf(a.creation) - timeOf(b.creation) || (a.creationIndex || 0) - (b.creationIndex || 0);
}

function timeOf(date: Date | 'Infinity' | null): number {
  return date instanceof Date ? date.getTime() : 0;
}

/**
 * The `cookie` header of these cookies; one that would make it too long is left out. With `wire`,
 * one character is one byte.
 */
export function serializeCookies(cookies: readonly Cookie[], wire: boolean): string {
  let header = '';
  let room = maxHeaderBytes;
  for (const { key, value } of cookies) {
    const pair = key === '' ? value : `${key}=${value}`;
    // Our rules let none of these in, but a jar can be filled by other hands too.
    if (pair === '' || pair.includes(';') || hasControl(pair)) continue;
    const needed = byteLength(pair) + (header === '' ? 0 : 2);
    if (needed > room) continue;
    room -= needed;
    header += (header === '' ? '' : '; ') + (wire ? toBytes(pair) : pair);
  }
  return header;
}
