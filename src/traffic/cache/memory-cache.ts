import { count, readRecord } from '../../options/kinds.ts';
import type { CacheStore, CacheValue } from './cache-store.ts';

/** Options of {@link memoryCache}. */
export interface MemoryCacheOptions {
  /**
   * The most entries: responses, and a note for each URL. Beyond it those go that were used longest
   * ago.
   *
   * @default 1000
   */
  maxEntries?: number | undefined;
  /**
   * The most bytes of all of them together.
   *
   * @default 50 MiB
   */
  maxSize?: number | undefined;
}

interface Entry {
  readonly value: CacheValue;
  readonly size: number;
  /** ms since 1970. */
  readonly expires: number;
}

/**
 * A store in the memory of this process, bounded by entries and bytes.
 *
 * @throws {InvalidRequestError} for an option that does not exist or has a wrong value.
 */
export function memoryCache(options: MemoryCacheOptions = {}): CacheStore {
  const { maxEntries = 1000, maxSize = 50 * 2 ** 20 } = readRecord<MemoryCacheOptions>(
    'memoryCache',
    { maxEntries: count, maxSize: count },
    options,
  );
  /** The one that was used longest ago stands first. */
  const entries = new Map<string, Entry>();
  let size = 0;

  function forget(key: string): void {
    size -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      if (entry.expires > Date.now()) entries.set(key, entry);
      else size -= entry.size;
      return entries.has(key) ? entry.value : undefined;
    },
    set(key, value, ttl) {
      forget(key);
      const entry = { value, size: sizeOf(key, value), expires: Date.now() + ttl };
      if (entry.size > maxSize) return;
      entries.set(key, entry);
      size += entry.size;
      for (const oldest of entries.keys()) {
        if (size <= maxSize && entries.size <= maxEntries) break;
        forget(oldest);
      }
    },
    delete: forget,
  };
}

/** About the bytes that an entry takes. */
function sizeOf(key: string, value: CacheValue): number {
  const text = key.length + ('url' in value ? value.url.length : 0);
  if (!('body' in value)) return text + value.vary.join().length;
  return text + value.body.length + value.headers.flat().join('').length;
}
