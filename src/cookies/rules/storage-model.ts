/**
 * The storage model of RFC 6265bis (section 5.7): which cookies may be stored, and how.
 *
 * @module
 */
import type { CookieRejection } from '../../types/cookies.ts';
import {
  type CookieSite,
  defaultPath,
  domainMatches,
  isIpAddress,
  pathMatches,
  registrableDomain,
  toUrlHost,
} from './cookie-site.ts';
import { type CookieStore, maxLifetime } from './cookie-store.ts';
import { isAscii, isPairTooLarge, trimStart } from './cookie-text.ts';
import { type CookieCandidate, parseSetCookie } from './set-cookie.ts';
import { toExtensions } from './partition.ts';
import {
  type CookiePlace,
  expiryOf,
  nextCreationIndex,
  type StoredCookie,
} from './stored-cookie.ts';

/** Where a cookie goes back to. */
interface CookieScope {
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
}

/**
 * Stores the `Set-Cookie` lines of one response in their order; what the rules refuse is dropped.
 * Answers whether the same lines would change nothing as long as nobody else writes: all were
 * stored, and none ends by itself.
 */
export function storeSetCookies(
  store: CookieStore,
  lines: readonly string[],
  site: CookieSite,
  now: number,
): boolean {
  let repeatable = true;
  for (const line of lines) {
    const candidate = parseSetCookie(line, now);
    const stored =
      typeof candidate === 'string' ? candidate : storeCookie(store, candidate, site, now);
    if (typeof stored === 'string' || expiryOf(stored) !== Infinity) repeatable = false;
  }
  return repeatable;
}

/**
 * Stores a cookie, or says why not. One that has expired removes what it would have replaced. Steps
 * 1 to 6 and 12, 14 and 17 are done where the candidate comes from; step 18 needs a page.
 */
export function storeCookie(
  store: CookieStore,
  candidate: CookieCandidate,
  site: CookieSite,
  now: number,
): StoredCookie | CookieRejection {
  const scope = scopeOf(candidate, site);
  if (typeof scope === 'string') return scope;
  const rejection =
    checkFlags(candidate, site) ??
    (site.secure ? undefined : checkOverlay(store, candidate, scope, now)) ??
    checkSameSite(candidate) ??
    checkPrefix(candidate, scope, site) ??
    checkPartition(candidate);
  if (rejection !== undefined) return rejection;
  return insert(store, { candidate, scope, site }, now);
}

/** Steps 2, 4 and 7 to 11: the domain, the host-only-flag and the path of a cookie. */
function scopeOf(candidate: CookieCandidate, site: CookieSite): CookieScope | CookieRejection {
  const { name, value, path, domainEmptied } = candidate;
  // Steps 2 and 4. A record has not been through the parser, which asks the same.
  if (name === '' && value === '') return 'empty';
  if (isPairTooLarge(name, value)) return 'too-large';
  const isForHost = isHostOnly(candidate, site.host);
  if (typeof isForHost === 'string') return isForHost;
  const hostOnly = isForHost || domainEmptied;
  // Step 11. No URL has a path outside ASCII: such a cookie would be sent nowhere.
  if (path !== undefined && !isAscii(path)) return 'path-non-ascii';
  return {
    domain: hostOnly ? site.host : candidate.domain,
    hostOnly,
    path: path ?? defaultPath(site.path),
  };
}

/** Steps 8 to 10: the host-only-flag, or why the domain must not be. */
function isHostOnly(
  { domain, hostOnly }: CookieCandidate,
  host: string,
): boolean | CookieRejection {
  if (domain === '') return true;
  // Step 9. An address has no subdomains, and nobody owns those of a public suffix: such a domain
  // can only mean the host itself.
  if (domain === toUrlHost(host))
    return hostOnly || isIpAddress(host) || registrableDomain(host) === undefined;
  // Step 8, and what no name of a host can be.
  if (!isAscii(domain) || /^\.|\.\.|[[\]:]/.test(domain)) return 'domain-invalid';
  if (isIpAddress(host) || hostOnly) return 'domain-mismatch';
  if (!isIpAddress(domain) && registrableDomain(domain) === undefined) return 'public-suffix';
  // Step 10.
  return domainMatches(host, domain) ? false : 'domain-mismatch';
}

/** Steps 13 and 15: who may set Secure and HttpOnly cookies. */
function checkFlags(
  { secure, httpOnly }: CookieCandidate,
  site: CookieSite,
): CookieRejection | undefined {
  if (secure && !site.secure) return 'secure-from-insecure';
  if (httpOnly && !site.http) return 'httponly-from-script';
  return undefined;
}

/**
 * Step 16, "leave secure cookies alone": over a connection that is not secure nobody may shadow a
 * Secure cookie of that name. The host-only-flags do not matter, only the overlap of the domains.
 */
function checkOverlay(
  store: CookieStore,
  { name, secure }: CookieCandidate,
  { domain, path }: CookieScope,
  now: number,
): CookieRejection | undefined {
  if (secure) return undefined;
  for (const cookie of store.overlapping(domain)) {
    if (!cookie.secure || cookie.key !== name || expiryOf(cookie) <= now) continue;
    if (pathMatches(path, cookie.path ?? '/')) return 'secure-overlay';
  }
  return undefined;
}

/** Step 19. */
function checkSameSite({ secure, sameSite }: CookieCandidate): CookieRejection | undefined {
  return sameSite === 'none' && !secure ? 'samesite-none-insecure' : undefined;
}

const prefix = /^__(?:secure|host-http|host|http)-/i;

/**
 * Steps 20 to 22, and the two prefixes that the RFC's successor adds, in any letter case. As in
 * browsers, a value without a name has no equals sign either.
 */
function checkPrefix(
  candidate: CookieCandidate,
  scope: CookieScope,
  site: CookieSite,
): CookieRejection | undefined {
  const { name, value } = candidate;
  if (isForged(name, value)) return 'prefix-blank';
  // Step 22. Sent without a name, the value would be read as a name.
  if (name === '') return value.includes('=') || prefix.test(value) ? 'prefix-nameless' : undefined;
  switch (prefix.exec(name)?.[0].toLowerCase()) {
    case '__secure-':
      return candidate.secure ? undefined : 'prefix-secure';
    case '__host-':
      return checkHostPrefix(candidate, scope);
    case '__http-':
      return checkHttpPrefix(candidate, site);
    case '__host-http-':
      return checkHostPrefix(candidate, scope) ?? checkHttpPrefix(candidate, site);
    default:
      return undefined;
  }
}

/** Whether a server that trims more than spaces and tabs may read a name with a prefix. */
export function isForged(name: string, value: string): boolean {
  if (/^\xc2?[\x85\xa0]/.test(name)) return true;
  const text = name || value;
  const trimmed = trimStart(text);
  return trimmed !== text && prefix.test(trimmed);
}

/** Step 21: set by exactly this host, for all of it. */
function checkHostPrefix(
  { secure, path }: CookieCandidate,
  { hostOnly }: CookieScope,
): CookieRejection | undefined {
  return secure && hostOnly && path === '/' ? undefined : 'prefix-host';
}

/** Set by HTTP, for HTTP alone. */
function checkHttpPrefix(
  { secure, httpOnly }: CookieCandidate,
  site: CookieSite,
): CookieRejection | undefined {
  return secure && httpOnly && site.http ? undefined : 'prefix-http';
}

/** A partition exists in secure contexts alone (CHIPS). */
function checkPartition({ secure, partitioned }: CookieCandidate): CookieRejection | undefined {
  return partitioned && !secure ? 'partition-missing' : undefined;
}

/** Steps 5, 6, 23 and 24: the cookie takes the place of the one that is stored under its name. */
function insert(
  store: CookieStore,
  asked: { candidate: CookieCandidate; scope: CookieScope; site: CookieSite },
  now: number,
): StoredCookie | CookieRejection {
  const { candidate, scope, site } = asked;
  const place = placeOf(candidate, scope);
  const old = store.find(place);
  const isOldAlive = old !== undefined && expiryOf(old) > now;
  // Step 23.2.
  if (isOldAlive && old.httpOnly && !site.http) return 'httponly-overwrite';
  if (candidate.expires <= now) {
    if (old !== undefined) store.remove(old);
    return 'expired';
  }
  const cookie = toCookie(candidate, place, now);
  if (isOldAlive) {
    // Step 23.3: its place among others is kept.
    cookie.creation = old.creation;
    cookie.creationIndex = old.creationIndex;
  }
  // Steps 23.4 and 24.
  store.put(cookie, old);
  store.enforceLimits(scope.domain, now);
  return store.find(place) ?? 'global-evicted';
}

function placeOf(candidate: CookieCandidate, scope: CookieScope): CookiePlace {
  return {
    key: candidate.name,
    domain: scope.domain,
    hostOnly: scope.hostOnly,
    path: scope.path,
    extensions: toExtensions(candidate),
  };
}

function toCookie(candidate: CookieCandidate, place: CookiePlace, now: number): StoredCookie {
  const { expires } = candidate;
  const accessed = new Date(now);
  return {
    // Named one by one: with a spread, every cookie costs several times as much.
    key: place.key,
    value: candidate.value,
    domain: place.domain,
    hostOnly: place.hostOnly,
    path: place.path,
    extensions: place.extensions,
    secure: candidate.secure,
    httpOnly: candidate.httpOnly,
    // No cookie lives for longer than the limit (section 5.5).
    expires: expires === Infinity ? 'Infinity' : new Date(Math.min(expires, now + maxLifetime)),
    maxAge: null,
    sameSite: candidate.sameSite,
    pathIsDefault: candidate.path === undefined,
    creation: accessed,
    creationIndex: nextCreationIndex(),
    lastAccessed: accessed,
  };
}
