/**
 * A cookie in the words of the CookieStore standard, plus `httpOnly` and `hostOnly`. Attributes
 * mean what they mean in a `Set-Cookie` line (RFC 6265bis, section 5.6).
 *
 * @example
 * ```ts
 * await session.cookies.set(
 *   { name: 'theme', value: 'dark', expires: Date.now() + 86_400_000, sameSite: 'lax' },
 *   'https://example.com/',
 * );
 * ```
 */
export interface CookieRecord {
  /** May be empty, as servers may leave it out; then `value` is not. */
  name: string;
  /** As it is sent: neither quoted nor encoded. */
  value: string;
  /**
   * The host that it goes back to.
   *
   * @default the host of the URL it is set at
   */
  domain?: string | null | undefined;
  /**
   * The path that it goes back to, with all below it.
   *
   * @default '/'
   */
  path?: string | undefined;
  /**
   * When it ends, in ms since 1970, at most 400 days from now; `null` for a session cookie, which
   * ends with the session.
   *
   * @default null
   */
  expires?: number | null | undefined;
  /**
   * Whether it goes over `https:` only. `localhost` and loopback addresses count as secure.
   *
   * @default false
   */
  secure?: boolean | undefined;
  /**
   * Stored and given back. A session withholds no cookie by it, as it has no page that a call could
   * come from; `'none'` needs `secure`.
   *
   * @default undefined
   */
  sameSite?: 'strict' | 'lax' | 'none' | undefined;
  /**
   * Whether it was set with `Partitioned` (CHIPS), which needs `secure`.
   *
   * @default false
   */
  partitioned?: boolean | undefined;
  /**
   * The site whose pages see it, where it came from a browser: kept and given back. A session is
   * one partition: of two cookies that differ in it alone, the later one stays.
   *
   * @default undefined
   */
  partitionKey?: string | undefined;
  /**
   * Whether it is hidden from scripts: from those who ask with `{ http: false }`.
   *
   * @default false
   */
  httpOnly?: boolean | undefined;
  /**
   * True: sent to exactly `domain`; false: to its subdomains too.
   *
   * @default true, unless `domain` is given
   */
  hostOnly?: boolean | undefined;
}

/**
 * Why a cookie was not stored.
 *
 * - `'empty'`: neither a name nor a value. `'ctl'`: a control character. `'too-large'`: over 4096
 *   bytes.
 * - `'domain-mismatch'`: of a host that is not the URL's. `'domain-invalid'`: no host name.
 *   `'public-suffix'`: for all of `com` or `co.uk`. `'path-non-ascii'`: a path that is not ASCII.
 * - `'secure-from-insecure'`: `Secure` over plain `http:`. `'secure-overlay'`: it would shadow a
 *   `Secure` one from there.
 * - `'httponly-from-script'`, `'httponly-overwrite'`: a script may neither set nor replace such a
 *   one.
 * - `'samesite-none-insecure'`, `'partition-missing'`: an attribute that needs another one.
 * - `'prefix-secure'`, `'prefix-host'`, `'prefix-http'`: a name with `__Secure-` and the like whose
 *   rules it breaks. `'prefix-nameless'`: a value without a name that would be read as one, by an
 *   equals sign or by such a prefix. `'prefix-blank'`: a name that may read as one with a prefix,
 *   since it begins with a blank that servers trim, such as U+00A0.
 * - `'expired'`: its end is past, so that the cookie of that name was deleted.
 * - `'global-evicted'`: more cookies than are kept.
 * - `'policy'`: the store refused, and said no more.
 */
export type CookieRejection =
  | 'empty'
  | 'ctl'
  | 'too-large'
  | 'domain-mismatch'
  | 'domain-invalid'
  | 'public-suffix'
  | 'path-non-ascii'
  | 'secure-from-insecure'
  | 'secure-overlay'
  | 'httponly-from-script'
  | 'httponly-overwrite'
  | 'samesite-none-insecure'
  | 'prefix-secure'
  | 'prefix-host'
  | 'prefix-http'
  | 'prefix-nameless'
  | 'prefix-blank'
  | 'partition-missing'
  | 'expired'
  | 'global-evicted'
  | 'policy';

/** A record that `import` did not store. */
export interface RefusedCookie {
  /** As it was given. */
  record: CookieRecord;
  /** `'policy'` for a record that is none. */
  rejected: CookieRejection;
  /** Which field of it has a wrong value, and what it must be. */
  problem?: string;
}

/** In whose name cookies are read and written. */
export interface CookieAccess {
  /**
   * `false` acts as a script of the page would: HttpOnly cookies are hidden and protected.
   *
   * @default true
   */
  http?: boolean | undefined;
}

/** The part of tough-cookie's `CookieJar` that a session uses; any jar of that shape will do. */
export interface CookieJarLike {
  /** Where the jar keeps its cookies. */
  readonly store: object;
  /** Stores a `Set-Cookie` line that came from `url`. */
  setCookie(cookie: string, url: string, options?: object): Promise<unknown>;
  /** The cookies for `url`. */
  getCookies(url: string, options?: object): Promise<unknown[]>;
  /** The `cookie` header for `url`. */
  getCookieString(url: string, options?: object): Promise<string>;
  /** Removes every cookie. */
  removeAllCookies(): Promise<void>;
}

/**
 * The cookies of a session. `url` defaults to the session's `baseUrl`; `get` and `delete` without
 * any URL act when exactly one cookie has the name, else they reject. `toJSON` and inspection show
 * names, never values.
 *
 * In browsers they are the browser's own, as far as scripts of the page may see and set them: what
 * is asked of another origin rejects with {@link UnsupportedError}.
 *
 * @example
 * ```ts
 * const { cookies } = new Session({ baseUrl: 'https://example.com/' });
 * await cookies.set('theme=dark; Max-Age=3600');
 * const theme = await cookies.get('theme'); // { name: 'theme', value: 'dark', … }
 * ```
 */
export interface SessionCookies {
  /**
   * The cookie that would be sent to `url`, or `undefined`.
   *
   * @throws {InvalidRequestError} without any URL, when several cookies have the name.
   */
  get(name: string, url?: string | URL, access?: CookieAccess): Promise<CookieRecord | undefined>;
  /** The cookies that would be sent to `url`; without any URL, all. */
  getAll(url?: string | URL, access?: CookieAccess): Promise<CookieRecord[]>;
  /**
   * Stores a `Set-Cookie` line or a record by the rules of RFC 6265bis, section 5.7: resolves to
   * what was stored, or to why it was not. It rejects only for what is no cookie at all.
   *
   * @throws {InvalidRequestError} for a record with a field of a wrong kind, and where neither
   * `url`, the record's `domain` nor a `baseUrl` says whose it is; {@link UnsupportedError} for
   * what a browser's script cannot set: HttpOnly cookies, and those of another site.
   */
  set(
    cookie: string | CookieRecord,
    url?: string | URL,
    access?: CookieAccess,
  ): Promise<CookieRecord | { rejected: CookieRejection }>;
  /**
   * Removes the cookie that would be sent to `url`. Resolves to whether there was one.
   *
   * @throws {InvalidRequestError} without any URL, when several cookies have the name.
   */
  delete(name: string, url?: string | URL, access?: CookieAccess): Promise<boolean>;
  /** Removes all. In browsers, all that a script may see. */
  clear(): Promise<void>;
  /** The `cookie` header for `url`, or `''`. */
  header(url?: string | URL, access?: CookieAccess): Promise<string>;
  /** Every cookie, HttpOnly ones and values included, for storage: secrets. */
  export(): Promise<CookieRecord[]>;
  /** Puts records back, each checked as if it was set; resolves to those that were refused. */
  import(records: readonly CookieRecord[]): Promise<RefusedCookie[]>;
  /** tough-cookie's `CookieJar`; `undefined` in browsers. */
  readonly jar: CookieJarLike | undefined;
  /** Names and where they go, never values. */
  toJSON(): unknown;
}
