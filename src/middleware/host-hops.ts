import type { Middleware } from '../types/middleware.ts';

/** Middleware around `'hop'` that does without hops. */
const takers = new WeakSet<Middleware>();

/** Lets a middleware around `'hop'` take all the hops that a host makes by itself for one. */
export function takeHostHops(middleware: Middleware): Middleware {
  takers.add(middleware);
  return middleware;
}

export const takesHostHops = (middleware: Middleware): boolean => takers.has(middleware);
