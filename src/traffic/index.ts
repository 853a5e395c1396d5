/**
 * `isosession/middleware`: what stands between a session and its traffic.
 *
 * @module
 */
export { limit } from './pace/limit.ts';
export type { Limiter, LimitOptions, LimitRate, LimitStats } from './pace/limit.ts';
