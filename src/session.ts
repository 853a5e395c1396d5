/** {@link Session}: the state, the verbs, and the one place where the onion is composed. */
import { InvalidRequestError } from './errors/invalid-request-error.ts';
import { SessionClosedError } from './errors/session-closed-error.ts';
import { SessionError } from './errors/session-error.ts';
import { UnsupportedError } from './errors/unsupported-error.ts';
import { Call, isClosed } from './call/call.ts';
import { compose, runMiddleware } from './call/run-middleware.ts';
import { takeUserinfo } from './request/credentials.ts';
import { readHeaders } from './request/headers.ts';
import { nullPrototype } from './options/null-prototype.ts';
import { defaults } from './options/defaults.ts';
import { func } from './options/kinds.ts';
import { type GivenOptions, readOptions } from './options/read.ts';
import { mergeOptions } from './options/merge.ts';
import { readInit } from './options/read-request.ts';
import { paginate } from './session/paginate.ts';
import { printAs } from './request/redact.ts';
import type { SessionResponse } from './response/session-response.ts';
import { ResponsePromise } from './response/response-promise.ts';
import { takeSnapshot } from './session/snapshot.ts';
import { parseBaseUrl, parseUrl, readPairs } from './request/url.ts';
import { runHooks } from './middleware/hooks.ts';
import { runRetries } from './middleware/retry.ts';
import { addMount } from './transports/mount.ts';
import { transportLine } from './transports/send.ts';
import type { ProxyOption, TlsOptions } from './types/connection.ts';
import type { SessionCookies } from './types/cookies.ts';
import type { Auth, Middleware } from './types/middleware.ts';
import type { RequestOptions, SessionOptions } from './types/options.ts';
import type { RetryOptions } from './types/retry.ts';
import type {
  ExtendOptions,
  PaginateOptions,
  SessionSnapshot,
  SessionStats,
} from './types/session.ts';
import type { TimeoutOptions } from './types/timeout.ts';
import type { Transport } from './types/transport.ts';
import { isRequest } from './request/brand.ts';
import type { CookieStore, Platform, Handler, SessionState } from './model.ts';
import { internals } from './internals.ts';

type Input = string | URL | Request;

/**
 * Whose child the session is that `extend()` makes at this moment. It is no argument, since a
 * subclass may have a constructor of its own.
 */
let extended: { readonly state: SessionState; readonly type: unknown } | undefined;

/**
 * The onion, outermost first, and why in this order. Redirects, cookies and sockets stand below the
 * transport line, where a browser does them itself; everything above it is the same code on every
 * platform.
 */
function composeOnion(state: SessionState): void {
  const { hooks, middleware } = state;
  const line = transportLine(state);
  // Auth is innermost: it may send twice, and a 401 leg costs no retry.
  const auth: Handler = (request) =>
    request.auth ? runMiddleware(request.auth, request, line) : line(request);
  // Retries stand above auth, so that each attempt reads the current token; each attempt has fresh
  // timeouts, which the line keeps.
  const retry: Handler = (request) => runRetries(request, auth);
  // Hooks and the user's middleware see one logical request and its final response.
  const hooked = Object.keys(hooks).length > 0;
  state.chain = compose(middleware, hooked ? (request) => runHooks(hooks, request, retry) : retry);
  state.hasUserCode = hooked || middleware.length > 0;
}

/**
 * One HTTP session: cookies, defaults, credentials, retries, timeouts and connections that its
 * calls share. It may be used by any number of concurrent calls.
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
  #ownsConnections: boolean;
  #closing: Promise<void> | undefined;

  /** @internal */
  protected constructor(options: SessionOptions, platform: Platform) {
    // Not of another session that a subclass makes in its constructor.
    const parent = extended?.type === new.target ? extended?.state : undefined;
    if (parent) extended = undefined;
    const given = readOptions(options, 'session', platform);
    const { transport } = given;
    const cookies = (given as ExtendOptions).cookies ?? 'share';
    const inherited = <K extends 'headers' | 'searchParams' | 'origins' | 'context' | 'hooks'>(
      name: K,
    ): SessionState[K] | undefined => (given[name] === null ? undefined : parent?.[name]);
    // Not one of the options of each call: a mount may win over it.
    delete given.transport;
    this.#ownsConnections = !parent || transport !== undefined;
    const state: SessionState = (this.#state = {
      baseUrl: undefined,
      refuse: undefined,
      trustedOrigins: undefined,
      auth: undefined,
      options: defaults,
      cookieLayer: platform.cookieLayer,
      ...parent,
      platform,
      headers: platform.headers(inherited('headers')),
      searchParams: new URLSearchParams(inherited('searchParams')),
      cookies: undefined,
      origins:
        given.origins?.map((origin) => parseUrl(origin, undefined, 'origin').origin) ??
        inherited('origins') ??
        [],
      context: nullPrototype(inherited('context'), given.context),
      hooks: nullPrototype(inherited('hooks')),
      middleware: [...(parent?.middleware ?? [])],
      mounts: parent?.mounts ?? new Map(),
      connections:
        parent && !this.#ownsConnections
          ? parent.connections
          : { given: transport ?? undefined, made: undefined, closed: false },
      environment: platform.environment?.(given.trustEnv, parent),
      owned: new Set(transport && [transport]),
      newest: undefined,
      closed: false,
      chain: undefined,
      hasUserCode: false,
      onCallEnd: undefined,
    });
    this.#apply(given);

    for (const [name, value] of readHeaders(given.headers ?? {})) {
      if (value === null) state.headers.delete(name);
      else state.headers.set(name, value);
    }
    const pairs = readPairs(given.searchParams ?? {}, 'searchParams');
    for (const [name] of pairs) state.searchParams.delete(name);
    for (const [name, value] of pairs) if (value !== null) state.searchParams.append(name, value);
    const hooks = state.hooks as Record<string, unknown[] | undefined>;
    for (const [name, list] of Object.entries(given.hooks ?? {}))
      hooks[name] = [...(hooks[name] ?? []), ...(list as unknown[])];

    const baseUrl = (): URL | undefined => state.baseUrl;
    // Of an orphan they are new ones, of a parent without cookies none.
    const theirs = parent && ((parent.cookies as CookieStore | undefined) ?? false);
    const source =
      cookies === 'share'
        ? theirs
        : cookies === 'copy'
          ? theirs && theirs.copy?.(baseUrl)
          : cookies === 'new'
            ? undefined
            : (cookies ?? undefined);
    if (source !== false) state.cookies = platform.cookies(source, baseUrl);
    composeOnion(state);
  }

  /** What the constructor and the setters have in common. */
  #apply(given: GivenOptions): void {
    const state = this.#state;
    const { auth, baseUrl } = given;
    state.options = mergeOptions(state.options, given);
    if (baseUrl !== undefined) {
      const url = baseUrl === null ? undefined : parseBaseUrl(baseUrl);
      // `user:pass@` in it becomes the session's Basic credentials, unless others were given beside
      // it.
      state.auth = (url && takeUserinfo(url)) ?? state.auth;
      state.baseUrl = url;
    }
    if (auth !== undefined) state.auth = auth ?? undefined;
    state.trustedOrigins = state.baseUrl && new Set([state.baseUrl.origin, ...state.origins]);
  }

  #assign(name: string, value: unknown): void {
    const state = this.#state;
    const given = readOptions({ [name]: value ?? null }, 'session', state.platform);
    // It replaces what was there, where an option is merged with it.
    state.options = mergeOptions(state.options, nullPrototype({ [name]: null }));
    this.#apply(given);
  }

  /**
   * Sent with every call, live. What is not harmless goes to the session's scope only. Printed
   * without secrets.
   */
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
    if (!cookies) throw new UnsupportedError('The session has cookies: false');
    return cookies;
  }

  /**
   * What relative inputs resolve against, and the origin that the session's credentials belong to.
   * A copy: assign to change it.
   */
  get baseUrl(): URL | undefined {
    return this.#state.baseUrl && new URL(this.#state.baseUrl);
  }

  set baseUrl(value: string | URL | null | undefined) {
    this.#assign('baseUrl', value);
  }

  /** The credentials of calls in the session's scope. `null` and `undefined` remove them. */
  get auth(): Auth | undefined {
    return this.#state.auth;
  }

  set auth(value: Auth | null | undefined) {
    this.#assign('auth', value);
  }

  /**
   * In ms. Normalised and frozen; takes what the option takes, and what it leaves out goes back to
   * the defaults.
   */
  get timeout(): TimeoutOptions {
    return this.#state.options.timeout;
  }

  set timeout(value: number | false | TimeoutOptions | null | undefined) {
    this.#assign('timeout', value);
  }

  /**
   * Normalised and frozen; takes what the option takes, and what it leaves out goes back to the
   * defaults.
   */
  get retry(): RetryOptions {
    return this.#state.options.retry;
  }

  set retry(value: number | false | RetryOptions | null | undefined) {
    this.#assign('retry', value);
  }

  /** Default 20, the Fetch standard's. */
  get maxRedirects(): number {
    return this.#state.options.maxRedirects;
  }

  set maxRedirects(value: number | null | undefined) {
    this.#assign('maxRedirects', value);
  }

  /**
   * Node only. Normalised and frozen, printed without its passwords; takes what the option takes.
   */
  get proxy(): ProxyOption | undefined {
    return this.#state.options.init.proxy;
  }

  set proxy(value: ProxyOption | null | undefined) {
    this.#assign('proxy', value);
  }

  /** Node only. Normalised and frozen, printed without its keys; takes what the option takes. */
  get tls(): TlsOptions | undefined {
    return this.#state.options.init.tls;
  }

  set tls(value: TlsOptions | null | undefined) {
    this.#assign('tls', value);
  }

  /**
   * Sends a request. The call starts one microtask later and never throws.
   *
   * @returns a promise of the response, whatever its status, with `json()`, `text()` … for the
   * data. It rejects with a {@link SessionError}, or with the reason of the caller's own abort.
   */
  request(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options);
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

  /** @internal */
  get [internals](): SessionState {
    return this.#state;
  }

  /** The state of a session that may still change. */
  #open(): SessionState {
    if (this.closed) throw new SessionClosedError();
    return this.#state;
  }

  #call(input: Input, options: RequestOptions | undefined, method?: string): ResponsePromise {
    return new ResponsePromise(new Call(this.#state, input, options, method, false));
  }

  /**
   * One response a page: follows `links.next`, unless `nextPage` says otherwise, and stops at a URL
   * it has seen.
   *
   * @throws {HTTPError} for a page whose status is 400 or more, unless `throwHttpErrors` is false.
   */
  paginate(input: Input, options?: PaginateOptions): AsyncIterableIterator<SessionResponse> {
    return paginate(this, input, options);
  }

  /**
   * A drop-in for `fetch` with this session below it: bound, never throws for a status, rejects as
   * `fetch` does.
   */
  readonly fetch = async (input: Input, init?: RequestInit): Promise<Response> => {
    try {
      // The members of a Request are on its prototype; of a record, fetch ignores what it does not
      // know.
      const options =
        init && !isRequest(init) ? readInit(init) : (init as RequestOptions | undefined);
      return await new Call(this.#state, input, options, undefined, true).run();
    } catch (error) {
      // The reason of an abort may be an error of ours, too.
      const isReason = [init, input as Request].some((given) => given?.signal?.reason === error);
      throw SessionError.is(error) && error.code !== 'ERR_TIMEOUT' && !isReason
        ? new TypeError('fetch failed', { cause: error })
        : error;
    }
  };

  /**
   * Adds a layer around every later call; the first one used is the outermost. Children that exist
   * already do not get it.
   *
   * @throws {SessionClosedError} when the session is closed.
   */
  use(middleware: Middleware): this {
    const state = this.#open();
    func(middleware, 'middleware');
    state.middleware.push(middleware);
    composeOnion(state);
    return this;
  }

  /**
   * Sends URLs under `prefix` over `transport`, at every redirect hop anew. The longest prefix
   * wins; whole origins and whole path segments match. The transport is closed with the session.
   *
   * @throws {InvalidRequestError} for a prefix that is no http: or https: URL, and for what is no
   * transport; {@link SessionClosedError} when the session is closed.
   */
  mount(prefix: string | URL, transport: Transport): this {
    const state = this.#open();
    addMount(state, prefix, transport);
    state.owned.add(transport);
    return this;
  }

  /**
   * A child: its defaults are merged now; it shares connections, mounts and middleware, and by
   * default the cookies. Closing it leaves the parent open.
   *
   * @param options.cookies `'share'` (default), `'copy'`, `'new'`, a jar, or `false`.
   * @throws what the constructor throws; {@link SessionClosedError} when the session is closed.
   */
  extend(options: ExtendOptions = {}): this {
    extended = { state: this.#open(), type: this.constructor };
    try {
      return new (this.constructor as new (options: object) => this)(options);
    } finally {
      extended = undefined;
    }
  }

  /**
   * The session as data, cookies and default headers included: secrets, to be stored as such.
   * Functions, jars' stores and mounts are not in it.
   */
  snapshot(): Promise<SessionSnapshot> {
    return takeSnapshot(this.#state);
  }

  /**
   * A session from a snapshot; `options` win over it.
   *
   * @throws {InvalidRequestError} for a snapshot of another version, or a broken one. Cookies that
   * are not valid any more are left out.
   */
  static restore<T extends BaseSession>(
    this: new (options?: SessionOptions) => T,
    snapshot: SessionSnapshot,
    options: SessionOptions = {},
  ): T {
    const { version, cookies, ...rest } =
      (snapshot as SessionSnapshot | null) ?? ({} as Partial<SessionSnapshot>);
    if (version !== 1 || !Array.isArray(cookies))
      throw new InvalidRequestError('restore(): no snapshot of version 1');
    const session = new this(rest as SessionOptions).extend(options);
    // The parent is known to nobody.
    session.#ownsConnections = true;
    // A store that fails tells so to every call.
    if (session.#state.platform.cookieLayer)
      session.#state.cookies?.import(cookies).catch(() => {});
    return session;
  }

  /** What the session holds at this moment. */
  stats(): SessionStats {
    const state = this.#state;
    const { cookies, connections, platform } = state;
    return {
      sockets: 0,
      queued: 0,
      unreadBodies: 0,
      ...platform.stats?.(connections.given ?? connections.made),
      inFlight: Call.of(state).filter((call) => !call.settled).length,
      cookies: (cookies as CookieStore | undefined)?.size ?? 0,
    };
  }

  /**
   * Whether `close()` or `destroy()` was called, of it or of the parent whose connections it
   * shares.
   */
  get closed(): boolean {
    return isClosed(this.#state);
  }

  /**
   * Lets calls whose headers are awaited, and bodies that somebody reads, go on to their end;
   * cancels other unread bodies; then frees every socket. Later calls reject with {@link
   * SessionClosedError}. Idempotent.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#end());
  }

  /**
   * Rejects everything under way with `reason`, else {@link SessionClosedError}, and frees every
   * socket now.
   */
  destroy(reason: unknown = new SessionClosedError('The session was destroyed')): Promise<void> {
    return this.#end({ reason });
  }

  async #end(failure?: { reason: unknown }): Promise<void> {
    const state = this.#state;
    const { connections } = state;
    state.closed = true;
    for (const call of Call.of(state)) {
      if (failure) call.cancel(failure.reason);
      else call.closeUnread();
    }
    while (state.newest && !failure)
      await new Promise<void>((resolve) => (state.onCallEnd = resolve));
    const owned = [...state.owned];
    state.owned.clear();
    if (this.#ownsConnections) {
      connections.closed = true;
      if (connections.made) owned.push(connections.made);
    }
    await Promise.all(
      owned.map(async (transport) =>
        failure && transport.destroy ? transport.destroy(failure.reason) : transport.close?.(),
      ),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
printAs(BaseSession.prototype, 'Session', function view(this: BaseSession) {
  return { baseUrl: this.baseUrl?.href, closed: this.closed, headers: this.headers };
});
