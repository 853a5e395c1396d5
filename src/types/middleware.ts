import type { SessionResponse } from '../response/session-response.ts';
import type { Awaitable, CallContext } from './context.ts';
import type { RequestBody } from './request.ts';
import type { ResolvedOptions } from './resolved-options.ts';

/**
 * One logical request as middleware sees it. A middleware may change its `headers` and hands a copy
 * or the record itself to `next`.
 */
export interface SessionRequest {
  /** In upper case where HTTP defines it; others as they were given. */
  method: string;
  /** Absolute, with neither userinfo nor fragment. A copy of this call's own. */
  url: URL;
  /** The session's and the call's, without cookies and `auth`, which are added further down. */
  headers: Headers;
  /** The body in its sendable form; a form or JSON is text by now. `null`: none. */
  body: RequestBody;
  /** Aborts when the call ends: by its caller, a deadline or the session. */
  signal: AbortSignal | undefined;
  /** The session's and the call's, combined. The same object all through the call. */
  context: CallContext;
  /** The session's and the call's, merged. To change one for what is below, hand on a copy. */
  options: ResolvedOptions;
  /** The attempt under way, counted from 1; 1 on the `call` ring, where attempts are made below. */
  readonly attempt: number;
  /** The redirects that led to this hop; above the transport line, where they are followed, 0. */
  readonly hop: number;
  /**
   * Whose request it is: an opaque object, one for each jar and credentials. What is kept for one
   * identity, as by a cache, must never be given to another. Compare it by `===`, or key a
   * `WeakMap` by it.
   *
   * Where `auth` reads its credentials as a request is sent, as `bearer(readToken)` does, they
   * count on the `hop` ring alone.
   */
  readonly identity: object;
}

/**
 * How often a middleware runs, by where it stands: once per logical request (`'call'`); once per
 * attempt, below retries and above auth, so that its waits count for `timeout.total` alone
 * (`'attempt'`); or once per hop, below redirects and with the jar's cookies attached (`'hop'`).
 * Where the host follows redirects itself, as browsers do, a call of a session that has middleware
 * around `'hop'` rejects with `UnsupportedError`.
 */
export type Ring = 'call' | 'attempt' | 'hop';

/** Options of {@link Session.use}. */
export interface UseOptions {
  /**
   * The ring that it stands on.
   *
   * @default what the middleware names itself as its `around`, else 'call'
   */
  around?: Ring | undefined;
}

/**
 * Sends the request on towards the transport. It may be called any number of times; each is a
 * request of its own, with its own retries.
 *
 * @throws what the call rejects with if nobody catches it: a {@link SessionError}, mostly.
 */
export type Next = (request: SessionRequest) => Promise<SessionResponse>;

/**
 * A layer of the onion, once per call. A plain `Response` is upgraded to a {@link SessionResponse}.
 *
 * @example
 * ```ts
 * const notFoundIsNull: Middleware = async (request, next) => {
 *   const response = await next(request);
 *   return response.status === 404 ? Response.json(null) : response;
 * };
 * session.use(notFoundIsNull);
 * ```
 */
export interface Middleware {
  (request: SessionRequest, next: Next): Promise<Response>;
  /**
   * The ring that it stands on where {@link Session.use} is not told another.
   *
   * @default 'call'
   */
  readonly around?: Ring | undefined;
  /** The calls that wait in it, for {@link Session.stats}. */
  stats?(): { readonly queued: number };
}

/**
 * The innermost middleware: it puts credentials on a request and may send twice, once with what it
 * has and again with what a challenge asks for. It is run for each attempt, and a second sending
 * costs no retry.
 *
 * @example
 * ```ts
 * const apiKey: Auth = (request, next) => {
 *   request.headers.set('x-api-key', 'secret');
 *   return next(request);
 * };
 * ```
 */
export type Auth = Middleware;

/** What a hook is given about the call. */
export interface HookState {
  /** The call's own record: its `headers` may be changed, and what is sent is what it says then. */
  request: SessionRequest;
  /** The call's `context`, which all its hooks and middleware share. */
  context: CallContext;
}

/**
 * Functions around a call. Each list runs in order; a child of {@link Session.extend} runs its own
 * after its parent's. What a hook throws is what the call rejects with.
 *
 * @example
 * ```ts
 * const api = new Session({
 *   hooks: {
 *     beforeRequest: [({ request }) => request.headers.set('x-request-id', crypto.randomUUID())],
 *     beforeRetry: [({ attempt, delay }) => console.warn(`retry ${attempt} in ${delay} ms`)],
 *   },
 * });
 * ```
 */
export interface Hooks {
  /**
   * Once per call, before it is sent. May change `request.headers`; a returned `Response` is used
   * instead of sending, and ends the list.
   */
  beforeRequest?: readonly ((state: HookState) => Awaitable<Response | void>)[] | undefined;
  /**
   * Once per call, with its final response, whatever its status. A returned `Response` takes its
   * place, for the hooks that follow as well.
   */
  afterResponse?:
    | readonly ((state: HookState & { response: SessionResponse }) => Awaitable<Response | void>)[]
    | undefined;
  /** Once per call that rejects after it was prepared. A returned error takes its place. */
  beforeError?:
    readonly ((state: HookState & { error: unknown }) => Awaitable<Error | void>)[] | undefined;
  /**
   * Before each retry, after its wait was decided and before it is slept. `attempt` is the one that
   * has just ended, counted from 1; `delay` is the wait in ms; and there is either the `response`
   * or the `error` that is retried.
   */
  beforeRetry?:
    | readonly ((
        state: HookState & {
          response?: SessionResponse;
          error?: unknown;
          attempt: number;
          delay: number;
        },
      ) => Awaitable<void>)[]
    | undefined;
}
