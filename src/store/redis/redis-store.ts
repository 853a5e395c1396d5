import { readRecord, typed } from '../../options/kinds.ts';
import { checkId } from '../base/check-id.ts';
import { leaseLock } from '../base/lease-lock.ts';
import type { SessionStore } from '../base/session-store.ts';
import { StoreError, toStoreError } from '../base/store-error.ts';
import { type IORedisLike, type NodeRedisLike, scriptRunner } from './redis-client.ts';
import { redisLease } from './redis-lease.ts';
import { deleteScript, loadScript, saveScript } from './scripts.ts';

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /**
   * What all its keys begin with.
   *
   * @default 'isosession:'
   */
  prefix?: string | undefined;
}

/** How long a lock lasts without being extended, in ms. */
const lockTtl = 10_000;

/**
 * A store in Redis or Valkey, for many processes and hosts. It compares and sets at the server, a
 * session is one key, and its lock fences: all of it works on a cluster, too. The client is yours:
 * connect it before, and close it after.
 *
 * @example
 * ```ts
 * import { openSession, redisStore } from 'isosession/store';
 * import { createClient } from 'redis';
 *
 * const client = await createClient({ url: 'redis://localhost:6379' }).connect();
 * const store = redisStore(client);
 * await using session = await openSession({ store, id: 'robot', baseUrl: 'https://example.com/' });
 * await session.post('login', { form: { user: 'robot' } });
 * ```
 *
 * @param client of the packages `redis`, `ioredis` or `iovalkey`.
 * @throws {InvalidRequestError} for what is no such client, and for a bad option;
 * {@link StoreError} from each method, when the server does not answer.
 */
export function redisStore(
  client: NodeRedisLike | IORedisLike,
  options: RedisStoreOptions = {},
): SessionStore {
  const { prefix = 'isosession:' } = readRecord<RedisStoreOptions>(
    'redisStore',
    { prefix: typed('string') },
    options,
  );
  const runOnClient = scriptRunner(client);
  const run = async (script: string, keys: string[], values: string[]): Promise<unknown> => {
    try {
      return await runOnClient(script, keys, values);
    } catch (error) {
      const isOther = error instanceof Error && error.message.includes('WRONGTYPE');
      throw isOther ? notOurs(error) : toStoreError(error);
    }
  };
  const keyOf = (id: string): string => {
    checkId(id);
    return `${prefix}session:${id}`;
  };

  return {
    async load(id) {
      const found = await run(loadScript, [keyOf(id)], []);
      const [version, data]: unknown[] = Array.isArray(found) ? found : [];
      if (version === null && data === null) return undefined;
      if (typeof version === 'string' && typeof data === 'string') return { version, data };
      throw notOurs();
    },
    async save(id, data, { expected = '', ttl, fence }) {
      // Not a count: it would begin anew after the end of a session.
      const version = crypto.randomUUID();
      const life = ttl === undefined ? '' : String(Math.max(Math.ceil(ttl), 1));
      const values = [expected, version, data, life, fence === undefined ? '' : String(fence)];
      const isSaved = await run(saveScript, [keyOf(id)], values);
      return Number(isSaved) === 1 ? { version } : { conflict: true };
    },
    async delete(id) {
      await run(deleteScript, [keyOf(id)], []);
    },
    lock: leaseLock(lockTtl, (key) => redisLease(run, prefix, key, lockTtl)),
    capabilities: { compareAndSet: true, lock: true, ttl: true, shared: true },
  };
}

/** It is left as it is. */
function notOurs(cause?: Error): StoreError {
  return new StoreError('corrupt', 'What is under the key is none of this store', cause);
}
