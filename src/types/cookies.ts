/**
 * A cookie in the words of the CookieStore standard, plus `httpOnly` and `hostOnly`. `expires` is
 * ms since 1970, `null` for a session cookie.
 */
export interface CookieRecord {
  name: string;
  value: string;
  /** Default: the host of the URL it is set at. */
  domain?: string | null | undefined;
  /** Default `/`. */
  path?: string | undefined;
  expires?: number | null | undefined;
  secure?: boolean | undefined;
  sameSite?: 'strict' | 'lax' | 'none' | undefined;
  partitioned?: boolean | undefined;
  httpOnly?: boolean | undefined;
  /**
   * True: sent to exactly `domain`; false: to its subdomains too. Default true unless `domain` was
   * given.
   */
  hostOnly?: boolean | undefined;
}

/** Why a cookie was not stored. */
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
  | 'partition-missing'
  | 'expired'
  | 'per-response-cap'
  | 'global-evicted'
  | 'policy';

/** `{http: false}` acts as a script would: HttpOnly cookies are hidden and protected. */
export interface CookieAccess {
  http?: boolean | undefined;
}

/** The part of tough-cookie's `CookieJar` that a session uses; any jar of that shape will do. */
export interface CookieJarLike {
  readonly store: object;
  setCookie(cookie: string, url: string, options?: object): Promise<unknown>;
  getCookies(url: string, options?: object): Promise<unknown[]>;
  getCookieString(url: string, options?: object): Promise<string>;
  removeAllCookies(): Promise<void>;
}

/**
 * The cookies of a session. `url` defaults to the session's `baseUrl`; `get` and `delete` without
 * any URL act when exactly one cookie has the name, else they reject. `toJSON` and inspection show
 * names, never values.
 */
export interface SessionCookies {
  /** The cookie that would be sent to `url`, or `undefined`. */
  get(name: string, url?: string | URL, access?: CookieAccess): Promise<CookieRecord | undefined>;
  /** The cookies that would be sent to `url`; without any URL, all. */
  getAll(url?: string | URL, access?: CookieAccess): Promise<CookieRecord[]>;
  /**
   * Stores a `Set-Cookie` line or a record by the rules of RFC 6265bis: resolves to what was stored
   * or why it was not.
   */
  set(
    cookie: string | CookieRecord,
    url?: string | URL,
    access?: CookieAccess,
  ): Promise<CookieRecord | { rejected: CookieRejection }>;
  /** Resolves to whether there was one. */
  delete(name: string, url?: string | URL, access?: CookieAccess): Promise<boolean>;
  /** Removes all. */
  clear(): Promise<void>;
  /** The `cookie` header for `url`, or `''`. */
  header(url?: string | URL, access?: CookieAccess): Promise<string>;
  /** Every cookie, for storage. */
  export(): Promise<CookieRecord[]>;
  /** Puts records back, each checked as if it was set; resolves to those that were refused. */
  import(
    records: readonly CookieRecord[],
  ): Promise<{ record: CookieRecord; rejected: CookieRejection }[]>;
  /** tough-cookie's `CookieJar`; `undefined` in browsers. */
  readonly jar: CookieJarLike | undefined;
  /** Names and where they go, never values. */
  toJSON(): unknown;
}
