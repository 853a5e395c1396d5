import type { Handler, Outgoing } from '../model.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { Middleware } from '../types/middleware.ts';

/** The key of the private form of a middleware. */
export const handleInternally = Symbol('isosession.handleInternally');

/** The key of what a host has of its own that follows redirects itself: there it is left out. */
export const leftToHost = Symbol('isosession.leftToHost');

/** A middleware of ours, for which no public records need be made; it ends with its call. */
export interface InternalMiddleware extends Middleware {
  readonly [handleInternally]: (request: Outgoing, next: Handler) => Promise<SessionResponse>;
  readonly [leftToHost]?: true;
}

export const isInternalMiddleware = (middleware: Middleware): middleware is InternalMiddleware =>
  handleInternally in middleware;
