import type { UrlParts } from '../request/url.ts';
import type { CookieJarLike } from '../types/cookies.ts';
import { CookieStore } from './rules/cookie-store.ts';
import { type CookieSite, pathMatches, siteOf } from './rules/cookie-site.ts';
import { retrieveForAnyPath, toCookieHeader } from './rules/retrieval.ts';
import { storeSetCookies } from './rules/storage-model.ts';
import { expiryOf, type StoredCookie } from './rules/stored-cookie.ts';
import type { SharedJar } from './shared-jar.ts';
import { toughCookie } from './rules/tough-cookie.ts';

const maxCachedHosts = 500;
const maxCachedPaths = 200;
/** It is enough to know within these ms which cookies are in use, when some must go. */
const accessResolution = 1000;

/** A header, and what is in it. */
interface CachedHeader {
  readonly header: string;
  readonly cookies: readonly StoredCookie[];
  accessed: number;
}

const noHeader: CachedHeader = { header: '', cookies: [], accessed: 0 };

/** What is remembered of one host. */
class CachedHost {
  readonly site: CookieSite;
  /** The store's version and the time up to which the headers hold. */
  version = -1;
  expires = 0;
  /** The cookies of all paths. */
  all = noHeader;
  /** By path, where not every cookie goes to every path. */
  byPath: Map<string, CachedHeader> | undefined;
  /** The last response that would change nothing if it came again. */
  lastResponse: StoredResponse | undefined;

  constructor(site: CookieSite) {
    this.site = site;
  }
}

interface StoredResponse {
  readonly lines: readonly string[];
  /** The path of its URL before the last slash: URLs that share it have the same default-path. */
  readonly directory: string;
  /** The store's number of writes after it. */
  readonly writes: number;
  readonly storedAt: number;
}

/** A store of ours with the headers that were made of it. */
export class OwnJar implements SharedJar {
  // Private, as what holds cookies must not be printed.
  #jar: CookieJarLike | undefined;
  readonly store: CookieStore;
  readonly #httpsHosts = new Map<string, CachedHost>();
  readonly #httpHosts = new Map<string, CachedHost>();

  /** `jar`: the one that the store is of already. */
  constructor(store = new CookieStore(), jar?: CookieJarLike) {
    this.store = store;
    this.#jar = jar;
  }

  get jar(): CookieJarLike {
    if (this.#jar === undefined) {
      const { CookieJar } = toughCookie();
      this.#jar = new CookieJar(this.store);
    }
    return this.#jar;
  }

  get size(): number {
    this.store.sweep(Date.now());
    return this.store.size;
  }

  run<T>(_host: string | undefined, task: (store: CookieStore) => T): T {
    return task(this.store);
  }

  headerFor(url: UrlParts): string {
    const store = this.store;
    if (store.size === 0) return '';
    const cached = this.#hostOf(url);
    const now = Date.now();
    if (cached.version !== store.version || cached.expires <= now) refresh(cached, store, now);
    const found = cached.byPath ? atPath(cached.all, cached.byPath, url.pathname) : cached.all;
    if (!isRecent(found.accessed, now)) markAccessed(found, now);
    return found.header;
  }

  storeResponse(url: UrlParts, lines: readonly string[]): void {
    const store = this.store;
    const cached = this.#hostOf(url);
    const now = Date.now();
    const directory = url.pathname.slice(0, url.pathname.lastIndexOf('/'));
    const last = cached.lastResponse;
    // Many servers set the same cookie with each response: there is nothing to do for that.
    if (
      last?.writes === store.writes &&
      last.directory === directory &&
      isRecent(last.storedAt, now) &&
      isSameList(last.lines, lines)
    )
      return;
    const site = { ...cached.site, path: url.pathname };
    const repeatable = storeSetCookies(store, lines, site, now);
    cached.lastResponse = repeatable
      ? { lines, directory, writes: store.writes, storedAt: now }
      : undefined;
  }

  #hostOf(url: UrlParts): CachedHost {
    const { hostname } = url;
    const hosts = url.protocol === 'https:' ? this.#httpsHosts : this.#httpHosts;
    let cached = hosts.get(hostname);
    if (cached === undefined) {
      if (hosts.size >= maxCachedHosts) hosts.clear();
      cached = new CachedHost(siteOf(url));
      hosts.set(hostname, cached);
    }
    return cached;
  }
}

/** Makes the headers of a host anew. */
function refresh(cached: CachedHost, store: CookieStore, now: number): void {
  const cookies = retrieveForAnyPath(store, cached.site, now);
  let expires = Infinity;
  let isForAnyPath = true;
  for (const cookie of cookies) {
    expires = Math.min(expires, expiryOf(cookie));
    if (cookie.path !== '/') isForAnyPath = false;
  }
  // Read after the retrieval, which removes expired cookies.
  cached.version = store.version;
  cached.expires = expires;
  cached.all = toCachedHeader(cookies);
  cached.byPath = isForAnyPath ? undefined : new Map();
}

function atPath(all: CachedHeader, byPath: Map<string, CachedHeader>, path: string): CachedHeader {
  let found = byPath.get(path);
  if (found === undefined) {
    if (byPath.size >= maxCachedPaths) byPath.clear();
    found = toCachedHeader(all.cookies.filter((cookie) => pathMatches(path, cookie.path ?? '/')));
    byPath.set(path, found);
  }
  return found;
}

function toCachedHeader(cookies: readonly StoredCookie[]): CachedHeader {
  return { header: toCookieHeader(cookies), cookies, accessed: 0 };
}

/** Step 5 of the retrieval. */
function markAccessed(found: CachedHeader, now: number): void {
  found.accessed = now;
  const date = new Date(now);
  for (const cookie of found.cookies) cookie.lastAccessed = date;
}

/** Whether a time is near to now, on either side: the clock may have been set back. */
function isRecent(time: number, now: number): boolean {
  return Math.abs(now - time) <= accessResolution;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
