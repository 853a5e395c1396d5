import { byteTextOf } from '../../request/text/byte-text.ts';
import type { CacheStore, CacheValue } from './cache-store.ts';

/** The part of a Keyv that {@link keyvCache} takes. */
export interface KeyvLike {
  /** The value of a key. */
  get(key: string): Promise<unknown>;
  /** Keeps a value for `ttl` ms. */
  set(key: string, value: unknown, ttl?: number): Promise<unknown>;
  /** Forgets a key. */
  delete(key: string): Promise<unknown>;
}

/**
 * A store over Keyv, and by that over Redis, Valkey, SQLite and many others. What is kept there is
 * JSON, bodies in base64.
 *
 * @example
 * ```ts
 * import Keyv from 'keyv';
 * import { Session } from 'isosession';
 * import { cache, keyvCache } from 'isosession/middleware';
 *
 * const session = new Session();
 * session.use(cache({ store: keyvCache(new Keyv({ namespace: 'http' })) }));
 * ```
 */
export function keyvCache(keyv: KeyvLike): CacheStore {
  return {
    async get(key) {
      const value = await keyv.get(key);
      if (typeof value !== 'object' || value === null || !('body' in value)) return value;
      // One that is no base64 is an error of the store.
      return { ...value, body: fromBase64(String(value.body)) };
    },
    set: (key, value, ttl) => keyv.set(key, toJson(value), ttl),
    delete: (key) => keyv.delete(key),
  };
}

function toJson(value: CacheValue): object {
  return 'body' in value ? { ...value, body: toBase64(value.body) } : value;
}

const toBase64 = (bytes: Uint8Array): string => btoa(byteTextOf(bytes));

const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
