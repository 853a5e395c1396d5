import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { type Lock, nextFence } from '../../middleware/auth/refresh/lock.ts';
import { count, readRecord } from '../../options/kinds.ts';
import { checkId } from '../base/check-id.ts';
import type { SaveOptions, SessionStore } from '../base/session-store.ts';

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * The most sessions that are kept; beyond it, the one that was saved longest ago goes.
   *
   * @default 10_000
   */
  max?: number | undefined;
}

interface Kept {
  readonly data: string;
  readonly version: string;
  readonly fence: number;
  /** In ms since 1970. */
  readonly expires: number;
}

/**
 * A store in the memory of this process, for tests and for a server of one process.
 *
 * @throws {InvalidRequestError} for an option that does not exist or has a wrong value.
 */
export function memoryStore(options: MemoryStoreOptions = {}): SessionStore {
  const { max = 10_000 } = readRecord<MemoryStoreOptions>('memoryStore', { max: count }, options);
  if (max === 0) throw new InvalidRequestError('memoryStore.max must be a whole number, 1 or more');
  // In the order in which they were saved.
  const kept = new Map<string, Kept>();
  let saves = 0;

  const find = (id: string): Kept | undefined => {
    checkId(id);
    const found = kept.get(id);
    if (!found || found.expires > Date.now()) return found;
    kept.delete(id);
    return undefined;
  };

  const put = (id: string, data: string, { ttl, fence }: SaveOptions, old?: Kept): string => {
    const version = String(++saves);
    kept.delete(id);
    kept.set(id, {
      data,
      version,
      fence: fence ?? old?.fence ?? 0,
      expires: ttl === undefined ? Infinity : Date.now() + ttl,
    });
    for (const oldest of kept.keys()) {
      if (kept.size <= max) break;
      kept.delete(oldest);
    }
    return version;
  };

  return {
    async load(id) {
      const found = find(id);
      return found && { data: found.data, version: found.version };
    },
    async save(id, data, saveOptions) {
      const old = find(id);
      const isLate =
        old !== undefined && saveOptions.fence !== undefined && saveOptions.fence < old.fence;
      if (isLate || old?.version !== saveOptions.expected) return { conflict: true };
      return { version: put(id, data, saveOptions, old) };
    },
    async delete(id) {
      checkId(id);
      kept.delete(id);
    },
    lock: memoryLock(),
    capabilities: { compareAndSet: true, lock: true, ttl: true, shared: false },
  };
}

/** A lock for each key within this process: it is never lost. */
function memoryLock(): Lock {
  const last = new Map<string, Promise<unknown>>();
  let fence = 0;
  return {
    async run<T>(
      key: string,
      task: (signal: AbortSignal, fence: number) => Promise<T>,
    ): Promise<T> {
      const before = last.get(key);
      const mine = (async () => {
        await before?.catch(() => {});
        return task(new AbortController().signal, (fence = nextFence(fence)));
      })();
      last.set(key, mine);
      try {
        return await mine;
      } finally {
        if (last.get(key) === mine) last.delete(key);
      }
    },
  };
}
