import type { SessionResponse } from '../response/session-response.ts';
import type { CallContext } from './context.ts';
import type { RequestBody } from './request.ts';
import type { ResolvedOptions } from './resolved-options.ts';

/**
 * One logical request as middleware sees it. A middleware may change its `headers` and hands a copy
 * or the record itself to `next`.
 */
export interface SessionRequest {
  method: string;
  url: URL;
  headers: Headers;
  body: RequestBody;
  signal: AbortSignal | undefined;
  context: CallContext;
  options: ResolvedOptions;
  /** The attempt under way, counted from 1; on the `call` ring, where attempts are made below, 1. */
  readonly attempt: number;
  /** The redirects that led to this hop; above the transport line, where they are followed, 0. */
  readonly hop: number;
  /**
   * Whose request it is: an opaque object, one for each jar and credentials. What is kept for one
   * identity, as by a cache, must never be given to another. Compare it by `===`, or key a
   * `WeakMap` by it.
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
  /** @default 'call' */
  around?: Ring | undefined;
}

/** Sends the request on towards the transport. It may be called any number of times. */
export type Next = (request: SessionRequest) => Promise<SessionResponse>;

/** A layer of the onion. A plain `Response` is upgraded to a {@link SessionResponse}. */
export type Middleware = (request: SessionRequest, next: Next) => Promise<Response>;

/** The innermost middleware: it puts credentials on a request and may send twice. */
export type Auth = Middleware;
