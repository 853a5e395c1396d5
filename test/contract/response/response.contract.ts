import type { RequestOptions } from 'isosession';
import { describe, expect, test } from 'vitest';
import { deferred, inBrowser, inNode, nodeTest, open, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('awaiting a call', () => {
  test.each([200, 201, 203, 299, 400, 401, 404, 418, 500, 503, 599])(
    'gives the response with status %i',
    async (status) => {
      const { a } = sites();
      const response = await open({ retry: 0 }).get(a.url(`status/${status}`));
      expect([response.status, response.ok]).toEqual([status, status < 300]);
      expect(await response.json()).toEqual({ status });
    },
  );

  test('gives a Response in every sense', async () => {
    const { a } = sites();
    const response = await open().get(
      a.url('reply', [
        ['text', 'hello'],
        ['type', 'text/plain'],
        ['h', 'x-a: 1'],
        ['h', 'x-a: 2'],
      ]),
    );
    expect(response).toBeInstanceOf(Response);
    expect(Object.prototype.toString.call(response)).toBe('[object Response]');
    expect(response).toMatchObject({
      ok: true,
      status: 200,
      statusText: 'OK',
      redirected: false,
      url: expect.stringContaining('/reply?text=hello') as string,
      bodyUsed: false,
    });
    expect(response.headers).toBeInstanceOf(Headers);
    expect(response.headers.get('x-a')).toBe('1, 2');
    expect(response.body).toBeInstanceOf(ReadableStream);
    expect(await response.text()).toBe('hello');
    expect(response.bodyUsed).toBe(true);
  });

  test('gives what a server handler can pass on', async () => {
    const { a } = sites();
    const response = await open().get(
      a.url('reply', [
        ['text', 'pass on'],
        ['status', '201'],
        ['h', 'x-kept: 1'],
      ]),
    );
    const copy = new Response(response.body, response);
    expect([copy.status, copy.headers.get('x-kept'), await copy.text()]).toEqual([
      201,
      '1',
      'pass on',
    ]);
  });

  test.each([204, 205, 304])('gives no body with status %i', async (status) => {
    const { a } = sites();
    const response = await open().get(a.url('reply', { status }));
    expect(response.status).toBe(status);
    expect(await response.text()).toBe('');
  });

  nodeTest.each([600, 700, 999])(
    'gives the status %i, which Fetch does not construct',
    async (status) => {
      const { a } = sites();
      const response = await open().get(a.url('reply', { status, text: 'strange' }));
      expect([response.status, response.ok]).toEqual([status, false]);
      expect(await response.text()).toBe('strange');
    },
  );
});

describe('what a response knows', () => {
  test('elapsed is the time to the headers, whatever the body takes', async () => {
    const { a } = sites();
    const response = await open().get(a.url('gated', { first: 'x', key: 'k' }));
    const { elapsed } = response;
    expect(elapsed).toBeLessThan(60_000);
    await a.release('k');
    await response.text();
    expect(response.elapsed).toBe(elapsed);
    // A clock of whole milliseconds may stand still for one call, not for many.
    let sum = elapsed;
    for (let call = 0; call < 100 && sum === 0; call++)
      sum += (await open().get(a.url('echo'))).elapsed;
    expect(sum).toBeGreaterThan(0);
  });

  test('timings and connection are known where the library opens connections itself', async () => {
    const { a } = sites();
    const response = await open().get(a.url('echo'));
    const { timings, connection } = response;
    if (!inNode) return expect([timings, connection]).toEqual([undefined, undefined]);
    expect(timings?.wait).toBeGreaterThan(0);
    expect(timings?.wait).toBeLessThanOrEqual(response.elapsed);
    expect(connection?.httpVersion).toBe('1.1');
  });

  test('trailers and interim responses are known where timings are', async () => {
    const { a } = sites();
    const seen: string[] = [];
    const onInformation: RequestOptions['onInformation'] = ({ status, headers }) =>
      void seen.push(`${status} ${headers.get('link')}`);
    const response = await open().get(a.url('hinted'), { onInformation });
    const { trailers } = response;
    expect(await response.text()).toBe('the body');
    if (!inNode) return expect([trailers, seen]).toEqual([undefined, []]);
    expect([...((await trailers) ?? [])]).toEqual([['x-checksum', '7']]);
    expect(seen).toEqual(['103 </style.css>; rel=preload; as=style']);
  });

  test('links are parsed from Link, by rel, their URLs absolute', async () => {
    const { a } = sites();
    const link = [
      '<../next?x=1,2;3>; rel="next"; title="a, \\"b\\"; c" ',
      ' <http://other.test/last>;rel=last',
      '</first>; REL = "first start"; hreflang=de',
      ' <no-rel>; title=x',
    ].join(',');
    const { links } = await open().get(a.url('reply', [['h', `link: ${link}`]]));
    const url = a.url('reply');
    expect(links['next']).toMatchObject({
      url: new URL('../next?x=1,2;3', url).href,
      rel: expect.stringContaining('next') as string,
      title: 'a, "b"; c',
    });
    expect(links['last']?.url).toBe('http://other.test/last');
    expect(links['first']?.url).toBe(new URL('/first', url).href);
    expect(links['start']?.url).toBe(new URL('/first', url).href);
    expect(links['first']?.['hreflang']).toBe('de');
  });

  test('no Link and a bad one give no links, and a rel named __proto__ does no harm', async () => {
    const { a } = sites();
    const session = open();
    expect(Object.keys((await session.get(a.url('echo'))).links)).toEqual([]);
    expect(
      Object.keys((await session.get(a.url('reply', [['h', 'link: <<<;;,"']]))).links),
    ).toEqual([]);
    await session
      .get(a.url('reply', [['h', 'link: <x>; rel="__proto__"']]))
      .then((response) => response.links);
    expect(({} as { url?: string }).url).toBeUndefined();
  });

  test('attempts counts from 1', async () => {
    const { a } = sites();
    const session = open({ retry: { delay: () => 0 } });
    expect((await session.get(a.url('echo'))).attempts).toBe(1);
    expect((await session.get(a.url('flaky', { fails: 2 }))).attempts).toBe(3);
  });

  test('response.cookies are those of this response alone', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.get(a.url('cookies/set', { line: 'before=1' }));
    const response = await session.get(
      a.url('cookies/set', [
        ['line', 'x=1; Path=/'],
        ['line', 'y="two"; HttpOnly'],
      ]),
    );
    expect(response.cookies).toEqual(inBrowser ? {} : { x: '1', y: '"two"' });
    expect((await session.get('echo')).cookies).toEqual({});
  });
});

describe('bodies that nobody reads', () => {
  test('more responses than connections are all answered', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const responses = await Promise.all(
      Array.from({ length: 40 }, (_, n) => session.get(`bytes?n=1000&i=${n}`)),
    );
    expect(responses.every((response) => response.status === 200)).toBe(true);
    expect((await responses[39]?.bytes())?.length).toBe(1000);
  });

  test('concurrent calls keep their answers apart', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const order = deferred<string>();
    const held = session
      .get('held?key=k')
      .json()
      .then(() => order.resolve('held'));
    const searches = await Promise.all(
      Array.from(
        { length: 30 },
        async (_, n) =>
          (await session.get('echo', { searchParams: { n } }).json<JournalEntry>()).search,
      ),
    );
    expect(searches).toEqual(Array.from({ length: 30 }, (_, n) => `?n=${n}`));
    await a.release('k');
    expect(await order.promise).toBe('held');
    await held;
  });
});
