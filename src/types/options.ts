import type { SessionResponse } from '../response/session-response.ts';
import type { ProxyOption, TlsOptions } from './connection.ts';
import type { Awaitable, CallContext } from './context.ts';
import type { CookieJarLike, SessionCookies } from './cookies.ts';
import type { Hooks } from './hooks.ts';
import type { Auth } from './middleware.ts';
import type { ProgressCallback } from './progress.ts';
import type { BodyOption, FormOption, HeadersOption, SearchParamsOption } from './request.ts';
import type { RetryOptions } from './retry.ts';
import type { TimeoutOptions } from './timeout.ts';
import type { Transport } from './transport.ts';

/** Defaults and per-call settings that both a session and a call take. */
export interface SharedOptions extends Omit<
  RequestInit,
  'headers' | 'body' | 'method' | 'signal' | 'window'
> {
  /**
   * Combined by name with the session's. A session's own go to its origin only, but for those that
   * tell nothing of who asks (`accept`, `user-agent` …).
   */
  headers?: HeadersOption | null | undefined;
  /** Replaces the session's; `null` sends none. Default: the userinfo of the URL, else none. */
  auth?: Auth | null | undefined;
  /**
   * Combined by phase. A number n, in ms, means `{connect: min(n, 10 s), response: n, body: n}`;
   * `false` turns all off.
   */
  timeout?: number | false | TimeoutOptions | null | undefined;
  /** Combined by key. A number is the `limit`; `false` turns retries off. */
  retry?: number | false | RetryOptions | null | undefined;
  /** Redirects that are followed. Default 20, the Fetch standard's. */
  maxRedirects?: number | null | undefined;
  /**
   * `true`: a status of 400 or more rejects, also when the response is awaited; `false`: never; a
   * function decides by status. Default: only when data is asked for.
   */
  throwHttpErrors?: boolean | ((status: number) => boolean) | null | undefined;
  /**
   * Reads the text of a JSON body. Default `JSON.parse`. What it throws is the cause of a {@link
   * DecodeError}.
   */
  parseJson?: ((text: string) => unknown) | null | undefined;
  /** Writes the `json` option. Default `JSON.stringify`. */
  stringifyJson?: ((value: unknown) => string) | null | undefined;
  /**
   * Told as the body is sent. In browsers, by way of `XMLHttpRequest`: the chunks are empty, the
   * response comes whole, and what only `fetch` can do is refused. At the edge, and in workers
   * without XMLHttpRequest, never told.
   */
  onUploadProgress?: ProgressCallback | null | undefined;
  /** Told as the body is taken off the wire, decoded. */
  onDownloadProgress?: ProgressCallback | null | undefined;
  /**
   * The most decoded bytes of a body. Over it: `ResponseTooLargeError`, and the connection is
   * dropped. Without it, in Node, a body compressed more than 200:1 stops at 100 MiB.
   */
  maxResponseSize?: number | null | undefined;
  /** Names of headers that may follow a redirect to another origin. */
  keepHeaders?: readonly string[] | null | undefined;
  /** Combined by key; handed to middleware, hooks and errors as it is, never sent. */
  context?: CallContext | null | undefined;
  /**
   * Of a call: goes before every mount. Of a session: takes the place of the platform's, below the
   * mounts, and is closed with the session.
   */
  transport?: Transport | null | undefined;
  /**
   * The proxy, or one for each scheme; `false`: none. Chosen anew at each redirect. Default: the
   * transport's, else the environment's (`trustEnv`). Node only.
   */
  proxy?: ProxyOption | null | undefined;
  /**
   * How servers are verified, and what they are shown. Connections are shared only between equal
   * settings. Default: the transport's, else Node's. Node only.
   */
  tls?: TlsOptions | null | undefined;
}

/** Options of one call. `undefined` inherits, `null` removes, an unknown name rejects. */
export interface RequestOptions extends SharedOptions {
  /** Of `request()` alone: the verbs have theirs. Default `GET`. */
  method?: string | undefined;
  /**
   * Appended to the URL's own query, which is kept byte for byte. `null` leaves out the session's.
   */
  searchParams?: SearchParamsOption | null | undefined;
  /** Serialised as JSON; `null` sends `null`. */
  json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: FormOption | undefined;
  /**
   * At most one of `json`, `form` and `body`, and none with GET and HEAD. A stream or iterable is
   * sent once: a call with one is not retried.
   */
  body?: BodyOption | undefined;
  /** Sent on this call's origin over the jar's, never stored. */
  cookies?: Record<string, string> | null | undefined;
  /** Ends the call and its body; the call rejects with `signal.reason`, untouched. */
  signal?: AbortSignal | null | undefined;
}

/** Options of a session: the defaults of its calls, and what only a session has. */
export interface SessionOptions extends SharedOptions {
  /**
   * Relative inputs resolve against it; a missing trailing slash is added. Credentials of the
   * session go to its origin only.
   */
  baseUrl?: string | URL | null | undefined;
  /** More origins in the scope of the session's credentials. */
  origins?: readonly string[] | null | undefined;
  /** Added to the URLs in the session's scope, unless the URL or the call has the name. */
  searchParams?: Exclude<SearchParamsOption, string> | null | undefined;
  /**
   * A jar of another session, a tough-cookie `CookieJar`, or `false` for none. Default: a jar of
   * its own (in browsers the browser's).
   */
  cookies?: SessionCookies | CookieJarLike | false | null | undefined;
  /** A child's run after its parent's. */
  hooks?: Hooks | null | undefined;
  /**
   * Whether `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read, once, as the session
   * is made. Default true, for a child its parent's. Node only.
   */
  trustEnv?: boolean | undefined;
}

/** Options of {@link Session.extend}. */
export interface ExtendOptions extends Omit<SessionOptions, 'cookies'> {
  /**
   * `'share'` (default): the parent's; `'copy'`: a jar of its own with the same; `'new'`: an empty
   * one; a jar; or `false` for none.
   */
  cookies?: 'share' | 'copy' | 'new' | SessionCookies | CookieJarLike | false | null | undefined;
}

/** Options of {@link Session.paginate}. */
export interface PaginateOptions extends RequestOptions {
  /**
   * Gives the next page's input, its whole query included, or `undefined` to stop. It is asked when
   * the loop has done with the page, whose body may have been read by then. Default: `links.next`.
   */
  nextPage?:
    ((response: SessionResponse) => Awaitable<string | URL | Request | undefined>) | undefined;
  /** The most pages that are fetched. Default: no bound. */
  limit?: number | undefined;
}
