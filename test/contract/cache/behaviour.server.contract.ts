/** What `cache()` does with what a server sends. */
import {
  InvalidRequestError,
  NetworkError,
  type RequestOptions,
  UnsupportedError,
} from 'isosession';
import { cache, type CacheOptions, type CacheStore, memoryCache } from 'isosession/middleware';
import { describe, expect, test, vi } from 'vitest';
import {
  deferred,
  inProcess,
  nodeTest,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  thrown,
} from '../../support/contract.ts';
import { fakeTimers } from '../retries/fake-time.ts';
import { clock, hour, openCached, read, serve, statusOf, url } from './cached.ts';

describe('a stale response', () => {
  const swr = { 'cache-control': 'max-age=10, stale-while-revalidate=60' };

  test('is given while it is asked for anew, once at a time', async () => {
    const pass = clock();
    const gate = deferred();
    const transport = inProcess(async (_, count) => {
      if (count === 2) await gate.promise;
      return new Response(`answer ${count}`, {
        headers: { ...swr, 'set-cookie': `n=${count}; Path=/other` },
      });
    });
    const session = openCached(transport);
    await read(session);
    pass(20);
    expect(await read(session)).toEqual({ text: 'answer 1', status: 'isosession; hit; ttl=-10' });
    expect((await read(session)).text).toBe('answer 1');
    expect(transport.seen).toHaveLength(2);
    gate.resolve();
    await vi.waitFor(async () => expect((await read(session)).text).toBe('answer 2'));
    expect(await session.cookies.header('http://api.test/other')).toBe('n=2');
    pass(80);
    expect((await read(session)).text).toBe('answer 3');
  });

  test('is asked for whole, where a HEAD has got it', async () => {
    const pass = clock();
    const methods: string[] = [];
    const transport = serve(({ method }, count) => {
      methods.push(method);
      return new Response(method === 'HEAD' ? null : `answer ${count}`, { headers: swr });
    });
    const session = openCached(transport);
    await read(session);
    pass(20);
    expect((await session.head(url)).status).toBe(200);
    await vi.waitFor(async () => expect((await read(session)).text).toBe('answer 2'));
    expect(methods).toEqual(['GET', 'GET']);
  });

  test('D7: is asked for anew without a word to the caller, up to what is kept', async () => {
    const pass = clock();
    const gate = deferred();
    const cancelled = vi.fn();
    const large = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(60)),
        cancel: cancelled,
      });
    const transport = serve((_, count) => {
      if (count === 2) gate.resolve();
      return new Response(count === 1 ? 'answer 1' : large(), { headers: swr });
    });
    const session = openCached(transport, { maxSize: 100 });
    const onDownloadProgress = vi.fn();
    await read(session);
    pass(20);
    await session.get(url, { onDownloadProgress, timeout: false }).text();
    const told = onDownloadProgress.mock.calls.length;
    await gate.promise;
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalled());
    expect(onDownloadProgress.mock.calls).toHaveLength(told);
  });

  test('is asked for anew again, where a server has not answered in a minute', async () => {
    fakeTimers();
    const transport = inProcess((_, count) =>
      count === 2
        ? new Promise<Response>(() => {})
        : new Response(`answer ${count}`, { headers: swr }),
    );
    const session = openCached(transport);
    await read(session);
    vi.setSystemTime(Date.now() + 20_000);
    await read(session, { timeout: false });
    await vi.advanceTimersByTimeAsync(30_000);
    await read(session, { timeout: false });
    expect(transport.seen).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(30_001);
    vi.setSystemTime(Date.now() - 40_000);
    await read(session, { timeout: false });
    await vi.advanceTimersByTimeAsync(1);
    expect(transport.seen).toHaveLength(3);
  });

  test('stands in for an error, for as long as it may', async () => {
    const pass = clock();
    const transport = serve((_, count) => {
      if (count === 3) throw new TypeError('fetch failed');
      const headers = { 'cache-control': 'max-age=10, stale-if-error=60' };
      return new Response(`answer ${count}`, { status: count === 1 ? 200 : 503, headers });
    });
    const session = openCached(transport);
    await read(session);
    pass(20);
    const status = 'isosession; fwd=stale; fwd-status=503; detail=stale-if-error; ttl=-10';
    expect(await read(session)).toEqual({ text: 'answer 1', status });
    expect((await read(session)).text).toBe('answer 1');
    pass(60);
    expect((await session.get(url)).status).toBe(503);
  });

  const sie = { 'cache-control': 'max-age=10, stale-if-error=60' };

  test('does not stand in for an error of the caller’s, or one that stays', async () => {
    const pass = clock();
    const failures: (() => never)[] = [
      () => {
        throw new InvalidRequestError('mine');
      },
      () => {
        throw new UnsupportedError('not here');
      },
    ];
    for (const fail of failures) {
      const transport = serve((_, count) =>
        count === 1 ? new Response('answer 1', { headers: sie }) : fail(),
      );
      const session = openCached(transport);
      await read(session);
      pass(20);
      expect(await reasonOf(session.get(url))).toBeInstanceOf(Error);
    }
  });

  test.each([
    ['a fresh one that nobody lets stand in', 'max-age=100', 'max-age=5', 503],
    ['one that is older than the caller takes', 'max-age=100, stale-if-error=60', 'max-age=5', 503],
    ['one that is fresh for too short', 'max-age=30, stale-if-error=60', 'min-fresh=20', 503],
    ['what the caller takes itself', 'max-age=100', 'max-age=5, stale-if-error=60', 200],
  ])('for an error: %s', async (_, answer, asked, status) => {
    const pass = clock();
    const transport = serve(
      (_request, count) =>
        new Response('', {
          status: count === 1 ? 200 : 503,
          headers: { 'cache-control': answer },
        }),
    );
    const session = openCached(transport);
    await read(session);
    pass(20);
    const response = await session.get(url, { headers: { 'cache-control': asked } });
    expect(response.status).toBe(status);
    if (status === 200) expect(statusOf(response)).toContain('fwd=request; fwd-status=503');
  });

  test('is not given against the word of the server', async () => {
    const pass = clock();
    const headers = {
      'cache-control': 'max-age=10, must-revalidate, stale-while-revalidate=60, stale-if-error=60',
    };
    const session = openCached(
      serve((_, count) => new Response('', { status: count === 1 ? 200 : 503, headers })),
    );
    await read(session);
    expect((await read(session)).status).toContain('hit');
    pass(20);
    expect((await session.get(url, { headers: { 'cache-control': 'max-stale' } })).status).toBe(
      503,
    );
  });
});

describe('a response that is asked for anew', () => {
  test('is given with what a 304 adds, changes and sets', async () => {
    const pass = clock();
    const transport = serve(({ headers }, count) => {
      if (count === 1)
        return new Response('one', { headers: { ...hour, etag: '"1"', 'x-a': '1' } });
      expect(headers.get('if-none-match')).toBe('"1"');
      const changed = { ...hour, 'x-a': '2', 'x-new': '3', 'set-cookie': 'seen=1; Path=/other' };
      return new Response(null, { status: 304, headers: changed });
    });
    const session = openCached(transport);
    await read(session);
    pass(4_000);
    const response = await session.get(url);
    expect([response.status, await response.text(), response.headers.get('x-new')]).toEqual([
      200,
      'one',
      '3',
    ]);
    expect(statusOf(response)).toBe('isosession; fwd=stale; fwd-status=304; ttl=3600');
    expect(await session.cookies.header('http://api.test/other')).toBe('seen=1');
    const again = await session.get(url);
    expect([again.headers.get('x-a'), again.headers.get('age')]).toEqual(['2', '0']);
    expect(again.headers.getSetCookie()).toEqual([]);
    expect(transport.seen).toHaveLength(2);
  });

  test('is fetched whole where the 304 tells of another one', async () => {
    const transport = serve((_, count) =>
      count === 2
        ? new Response(null, {
            status: 304,
            headers: { etag: '"other"', 'set-cookie': 'seen=1; Path=/other' },
          })
        : new Response(`answer ${count}`, {
            headers: { 'cache-control': 'no-cache', etag: '"1"' },
          }),
    );
    const session = openCached(transport);
    await read(session);
    expect((await read(session)).text).toBe('answer 3');
    expect(transport.seen[2]?.headers.has('if-none-match')).toBe(false);
    expect(await session.cookies.header('http://api.test/other')).toBe('seen=1');
  });
});

describe('the mode', () => {
  const modes: { cache: RequestCache; wanted: string; kept?: string }[] = [
    { cache: 'default', wanted: 'answer 1' },
    { cache: 'force-cache', wanted: 'answer 1' },
    { cache: 'only-if-cached', wanted: 'answer 1' },
    { cache: 'no-cache', wanted: 'answer 2', kept: 'answer 2' },
    { cache: 'reload', wanted: 'answer 2', kept: 'answer 2' },
    { cache: 'no-store', wanted: 'answer 2', kept: 'answer 1' },
  ];
  test.each(modes)('$cache', async ({ cache: mode, wanted, kept = wanted }) => {
    const session = openCached(serve({ ...hour, etag: '"1"' }));
    await read(session);
    expect((await read(session, { cache: mode })).text).toBe(wanted);
    expect((await read(session)).text).toBe(kept);
    expect(await (await session.fetch(url, { cache: mode })).text()).toBeDefined();
  });

  test('force-cache takes what is stale, only-if-cached nothing but what is there', async () => {
    const pass = clock();
    const transport = serve({ 'cache-control': 'max-age=1', etag: '"1"' });
    const session = openCached(transport);
    const error = await rejection(session.get(url, { cache: 'only-if-cached' }), NetworkError);
    expect(error.message).toContain('only-if-cached');
    expect(await reasonOf(session.fetch(url, { cache: 'only-if-cached' }))).toBeInstanceOf(
      TypeError,
    );
    expect(transport.seen).toHaveLength(0);
    await read(session);
    pass(100);
    expect((await read(session, { cache: 'force-cache' })).text).toBe('answer 1');
  });

  test('no-cache leaves alone what is immutable while it is fresh', async () => {
    const session = openCached(serve({ 'cache-control': 'max-age=60, immutable' }));
    await read(session);
    expect((await read(session, { cache: 'no-cache' })).text).toBe('answer 1');
  });

  test('of no name is refused', async () => {
    const call = openCached(serve(hour)).get(url, { cache: 'fresh' as RequestCache });
    await rejection(call, InvalidRequestError);
  });
});

describe('what is left alone', () => {
  test.each<[string, RequestOptions]>([
    ['a range', { headers: { range: 'bytes=0-1' } }],
    ['a condition', { headers: { 'if-none-match': '"x"' } }],
    ['a digest', { integrity: 'md5-x' }],
    ['a QUERY', { method: 'QUERY', body: 'x' }],
  ])('%s', async (_, options) => {
    const transport = serve(hour);
    const session = openCached(transport);
    await read(session);
    await session.request(url, options).text();
    expect(transport.seen).toHaveLength(2);
    expect((await read(session)).text).toBe('answer 1');
  });
});

describe('a HEAD', () => {
  test('is answered by what a GET has left, without a body, and keeps nothing itself', async () => {
    const transport = serve(hour);
    const session = openCached(transport);
    await session.head(url);
    await read(session);
    const response = await session.head(url);
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(transport.seen).toHaveLength(2);
  });
});

test('options that are none are refused', () => {
  thrown(() => cache({ store: {} as CacheStore }), InvalidRequestError);
  thrown(() => cache({ store: memoryCache(), maxEntries: 1 }), InvalidRequestError);
  thrown(() => cache({ maxAge: 1 } as CacheOptions), InvalidRequestError);
  thrown(() => memoryCache({ maxSize: -1 }), InvalidRequestError);
});

test('a middleware of its own may call it', async () => {
  const cached = cache();
  const transport = serve(hour);
  const session = open({ transport }).use((request, next) => cached(request, next), {
    around: 'hop',
  });
  await read(session);
  expect((await read(session)).status).toContain('hit');
  expect(transport.seen).toHaveLength(1);
});

test('what must come out of the cache alone is not asked for again and again', async () => {
  const transport = serve(hour);
  const beforeRetry = vi.fn();
  const session = open({ transport, hooks: { beforeRetry: [beforeRetry] } }).use(cache());
  await rejection(session.get(url, { cache: 'only-if-cached' }), NetworkError);
  const headers = { 'cache-control': 'only-if-cached' };
  const response = await session.get(url, { headers });
  expect([response.status, [...response.headers.keys()]]).toEqual([504, ['cache-status']]);
  expect(beforeRetry).not.toHaveBeenCalled();
  expect(transport.seen).toHaveLength(0);
});

nodeTest('without it, a mode that wants a cache is refused, but for session.fetch', async () => {
  const { a } = sites();
  const beforeRetry = vi.fn();
  const session = open({ baseUrl: a.base, hooks: { beforeRetry: [beforeRetry] } });
  for (const mode of ['reload', 'no-cache', 'force-cache', 'only-if-cached'] as const) {
    const error = await rejection(session.get('echo', { cache: mode }), UnsupportedError);
    expect(error.message).toContain(`cache: '${mode}' wants a cache: use cache()`);
  }
  expect(await a.requests()).toHaveLength(0);
  expect((await session.fetch('echo', { cache: 'reload' })).status).toBe(200);
  const alone = await reasonOf(session.fetch('echo', { cache: 'only-if-cached' }));
  expect(alone).toMatchObject({ name: 'TypeError', cause: { code: 'ERR_NETWORK' } });
  expect(beforeRetry).not.toHaveBeenCalled();
});

nodeTest('with it, a request that changes something takes every mode', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base }).use(cache());
  await session.post('echo', { cache: 'reload' });
  expect(sent(await a.request(), 'cache-control')).toBe('no-cache');
});

test('a store is told whole ms', async () => {
  const times: number[] = [];
  const set = (_key: string, _value: unknown, ttl: number) => void times.push(ttl);
  const modified = new Date(Date.now() - 12_345_000).toUTCString();
  const transport = serve({ 'last-modified': modified });
  await read(openCached(transport, { store: { ...memoryCache(), set } }));
  expect(times.length).toBeGreaterThan(0);
  expect(times.every((ttl) => Number.isInteger(ttl))).toBe(true);
});
