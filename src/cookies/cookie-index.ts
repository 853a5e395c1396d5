import type { Cookie } from 'tough-cookie';

/** Cookies as the rules see them, wherever they are kept. */
export interface CookieCollection {
  readonly size: number;
  find(domain: string, path: string, name: string, hostOnly: boolean): Cookie | undefined;
  ofDomain(domain: string): Iterable<Cookie>;
  countOf(domain: string): number;
  all(): Iterable<Cookie>;
  /**
   * Adds a cookie, in place of `old` where there is one: that may be kept, with what is new about
   * it.
   */
  put(cookie: Cookie, old: Cookie | undefined): void;
  remove(cookie: Cookie): void;
}

/** Cookies by domain, then by path and name. Maps, so that no name is special. */
export class CookieIndex implements CookieCollection {
  readonly #domains = new Map<string, Map<string, Cookie>>();
  readonly #byHostOnly: boolean;
  #size = 0;

  /**
   * `byHostOnly`: a host-only cookie and a domain cookie of one name are two (RFC 6265bis section
   * 5.7); tough-cookie's stores cannot hold both.
   */
  constructor(byHostOnly: boolean) {
    this.#byHostOnly = byHostOnly;
  }

  get size(): number {
    return this.#size;
  }

  find(domain: string, path: string, name: string, hostOnly: boolean): Cookie | undefined {
    return this.#domains.get(domain)?.get(this.#slot(path, name, hostOnly));
  }

  ofDomain(domain: string): Iterable<Cookie> {
    return this.#domains.get(domain)?.values() ?? [];
  }

  countOf(domain: string): number {
    return this.#domains.get(domain)?.size ?? 0;
  }

  *all(): Iterable<Cookie> {
    for (const cookies of this.#domains.values()) yield* cookies.values();
  }

  put(cookie: Cookie): void {
    const domain = cookie.domain ?? '';
    let cookies = this.#domains.get(domain);
    if (cookies === undefined) this.#domains.set(domain, (cookies = new Map()));
    this.#size -= cookies.size;
    cookies.set(this.#slot(cookie.path ?? '/', cookie.key, cookie.hostOnly === true), cookie);
    this.#size += cookies.size;
  }

  remove(cookie: Cookie): void {
    const domain = cookie.domain ?? '';
    const cookies = this.#domains.get(domain);
    if (!cookies?.delete(this.#slot(cookie.path ?? '/', cookie.key, cookie.hostOnly === true)))
      return;
    this.#size--;
    if (cookies.size === 0) this.#domains.delete(domain);
  }

  clear(): void {
    this.#domains.clear();
    this.#size = 0;
  }

  #slot(path: string, name: string, hostOnly: boolean): string {
    return `${this.#byHostOnly && hostOnly ? '=' : '.'}${path};${name}`;
  }
}
