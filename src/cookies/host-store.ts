import { type Callback, type Cookie, type ErrorCallback, type Nullable, Store } from 'tough-cookie';
import { domainsOf, pathMatches } from './cookie-site.ts';
import { CookieIndex, type CookieCollection } from './cookie-index.ts';
import { enforceLimits, expiryOf, maxLifetime } from './cookie-limits.ts';
import { olderFirst } from './storage-model.ts';

/**
 * The store below a session's own `CookieJar`. Unlike tough-cookie's it does not throw for hosts
 * such as `test`, is bounded, keeps host-only and domain cookies apart, and counts its changes, so
 * that a cached header stays right when somebody works on the `CookieJar` directly.
 */
export class HostStore extends Store implements CookieCollection {
  override synchronous = true;
  readonly #index = new CookieIndex(true);
  #version = 0;

  /** Another number whenever a cookie header may have changed. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#index.size;
  }

  find(domain: string, path: string, name: string, hostOnly: boolean): Cookie | undefined {
    return this.#index.find(domain, path, name, hostOnly);
  }

  ofDomain(domain: string): Iterable<Cookie> {
    return this.#index.ofDomain(domain);
  }

  countOf(domain: string): number {
    return this.#index.countOf(domain);
  }

  all(): Iterable<Cookie> {
    return this.#index.all();
  }

  put(cookie: Cookie, old: Cookie | undefined): void {
    // A server that sends the same cookie with each response only prolongs it: the header, and what
    // is known of its use, stay.
    if (
      old !== undefined &&
      old !== cookie &&
      old.value === cookie.value &&
      old.secure === cookie.secure &&
      expiryOf(old) <= expiryOf(cookie)
    ) {
      Object.assign(old, cookie);
      return;
    }
    this.#index.put(cookie);
    this.#version++;
  }

  remove(cookie: Cookie): void {
    this.#index.remove(cookie);
    this.#version++;
  }

  /** Takes a cookie that did not come through our rules, within the limits of the jar. */
  adopt(cookie: Cookie): void {
    const now = Date.now();
    const expires = expiryOf(cookie);
    // tough-cookie counts Max-Age from the last access: it would never end.
    if (expires !== Infinity)
      cookie.expires = new Date(Math.min(Math.max(expires, 0), now + maxLifetime));
    cookie.maxAge = null;
    this.put(cookie, undefined);
    enforceLimits(this, cookie.domain ?? '', now);
  }

  /** Drops what has expired; the number that is left. */
  sweep(now: number): number {
    for (const cookie of [...this.all()]) if (expiryOf(cookie) <= now) this.remove(cookie);
    return this.size;
  }

  // What follows is tough-cookie's side: only its CookieJar calls it.

  override findCookie(
    domain: Nullable<string>,
    path: Nullable<string>,
    key: Nullable<string>,
  ): Promise<Cookie | undefined>;
  override findCookie(
    domain: Nullable<string>,
    path: Nullable<string>,
    key: Nullable<string>,
    callback: Callback<Cookie | undefined>,
  ): void;
  override findCookie(
    domain: Nullable<string>,
    path: Nullable<string>,
    key: Nullable<string>,
    callback?: Callback<Cookie | undefined>,
  ): unknown {
    return answer(
      callback,
      this.find(domain ?? '', path ?? '', key ?? '', true) ??
        this.find(domain ?? '', path ?? '', key ?? '', false),
    );
  }

  override findCookies(
    domain: Nullable<string>,
    path: Nullable<string>,
    allowSpecialUseDomain?: boolean,
  ): Promise<Cookie[]>;
  override findCookies(
    domain: Nullable<string>,
    path: Nullable<string>,
    allowSpecialUseDomain?: boolean,
    callback?: Callback<Cookie[]>,
  ): void;
  override findCookies(
    domain: Nullable<string>,
    path: Nullable<string>,
    allow?: boolean | Callback<Cookie[]>,
    callback?: Callback<Cookie[]>,
  ): unknown {
    const found: Cookie[] = [];
    for (const parent of domain ? domainsOf(domain) : []) {
      for (const cookie of this.ofDomain(parent))
        if (!path || pathMatches(path, cookie.path ?? '/')) found.push(cookie);
    }
    return answer(typeof allow === 'function' ? allow : callback, found);
  }

  override putCookie(cookie: Cookie): Promise<void>;
  override putCookie(cookie: Cookie, callback: ErrorCallback): void;
  override putCookie(cookie: Cookie, callback?: ErrorCallback): unknown {
    this.adopt(cookie);
    return answer(callback, undefined);
  }

  override updateCookie(oldCookie: Cookie, newCookie: Cookie): Promise<void>;
  override updateCookie(oldCookie: Cookie, newCookie: Cookie, callback: ErrorCallback): void;
  override updateCookie(_oldCookie: Cookie, newCookie: Cookie, callback?: ErrorCallback): unknown {
    return callback ? this.putCookie(newCookie, callback) : this.putCookie(newCookie);
  }

  override removeCookie(
    domain: Nullable<string>,
    path: Nullable<string>,
    key: Nullable<string>,
  ): Promise<void>;
  override removeCookie(
    domain: Nullable<string>,
    path: Nullable<string>,
    key: Nullable<string>,
    callback: ErrorCallback,
  ): void;
  override removeCookie(
    domain: Nullable<string>,
    path: Nullable<string>,
    key: Nullable<string>,
    callback?: ErrorCallback,
  ): unknown {
    for (const cookie of [...this.ofDomain(domain ?? '')])
      if (cookie.path === path && cookie.key === key) this.remove(cookie);
    return answer(callback, undefined);
  }

  override removeCookies(domain: string, path: Nullable<string>): Promise<void>;
  override removeCookies(domain: string, path: Nullable<string>, callback: ErrorCallback): void;
  override removeCookies(
    domain: string,
    path: Nullable<string>,
    callback?: ErrorCallback,
  ): unknown {
    for (const cookie of [...this.ofDomain(domain)])
      if (!path || cookie.path === path) this.remove(cookie);
    return answer(callback, undefined);
  }

  override removeAllCookies(): Promise<void>;
  override removeAllCookies(callback: ErrorCallback): void;
  override removeAllCookies(callback?: ErrorCallback): unknown {
    this.#index.clear();
    this.#version++;
    return answer(callback, undefined);
  }

  override getAllCookies(): Promise<Cookie[]>;
  override getAllCookies(callback: Callback<Cookie[]>): void;
  override getAllCookies(callback?: Callback<Cookie[]>): unknown {
    return answer(callback, [...this.all()].sort(olderFirst));
  }

  /** For `util.inspect`: names, never values. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `HostStore { ${[...this.all()].map((cookie) => `${cookie.key} (${cookie.domain}${cookie.path})`).join(', ')} }`;
  }
}

function answer<T>(callback: ((error: null, result: T) => void) | undefined, result: T): unknown {
  return callback ? callback(null, result) : Promise.resolve(result);
}
