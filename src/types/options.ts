import type { ProxyOption, TlsOptions } from './connection.ts';
import type { CallContext } from './context.ts';
import type { CookieJarLike, SessionCookies } from './cookies.ts';
import type { Auth, Hooks } from './middleware.ts';
import type { TransferCallbacks } from './progress.ts';
import type { BodyOptions, HeadersOption, SearchParamsOption } from './request.ts';
import type { RetryOptions } from './retry.ts';
import type { TimeoutOptions } from './timeout.ts';
import type { Transport } from './transport.ts';

/**
 * The init of `session.fetch`: a `RequestInit` whose members may be `undefined`, too, as clients
 * hand it on.
 */
export type FetchInit = {
  [Name in keyof RequestInit]?: (Name extends 'body' ? FetchBody : RequestInit[Name]) | undefined;
};
/** With bytes of any buffer, as types that were written before TypeScript 5.7 have them. */
type FetchBody = RequestInit['body'] | Uint8Array;

/**
 * Defaults and per-call settings that both a session and a call take. `undefined` inherits, `null`
 * goes back to the default. With them come the members of `RequestInit` (Fetch, section 5.4),
 * which mean what they mean there, as far as the platform has such a thing.
 */
export interface SharedOptions
  extends
    Omit<RequestInit, 'headers' | 'body' | 'method' | 'signal' | 'window'>,
    TransferCallbacks {
  /**
   * Combined by name with the session's; `null` as a value removes one of those, `null` for all
   * goes back to the platform's. A session's own go to its origin only, but for those that tell
   * nothing of who asks (`accept`, `user-agent` …). In browsers those that Fetch forbids are
   * refused with {@link UnsupportedError}.
   *
   * @default in Node and at the edge `user-agent`, `accept` and, in Node, `accept-encoding`
   *
   * @example
   * ```ts
   * const api = new Session({ headers: { 'x-tenant': 7, 'accept-language': 'en' } });
   * await api.get('https://example.com/', { headers: { 'accept-language': null } });
   * ```
   */
  headers?: HeadersOption | null | undefined;
  /**
   * Replaces the session's; `null` sends none, as does `credentials: 'omit'` with the session's. A
   * session's goes to its origin and `origins` only, without a `baseUrl` to every URL.
   *
   * @default the userinfo of the URL, else none
   *
   * @example
   * ```ts
   * const api = new Session({ baseUrl: 'https://example.com/', auth: basic('user', 'pass') });
   * await api.get('public', { auth: null });
   * ```
   */
  auth?: Auth | null | undefined;
  /**
   * Combined by phase, each in ms. A number n means `{connect: min(n, 10 s), response: n, body:
   * n}`; `false` turns all off. The call rejects with a {@link TimeoutError}.
   *
   * @default { connect: 10_000, response: 120_000, body: 30_000, total: false }
   */
  timeout?: number | false | TimeoutOptions | null | undefined;
  /**
   * Combined by key. A number is the `limit`; `false` turns retries off. The defaults stand at
   * {@link RetryOptions}.
   *
   * @default 2
   */
  retry?: number | false | RetryOptions | null | undefined;
  /**
   * Redirects that are followed (the default is the Fetch standard's). One more rejects with {@link
   * TooManyRedirectsError}. In browsers only 20 is possible.
   *
   * @default 20
   */
  maxRedirects?: number | null | undefined;
  /**
   * `true`: a status of 400 or more rejects with {@link HTTPError}, also when the response is
   * awaited; `false`: never; a function decides by status.
   *
   * @default only when data is asked for: `json()`, `text()` … of the call
   *
   * @example
   * ```ts
   * const missing = await session.get('item', { throwHttpErrors: (status) => status !== 404 });
   * ```
   */
  throwHttpErrors?: boolean | ((status: number) => boolean) | null | undefined;
  /**
   * Reads the text of a JSON body. What it throws is the cause of a {@link DecodeError}.
   *
   * @default JSON.parse
   */
  parseJson?: ((text: string) => unknown) | null | undefined;
  /**
   * Writes the `json` option. What it throws is the cause of an {@link InvalidRequestError}.
   *
   * @default JSON.stringify
   */
  stringifyJson?: ((value: unknown) => string) | null | undefined;
  /**
   * The most decoded bytes of a body. Over it: {@link ResponseTooLargeError}, and the connection is
   * dropped.
   *
   * @default no bound; in Node 100 MiB for a body compressed more than 200:1
   */
  maxResponseSize?: number | null | undefined;
  /**
   * `false`: the body as it came, still in the codings of its `content-encoding`. Node, and Bun
   * with its `fetch`; where the platform always decodes it is refused with {@link
   * UnsupportedError}.
   *
   * @default true
   */
  decompress?: boolean | null | undefined;
  /**
   * Names of headers that may follow a redirect to another origin. Inert in browsers, which follow
   * redirects themselves.
   *
   * @default []
   */
  keepHeaders?: readonly string[] | null | undefined;
  /**
   * Combined by key; handed to middleware, hooks and errors, never sent. Each call has a record of
   * its own, but its values are yours as they are: what one writes into them, all see. {@link
   * SessionContext} is there to give your keys types.
   *
   * @default {}
   */
  context?: CallContext | null | undefined;
  /**
   * Of a call: goes before every mount. Of a session: takes the place of the platform's, below the
   * mounts, and is closed with the session.
   *
   * @default the platform's: undici's pools in Node, else `fetch`
   */
  transport?: Transport | null | undefined;
  /**
   * The proxy, or one for each scheme; `false`: none. Chosen anew at each redirect. Node only:
   * elsewhere one is refused with {@link UnsupportedError}.
   *
   * @default the transport's, else the environment's (`trustEnv`)
   */
  proxy?: ProxyOption | null | undefined;
  /**
   * How servers are verified, and what they are shown. Connections are shared only between equal
   * settings. Node only: elsewhere it is refused with {@link UnsupportedError}.
   *
   * @default the transport's, else Node's
   */
  tls?: TlsOptions | null | undefined;
}

/**
 * Options of one call that sends no body. `undefined` inherits, `null` removes. A name that does
 * not exist rejects with {@link InvalidRequestError}, which names the one that was probably meant.
 */
export interface CallOptions extends SharedOptions {
  /**
   * Of `request()` alone: the verbs have theirs. Those of RFC 9110, PATCH and QUERY become upper
   * case, others are sent as they are.
   *
   * @default 'GET'
   */
  method?: string | undefined;
  /**
   * Appended to the URL's own query, which is kept byte for byte, and before the session's, of
   * which those names are left out. `null` leaves out all of the session's.
   *
   * @default none
   */
  searchParams?: SearchParamsOption | null | undefined;
  /**
   * Sent on this call's origin over the jar's, by name, never stored. In browsers they are refused
   * with {@link UnsupportedError}.
   *
   * @default none
   */
  cookies?: Record<string, string> | null | undefined;
  /**
   * Sent as `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) with every attempt, which
   * makes any method repeatable, as far as the server keeps to it. `true`: a UUID for this call.
   *
   * @default the session's
   */
  idempotencyKey?: string | true | null | undefined;
  /**
   * Ends the call and its body; the call rejects with `signal.reason`, untouched.
   *
   * @default none
   *
   * @example
   * ```ts
   * const controller = new AbortController();
   * const call = session.get('slow', { signal: controller.signal });
   * controller.abort(new Error('enough'));
   * await call.catch((error: unknown) => console.log(error)); // Error: enough
   * ```
   */
  signal?: AbortSignal | null | undefined;
}

/** At most one member of a record. */
type AtMostOne<T> = {
  [Name in keyof T]-?: Pick<T, Name> & { [Other in Exclude<keyof T, Name>]?: undefined };
}[keyof T];

/**
 * Options of one call: those of {@link CallOptions}, and at most one of `json`, `form` and `body`.
 *
 * @example
 * ```ts
 * const { id } = await session
 *   .post('items', { json: { name: 'tea' }, searchParams: { notify: true }, timeout: 5_000 })
 *   .json<{ id: number }>();
 * ```
 */
export type RequestOptions = CallOptions & AtMostOne<BodyOptions>;

/** Options of a session: the defaults of its calls, and what only a session has. */
export interface SessionOptions extends SharedOptions {
  /**
   * Relative inputs resolve against it; a missing trailing slash is added, so that `login` is below
   * `https://example.com/v1`. Credentials of the session go to its origin only. Userinfo in it
   * becomes the session's `auth`; a query is dropped. A relative one is resolved by each call, as
   * `fetch` resolves an input: against `document.baseURI`, in a worker its own URL. Where there is
   * nothing to resolve it against, as on a server, calls with relative inputs reject, and nothing
   * of the session's credentials goes anywhere.
   *
   * @default none: then inputs are absolute, in browsers relative to the page
   *
   * @throws {InvalidRequestError} for what has another scheme than http: and https:.
   */
  baseUrl?: string | URL | null | undefined;
  /**
   * More origins in the scope of the session's credentials. Without a `baseUrl` every origin is.
   *
   * @default []
   *
   * @throws {InvalidRequestError} for what is no http: or https: URL; paths in them do not count.
   */
  origins?: readonly string[] | null | undefined;
  /**
   * Added to the URLs in the session's scope, unless the URL or the call has the name.
   *
   * @default none
   */
  searchParams?: Exclude<SearchParamsOption, string> | null | undefined;
  /**
   * Cookies of another session, a tough-cookie `CookieJar`, or `false` for none. In browsers a jar
   * is refused with {@link UnsupportedError}.
   *
   * @default a jar of its own; in browsers the browser's
   *
   * @example
   * ```ts
   * const other = new Session({ cookies: session.cookies });
   * const without = new Session({ cookies: false });
   * ```
   */
  cookies?: SessionCookies | CookieJarLike | false | null | undefined;
  /**
   * `true`: a key of its own for each call whose method is not idempotent by itself, as
   * {@link CallOptions.idempotencyKey}; to the session's scope only.
   *
   * @default none
   */
  idempotencyKey?: true | null | undefined;
  /**
   * Functions around each call. A child's run after its parent's; `null` in a child drops those.
   *
   * @default none
   */
  hooks?: Hooks | null | undefined;
  /**
   * Whether hosts are remembered that ask to be called by TLS alone (HTTP Strict Transport
   * Security, RFC 6797): `http:` URLs and redirects to them become `https:` before anything is
   * sent. Learned over TLS without a fault, never of addresses; kept by snapshots; a child shares
   * it. A browser does so by itself, and refuses `false`.
   *
   * @default false; for a child its parent's
   */
  hsts?: boolean | null | undefined;
  /**
   * Whether `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read, once, as the session
   * is made. Node only, inert elsewhere.
   *
   * @default true; for a child its parent's
   */
  trustEnv?: boolean | undefined;
}
