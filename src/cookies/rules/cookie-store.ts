import type { Callback, Cookie, ErrorCallback, Nullable, Store } from 'tough-cookie';
import { domainsOf, isIpAddress, pathMatches, registrableDomain } from './cookie-site.ts';
import {
  type CookiePlace,
  expiryOf,
  isPartitioned,
  nextCreationIndex,
  olderFirst,
  type StoredCookie,
  timeOf,
  asToughCookie,
} from './stored-cookie.ts';

/** The most cookies of a registrable domain, or of a host that has none. */
const maxCookiesPerOwner = 180;
/** The most cookies of a store. */
const maxCookies = 3000;
/** The longest life of a cookie in ms: 400 days (RFC 6265bis section 5.5). */
export const maxLifetime = 400 * 86_400_000;
/** Later than any time: what is ranked by it goes after all that is not. */
const afterAllTimes = 1e15;

/** The cookies of one domain, by all else that tells them apart. */
type DomainCookies = Map<string, StoredCookie>;

/**
 * The cookies of a session: by domain, path, name, host-only-flag and whether they are partitioned.
 * The rules work on it directly; to tough-cookie's `CookieJar` it is a `Store`. Unlike
 * tough-cookie's own it does not throw for hosts such as `test`, is bounded, keeps host-only and
 * domain cookies apart, and counts its changes, so that a cached header stays right when somebody
 * works on the `CookieJar`.
 */
export class CookieStore implements Store {
  readonly synchronous = true;
  // Maps, so that no name is special.
  readonly #domains = new Map<string, DomainCookies>();
  /** How many there are. Only the store itself changes it. */
  size = 0;
  /** Told of each cookie that is put or removed. */
  onChange: ((cookie: StoredCookie) => void) | undefined;
  /** Another number whenever a cookie header may have changed. */
  version = 0;
  /** Another number whenever anything was written, be it only how long a cookie lives. */
  writes = 0;

  find(place: CookiePlace): StoredCookie | undefined {
    return this.#domains.get(place.domain ?? '')?.get(this.keyOf(place));
  }

  ofDomain(domain: string): Iterable<StoredCookie> {
    return this.#domains.get(domain)?.values() ?? [];
  }

  /** The cookies of a domain, of those above it and of those below it. */
  *overlapping(domain: string): Iterable<StoredCookie> {
    for (const above of domainsOf(domain)) yield* this.ofDomain(above);
    for (const cookies of this.#below(domain)) yield* cookies.values();
  }

  #below(domain: string): DomainCookies[] {
    const end = `.${domain}`;
    const below: DomainCookies[] = [];
    for (const [name, cookies] of this.#domains)
      if (name.endsWith(end) && !isIpAddress(name)) below.push(cookies);
    return below;
  }

  *all(): Iterable<StoredCookie> {
    for (const cookies of this.#domains.values()) yield* cookies.values();
  }

  /** All of them, the oldest first. */
  byCreation(): StoredCookie[] {
    return [...this.all()].sort(olderFirst);
  }

  /** Adds a cookie, in the place of `old` where there is one. */
  put(cookie: StoredCookie, old: StoredCookie | undefined): void {
    this.writes++;
    this.onChange?.(cookie);
    // A server that sends the same cookie with each response only prolongs it: the header, and what
    // is known of its use, stay.
    if (old !== undefined && old !== cookie && prolongs(cookie, old)) {
      Object.assign(old, cookie);
      return;
    }
    const domain = cookie.domain ?? '';
    let cookies = this.#domains.get(domain);
    if (cookies === undefined) this.#domains.set(domain, (cookies = new Map()));
    this.size -= cookies.size;
    cookies.set(this.keyOf(cookie), cookie);
    this.size += cookies.size;
    this.version++;
  }

  /** Adds a cookie that did not come through the rules, in their limits. */
  putUnchecked(cookie: StoredCookie): void {
    const now = Date.now();
    const expires = expiryOf(cookie);
    // tough-cookie counts Max-Age from the last access: it would never end.
    if (expires !== Infinity)
      cookie.expires = new Date(Math.min(Math.max(expires, 0), now + maxLifetime));
    cookie.maxAge = null;
    this.put(cookie, undefined);
    this.enforceLimits(cookie.domain ?? '', now);
  }

  /** Whether it was there. */
  remove(cookie: StoredCookie): boolean {
    const domain = cookie.domain ?? '';
    const cookies = this.#domains.get(domain);
    if (!cookies?.delete(this.keyOf(cookie))) return false;
    if (cookies.size === 0) this.#domains.delete(domain);
    this.size--;
    this.version++;
    this.writes++;
    this.onChange?.(cookie);
    return true;
  }

  clear(): void {
    if (this.onChange) for (const cookie of this.all()) this.onChange(cookie);
    this.#domains.clear();
    this.size = 0;
    this.version++;
    this.writes++;
  }

  /** Removes what has expired. */
  sweep(now: number): void {
    for (const cookie of [...this.all()]) if (expiryOf(cookie) <= now) this.remove(cookie);
  }

  /**
   * Removes cookies until no limit is exceeded: expired ones, then the least recently used of the
   * insecure, then of the secure ones (RFC 6265bis section 5.7, "remove excess cookies").
   */
  enforceLimits(domain: string, now: number): void {
    // Most jars are too small for anybody to have too many.
    if (this.size <= maxCookiesPerOwner) return;
    const owned = this.#sharingWith(domain);
    for (let excess = countOf(owned) - maxCookiesPerOwner; excess > 0; excess--)
      this.#evictOne(owned, now);
    for (let excess = this.size - maxCookies; excess > 0; excess--)
      this.#evictOne(this.#domains.values(), now);
  }

  /** The cookies of all domains that share a limit with one. */
  #sharingWith(domain: string): DomainCookies[] {
    const owner = registrableDomain(domain);
    const cookies = this.#domains.get(owner ?? domain);
    const own = cookies === undefined ? [] : [cookies];
    return owner === undefined ? own : [...own, ...this.#below(owner)];
  }

  #evictOne(domains: Iterable<DomainCookies>, now: number): void {
    let evicted: StoredCookie | undefined;
    let least = Infinity;
    for (const cookies of domains) {
      for (const cookie of cookies.values()) {
        const rank = evictionRank(cookie, now);
        if (rank < least) {
          evicted = cookie;
          least = rank;
        }
      }
    }
    if (evicted !== undefined) this.remove(evicted);
  }

  /** The key of a cookie among those of its domain. */
  protected keyOf(place: CookiePlace): string {
    const partition = isPartitioned(place) ? 'partitioned' : '';
    return `${partition}${place.hostOnly ? '=' : '.'}${place.path ?? '/'};${place.key}`;
  }

  /** Those that are one to tough-cookie. */
  #named(domain: Nullable<string>, path: Nullable<string>, key: Nullable<string>): StoredCookie[] {
    return [...this.ofDomain(domain ?? '')].filter(
      (cookie) => cookie.path === path && cookie.key === key,
    );
  }

  /** As tough-cookie knows them: from now on these are stored, as one may work on them. */
  #handOut(cookies: readonly StoredCookie[]): Cookie[] {
    return cookies.map((cookie) => {
      const tough = asToughCookie(cookie);
      if (tough === cookie) return tough;
      tough.creationIndex = cookie.creationIndex;
      this.put(tough, undefined);
      return tough;
    });
  }

  // What follows is for tough-cookie's `CookieJar` alone, which calls back; a promise is returned
  // as well, for those who call its store themselves.

  findCookie(
    domain: Nullable<string>,
    path: Nullable<string>,
    key: Nullable<string>,
    callback?: Callback<Cookie | undefined>,
  ): Promise<Cookie | undefined> {
    return answer(callback, this.#handOut(this.#named(domain, path, key))[0]);
  }

  findCookies(
    domain: Nullable<string>,
    path: Nullable<string>,
    allowSpecialUseDomain?: boolean | Callback<Cookie[]>,
    callback?: Callback<Cookie[]>,
  ): Promise<Cookie[]> {
    const found: StoredCookie[] = [];
    for (const parent of domain ? domainsOf(domain) : []) {
      for (const cookie of this.ofDomain(parent))
        if (!path || pathMatches(path, cookie.path ?? '/')) found.push(cookie);
    }
    return answer(
      typeof allowSpecialUseDomain === 'function' ? allowSpecialUseDomain : callback,
      this.#handOut(found),
    );
  }

  putCookie(cookie: Cookie, callback?: ErrorCallback): Promise<void> {
    cookie.creationIndex = nextCreationIndex();
    this.putUnchecked(cookie);
    return answer(callback, undefined);
  }

  updateCookie(_oldCookie: Cookie, newCookie: Cookie, callback?: ErrorCallback): Promise<void> {
    this.putUnchecked(newCookie);
    return answer(callback, undefined);
  }

  removeCookie(
    domain: Nullable<string>,
    path: Nullable<string>,
    key: Nullable<string>,
    callback?: ErrorCallback,
  ): Promise<void> {
    for (const cookie of this.#named(domain, path, key)) this.remove(cookie);
    return answer(callback, undefined);
  }

  removeCookies(domain: string, path: Nullable<string>, callback?: ErrorCallback): Promise<void> {
    for (const cookie of [...this.ofDomain(domain)])
      if (!path || cookie.path === path) this.remove(cookie);
    return answer(callback, undefined);
  }

  removeAllCookies(callback?: ErrorCallback): Promise<void> {
    this.clear();
    return answer(callback, undefined);
  }

  getAllCookies(callback?: Callback<Cookie[]>): Promise<Cookie[]> {
    return answer(callback, this.#handOut(this.byCreation()));
  }

  /** For `util.inspect`: names, never values. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const names = [...this.all()].map(({ key, domain, path }) => `${key} (${domain}${path})`);
    return `CookieStore { ${names.join(', ')} }`;
  }
}

function countOf(domains: readonly DomainCookies[]): number {
  return domains.reduce((count, cookies) => count + cookies.size, 0);
}

function answer<T>(
  callback: ((error: null, result: T) => void) | undefined,
  result: T,
): Promise<T> {
  callback?.(null, result);
  return Promise.resolve(result);
}

/** Whether a cookie is the old one again, and does not end before it. */
function prolongs(cookie: StoredCookie, old: StoredCookie): boolean {
  return (
    old.value === cookie.value && old.secure === cookie.secure && expiryOf(old) <= expiryOf(cookie)
  );
}

/** The lowest is evicted first. */
function evictionRank(cookie: StoredCookie, now: number): number {
  if (expiryOf(cookie) <= now) return -Infinity;
  const accessed = timeOf(cookie.lastAccessed);
  // Secure cookies come after all others, whenever they were used: plain http must not be able to
  // push them out.
  return cookie.secure ? accessed + afterAllTimes : accessed;
}
