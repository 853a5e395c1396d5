/** What `cookies()` of Next.js gives, as far as it is used. */

/** A cookie as Next.js sets it; what is left out is not set, but for `path`, which is `/` then. */
export interface NextCookie {
  /** As it is sent. */
  name: string;
  /** Decoded: Next.js encodes it by `encodeURIComponent`. */
  value: string;
  /** The host and those below it; without one, the page's host alone. */
  domain?: string;
  /** The path of URLs that it goes to, and what is below. */
  path?: string;
  /** When it ends; without this and `maxAge`, with the browser's session. */
  expires?: Date;
  /** Seconds. */
  maxAge?: number;
  /** No script sees it. */
  httpOnly?: boolean;
  /** It goes over TLS alone. */
  secure?: boolean;
  /** Whether it goes along with what other sites ask. */
  sameSite?: 'strict' | 'lax' | 'none';
  /** Kept apart for each site that embeds the page. */
  partitioned?: boolean;
}

/** The part of what `cookies()` of `next/headers` gives that is used. */
export interface NextCookieStoreLike {
  /** The visitor's cookies and what was set for this request, decoded; deleted ones are empty. */
  getAll(): readonly { readonly name: string; readonly value: string }[];
  /** Throws while a page renders. */
  set(cookie: NextCookie): unknown;
}
