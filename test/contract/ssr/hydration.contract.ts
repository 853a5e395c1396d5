import { InvalidRequestError, UnsupportedError } from 'isosession';
import { dehydrate, forwardSession, hydrate } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { browserTest, open, sites, thrown, wireTest } from '../../support/contract.ts';
import { openForVisitor } from './visitor.ts';

/** The data that a page carries for these responses, in the format of version 1. */
const pageOf = (
  ...responses: [
    key: string,
    accept: string,
    status: number,
    headers: [string, string][],
    body: string,
  ][]
) => JSON.stringify({ version: 1, responses });

const asJson: [string, string][] = [['content-type', 'application/json']];

describe('hydration', () => {
  wireTest(
    'what was fetched for it in the render is there in the browser, once, and nothing else is',
    async () => {
      const { a } = sites();
      const session = openForVisitor(
        open({ baseUrl: a.base }),
        {},
        { to: [a.origin], context: { hydrate: false } },
      );
      const marked = { context: { hydrate: true } };
      const data = await session.get('pages?of=2', marked).json();
      await session.get('reply?text=%C3%BC%EF%BB%BF%00%22', marked);
      await session.get('reply?status=204', marked);
      await session.get('echo?unmarked');
      await session.get('status/404', marked);
      await session.get('echo?head', { ...marked, headers: { range: 'bytes=0-1' } });
      await session.post('echo', marked);
      await session.get('reply?hex=ff', marked);
      const page = open({ baseUrl: a.base });
      hydrate(page, dehydrate(session));
      const before = (await a.requests()).length;
      const replayed = await page.get('pages?of=2', { headers: { accept: 'application/json' } });
      expect([
        replayed.status,
        await replayed.json(),
        replayed.headers.get('content-type'),
        replayed.links['next']?.url,
      ]).toEqual([200, data, 'application/json', a.url('pages', { of: 2, page: 2 })]);
      expect(
        await page.get('reply?text=%C3%BC%EF%BB%BF%00%22').then((response) => response.text()),
      ).toBe('ü\ufeff\0"');
      expect((await page.get('reply?status=204')).status).toBe(204);
      expect(await a.requests()).toHaveLength(before);
      await page.get('pages?of=2').json();
      for (const missed of ['echo?unmarked', 'status/404', 'echo?head', 'reply?hex=ff'])
        await page.get(missed);
      expect(await a.requests()).toHaveLength(before + 5);
    },
  );

  wireTest("a function of the response decides, in the session's context for all", async () => {
    const { a } = sites();
    const asked: string[] = [];
    const hydrateOnly = (response: Response): boolean =>
      asked.push(response.url) > 0 && response.url.includes('yes');
    const session = openForVisitor(
      open({ baseUrl: a.base }),
      {},
      { to: [a.origin], context: { hydrate: hydrateOnly } },
    );
    for (const path of ['reply?text=yes', 'reply?text=no']) await session.get(path);
    expect(JSON.parse(dehydrate(session))).toEqual({
      version: 1,
      responses: [['./reply?text=yes', '*/*', 200, [['cache-control', 'no-store']], 'yes']],
    });
    expect(asked).toHaveLength(2);
  });

  test('a replay answers only the same URL, type and method', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, searchParams: { key: 'k' } });
    hydrate(session, pageOf(['./echo?x=1', 'application/json', 200, asJson, '"page"']));
    expect(await session.get('echo?x=1').text()).not.toBe('"page"');
    expect(await session.get('echo?x=2').json()).not.toBe('page');
    expect(
      (await session.head('echo?x=1', { headers: { accept: 'application/json' } })).status,
    ).toBe(200);
    const { length } = await a.requests();
    expect(await session.get(a.url('echo?x=1')).json()).toBe('page');
    expect(await a.requests()).toHaveLength(length);
  });

  test('nothing is replayed after a call that may have changed something', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    hydrate(session, pageOf(['./echo', 'application/json', 200, asJson, '"page"']));
    hydrate(session, pageOf(['./mirror', 'application/json', 200, asJson, '"page"']));
    expect(await session.get('mirror').json()).toBe('page');
    await session.post('mirror', { json: 1 });
    expect(await session.get('echo').json()).not.toBe('page');
  });

  test('data of a page is checked: __proto__ is inert, other versions are ignored', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const body = '{"__proto__":{"polluted":1}}';
    const page = pageOf(['./echo', 'application/json', 200, asJson, body]);
    // As text: `__proto__` in an object literal would set its prototype.
    hydrate(
      session,
      page
        .replace('{', '{"__proto__":{"responses":[]},')
        .replace(/}$/, ',"constructor":{"prototype":{"polluted":1}}}'),
    );
    const data = await session.get('echo').json<object>();
    expect(Object.keys(data)).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
    hydrate(session, { version: 2, anything: 1 });
    const entry = ['echo', '*/*', 200, [], ''];
    const wrong: unknown[] = [
      '',
      'nope',
      '[]',
      'null',
      null,
      1,
      {},
      Object.create({ version: 1, responses: [] }),
      { version: 1 },
      { version: 1, responses: {} },
      { version: '1', responses: [] },
      ...[
        [0, 1],
        [0, {}],
        [1, null],
        [2, 500],
        [2, '200'],
        [3, {}],
        [3, [['a']]],
        [3, [['a', 1]]],
        [3, [['a b', '']]],
        [3, [['a', '\n\0']]],
        [4, null],
      ].map(([at, value]) => ({
        version: 1,
        responses: [entry.with(at as number, value as never)],
      })),
    ];
    for (const data of wrong) thrown(() => hydrate(session, data as object), InvalidRequestError);
  });

  wireTest('a server may have another way to the backend than the browser', async () => {
    const { a, c } = sites();
    const session = openForVisitor(
      open({ baseUrl: a.base }),
      {},
      { to: [a.origin], context: { hydrate: true } },
    );
    await session.get('echo?x=1').json();
    const page = open({ baseUrl: c.base });
    hydrate(page, dehydrate(session));
    await page.get('echo?x=1').json();
    expect(await c.requests()).toEqual([]);
    expect(dehydrate(session)).not.toContain(`"${a.base}`);
  });

  browserTest('makes no sessions for visitors: the browser sends their cookies itself', () => {
    thrown(() => forwardSession(open(), new Request('/'), { to: [] }), UnsupportedError);
  });
});
