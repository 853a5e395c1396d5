/**
 * The public vocabulary: every type a user can name. Structural only, so that one `.d.ts` serves Node, edge runtimes and browsers.
 *
 * @module
 */
import type { SessionError } from './errors.ts';
import type { SessionResponse } from './response/session-response.ts';

/** A value that may come now or later. */
export type Awaitable<T> = T | Promise<T>;

/**
 * What is carried to middleware, hooks and errors and never sent. Extend it by declaration merging:
 *
 * ```ts
 * declare module 'isosession' { interface SessionContext { traceId?: string } }
 * ```
 */
export interface SessionContext {}

/** The context of a call: {@link SessionContext} and whatever else the caller put there. */
export type CallContext = SessionContext & Record<string, unknown>;

/** What {@link RequestOptions.headers} takes: `null` removes a default, `undefined` inherits it. */
export type HeadersOption = NonNullable<RequestInit['headers']> | Record<string, string | number | null | undefined>;

/** A scalar in a query or a form. */
export type Scalar = string | number | boolean | bigint;

/** What {@link RequestOptions.searchParams} takes: an array repeats its name, `null` removes a default. */
export type SearchParamsOption = string | URLSearchParams | readonly (readonly [string, Scalar])[] | Record<string, Scalar | null | undefined | readonly Scalar[]>;

/** What {@link RequestOptions.form} takes: an array repeats its name; `null` and `undefined` are left out. */
export type FormOption = URLSearchParams | readonly (readonly [string, Scalar])[] | Record<string, Scalar | null | undefined | readonly Scalar[]>;

/** Bytes or strings, one piece after another. A Node `Readable` and a `ReadableStream` are ones. */
export type BodyIterable = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/** What `fetch` takes as a body. Not every platform's types name it. */
type Body = NonNullable<RequestInit['body']>;

/** A body as a caller may give it. A function is called again for every replay (retry, redirect, auth leg). */
export type BodyOption = Body | BodyIterable | (() => Awaitable<Body | BodyIterable | null>) | null;

/** A body as middleware and transports see it. */
export type RequestBody = string | Uint8Array | Blob | FormData | AsyncIterable<Uint8Array | string> | null;

/** Times in ms above 0; `false` turns one off. Each phase has a clock of its own; a {@link TimeoutError} names the phase. */
export interface TimeoutOptions {
  /** From the moment a connection is opened for the call until it stands. Node only. Default 10 000. */
  connect?: number | false | undefined;
  /**
   * From the request being written (other transports than undici's: from `send()`) to its final headers, redirects included; while a body is being sent,
   * in Node, only silence counts. Default 120 000; in browsers and at the edge off for bodies above 64 KiB or of unknown length unless the call sets it.
   */
  response?: number | false | undefined;
  /** Somebody reads and no byte comes; it stands still while the sender is held back. Default 30 000; off for `text/event-stream` unless set. */
  body?: number | false | undefined;
  /** The whole call until its last byte: queueing, retries, waits, redirects and body. Default off. */
  total?: number | false | undefined;
}

/** What {@link RetryOptions.shouldRetry} is asked about. */
export interface RetryState {
  error?: unknown;
  response?: SessionResponse;
  /** The attempt that has just ended, counted from 1. */
  attempt: number;
}

/** How a call is repeated, in ky's words. */
export interface RetryOptions {
  /** Retries after the first attempt. Default 2; 0 turns retries off. */
  limit?: number | undefined;
  /** Methods that may be repeated. Default `GET PUT HEAD DELETE OPTIONS TRACE QUERY`; letter case does not matter. */
  methods?: readonly string[] | undefined;
  /** Statuses that are repeated. Default `408 413 429 500 502 503 504`; 413 only with a `Retry-After`. */
  statusCodes?: readonly number[] | undefined;
  /** Statuses whose `Retry-After` and `RateLimit-Reset` are honoured. Default `413 429 503`. */
  afterStatusCodes?: readonly number[] | undefined;
  /** The longest `Retry-After` that is slept, in ms. Default 60 000; for a longer one the response is returned. */
  maxRetryAfter?: number | undefined;
  /** The wait before retry number `attempt`, in ms. Default `300 * 2 ** (attempt - 1)`. */
  delay?: ((attempt: number) => number) | undefined;
  /** The longest wait of {@link RetryOptions.delay}, in ms. Default 30 000. */
  backoffLimit?: number | undefined;
  /** `true` draws the wait from 0 to the delay, a function maps it. Default: `true` for the default delay only. Never applied to `Retry-After`. */
  jitter?: boolean | ((delay: number) => number) | undefined;
  /** Whether a response or body timeout is repeated. Default false; a connect timeout counts as a network error. */
  retryOnTimeout?: boolean | undefined;
  /** The last word: `undefined` leaves the default. */
  shouldRetry?: ((state: RetryState) => Awaitable<boolean | undefined>) | undefined;
}

/**
 * How TLS connections are made and whom they trust. Node only. Texts in PEM may stand there themselves or be in a file that is named; files are read once, when
 * the option is set. Reads back with all texts in it, as `console.log` and JSON never do of a key, a `pfx` or a passphrase.
 *
 * @throws {InvalidRequestError} for what cannot be read: a file that is missing, broken PEM, a key of another certificate, a wrong passphrase.
 */
export interface TlsOptions {
  /** Whether the server must prove who it is. Default true, whatever `NODE_TLS_REJECT_UNAUTHORIZED` says. `false` warns once a process: anybody on the way can read and change what is sent. */
  verify?: boolean | undefined;
  /** The certificate authorities that are trusted, as PEM or paths. They take the place of Node's own, `NODE_EXTRA_CA_CERTS` included. */
  ca?: string | readonly string[] | undefined;
  /** The client's certificate, followed by those between it and its authority; PEM or a path. Needs `key`. */
  cert?: string | undefined;
  /** The private key of `cert`; PEM or a path, the same where one file holds both. */
  key?: string | undefined;
  /** The client's certificate and key as the bytes of a PKCS#12 file, instead of `cert` and `key`. */
  pfx?: Uint8Array | undefined;
  /** Opens an encrypted `key` or `pfx`. */
  passphrase?: string | undefined;
  /** The name that is asked for (SNI) and that the server's certificate must have. Default: the host of the URL. */
  serverName?: string | undefined;
  /** The lowest version: `TLSv1`, `TLSv1.1`, `TLSv1.2` or `TLSv1.3`. Default: Node's, `TLSv1.2`. */
  minVersion?: string | undefined;
  /** The highest version. Default: Node's, `TLSv1.3`. */
  maxVersion?: string | undefined;
  /** Cipher suites in OpenSSL's words, joined by colons. Default: Node's. */
  ciphers?: string | undefined;
}

/** Progress of a transfer, in ky's shape. `totalBytes` is 0 and `percent` 0 while the length is unknown. */
export interface Progress {
  percent: number;
  transferredBytes: number;
  totalBytes: number;
}

/** Called with the state after each chunk. Of an upload in a browser the chunk is empty. */
export type ProgressCallback = (progress: Progress, chunk: Uint8Array) => void;

/** What a hook is given about the call: its own records, whose headers it may change. */
export interface HookState {
  request: SessionRequest;
  context: CallContext;
}

/** Functions around a call; each list runs in order. */
export interface Hooks {
  /** Once per call, before it is sent. May change `request.headers`; a returned `Response` is used instead of sending. */
  beforeRequest?: readonly ((state: HookState) => Awaitable<Response | void>)[] | undefined;
  /** Once per call, with its final response. A returned `Response` takes its place. */
  afterResponse?: readonly ((state: HookState & { response: SessionResponse }) => Awaitable<Response | void>)[] | undefined;
  /** Once per call that rejects. A returned error takes its place. */
  beforeError?: readonly ((state: HookState & { error: unknown }) => Awaitable<Error | void>)[] | undefined;
  /** Before each retry, after its wait was decided and before it is slept; `delay` in ms. */
  beforeRetry?: readonly ((state: HookState & { response?: SessionResponse; error?: unknown; attempt: number; delay: number }) => Awaitable<void>)[] | undefined;
}

/** One logical request as middleware sees it. A middleware may change its `headers` and hands a copy or the record itself to `next`. */
export interface SessionRequest {
  method: string;
  url: URL;
  headers: Headers;
  body: RequestBody;
  signal: AbortSignal | undefined;
  context: CallContext;
  options: ResolvedOptions;
}

/** Sends the request on towards the transport. It may be called any number of times. */
export type Next = (request: SessionRequest) => Promise<SessionResponse>;

/** A layer of the onion. A plain `Response` is upgraded to a {@link SessionResponse}. */
export type Middleware = (request: SessionRequest, next: Next) => Promise<Response>;

/** The innermost middleware: it puts credentials on a request and may send twice. */
export type Auth = Middleware;

/** What a {@link Transport} is given: exactly what goes out. */
export interface TransportRequest {
  method: string;
  url: URL;
  headers: Headers;
  body: RequestBody;
  signal: AbortSignal | undefined;
  timeout: TimeoutOptions;
  /**
   * The members of `RequestInit` that the platform may know (`redirect`, `credentials`, `cache`, …). In Node also `proxy` and `tls`, where somebody has set them: a transport
   * that cannot do what they say should refuse the call, as it would go past the proxy, or trust whom nobody named.
   */
  init: RequestInit;
}

/** Moves one request to one response. Write your own for tests, for an in-process app, for another network stack. */
export interface Transport {
  /** Resolves at headers; rejects when there will be none. */
  send(request: TransportRequest): Promise<Response>;
  /** True: the host follows redirects and keeps cookies (a browser's fetch). Default false. */
  readonly managed?: boolean | undefined;
  /** Lets what is under way end, then frees everything. */
  close?(): Promise<void>;
  /** Ends everything now. */
  destroy?(reason?: unknown): Promise<void>;
}

/** A cookie in the words of the CookieStore standard, plus `httpOnly` and `hostOnly`. `expires` is ms since 1970, `null` for a session cookie. */
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
  /** True: sent to exactly `domain`; false: to its subdomains too. Default true unless `domain` was given. */
  hostOnly?: boolean | undefined;
}

/** Why a cookie was not stored. */
export type CookieRejection =
  | 'empty' | 'ctl' | 'too-large' | 'domain-mismatch' | 'domain-invalid' | 'public-suffix' | 'path-non-ascii' | 'secure-from-insecure' | 'secure-overlay'
  | 'httponly-from-script' | 'httponly-overwrite' | 'samesite-none-insecure' | 'prefix-secure' | 'prefix-host' | 'prefix-http' | 'prefix-nameless'
  | 'partition-missing' | 'expired' | 'per-response-cap' | 'global-evicted' | 'policy';

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
 * The cookies of a session. `url` defaults to the session's `baseUrl`; `get` and `delete` without any URL act when exactly one cookie has the
 * name, else they reject. `toJSON` and inspection show names, never values.
 */
export interface SessionCookies {
  /** The cookie that would be sent to `url`, or `undefined`. */
  get(name: string, url?: string | URL, access?: CookieAccess): Promise<CookieRecord | undefined>;
  /** The cookies that would be sent to `url`; without any URL, all. */
  getAll(url?: string | URL, access?: CookieAccess): Promise<CookieRecord[]>;
  /** Stores a `Set-Cookie` line or a record by the rules of RFC 6265bis: resolves to what was stored or why it was not. */
  set(cookie: string | CookieRecord, url?: string | URL, access?: CookieAccess): Promise<CookieRecord | { rejected: CookieRejection }>;
  /** Resolves to whether there was one. */
  delete(name: string, url?: string | URL, access?: CookieAccess): Promise<boolean>;
  /** Removes all. */
  clear(): Promise<void>;
  /** The `cookie` header for `url`, or `''`. */
  header(url?: string | URL, access?: CookieAccess): Promise<string>;
  /** Every cookie, for storage. */
  export(): Promise<CookieRecord[]>;
  /** Puts records back, each checked as if it was set; resolves to those that were refused. */
  import(records: readonly CookieRecord[]): Promise<{ record: CookieRecord; rejected: CookieRejection }[]>;
  /** tough-cookie's `CookieJar`; `undefined` in browsers. */
  readonly jar: CookieJarLike | undefined;
  /** Names and where they go, never values. */
  toJSON(): unknown;
}

/** The part of the Standard Schema interface that is used: zod, valibot, arktype and others have it. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Awaitable<{ readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** One thing that a schema found wrong. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema's data is after validation. */
export type InferOutput<S extends StandardSchemaV1> = NonNullable<S['~standard']['types']>['output'];

/** Defaults and per-call settings that both a session and a call take. */
export interface SharedOptions extends Omit<RequestInit, 'headers' | 'body' | 'method' | 'signal' | 'window'> {
  /** Combined by name with the session's. A session's own go to its origin only, but for those that tell nothing of who asks (`accept`, `user-agent` …). */
  headers?: HeadersOption | null | undefined;
  /** Replaces the session's; `null` sends none. Default: the userinfo of the URL, else none. */
  auth?: Auth | null | undefined;
  /** Combined by phase. A number n, in ms, means `{connect: min(n, 10 s), response: n, body: n}`; `false` turns all off. */
  timeout?: number | false | TimeoutOptions | null | undefined;
  /** Combined by key. A number is the `limit`; `false` turns retries off. */
  retry?: number | false | RetryOptions | null | undefined;
  /** Redirects that are followed. Default 20, the Fetch standard's. */
  maxRedirects?: number | null | undefined;
  /** `true`: a status of 400 or more rejects, also when the response is awaited; `false`: never; a function decides by status. Default: only when data is asked for. */
  throwHttpErrors?: boolean | ((status: number) => boolean) | null | undefined;
  /** Reads the text of a JSON body. Default `JSON.parse`. What it throws is the cause of a {@link DecodeError}. */
  parseJson?: ((text: string) => unknown) | null | undefined;
  /** Writes the `json` option. Default `JSON.stringify`. */
  stringifyJson?: ((value: unknown) => string) | null | undefined;
  /**
   * Told as the body is sent. In browsers, by way of `XMLHttpRequest`: the chunks are empty, the response comes whole, and what only `fetch` can do is
   * refused. At the edge, and in workers without XMLHttpRequest, never told.
   */
  onUploadProgress?: ProgressCallback | null | undefined;
  /** Told as the body is taken off the wire, decoded. */
  onDownloadProgress?: ProgressCallback | null | undefined;
  /** The most decoded bytes of a body. Over it: `ResponseTooLargeError`, and the connection is dropped. Without it, in Node, a body compressed more than 200:1 stops at 100 MiB. */
  maxResponseSize?: number | null | undefined;
  /** Names of headers that may follow a redirect to another origin. */
  keepHeaders?: readonly string[] | null | undefined;
  /** Combined by key; handed to middleware, hooks and errors as it is, never sent. */
  context?: CallContext | null | undefined;
  /** Of a call: goes before every mount. Of a session: takes the place of the platform's, below the mounts, and is closed with the session. */
  transport?: Transport | null | undefined;
  /** The proxy, or one for each scheme; `false`: none. Chosen anew at each redirect. Default: the transport's, else the environment's (`trustEnv`). Node only. */
  proxy?: ProxyOption | null | undefined;
  /** How servers are verified, and what they are shown. Connections are shared only between equal settings. Default: the transport's, else Node's. Node only. */
  tls?: TlsOptions | null | undefined;
}

/**
 * Through which proxy calls go, in Node: one URL for all, one for each scheme of the target (`all` where it has none of its own), or `false` for none, whatever the environment says.
 * A proxy's URL has the scheme `http:` (the default), `https:`, `socks5:` or `socks5h:`, and may have percent-encoded credentials, which only the proxy is sent. `noProxy` lists, by commas
 * or white space, the hosts that are reached directly: names (with all below them; `*.name` only those below), addresses, networks such as `10.0.0.0/8`, each but a network with a port
 * if only that is meant, or `*`. `localhost` is there for 127.0.0.1, `::1` and the like, too. `NO_PROXY` does not add to it: it belongs to the environment's proxies.
 */
export type ProxyOption = string | URL | false | {
  http?: string | undefined;
  https?: string | undefined;
  all?: string | undefined;
  noProxy?: string | readonly string[] | undefined;
};

/** Options of one call. `undefined` inherits, `null` removes, an unknown name rejects. */
export interface RequestOptions extends SharedOptions {
  /** Of `request()` alone: the verbs have theirs. Default `GET`. */
  method?: string | undefined;
  /** Appended to the URL's own query, which is kept byte for byte. `null` leaves out the session's. */
  searchParams?: SearchParamsOption | null | undefined;
  /** Serialised as JSON; `null` sends `null`. */
  json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: FormOption | undefined;
  /** At most one of `json`, `form` and `body`, and none with GET and HEAD. A stream or iterable is sent once: a call with one is not retried. */
  body?: BodyOption | undefined;
  /** Sent on this call's origin over the jar's, never stored. */
  cookies?: Record<string, string> | null | undefined;
  /** Ends the call and its body; the call rejects with `signal.reason`, untouched. */
  signal?: AbortSignal | null | undefined;
}

/** Options of a session: the defaults of its calls, and what only a session has. */
export interface SessionOptions extends SharedOptions {
  /** Relative inputs resolve against it; a missing trailing slash is added. Credentials of the session go to its origin only. */
  baseUrl?: string | URL | null | undefined;
  /** More origins in the scope of the session's credentials. */
  origins?: readonly string[] | null | undefined;
  /** Added to the URLs in the session's scope, unless the URL or the call has the name. */
  searchParams?: Exclude<SearchParamsOption, string> | null | undefined;
  /** A jar of another session, a tough-cookie `CookieJar`, or `false` for none. Default: a jar of its own (in browsers the browser's). */
  cookies?: SessionCookies | CookieJarLike | false | null | undefined;
  /** A child's run after its parent's. */
  hooks?: Hooks | null | undefined;
  /** Whether `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read, once, as the session is made. Default true, for a child its parent's. Node only. */
  trustEnv?: boolean | undefined;
}

/** Options of {@link Session.extend}. */
export interface ExtendOptions extends Omit<SessionOptions, 'cookies'> {
  /** `'share'` (default): the parent's; `'copy'`: a jar of its own with the same; `'new'`: an empty one; a jar; or `false` for none. */
  cookies?: 'share' | 'copy' | 'new' | SessionCookies | CookieJarLike | false | null | undefined;
}

/** The options of a call after merging: normalised, without a prototype, frozen. */
export interface ResolvedOptions {
  readonly timeout: Readonly<TimeoutOptions>;
  readonly retry: Readonly<RetryOptions>;
  readonly maxRedirects: number;
  readonly throwHttpErrors: boolean | ((status: number) => boolean) | undefined;
  readonly parseJson: ((text: string) => unknown) | undefined;
  readonly stringifyJson: ((value: unknown) => string) | undefined;
  readonly onUploadProgress: ProgressCallback | undefined;
  readonly onDownloadProgress: ProgressCallback | undefined;
  readonly maxResponseSize: number | undefined;
  readonly keepHeaders: readonly string[];
  readonly redirect: NonNullable<RequestInit['redirect']>;
  readonly credentials: RequestInit['credentials'] | undefined;
  readonly integrity: string | undefined;
  readonly transport: Transport | undefined;
  /** The members of `RequestInit`, and what runtimes have added, that pass through to a fetch transport. */
  readonly init: Readonly<RequestInit & { proxy?: ProxyOption | undefined; tls?: TlsOptions | undefined }>;
}

/** What was sent, as a response or an error tells it. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

/** One entry of a `Link` header (RFC 8288), its URL absolute. */
export interface Link {
  readonly url: string;
  readonly rel: string;
  readonly [parameter: string]: string;
}

/** A server-sent event. */
export interface ServerSentEvent {
  /** Default `message`. */
  type: string;
  data: string;
  /** The last event ID, `''` when there was none. */
  id: string;
  /** The reconnection time in ms, when the server named one. */
  retry: number | undefined;
}

/** Options of {@link Session.paginate}. */
export interface PaginateOptions extends RequestOptions {
  /**
   * Gives the next page's input, its whole query included, or `undefined` to stop. It is asked when the loop has done with the page, whose body may
   * have been read by then. Default: `links.next`.
   */
  nextPage?: ((response: SessionResponse) => Awaitable<string | URL | Request | undefined>) | undefined;
  /** The most pages that are fetched. Default: no bound. */
  limit?: number | undefined;
}

/** What a session holds at this moment. */
export interface SessionStats {
  /** Open connections (Node; elsewhere 0). */
  sockets: number;
  /** Calls that wait for a connection (Node; elsewhere 0). */
  queued: number;
  /** Calls whose response is awaited. */
  inFlight: number;
  /** Bodies that hold a connection because nobody reads them (Node; elsewhere 0). */
  unreadBodies: number;
  /** Cookies in the jar (0 in browsers). */
  cookies: number;
}

/** A session as data: JSON- and structured-clone-safe. It holds secrets: store it as you would a password. */
export interface SessionSnapshot {
  readonly version: 1;
  readonly baseUrl?: string;
  readonly origins?: readonly string[];
  /** With `null`, a default header that the session does not send. */
  readonly headers: readonly (readonly [string, string | null])[];
  readonly searchParams: readonly (readonly [string, string])[];
  readonly timeout: TimeoutOptions;
  readonly retry: RetryOptions;
  readonly maxRedirects: number;
  readonly cookies: readonly CookieRecord[];
}

export type { SessionError, SessionResponse };
