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
}

/** Sends the request on towards the transport. It may be called any number of times. */
export type Next = (request: SessionRequest) => Promise<SessionResponse>;

/** A layer of the onion. A plain `Response` is upgraded to a {@link SessionResponse}. */
export type Middleware = (request: SessionRequest, next: Next) => Promise<Response>;

/** The innermost middleware: it puts credentials on a request and may send twice. */
export type Auth = Middleware;
