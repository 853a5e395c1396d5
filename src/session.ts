/** {@link BaseSession}: the public class that the session of each platform extends. */
import { Call, isClosed } from './call/call.ts';
import { SessionClosedError } from './errors/session-closed-error.ts';
import { UnsupportedError } from './errors/unsupported-error.ts';
import { internals } from './internals.ts';
import type { Platform, SessionState } from './model.ts';
import { baseUrlOf } from './request/base/base-url.ts';
import { printAs } from './request/redact.ts';
import { ResponsePromise } from './response/response-promise.ts';
import type { SessionResponse } from './response/session-response.ts';
import { childOptions, parentOf } from './session/extend.ts';
import { endSession, failureOf } from './session/lifecycle.ts';
import { paginate } from './session/paginate.ts';
import { optionsOver, readSnapshot, restoreInto, snapshot } from './session/snapshot.ts';
import { assignOption, createState } from './session/state.ts';
import { statsOf } from './session/stats.ts';
import { useMiddleware } from './session/use.ts';
import { addMount } from './transports/mount.ts';
import type { ProxyOption, TlsOptions } from './types/connection.ts';
import type { SessionCookies } from './types/cookies.ts';
import type { Auth, Middleware, UseOptions } from './types/middleware.ts';
import type { CallOptions, FetchInit, RequestOptions, SessionOptions } from './types/options.ts';
import type { RetryOptions } from './types/retry.ts';
import type {
  SessionSnapshot,
  SessionStats,
  SnapshotOptions,
  ExtendOptions,
  PaginateOptions,
} from './types/session.ts';
import type { TimeoutOptions } from './types/timeout.ts';
import type { Transport } from './types/transport.ts';

type Input = string | URL | Request;

/** What the sessions of all platforms share. */
export abstract class BaseSession implements AsyncDisposable {
  readonly #state: SessionState;
  #closing: Promise<void> | undefined;

  /** @internal */
  protected constructor(options: SessionOptions, platform: Platform) {
    this.#state = createState(options, platform, parentOf(options));
  }

  /** Sent with every call, live; to the session's scope only, but for what is harmless. */
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

  /** Its copy: assign to change. A string while it is relative, and no page is there for it. */
  get baseUrl(): URL | string | undefined {
    return baseUrlOf(this.#state);
  }

  set baseUrl(value: string | URL | null | undefined) {
    assignOption(this.#state, 'baseUrl', value);
  }

  /** The credentials of calls in the session's scope. `null` and `undefined` remove them. */
  get auth(): Auth | undefined {
    return this.#state.auth;
  }

  set auth(value: Auth | null | undefined) {
    assignOption(this.#state, 'auth', value);
  }

  /** In ms, normalised and frozen. What an assigned value leaves out goes back to the defaults. */
  get timeout(): TimeoutOptions {
    return this.#state.options.timeout;
  }

  set timeout(value: number | false | TimeoutOptions | null | undefined) {
    assignOption(this.#state, 'timeout', value);
  }

  /** Normalised and frozen. What an assigned value leaves out goes back to the defaults. */
  get retry(): RetryOptions {
    return this.#state.options.retry;
  }

  set retry(value: number | false | RetryOptions | null | undefined) {
    assignOption(this.#state, 'retry', value);
  }

  /** Redirects that are followed: 20 by default, as the Fetch standard says; in browsers always. */
  get maxRedirects(): number {
    return this.#state.options.maxRedirects;
  }

  set maxRedirects(value: number | null | undefined) {
    assignOption(this.#state, 'maxRedirects', value);
  }

  /** Node only. Normalised, frozen, printed without its passwords; takes what the option takes. */
  get proxy(): ProxyOption | undefined {
    return this.#state.options.init.proxy;
  }

  set proxy(value: ProxyOption | null | undefined) {
    assignOption(this.#state, 'proxy', value);
  }

  /** Node only. Normalised and frozen, printed without its keys; takes what the option takes. */
  get tls(): TlsOptions | undefined {
    return this.#state.options.init.tls;
  }

  set tls(value: TlsOptions | null | undefined) {
    assignOption(this.#state, 'tls', value);
  }

  /**
   * Sends a request. The call starts one microtask later and never throws: the promise rejects with
   * a {@link SessionError}, or with the reason of the caller's own abort.
   */
  request(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options);
  }

  /** GET. A `body`, `json` or `form` is refused. */
  get(input: Input, options?: CallOptions): ResponsePromise {
    return this.#call(input, options, 'GET');
  }

  /** POST. It is not retried by default, as the method is not idempotent. */
  post(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'POST');
  }

  /** PUT. */
  put(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'PUT');
  }

  /** PATCH (RFC 5789). It is not retried by default, as the method is not idempotent. */
  patch(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'PATCH');
  }

  /** DELETE. */
  delete(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'DELETE');
  }

  /** HEAD. A `body`, `json` or `form` is refused. */
  head(input: Input, options?: CallOptions): ResponsePromise {
    return this.#call(input, options, 'HEAD');
  }

  /** OPTIONS. */
  options(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'OPTIONS');
  }

  /** QUERY (RFC 10008): safe and retried like GET, with a body that says what is asked for. */
  query(input: Input, options?: RequestOptions): ResponsePromise {
    return this.#call(input, options, 'QUERY');
  }

  #call(input: Input, options: RequestOptions | undefined, method?: string): ResponsePromise {
    return new ResponsePromise(new Call(this.#state, { input, options, method }));
  }

  /**
   * One response a page: follows `links.next`, unless `nextPage` says otherwise.
   *
   * @throws {HTTPError} for a page whose status is 400 or more, unless `throwHttpErrors` is false.
   */
  paginate(input: Input, options?: PaginateOptions): AsyncIterableIterator<SessionResponse> {
    return paginate(this.#state, input, options);
  }

  /** A drop-in for `fetch`, bound: it never throws for a status, and rejects as `fetch` does. */
  readonly fetch = (input: Input, init: FetchInit | undefined = undefined): Promise<Response> =>
    this.#state.fetch(input, init);

  /**
   * Adds a layer around every later call, attempt or hop; the first one used of a ring is the
   * outermost. Children that exist already do not get it.
   *
   * @throws {InvalidRequestError} for what is no function or no ring; {@link SessionClosedError}
   * when the session is closed.
   */
  use(middleware: Middleware | readonly Middleware[], options?: UseOptions): this {
    useMiddleware(this.#openState(), middleware, options);
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
    const state = this.#openState();
    addMount(state, prefix, transport);
    state.owned.add(transport);
    return this;
  }

  /**
   * A child: its defaults are merged now; it shares connections, mounts and middleware, and by
   * default the cookies. Closing it leaves the parent open. It is made by the constructor of this
   * session's class, which has to hand its options on.
   *
   * @param options.cookies `'share'` (default), `'copy'`, `'new'`, a jar, or `false`.
   * @throws as the constructor does; {@link SessionClosedError} when the session is closed.
   */
  extend(options: ExtendOptions = {}): this {
    // A subclass has a constructor of this shape, or its sessions cannot have children.
    const Class = this.constructor as new (options: ExtendOptions) => this;
    return new Class(childOptions(options, this.#openState()));
  }

  /** The state of a session that may still change. */
  #openState(): SessionState {
    if (this.closed) throw new SessionClosedError();
    return this.#state;
  }

  /** The session as data, without functions, jars' stores and mounts; with secrets by default. */
  snapshot(options: SnapshotOptions = {}): Promise<SessionSnapshot> {
    return snapshot(this.#state, options);
  }

  /**
   * A session from a snapshot; `options` win over it, another `baseUrl` over its `origins`, too.
   *
   * @throws {InvalidRequestError} for a snapshot of another version, or a broken one. Cookies that
   * are not valid any more are left out.
   */
  static restore<T extends BaseSession>(
    this: new (options?: SessionOptions) => T,
    snapshot: SessionSnapshot,
    options: SessionOptions = {},
  ): T {
    const read = readSnapshot(snapshot);
    const session = new this(read.options).extend(optionsOver(read.options, options));
    restoreInto(session.#state, read);
    return session;
  }

  /** What the session holds at this moment. */
  stats(): SessionStats {
    return statsOf(this.#state);
  }

  /** Whether it was closed or destroyed, or the parent whose connections it shares. */
  get closed(): boolean {
    return isClosed(this.#state);
  }

  /**
   * Lets calls whose headers are awaited, and bodies that somebody reads, go on to their end;
   * cancels other unread bodies; then frees every socket. Later calls reject with {@link
   * SessionClosedError}. Idempotent.
   */
  close(): Promise<void> {
    return (this.#closing ??= endSession(this.#state, undefined));
  }

  /** Rejects everything under way with `reason`, and frees every socket now. */
  destroy(reason?: unknown): Promise<void> {
    return endSession(this.#state, failureOf(reason));
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  get [internals](): SessionState {
    return this.#state;
  }
}
printAs(BaseSession.prototype, 'Session', function view(this: BaseSession) {
  return { baseUrl: this.baseUrl?.toString(), closed: this.closed, headers: this.headers };
});
