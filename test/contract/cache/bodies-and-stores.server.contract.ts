/** What `cache()` keeps of bodies, and a store that it cannot trust. */
import type { SessionResponse } from 'isosession';
import { cache, type CacheStore, memoryCache } from 'isosession/middleware';
import { describe, expect, test } from 'vitest';
import { deferred, inProcess, open, reasonOf, sites } from '../../support/contract.ts';
import { clock, hour, openCached, read, serve, url } from './cached.ts';

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
  test('that is not followed is kept apart, with its body', async () => {
    const { a } = sites();
    const session = open().use(cache());
    const start = a.url('reply', [
      ['status', '301'],
      ['hex', '1f8b0800000000000003cbcd2f4b4d0100f58decc605000000'],
      ['h', 'content-encoding: gzip'],
      ['h', 'cache-control: max-age=60'],
      ['h', `location: ${a.url('echo')}`],
    ]);
    for (let i = 0; i < 2; i++) {
      expect((await session.get(start)).status).toBe(200);
      const response = await session.get(start, { redirect: 'manual' });
      expect([response.status, await response.text()]).toEqual([301, 'moved']);
      expect(response.headers.has('cache-status')).toBe(i > 0);
    }
  });

  test('is kept without its body, and followed from there', async () => {
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

describe('D8: a store', () => {
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

  test('D7: in memory keeps to its bounds, and forgets what was used longest ago', async () => {
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
