/**
 * `isosession/middleware`: what stands between a session and its traffic.
 *
 * @module
 */
export { cache } from './cache/cache.ts';
export type { CacheOptions, HttpCacheMiddleware } from './cache/cache.ts';
export type { CacheStore, CacheValue, StoredIndex, StoredResponse } from './cache/cache-store.ts';
export { keyvCache } from './cache/keyv-cache.ts';
export type { KeyvLike } from './cache/keyv-cache.ts';
export { memoryCache } from './cache/memory-cache.ts';
export type { MemoryCacheOptions } from './cache/memory-cache.ts';
export { dedupe } from './dedupe/dedupe.ts';
export type { DedupeMiddleware, DedupeOptions } from './dedupe/dedupe.ts';
export { limit } from './pace/limit.ts';
export type { Limiter, LimitOptions, LimitRate, LimitStats } from './pace/limit.ts';
