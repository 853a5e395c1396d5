/** What `cache()` does with what a server sends, and with a store that it cannot trust. */
import {
  InvalidRequestError,
  NetworkError,
  type RequestOptions,
  type Session,
  type SessionResponse,
  type TransportRequest,
  UnsupportedError,
} from 'isosession';
import { cache, type CacheOptions, type CacheStore, memoryCache } from 'isosession/middleware';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { deferred, inProcess, open, reasonOf, rejection, thrown } from '../../support/contract.ts';

const url = 'http://api.test/items';
type Fields = Record<string, string>;

afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass by the wall clock alone. */
function clock(): (seconds: number) => void {
  vi.useFakeTimers({ toFake: ['Date'] });
  return (seconds) => void vi.setSystemTime(Date.now() + seconds * 1000);
}

/** A server that counts, and answers with these headers, or by a function. */
function serve(answer: Fields | ((request: TransportRequest, count: number) => Response)) {
  return inProcess((request, count) =>
    typeof answer === 'function'
      ? answer(request, count)
      : new Response(`answer ${count}`, { headers: answer }),
  );
}

function openCached(transport: ReturnType<typeof serve>, options?: CacheOptions): Session {
  return open({ transport, retry: 0 }).use(cache(options));
}

async function read(session: Session, options?: RequestOptions) {
  const response = await session.request(url, options);
  return { text: await response.text(), status: response.headers.get('cache-status') };
}
const statusOf = (response: SessionResponse) => response.headers.get('cache-status');
const hour = { 'cache-control': 'max-age=3600' };

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
        ? new Response(null, { status: 304, headers: { etag: '"other"' } })
        : new Response(`answer ${count}`, {
            headers: { 'cache-control': 'no-cache', etag: '"1"' },
          }),
    );
    const session = openCached(transport);
    await read(session);
    expect((await read(session)).text).toBe('answer 3');
    expect(transport.seen[2]?.headers.has('if-none-match')).toBe(false);
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

describe('a body', () => {
  const chunks = (count: number, end?: 'break') => {
    let left = count;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(new Uint8Array(10).fill(97));
        else if (end) controller.error(new TypeError('reset'));
        else controller.close();
      },
    });
  };

  test('is kept when it was read to its end, by whoever of its clones', async () => {
    const transport = serve(() => new Response(chunks(3), { headers: hour }));
    const session = openCached(transport);
    await (await session.get(url)).clone().text();
    expect((await read(session)).text).toBe('a'.repeat(30));
    expect(transport.seen).toHaveLength(1);
  });

  test('that is too large, breaks off, is left or is cancelled is not', async () => {
    const cases: [Response, (response: SessionResponse) => Promise<unknown>][] = [
      [new Response(chunks(11), { headers: hour }), (response) => response.text()],
      [
        new Response(chunks(2, 'break'), { headers: hour }),
        (response) => reasonOf(response.text()),
      ],
      [new Response(chunks(3), { headers: hour }), async () => {}],
      [new Response(chunks(3), { headers: hour }), async ({ body }) => body?.cancel()],
      [
        new Response('', { headers: { ...hour, 'content-length': '101' } }),
        (response) => response.text(),
      ],
    ];
    for (const [answer, end] of cases) {
      const transport = serve((_, count) => (count === 1 ? answer : new Response('again')));
      const session = openCached(transport, { maxSize: 100 });
      await end(await session.get(url));
      expect((await read(session)).text).toBe('again');
    }
  });

  test('belongs to its call: nobody changes what the next one gets', async () => {
    const session = openCached(serve(hour));
    const told: number[] = [];
    const onDownloadProgress = (_: unknown, chunk: Uint8Array) =>
      void told.push(chunk.fill(0).length);
    await session.get(url, { onDownloadProgress }).bytes();
    const first = await session.get(url);
    (await first.bytes()).fill(0);
    first.headers.set('x-mine', '1');
    const second = await session.get(url, { context: { mine: true }, onDownloadProgress });
    expect([await second.text(), second.headers.get('x-mine')]).toEqual(['answer 1', null]);
    expect(told.filter(Boolean)).toEqual([8, 8]);
    expect(second).not.toBe(first);
  });

  test('of a hit has the rules of its call', async () => {
    const session = openCached(serve(hour));
    await read(session);
    const error = await reasonOf(session.get(url, { maxResponseSize: 2 }).text());
    expect((error as Error).name).toBe('ResponseTooLargeError');
  });
});

describe('a redirect', () => {
  test('is kept with its small body, and followed from there', async () => {
    const transport = serve(({ url: { pathname } }) =>
      pathname === '/items'
        ? new Response('moved', { status: 301, headers: { ...hour, location: '/new' } })
        : new Response('there'),
    );
    const session = openCached(transport);
    for (let i = 0; i < 2; i++) {
      const response = await session.get(url);
      expect([response.url, await response.text()]).toEqual(['http://api.test/new', 'there']);
      expect(response.history).toHaveLength(1);
    }
    expect(transport.seen.map(({ url: { pathname } }) => pathname)).toEqual([
      '/items',
      '/new',
      '/new',
    ]);
  });
});

test('what a retry would mend is not kept, unless nothing is retried', async () => {
  const answer = (_: unknown, count: number) =>
    new Response(`answer ${count}`, { status: count === 1 ? 503 : 200, headers: hour });
  const session = open({ transport: serve(answer), retry: { delay: () => 0 } }).use(cache());
  expect((await read(session)).text).toBe('answer 2');
});

test('what was forgotten while it was on its way is not kept', async () => {
  const asked = deferred();
  const gate = deferred();
  const transport = inProcess(async ({ method }, count) => {
    if (count === 1) {
      asked.resolve();
      await gate.promise;
    }
    return new Response(`${method} ${count}`, { headers: hour });
  });
  const session = openCached(transport);
  const before = read(session);
  await asked.promise;
  await session.post(url).text();
  gate.resolve();
  expect((await before).text).toBe('GET 1');
  expect((await read(session)).text).toBe('GET 3');
});

describe('a store', () => {
  const hostile: unknown[] = [
    null,
    0,
    'text',
    [],
    {},
    { generation: 1 },
    { generation: 'g', vary: 'x' },
    { generation: 'g', vary: [1] },
    { generation: 'g', vary: ['\n'] },
    { url, body: 'text' },
    { url, body: new Uint8Array(), status: 99 },
    ...[
      { status: 600 },
      { status: '200' },
      { statusText: 'a\nb' },
      { statusText: undefined },
      { headers: 'x' },
      { headers: [['a']] },
      { headers: [['a\n', 'b']] },
      { headers: [['a', 'b\r\nc: d']] },
      { headers: [['a', 1]] },
      { requestTime: NaN },
      { responseTime: 'now' },
      { url: 'http://api.test/other' },
      { body: [1, 2] },
    ].map((change) => ({
      url,
      status: 200,
      statusText: '',
      headers: [],
      body: new Uint8Array(),
      requestTime: 1,
      responseTime: 1,
      ...change,
    })),
  ];

  test.each(hostile)('that gives %j is as one without it', async (value) => {
    const index = { generation: 'g', vary: [] };
    let isFirst = true;
    const store: CacheStore = {
      get: () => ((isFirst = !isFirst) ? value : index),
      set: () => {},
      delete: () => {},
    };
    const transport = serve(hour);
    const session = openCached(transport, { store });
    expect((await read(session)).text).toBe('answer 1');
    const always = { ...store, get: () => value };
    expect((await read(openCached(transport, { store: always }))).text).toBe('answer 2');
  });

  test('that fails is as one that has nothing; one that hangs ends with the call', async () => {
    const fail = async (): Promise<never> => {
      throw new Error('down');
    };
    const session = openCached(serve(hour), { store: { get: fail, set: fail, delete: fail } });
    expect((await read(session)).text).toBe('answer 1');
    expect((await read(session, { method: 'POST' })).text).toBe('answer 2');
    const never = { ...memoryCache(), get: () => new Promise(() => {}) };
    const reason = new Error('enough');
    const controller = new AbortController();
    const call = openCached(serve(hour), { store: never }).get(url, { signal: controller.signal });
    setTimeout(() => controller.abort(reason));
    expect(await reasonOf(call)).toBe(reason);
  });

  test('in memory keeps to its bounds, and forgets what was used longest ago', async () => {
    const session = openCached(serve(hour), { store: memoryCache({ maxEntries: 4 }) });
    const texts = async (...paths: string[]) => {
      const all: string[] = [];
      for (const path of paths) all.push(await session.get(`http://api.test/${path}`).text());
      return all;
    };
    // A response and a note of its URL each.
    expect(await texts('a', 'b', 'a', 'c', 'a', 'b')).toEqual([
      'answer 1',
      'answer 2',
      'answer 1',
      'answer 3',
      'answer 1',
      'answer 4',
    ]);
    const small = memoryCache({ maxSize: 300 });
    const value = {
      url,
      status: 200,
      statusText: '',
      headers: [],
      requestTime: 0,
      responseTime: 0,
    };
    small.set('large', { ...value, body: new Uint8Array(400) }, 1000);
    expect(small.get('large')).toBeUndefined();
    for (const key of ['a', 'b']) small.set(key, { ...value, body: new Uint8Array(200) }, 1000);
    expect([small.get('a'), small.get('b')]).toEqual([undefined, expect.anything()]);
    const pass = clock();
    small.set('c', { generation: 'g', vary: [] }, 1000);
    pass(2);
    expect(small.get('c')).toBeUndefined();
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

test('without it, a mode that means something is refused in Node', async () => {
  const reason = await reasonOf(open().get('http://127.0.0.1:1/', { cache: 'reload' }));
  expect(reason).toBeInstanceOf(Error);
  if (reason instanceof UnsupportedError) expect(reason.message).toContain('cache()');
});
