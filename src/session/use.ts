import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { SessionState } from '../model.ts';
import type { Middleware, UseOptions } from '../types/middleware.ts';
import { noteUserCode } from './state.ts';
import { func } from '../options/kinds.ts';

/** Puts middleware on a ring, behind what stands there. */
export function useMiddleware(
  state: SessionState,
  middleware: Middleware | readonly Middleware[],
  { around = 'call' }: UseOptions = {},
): void {
  const list = typeof middleware === 'function' ? [middleware] : middleware;
  if (isDevelopment) {
    if (!Object.hasOwn(state.rings, around))
      throw new InvalidRequestError("use(): around must be 'call', 'attempt' or 'hop'");
    for (const one of Array.isArray(list) ? list : [list]) func(one, 'middleware');
  }
  state.rings[around].push(...list);
  noteUserCode(state);
}
