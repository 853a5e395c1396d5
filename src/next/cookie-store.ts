/** What `cookies()` of Next.js gives, as far as it is used. */

/** A cookie as Next.js sets it; what is left out is not set, but for `path`, which is `/` then. */
export interface NextCookie {
  /** As it is sent. */
  name: string;
  /** Decoded: Next.js encodes it by `encodeURIComponent`. */
  value: string;
  domain?: string;
  path?: string;
  expires?: Date;
  /** Seconds. */
  maxAge?: number;
  httpOnly?: boolean;
  secure?: boolean;
  sameSite?: 'strict' | 'lax' | 'none';
  partitioned?: boolean;
}

/** The part of what `cookies()` of `next/headers` gives that is used. */
export interface NextCookieStoreLike {
  /** The visitor's cookies and what was set for this request, decoded; deleted ones are empty. */
  getAll(): readonly { readonly name: string; readonly value: string }[];
  /** Throws while a page renders. */
  set(cookie: NextCookie): unknown;
}
