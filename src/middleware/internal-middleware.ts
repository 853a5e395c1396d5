import type { Handler, Outgoing } from '../model.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { Middleware } from '../types/middleware.ts';
import { version } from '../version.ts';

/** The key of the private form of a middleware. */
export const handleInternally = Symbol.for(`isosession.handle ${version}`);

/**
 * The key of what becomes of a middleware around `'hop'` where a host makes the hops itself: it is
 * kept, as they are one to it, or left out, as the host has the like. Any other is refused there.
 */
export const isKept = Symbol.for(`isosession.isKept ${version}`);

/** A middleware of ours, for which no public records need be made; it ends with its call. */
export interface InternalMiddleware extends Middleware {
  readonly [handleInternally]: (request: Outgoing, next: Handler) => Promise<SessionResponse>;
}

/** A middleware of ours that does without hops. */
export interface HoplessMiddleware extends Middleware {
  readonly [isKept]: boolean;
}

export const isInternalMiddleware = (middleware: Middleware): middleware is InternalMiddleware =>
  handleInternally in middleware;

export const isHopless = (middleware: Middleware): middleware is HoplessMiddleware =>
  isKept in middleware;
