import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidRequestError, type Lock } from 'isosession';
import { fileLock, fileStore } from 'isosession/node';
import { memoryStore, redisStore, type SessionStore } from 'isosession/store';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { deferred, reasonOf, thrown } from '../support/contract.ts';
import { missing } from '../support/real-servers.mjs';
import { type Redis, startRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { start, startIssuer, useProgram } from './processes.ts';

useProgram();

const noRedis = missing('redis');
let redis: Redis | undefined;
beforeAll(async () => {
  if (noRedis === undefined) redis = await startRedis();
});
afterAll(async () => redis?.close());

async function openRedis(): Promise<SessionStore> {
  const client = await createClient({ url: redis?.url ?? '' }).connect();
  onTestFinished(() => client.destroy());
  return redisStore(client);
}

const locks: Record<string, () => Lock | Promise<Lock>> = {
  memoryStore: () => memoryStore().lock as Lock,
  fileLock: () => fileLock(join(temporaryFolder(), 'lock')),
  fileStore: () => fileStore(temporaryFolder()).lock as Lock,
  redisStore: async () => (await openRedis()).lock as Lock,
};

describe.each(Object.entries(locks))('the lock of %s', (name, makeLock) => {
  const isHere = noRedis === undefined || name !== 'redisStore';

  it.skipIf(!isHere)('lets one in at a time, with a fence that grows', async () => {
    const lock = await makeLock();
    const fences: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        lock.run('key', async (signal, fence) => {
          expect(++inside).toBe(1);
          fences.push(fence);
          await new Promise((resolve) => setTimeout(resolve, 1));
          expect(signal.aborted).toBe(false);
          inside--;
          return i;
        }),
      ),
    );
    expect(fences).toHaveLength(10);
    expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
    expect(fences.every(Number.isSafeInteger)).toBe(true);
  });

  it.skipIf(!isHere)('is given back by a task that throws, and hands its error on', async () => {
    const lock = await makeLock();
    const reason = new Error('no');
    expect(await reasonOf(lock.run('key', () => Promise.reject(reason)))).toBe(reason);
    expect(await lock.run('key', async () => 'next')).toBe('next');
  });

  it.skipIf(!isHere)('counts the fences of one key on after those of another', async () => {
    const lock = await makeLock();
    const fences: number[] = [];
    for (const key of ['a', 'b', 'a', 'c'])
      await lock.run(key, async (_, fence) => void fences.push(fence));
    expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
  });

  it.skipIf(!isHere || name === 'fileLock')('lets another key in beside it', async () => {
    const lock = await makeLock();
    const done = deferred<undefined>();
    const first = lock.run('a', () => done.promise);
    expect(await lock.run('b', async () => 'b')).toBe('b');
    done.resolve(undefined);
    await first;
  });
});

describe('fileLock', () => {
  it('leaves one small file, however often it was held', async () => {
    const folder = join(temporaryFolder(), 'lock');
    const lock = fileLock(folder);
    for (let i = 0; i < 20; i++) await lock.run('key', async () => {});
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('refuses a bad path and a bad option', () => {
    thrown(() => fileLock(''), InvalidRequestError);
    thrown(() => fileLock('x', { ttl: 5 }), InvalidRequestError);
    thrown(() => fileLock('x', { tttl: 5 } as never), InvalidRequestError);
  });
});

describe('the lock of a server that answers no more', () => {
  const never = () => new Promise<never>(() => {});
  afterEach(() => void vi.useRealTimers());

  it('is lost after as long as it lasts, and keeps nobody waiting for longer', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const begun = deferred<undefined>();
    const answers = [Promise.resolve('5')];
    const lock = redisStore({ isOpen: true, eval: () => answers.pop() ?? never() }).lock as Lock;
    const running = lock.run('key', async (signal) => {
      begun.resolve(undefined);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return signal.reason as unknown;
    });
    await begun.promise;
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await running).toMatchObject({ name: 'StoreError', reason: 'lock' });
    // The next one is told so, too.
    const next = reasonOf(lock.run('key', async () => 'ran'));
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await next).toMatchObject({ name: 'StoreError', reason: 'unavailable' });
  });

  it('is given back where the answer that it was taken comes too late', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = deferred<string>();
    const evaluate = vi.fn(() => answer.promise);
    const lock = redisStore({ isOpen: true, eval: evaluate }).lock as Lock;
    const running = reasonOf(lock.run('key', async () => 'ran'));
    await vi.waitFor(() => expect(evaluate).toHaveBeenCalledTimes(1));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await running).toMatchObject({ name: 'StoreError', reason: 'unavailable' });
    answer.resolve('5');
    await vi.waitFor(() => expect(evaluate).toHaveBeenCalledTimes(2));
    const [taken, released] = evaluate.mock.calls as unknown as [string, { arguments: string[] }][];
    expect(released?.[0]).toContain('DEL');
    expect(released?.[1].arguments).toEqual(taken?.[1].arguments.slice(0, 1));
  });
});

const stores: [
  string,
  () => { kind: string; where: string; store: () => Promise<SessionStore> },
][] = [
  [
    'file',
    () => {
      const where = temporaryFolder();
      return { kind: 'file', where, store: async () => fileStore(where) };
    },
  ],
  ['redis', () => ({ kind: 'redis', where: redis?.url ?? '', store: openRedis })],
];

describe.each(stores)('processes with a store of kind %s', (name, place) => {
  const isHere = noRedis === undefined || name !== 'redis';

  it.skipIf(!isHere)(
    'A5: renew once, 8 of them with 50 calls each',
    { timeout: 120_000 },
    async () => {
      const issuer = await startIssuer();
      const { kind, where, store } = place();
      await (await store()).delete('tokens');
      await (
        await store()
      ).save('tokens', JSON.stringify({ accessToken: 'a0', refreshToken: 'r0' }), {
        expected: undefined,
      });
      const programs = Array.from({ length: 8 }, () =>
        start(['callAll', kind, where, issuer.origin, '50']),
      );
      const said = await Promise.all(programs.map(({ line }) => line('statuses')));
      expect(said).toEqual(Array(8).fill('statuses 200'));
      expect([issuer.renewals, issuer.reused]).toEqual([1, 0]);
    },
  );

  it.skipIf(!isHere)(
    'F52: go on when the one that holds the lock is killed',
    { timeout: 120_000 },
    async () => {
      const { kind, where, store } = place();
      const holder = start(['hold', kind, where, 'killed', 'x']);
      await holder.line('held');
      const waiting = (await store()).lock?.run('killed', async () => performance.now());
      const killed = performance.now();
      holder.child.kill('SIGKILL');
      expect((await waiting) ?? NaN).toBeLessThan(killed + 11_000);
    },
  );

  it.skipIf(!isHere)(
    'F52: refuse what one saves late that was paused for longer than the lock lasts',
    { timeout: 120_000 },
    async () => {
      const { kind, where, store } = place();
      const opened = await store();
      await opened.delete('paused');
      const { version } = (await opened.save('paused', 'first', { expected: undefined })) as {
        version: string;
      };
      const holder = start(['hold', kind, where, 'paused', 'late']);
      const held = Number((await holder.line('held')).split(' ')[1]);
      holder.child.kill('SIGSTOP');
      const saved = await opened.lock?.run('paused', (_, fence) => {
        expect(fence).toBeGreaterThan(held);
        return opened.save('paused', 'newer', { expected: version, fence });
      });
      expect(saved).toHaveProperty('version');
      holder.child.kill('SIGCONT');
      holder.child.stdin?.write('save\n');
      expect(await holder.line('saved').catch(() => 'none')).toBe('none');
      await holder.ended;
      expect(holder.lines).toEqual([`held ${held}`, 'refused', 'aborted true']);
      expect((await opened.load('paused'))?.data).toBe('newer');
    },
  );
});
