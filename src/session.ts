/** {@link Session}: the state, the verbs, and the one place where the onion is composed. */
import { InvalidRequestError, SessionClosedError, UnsupportedError } from './errors.ts';
import { brandOf } from './core/body.ts';
import { Call } from './core/call.ts';
import { compose, runMiddleware } from './core/compose.ts';
import { readHeaders } from './core/headers.ts';
import { LinkedList } from './core/linked-list.ts';
import { defaults, type Given, mergeContext, mergeOptions, readInit, readOptions } from './core/options.ts';
import { paginate } from './core/paginate.ts';
import type { CookieStore, Platform } from './core/platform.ts';
import { printAs } from './core/redact.ts';
import type { SessionResponse } from './core/response.ts';
import { ResponsePromise } from './core/response-promise.ts';
import type { Handler, SessionState } from './core/state.ts';
import { parseBaseUrl, parseUrl, readPairs } from './core/url.ts';
import { takeUserinfo } from './core/credentials.ts';
import { asFetch } from './core/as-fetch.ts';
import { runHooks } from './middleware/hooks.ts';
import { runRetries } from './middleware/retry.ts';
import { addMount } from './transport/mount.ts';
import { transportLine } from './transport/send.ts';
import type {
  Auth, CookieJarLike, ExtendOptions, Middleware, PaginateOptions, RequestOptions, RetryOptions, SessionCookies, SessionOptions, SessionSnapshot, SessionStats, TimeoutOptions, Transport,
} from './types.ts';

type Input = string | URL | Request;

/** What `extend` hands to the constructor in the place of options. */
class Child {
  readonly options: ExtendOptions;
  readonly parent: SessionState;

  constructor(options: ExtendOptions, parent: SessionState) {
    this.options = options;
    this.parent = parent;
  }
}

/**
 * The onion, outermost first, and why in this order. Redirects, cookies and sockets stand below the transport line, where a browser does them itself;
 * everything above it is the same code on every platform.
 */
function composeOnion(state: SessionState): Handler {
  const line = transportLine(state);
  state.foreign = state.middleware.length > 0 || Object.keys(state.hooks).length > 0;
  // Auth is innermost: it may send twice, and a 401 leg costs no retry.
  const auth: Handler = (request) => (request.auth ? runMiddleware(request.auth, request, line) : line(request));
  // Retries stand above auth, so that each attempt reads the current token; each attempt has fresh timeouts, which the line keeps.
  const retry: Handler = (request) => runRetries(request, auth);
  // Hooks and the user's middleware see one logical request and its final response.
  const { hooks } = state;
  const hooked: Handler = hooks.beforeRequest || hooks.afterResponse ? (request) => runHooks(hooks, request, retry) : retry;
  return compose(state.middleware, hooked);
}

/**
 * One HTTP session: cookies, defaults, credentials, retries, timeouts and connections that its calls share. It may be used by any number of
 * concurrent calls.
 *
 * ```ts
 * import { Session, basic } from 'isosession';
 *
 * const api = new Session({ baseUrl: 'https://api.example.com/v1/', auth: basic('user', 'pass') });
 * const profile = await api.get('profile').json();
 * await api.close();
 * ```
 */
export abstract class BaseSession implements AsyncDisposable {
  readonly #state: SessionState;
  /** It made its connections and ends them; a child leaves its parent's open. */
  readonly #ownsConnections: boolean;
  #closing: Promise<void> | undefined;

  /** @internal */
  protected constructor(options: SessionOptions, platform: Platform) {
    const { parent } = options instanceof Child ? options : {} as Partial<Child>;
    const given = readOptions(options instanceof Child ? options.options : options, 'session', platform.refuse);
    this.#ownsConnections = !parent || given.transport !== undefined;
    const state: SessionState = this.#state = {
      platform,
      headers: platform.headers(parent?.headers),
      searchParams: new URLSearchParams(parent?.searchParams),
      cookies: undefined,
      baseUrl: parent?.baseUrl,
      scope: undefined,
      origins: parent?.origins ?? [],
      auth: given.auth === undefined ? parent?.auth : given.auth ?? undefined,
      options: mergeOptions(parent?.options ?? defaults, given),
      stringifyJson: given.stringifyJson === undefined ? parent?.stringifyJson : given.stringifyJson ?? undefined,
      context: mergeContext(parent?.context, given.context),
      hooks: { ...parent?.hooks },
      middleware: [...parent?.middleware ?? []],
      mounts: parent?.mounts ?? new Map(),
      connections: parent && !this.#ownsConnections ? parent.connections : { given: given.transport ?? undefined, made: undefined, closed: false },
      owned: new Set(given.transport ? [given.transport] : []),
      calls: new LinkedList(),
      closed: false,
      chain: undefined,
      foreign: false,
      onCallEnd: undefined,
    };
    if (parent?.closed || parent?.connections.closed) throw new SessionClosedError('extend(): the session is closed');
    if (given.baseUrl !== undefined) this.#setBaseUrl(given.baseUrl, given.auth === undefined);
    if (given.origins) state.origins = given.origins.map((origin) => parseUrl(origin, undefined, 'origin').origin);
    this.#rescope();
    for (const [name, value] of given.headers ? readHeaders(given.headers) : []) {
      if (value === null) state.headers.delete(name);
      else state.headers.set(name, value);
    }
    this.#setSearchParams(given);
    for (const [name, list] of Object.entries(given.hooks ?? {})) {
      const key = name as keyof typeof state.hooks;
      (state.hooks as Record<string, unknown>)[key] = [...state.hooks[key] ?? [], ...list as []];
    }
    state.cookies = this.#makeCookies(given.cookies as ExtendOptions['cookies'], parent);
    // The transport is not read from the options of each call: a mount may win over it.
    if (given.transport) state.options = mergeOptions(state.options, { transport: null } as unknown as Given);
    state.chain = composeOnion(state);
  }

  #rescope(): void {
    const { baseUrl, origins } = this.#state;
    this.#state.scope = baseUrl ? new Set([baseUrl.origin, ...origins]) : undefined;
  }

  #setSearchParams(given: Given): void {
    const { searchParams } = this.#state;
    if (!given.searchParams) return;
    const pairs = readPairs(given.searchParams, 'searchParams');
    for (const [name] of pairs) searchParams.delete(name);
    for (const [name, value] of pairs) if (value !== null) searchParams.append(name, value);
  }

  #makeCookies(option: ExtendOptions['cookies'], parent: SessionState | undefined): SessionCookies | undefined {
    const { platform } = this.#state;
    const baseUrl = (): URL | undefined => this.#state.baseUrl;
    if (option === false) return undefined;
    if (option === 'copy') return (parent?.cookies as CookieStore | undefined)?.copy(baseUrl);
    if (option === undefined || option === 'share') return parent && !parent.cookies ? undefined : platform.cookies(parent?.cookies, baseUrl);
    return platform.cookies(option === 'new' ? undefined : option as SessionCookies | CookieJarLike, baseUrl);
  }

  /** Sent with every call, live. What is not harmless goes to the session's scope only. Printed without secrets. */
  get headers(): Headers {
    return this.#state.headers;
  }

  /** Added to every URL in the session's scope, live, unless the URL or the call has the name. */
  get searchParams(): URLSearchParams {
    return this.#state.searchParams;
  }

  /**
   * The session's cookies.
   *
   * @throws {UnsupportedError} when the session was made with `cookies: false`.
   */
  get cookies(): SessionCookies {
    const { cookies } = this.#state;
    if (!cookies) throw new UnsupportedError('This session keeps no cookies: it was made with cookies: false');
    return cookies;
  }

  /** What relative inputs resolve against, and the origin that the session's credentials belong to. A copy: assign to change it. */
  get baseUrl(): URL | undefined {
    return this.#state.baseUrl && new URL(this.#state.baseUrl);
  }

  set baseUrl(value: string | URL | null | undefined) {
    this.#setBaseUrl(value, true);
    this.#rescope();
  }

  /** `user:pass@` in it becomes the session's Basic credentials, unless others were given beside it. */
  #setBaseUrl(value: string | URL | null | undefined, withAuth: boolean): void {
    const url = value === undefined || value === null ? undefined : parseBaseUrl(value);
    const auth = url && takeUserinfo(url);
    this.#state.baseUrl = url;
    if (auth && withAuth) this.#state.auth = auth;
  }

  get auth(): Auth | undefined {
    return this.#state.auth;
  }

  set auth(value: Auth | null | undefined) {
    this.#state.auth = this.#read({ auth: value ?? null }).auth ?? undefined;
  }

  /** Normalised and frozen; takes what the option takes. `undefined` goes back to the defaults. */
  get timeout(): TimeoutOptions {
    return this.#state.options.timeout;
  }

  set timeout(value: number | false | TimeoutOptions | undefined) {
    this.#assign({ timeout: value ?? null } as Given);
  }

  /** Normalised and frozen; takes what the option takes. `undefined` goes back to the defaults. */
  get retry(): RetryOptions {
    return this.#state.options.retry;
  }

  set retry(value: number | false | RetryOptions | undefined) {
    this.#assign({ retry: value ?? null } as Given);
  }

  /** Default 20, the Fetch standard's. */
  get maxRedirects(): number {
    return this.#state.options.maxRedirects;
  }

  set maxRedirects(value: number | undefined) {
    this.#assign({ maxRedirects: value ?? null } as Given);
  }

  #read(given: Given): Given {
    return readOptions(given, 'session', this.#state.platform.refuse);
  }

  /** Assignment replaces what was there: it merges over the defaults. */
  #assign(given: Given): void {
    const read = this.#read(given);
    const reset = Object.fromEntries(Object.keys(given).map((name) => [name, null])) as unknown as Given;
    this.#state.options = mergeOptions(mergeOptions(this.#state.options, reset), read);
  }

  /**
   * Sends a request. The call starts one microtask later and never throws.
   *
   * @returns a promise of the response, whatever its status, with `json()`, `text()` … for the data.
   */
  request(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, undefined);
  }

  get(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'GET');
  }

  post(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'POST');
  }

  put(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'PUT');
  }

  patch(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'PATCH');
  }

  delete(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'DELETE');
  }

  head(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'HEAD');
  }

  options(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'OPTIONS');
  }

  #call(input: Input, options: RequestOptions | undefined, method: string | undefined): ResponsePromise {
    return new ResponsePromise(new Call(this.#state, { input, options, method, asFetch: false }));
  }

  /** @internal One call, after whose end the session closes. */
  static callOnce(session: BaseSession, input: Input, options: RequestOptions | undefined, method: string | undefined): ResponsePromise {
    session.#state.onCallEnd = () => void session.close();
    return session.#call(input, options, method);
  }

  /**
   * One response a page: follows `links.next`, unless `nextPage` says otherwise, and stops at a URL it has seen.
   *
   * @throws {HTTPError} for a page whose status is 400 or more, unless `throwHttpErrors` is false.
   */
  paginate(input: Input, options?: PaginateOptions): AsyncIterableIterator<SessionResponse> {
    return paginate((page, rest) => this.get(page, rest), input, options);
  }

  /** A drop-in for `fetch` with this session below it: bound, never throws for a status, rejects as `fetch` does. */
  readonly fetch = (input: Input, init?: RequestInit): Promise<Response> => {
    // A Request's `body` is on its prototype; what fetch does not know it ignores.
    const options = init === undefined ? undefined : brandOf(init) === 'Request' ? init as RequestOptions : readInit(init) as RequestOptions;
    return asFetch(new Call(this.#state, { input, options, method: undefined, asFetch: true }));
  };

  /** Adds a layer around every later call; the first one used is the outermost. */
  use(middleware: Middleware): this {
    if (typeof middleware !== 'function') throw new InvalidRequestError('use(): a middleware is a function (request, next) => Promise<Response>');
    this.#open('use');
    this.#state.middleware.push(middleware);
    this.#state.chain = composeOnion(this.#state);
    return this;
  }

  /** Sends URLs under `prefix` over `transport`, at every redirect hop anew. The longest prefix wins; whole origins and whole path segments match. */
  mount(prefix: string | URL, transport: Transport): this {
    this.#open('mount');
    addMount(this.#state, prefix, transport);
    this.#state.owned.add(transport);
    return this;
  }

  /**
   * A child: its defaults are merged now; it shares connections, mounts and middleware, and by default the cookies. Closing it leaves the parent open.
   *
   * @param options.cookies `'share'` (default), `'copy'`, `'new'`, a jar, or `false`.
   */
  extend(options: ExtendOptions = {}): this {
    return new (this.constructor as new (options: object) => this)(new Child(options, this.#state));
  }

  #open(name: string): void {
    if (this.closed) throw new SessionClosedError(`${name}(): the session is closed`);
  }

  /** The session as data, cookies and default headers included: secrets, to be stored as such. Functions, jars' stores and mounts are not in it. */
  async snapshot(): Promise<SessionSnapshot> {
    const { platform, baseUrl, origins, headers, searchParams, options, cookies } = this.#state;
    const { methods, statusCodes, afterStatusCodes, limit, maxRetryAfter, backoffLimit, retryOnTimeout } = options.retry;
    return {
      version: 1,
      ...(baseUrl && { baseUrl: baseUrl.href }),
      origins: [...origins],
      headers: [...headers].filter(([name]) => name !== 'user-agent'),
      searchParams: [...searchParams],
      timeout: { ...options.timeout },
      retry: { limit, methods: [...methods ?? []], statusCodes: [...statusCodes ?? []], afterStatusCodes: [...afterStatusCodes ?? []], maxRetryAfter, backoffLimit, retryOnTimeout },
      maxRedirects: options.maxRedirects,
      // A browser's cookies stay in the browser.
      cookies: cookies && platform.cookieLayer ? await cookies.export() : [],
    };
  }

  /**
   * A session from a snapshot; `options` win over it.
   *
   * @throws {InvalidRequestError} for a snapshot of another version, or a broken one. Cookies that are not valid any more are left out.
   */
  static restore<T extends BaseSession>(this: new (options?: SessionOptions) => T, snapshot: SessionSnapshot, options: SessionOptions = {}): T {
    if ((snapshot as SessionSnapshot | undefined)?.version !== 1) throw new InvalidRequestError('restore(): this is no session snapshot of version 1');
    const { version: _, cookies, headers, searchParams, ...rest } = snapshot;
    if (![cookies, headers, searchParams].every(Array.isArray)) throw new InvalidRequestError('restore(): the snapshot is broken: its cookies, headers and searchParams must be arrays');
    const session = new this({ ...rest, headers: headers as [string, string][], searchParams });
    if (session.#state.platform.cookieLayer) void session.#state.cookies?.import(cookies);
    return Object.keys(options).length ? session.extend(options) : session;
  }

  /** What the session holds at this moment. */
  stats(): SessionStats {
    const { calls, cookies, connections, platform } = this.#state;
    let inFlight = 0;
    for (const call of calls) if (!call.settled) inFlight++;
    return { sockets: 0, queued: 0, unreadBodies: 0, ...platform.stats?.(connections.given ?? connections.made), inFlight, cookies: (cookies as CookieStore | undefined)?.size ?? 0 };
  }

  get closed(): boolean {
    return this.#state.closed || this.#state.connections.closed;
  }

  /**
   * Lets calls whose headers are awaited, and bodies that somebody reads, go on to their end; cancels other unread bodies; then frees every socket.
   * Later calls reject with {@link SessionClosedError}. Idempotent.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const state = this.#state;
    state.closed = true;
    for (const call of [...state.calls]) call.closeUnread();
    await new Promise<void>((resolve) => {
      const ended = state.onCallEnd;
      state.onCallEnd = () => {
        ended?.();
        if (state.calls.size === 0) resolve();
      };
      if (state.calls.size === 0) resolve();
    });
    await this.#release((transport) => transport.close?.());
  }

  /** Rejects everything under way with `reason`, else {@link SessionClosedError}, and frees every socket now. */
  async destroy(reason: unknown = new SessionClosedError('The session was destroyed')): Promise<void> {
    const state = this.#state;
    state.closed = true;
    for (const call of [...state.calls]) call.cancel(reason);
    await this.#release((transport) => transport.destroy?.(reason) ?? transport.close?.());
    this.#closing ??= Promise.resolve();
  }

  async #release(end: (transport: Transport) => Promise<void> | undefined): Promise<void> {
    const { owned, connections } = this.#state;
    if (this.#ownsConnections) {
      connections.closed = true;
      if (connections.made) owned.add(connections.made);
    }
    const transports = [...owned];
    owned.clear();
    await Promise.all(transports.map(async (transport) => end(transport)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
printAs(BaseSession.prototype, 'Session', function view(this: BaseSession) {
  return { baseUrl: this.baseUrl?.href, closed: this.closed, headers: this.headers };
});
