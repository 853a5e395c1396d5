import { hexOf } from '../../request/text/byte-text.ts';
import type { Attempt, Lease } from '../base/lease-lock.ts';
import type { RunScript } from './redis-client.ts';
import { acquireScript, extendScript, releaseScript } from './scripts.ts';

/** The lease of a key, at the server. */
export function redisLease(run: RunScript, prefix: string, key: string, ttl: number): Attempt {
  // The braces bring all locks and their fence to one node of a cluster, as a script needs it.
  const root = `${prefix}{lock}:`;
  const owner = crypto.randomUUID();
  let name: Promise<string> | undefined;

  return async (): Promise<Lease | undefined> => {
    // The key holds tokens, which are nobody's to see.
    const keys = [root + (await (name ??= hash(key)))];
    const fence = await run(acquireScript, [...keys, `${root}fence`], [owner, String(ttl)]);
    if (fence === null) return undefined;
    return {
      fence: Number(fence),
      extend: async () => Number(await run(extendScript, keys, [owner, String(ttl)])) === 1,
      async release() {
        await run(releaseScript, keys, [owner]);
      },
    };
  };
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return hexOf(new Uint8Array(digest));
}
