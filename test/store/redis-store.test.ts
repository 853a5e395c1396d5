import { Redis as IORedis, Cluster } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { InvalidRequestError } from 'isosession';
import { type IORedisLike, type NodeRedisLike, redisStore, StoreError } from 'isosession/store';
import { createClient, createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { reasonOf, thrown } from '../support/contract.ts';
import { startDaemon } from '../support/daemon.ts';
import { missing, requireProgram } from '../support/real-servers.mjs';
import { type Redis, startRedis } from '../support/redis.ts';
import { keptIn, openKept, receive } from './kept-session.ts';
import { start, useProgram } from './processes.ts';

useProgram();

const noRedis = missing('redis');
let redis: Redis;
beforeAll(async () => {
  if (noRedis === undefined) redis = await startRedis();
});
afterAll(async () => noRedis === undefined && redis.close());

/** A client of the package `redis`, which ends with its test. */
async function connect(url = redis.url) {
  const client = await createClient({ url }).connect();
  client.on('error', () => {});
  onTestFinished(() => client.destroy());
  return client;
}

const clients: [string, () => Promise<NodeRedisLike | IORedisLike>][] = [
  ['redis', connect],
  [
    'ioredis',
    async () => {
      const client = new IORedis(redis.url);
      onTestFinished(() => client.disconnect());
      return client;
    },
  ],
  [
    'iovalkey',
    async () => {
      const client = new Valkey(redis.url);
      onTestFinished(() => client.disconnect());
      return client;
    },
  ],
];

let prefixes = 0;
const newPrefix = (): string => `test${prefixes++}:`;

describe.skipIf(noRedis !== undefined)('redisStore', () => {
  it.each(clients)('works with the client of %s', async (_, open) => {
    const client = await open();
    const prefix = newPrefix();
    const store = redisStore(client, { prefix });
    expect(await store.load('ann')).toBeUndefined();
    const session = await openKept({ store, ttl: 60_000 });
    await session.cookies.set('sid=€; HttpOnly');
    await session.close();
    expect(await keptIn(store)).toEqual(['sid=€']);
    const { version } = (await store.load('ann')) ?? {};
    expect(await store.save('ann', 'x', { expected: undefined })).toEqual({ conflict: true });
    expect(await store.save('ann', 'x', { expected: 'other' })).toEqual({ conflict: true });
    const saved = await store.save('ann', 'x', { expected: version, fence: 9 });
    expect(saved).toHaveProperty('version');
    const again = (await store.load('ann'))?.version;
    expect(await store.save('ann', 'y', { expected: again, fence: 8 })).toEqual({ conflict: true });
    expect(await store.lock?.run('k', async (__, fence) => fence > 0)).toBe(true);
    await store.delete('ann');
    expect(await store.load('ann')).toBeUndefined();
  });

  it('keeps a session as long as its ttl says, and for ever without one', async () => {
    const client = await connect();
    const store = redisStore(client, { prefix: 'ttl:' });
    const { version } = (await store.save('a', '1', { expected: undefined, ttl: 60_000 })) as {
      version: string;
    };
    expect(await client.pTTL('ttl:session:a')).toBeGreaterThan(50_000);
    await store.save('a', '2', { expected: version });
    expect(await client.pTTL('ttl:session:a')).toBe(-1);
    await store.save('b', '1', { expected: undefined, ttl: 1 });
    await expect.poll(() => store.load('b')).toBeUndefined();
    // A version is never that of an earlier session.
    const first = (await store.save('b', '1', { expected: undefined })) as { version: string };
    await store.delete('b');
    const second = (await store.save('b', '1', { expected: undefined })) as { version: string };
    expect(second.version).not.toBe(first.version);
  });

  it('takes two round trips to open a session, make a call and save it', async () => {
    const client = await connect();
    const count = async (): Promise<number> =>
      Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1]);
    const evals = async (): Promise<number> =>
      Number(/cmdstat_eval:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
    expect(await count()).toBeGreaterThan(0);
    const before = await evals();
    const session = await openKept({ store: redisStore(client, { prefix: newPrefix() }) });
    await receive(session, 'a=1');
    await session.save();
    await session.close();
    expect((await evals()) - before).toBe(2);
  });

  it('tells what is under its key that is none of its own, and leaves it there', async () => {
    const client = await connect();
    const store = redisStore(client, { prefix: 'odd:' });
    await client.hSet('odd:session:a', 'version', '1');
    expect(await reasonOf(store.load('a'))).toMatchObject({ reason: 'corrupt' });
    await client.set('odd:session:b', 'text');
    for (const error of [
      await reasonOf(store.load('b')),
      await reasonOf(store.save('b', 'x', { expected: undefined })),
      await reasonOf(openKept({ store, id: 'b', onStoreError: 'open' })),
    ]) {
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ reason: 'corrupt' });
      expect(((error as Error).cause as Error).message).toContain('WRONGTYPE');
    }
    expect(await client.get('odd:session:b')).toBe('text');
  });

  it('shows no token in the names of its keys', async () => {
    const client = await connect();
    const store = redisStore(client, { prefix: 'names:' });
    await store.lock?.run('s3cret', async () => {
      expect((await client.keys('names:*')).join()).not.toContain('s3cret');
    });
  });

  it('refuses what is no client, and a bad option', () => {
    for (const client of [undefined, {}, { eval: () => {} }])
      thrown(() => redisStore(client as never), InvalidRequestError);
    const client = { isOpen: true, eval: async () => null };
    thrown(() => redisStore(client, { prefx: '' } as never), InvalidRequestError);
  });

  it('F51: loses none of 1,000 cookies that 4 processes set', { timeout: 300_000 }, async () => {
    const programs = Array.from({ length: 4 }, (_, i) => {
      const kind = ['redis', 'ioredis', 'iovalkey', 'redis'][i] as string;
      return start(['addCookies', kind, redis.url, 'crowd', String(i * 250), '250']);
    });
    await Promise.all(programs.map(({ ended }) => ended));
    expect(await cookieNames('crowd')).toHaveLength(1000);
  });

  it(
    'F53: loses nothing acknowledged when its server is killed',
    { timeout: 120_000 },
    async () => {
      const programs = Array.from({ length: 4 }, (_, i) => {
        const kind = ['redis', 'ioredis', 'iovalkey', 'redis'][i] as string;
        return start(['addCookies', kind, redis.url, 'killed', String(i * 50), '50']);
      });
      for (let i = 0; i < 2; i++) {
        await programs[i]?.line(`saved ${i * 50 + 10}`);
        await redis.restart();
      }
      await Promise.all(programs.map(({ ended }) => ended));
      expect(await cookieNames('killed')).toHaveLength(200);
    },
  );

  it('answers with a typed error while its server is away', async () => {
    const other = await startRedis();
    const client = new IORedis(other.url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => {});
    const store = redisStore(client);
    expect(await store.load('a')).toBeUndefined();
    await other.close();
    for (const answer of [
      store.load('a'),
      store.save('a', 'x', { expected: undefined }),
      store.delete('a'),
      store.lock?.run('k', async () => 1) ?? Promise.resolve(),
    ])
      expect(await reasonOf(answer)).toMatchObject({ code: 'ERR_STORE', reason: 'unavailable' });
  });

  it('works on a cluster, by two clients', { timeout: 60_000 }, async () => {
    const node = await startDaemon(({ port, folder }) => [
      requireProgram('redis-server'),
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
    ]);
    onTestFinished(() => node.close());
    const url = `redis://127.0.0.1:${node.port}`;
    const plain = await connect(url);
    await plain.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
    await expect
      .poll(async () => String(await plain.sendCommand(['CLUSTER', 'INFO'])), { timeout: 20_000 })
      .toContain('cluster_state:ok');
    const cluster = createCluster({ rootNodes: [{ url }] });
    await cluster.connect();
    onTestFinished(() => cluster.destroy());
    const io = new Cluster([{ host: '127.0.0.1', port: node.port }]);
    onTestFinished(() => io.disconnect());
    for (const [i, client] of [cluster, io].entries()) {
      const store = redisStore(client);
      const session = await openKept({ store, id: `id${i}` });
      await receive(session, 'a=1');
      await session.close();
      expect(await keptIn(store, `id${i}`)).toEqual(['a=1']);
      expect(await store.lock?.run('key', async () => 'ran')).toBe('ran');
    }
  });
});

/** The names of the cookies that are kept under an id. */
async function cookieNames(id: string): Promise<string[]> {
  const { data = '' } = (await redisStore(await connect()).load(id)) ?? {};
  const { snapshot } = JSON.parse(data) as { snapshot: { cookies: { name: string }[] } };
  return [...new Set(snapshot.cookies.map(({ name }) => name))];
}
