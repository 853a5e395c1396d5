/**
 * `isosession/store`: sessions that are kept, and sealed.
 *
 * @module
 */
export { memoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export { openSession, type OpenSessionOptions, type StoredSession } from './kept/open-session.ts';
export type { IORedisLike, NodeRedisLike } from './redis/redis-client.ts';
export { redisStore, type RedisStoreOptions } from './redis/redis-store.ts';
export { seal, unseal } from './seal/seal.ts';
export type { CryptoKeyLike, Key } from './seal/sealing-key.ts';
export { sealedStore } from './seal/sealed-store.ts';
export type {
  SaveOptions,
  SessionStore,
  StoreCapabilities,
  StoredData,
} from './base/session-store.ts';
export { StoreError, type StoreErrorReason } from './base/store-error.ts';
