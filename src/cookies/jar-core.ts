import { Cookie, CookieJar } from 'tough-cookie';
import type { Awaitable } from '../types/context.ts';
import type { CookieJarLike } from '../types/cookies.ts';
import type { UrlParts } from '../request/url.ts';
import type { CookieCollection } from './cookie-index.ts';
import { expiryOf } from './cookie-limits.ts';
import { hostOf, isSecure, pathMatches, siteOf } from './cookie-site.ts';
import { HostStore } from './host-store.ts';
import { after, withForeignStore } from './foreign-store.ts';
import { cookiesFor, olderFirst, serializeCookies } from './storage-model.ts';

/** A header, and what is in it. */
interface CachedHeader {
  readonly header: string;
  readonly cookies: readonly Cookie[];
  accessed: number;
}

/** What is remembered of one host until the store changes or a cookie expires. */
interface CachedHost {
  readonly version: number;
  readonly expires: number;
  /** Its cookies of all paths. */
  readonly all: CachedHeader;
  /** By path, where not every cookie goes to every path. */
  readonly byPath: Map<string, CachedHeader> | undefined;
}

const maxCachedHosts = 500;
const maxCachedPaths = 200;

/**
 * The cookies that sessions share: a jar of our own with cached headers, or somebody else's, read
 * anew each time.
 */
export class JarCore {
  readonly jar: CookieJarLike;
  readonly #own: HostStore | undefined;
  readonly #httpsHosts = new Map<string, CachedHost>();
  readonly #httpHosts = new Map<string, CachedHost>();

  constructor(foreign?: CookieJarLike) {
    const store = foreign ? foreign.store : new HostStore();
    // The jar of another session, handed over as tough-cookie's, is still ours.
    this.#own = store instanceof HostStore ? store : undefined;
    this.jar = foreign ?? new CookieJar(this.#own);
  }

  /**
   * Runs a task over the cookies: at once for our own store and any that answers at once. `host`:
   * only its cookies are needed.
   */
  run<T>(host: string | undefined, task: (cookies: CookieCollection) => T): Awaitable<T> {
    return this.#own ? task(this.#own) : withForeignStore(this.jar.store, host, task);
  }

  /** The `cookie` header for a URL, `''` when there is none, one character a byte. */
  headerFor(url: UrlParts): Awaitable<string> {
    const store = this.#own;
    if (store?.size === 0) return '';
    if (!store) {
      const site = siteOf(url, true);
      return this.run(site.host, (cookies) =>
        serializeCookies(cookiesFor(cookies, site, Date.now(), site.path), true),
      );
    }
    const { hostname, protocol } = url;
    const hosts = protocol === 'https:' ? this.#httpsHosts : this.#httpHosts;
    const now = Date.now();
    let cached = hosts.get(hostname);
    if (cached === undefined || cached.version !== store.version || cached.expires <= now) {
      if (hosts.size >= maxCachedHosts) hosts.clear();
      hosts.set(
        hostname,
        (cached = remember(store, hostOf(url), isSecure(protocol, hostname), now)),
      );
    }
    const found =
      cached.byPath === undefined ? cached.all : atPath(cached.all, cached.byPath, url.pathname);
    // Once a second is enough to know which cookies are in use when some must go; backwards too,
    // should the clock have been set back.
    if (Math.abs(now - found.accessed) > 1000) touch(found, now);
    return found.header;
  }

  /** Cookies in the jar; 0 for a store that does not answer at once. */
  get size(): number {
    if (this.#own) return this.#own.sweep(Date.now());
    const count = this.run(undefined, ({ size }) => size);
    if (typeof count === 'number') return count;
    count.catch(() => undefined);
    return 0;
  }

  /** A jar of our own with the same cookies. */
  copy(): Awaitable<JarCore> {
    return after(
      this.run(undefined, (cookies) => [...cookies.all()].sort(olderFirst)),
      (cookies) => {
        const core = new JarCore();
        for (const cookie of cookies) core.#own?.adopt(new Cookie(cookie));
        return core;
      },
    );
  }
}

function remember(store: HostStore, host: string, secure: boolean, now: number): CachedHost {
  const cookies = cookiesFor(store, { host, path: '', secure, http: true }, now);
  return {
    // Read after the look-up, which removes expired cookies.
    version: store.version,
    expires: cookies.reduce((least, cookie) => Math.min(least, expiryOf(cookie)), Infinity),
    all: headerOf(cookies),
    byPath: cookies.every((cookie) => cookie.path === '/') ? undefined : new Map(),
  };
}

function atPath(all: CachedHeader, byPath: Map<string, CachedHeader>, path: string): CachedHeader {
  let found = byPath.get(path);
  if (found === undefined) {
    if (byPath.size >= maxCachedPaths) byPath.clear();
    byPath.set(
      path,
      (found = headerOf(all.cookies.filter((cookie) => pathMatches(path, cookie.path ?? '/')))),
    );
  }
  return found;
}

function headerOf(cookies: readonly Cookie[]): CachedHeader {
  return { header: serializeCookies(cookies, true), cookies, accessed: 0 };
}

function touch(found: CachedHeader, now: number): void {
  found.accessed = now;
  const date = new Date(now);
  for (const cookie of found.cookies) cookie.lastAccessed = date;
}
