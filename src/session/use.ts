import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { SessionState } from '../model.ts';
import type { Middleware, Ring, UseOptions } from '../types/middleware.ts';
import { noteUserCode } from './state.ts';
import { func } from '../options/kinds.ts';

/** Puts middleware on a ring, behind what stands there: the given one, else that which it names. */
export function useMiddleware(
  state: SessionState,
  middleware: Middleware | readonly Middleware[],
  { around }: UseOptions = {},
): void {
  const list = Array.isArray(middleware) ? middleware : [middleware];
  if (isDevelopment) for (const one of list) func(one, 'middleware');
  const rings = list.map((one) => ringOf(state, around ?? ownRing(one)));
  list.forEach((one, at) => rings[at].push(one));
  noteUserCode(state);
}

/** As it says itself: never as somebody says on `Object.prototype`. */
function ownRing(middleware: Middleware): Ring | undefined {
  return Object.hasOwn(middleware, 'around') ? middleware.around : undefined;
}

function ringOf({ rings }: SessionState, around: Ring = 'call'): Middleware[] {
  if (isDevelopment && !Object.hasOwn(rings, around))
    throw new InvalidRequestError("use(): around must be 'call', 'attempt' or 'hop'");
  return rings[around];
}
