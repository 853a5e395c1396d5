import { bearer, HTTPError, InvalidRequestError, NetworkError } from 'isosession';
import { expect, test } from 'vitest';
import { inProcess, inProduction, open, rejection, sent, sites } from '../../support/contract.ts';

/** The pages that an iterator yields. */
async function pages(iterator: AsyncIterable<Response>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const response of iterator)
    numbers.push(((await response.json()) as { page: number }).page);
  return numbers;
}

test('paginate yields one response a page and follows the links named next', async () => {
  const { a } = sites();
  expect(await pages(open({ baseUrl: a.base }).paginate('pages?of=3'))).toEqual([1, 2, 3]);
  expect((await a.requests()).map((entry) => entry.search)).toEqual([
    '?of=3',
    '?of=3&page=2',
    '?of=3&page=3',
  ]);
});

test('a single page without a link is one response', async () => {
  const { a } = sites();
  expect(await pages(open({ baseUrl: a.base }).paginate('pages?of=1'))).toEqual([1]);
});

test('headers go with every page, and searchParams are not added twice', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base, searchParams: { key: 1 } });
  expect(
    await pages(
      session.paginate('pages', { searchParams: { of: 2, size: 10 }, headers: { 'x-page': '1' } }),
    ),
  ).toEqual([1, 2]);
  const entries = await a.requests();
  for (const entry of entries) {
    const query = new URLSearchParams(entry.search);
    expect(['of', 'size', 'key'].map((name) => query.getAll(name))).toEqual([['2'], ['10'], ['1']]);
    expect(sent(entry, 'x-page')).toBe('1');
  }
});

test('limit bounds the pages, and no page is fetched before it is wanted', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base });
  expect(await pages(session.paginate('pages?of=9', { limit: 2 }))).toEqual([1, 2]);
  expect(await a.requests()).toHaveLength(2);
  for await (const response of session.paginate('pages?of=9')) {
    expect(response.status).toBe(200);
    break;
  }
  expect(await a.requests()).toHaveLength(3);
});

test('nextPage gives a string, a URL or a Request; undefined ends', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base });
  const inputs = [
    'pages?page=5&of=1',
    new URL(a.url('pages', { page: 6, of: 1 })),
    new Request(a.url('pages', { page: 7, of: 1 })),
    undefined,
  ];
  const seen: string[] = [];
  const iterator = session.paginate('pages?page=4&of=1', {
    nextPage: (response) => {
      seen.push(response.url);
      return Promise.resolve(inputs.shift());
    },
  });
  expect(await pages(iterator)).toEqual([4, 5, 6, 7]);
  expect(seen).toHaveLength(4);
});

test('it stops at a URL that it has seen', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base });
  expect(
    await pages(session.paginate('pages?page=1&of=1', { nextPage: () => 'pages?page=1&of=1' })),
  ).toEqual([1]);
  const circle = ['pages?page=2&of=1', 'pages?page=1&of=1', 'pages?page=3&of=1'];
  expect(
    await pages(session.paginate('pages?page=1&of=1', { nextPage: () => circle.shift() })),
  ).toEqual([1, 2]);
});

test('credentials of the session do not follow a link to another origin', async () => {
  const { a, b } = sites();
  const session = open({
    baseUrl: a.base,
    auth: bearer('canary'),
    headers: { 'x-api-key': 'canary' },
  });
  expect(
    await pages(
      session.paginate('pages?page=1', {
        nextPage: () => b.url('pages', { page: 2, of: 1 }),
        limit: 2,
      }),
    ),
  ).toEqual([1, 2]);
  expect(JSON.stringify((await b.request()).headers)).not.toContain('canary');
  expect(sent(await a.request(), 'authorization')).toBe('Bearer canary');
});

test('headers of the call do not follow a link to another origin', async () => {
  const { a, b } = sites();
  const link = `<${b.url('echo')}>; rel="next"`;
  const responses: number[] = [];
  for await (const response of open({ baseUrl: a.base }).paginate('reply', {
    searchParams: [['h', `link: ${link}`]],
    headers: { 'x-api-key': 'canary' },
    auth: bearer('canary'),
  }))
    responses.push(response.status);
  expect(responses).toEqual([200, 200]);
  expect(JSON.stringify((await b.request()).headers)).not.toContain('canary');
});

test('an error ends it, and the session works on', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base, retry: 0 });
  const iterator = session.paginate('pages?page=1', { nextPage: () => 'reset' });
  expect((await iterator.next()).value?.status).toBe(200);
  await rejection(iterator.next(), NetworkError);
  expect((await iterator.next()).done).toBe(true);
  expect((await session.get('echo')).status).toBe(200);
});

test('a page with an error status is an HTTPError, unless throwHttpErrors is false', async () => {
  const transport = inProcess(() => Response.json({ reason: 'gone' }, { status: 410 }));
  const seen: unknown[] = [];
  const session = open({
    transport,
    hooks: { beforeError: [({ error }) => void seen.push(error)] },
  });
  const error = await rejection(session.paginate('http://app.test/').next(), HTTPError);
  expect([error.status, error.data, seen]).toEqual([410, { reason: 'gone' }, [error]]);
  for (const throwHttpErrors of [false, (status: number) => status >= 500]) {
    expect(
      (await session.extend({ throwHttpErrors }).paginate('http://app.test/').next()).value?.status,
    ).toBe(410);
    expect(
      (await session.paginate('http://app.test/', { throwHttpErrors }).next()).value?.status,
    ).toBe(410);
  }
  expect(seen).toHaveLength(1);
});

test('bad options reject at the first page and nothing is sent', async () => {
  const transport = inProcess(() => new Response());
  const session = open({ transport });
  await rejection(
    session.paginate('http://app.test/', { nope: 1 } as never).next(),
    InvalidRequestError,
  );
  await rejection(
    session.paginate('http://app.test/', { limit: 'x' as never }).next(),
    InvalidRequestError,
  );
  expect(transport.seen).toEqual([]);
});

test('a next page of null ends, and a bad URL is an InvalidRequestError', async () => {
  const session = open({ transport: inProcess(() => new Response()) });
  const none = session.paginate('http://app.test/', { nextPage: () => null as never });
  expect([(await none.next()).done, (await none.next()).done]).toEqual([false, true]);
  const bad = session.paginate('http://app.test/', { nextPage: () => 'http://user:secret@[bad' });
  await bad.next();
  expect((await rejection(bad.next(), InvalidRequestError)).message).not.toContain('secret');
});

/** A transport whose pages hold a cursor, of two URLs each and as large as it is told. */
const cursors = (padding = 0) =>
  inProcess(({ url }) => {
    const page = Number(url.searchParams.get('cursor') ?? 1);
    return Response.json({ page, cursor: page < 3 ? page + 1 : undefined, x: 'x'.repeat(padding) });
  });

const byCursor = async (response: Response) => {
  const { cursor } = (await response.json()) as { cursor?: number };
  return cursor ? { searchParams: { cursor } } : undefined;
};

test('nextPage may read the page, also when the loop has, as a whole or by lines', async () => {
  const session = open({ transport: cursors() });
  const found: unknown[] = [];
  for await (const page of session.paginate('http://app.test/items', { nextPage: byCursor })) {
    if (found.length === 0) found.push(((await page.json()) as { page: number }).page);
    else if (found.length === 1) for await (const line of page.lines()) found.push(line.length > 0);
    else found.push(page.bodyUsed);
  }
  expect(found).toEqual([1, true, false]);
});

test('options from nextPage are merged over those of the call, and go to its URL', async () => {
  const transport = cursors();
  const session = open({ transport });
  const options = {
    searchParams: { size: '10', cursor: '1', tag: ['a', 'b'] },
    headers: { 'x-call': '1', 'x-page': '1' },
    nextPage: async (response: Response) => {
      const next = await byCursor(response);
      return next && { ...next, headers: { 'X-Page': String(next.searchParams.cursor) } };
    },
  };
  expect(await pages(session.paginate('http://app.test/items?q=1', options))).toEqual([1, 2, 3]);
  const seen = transport.seen.map(({ url, headers }) => [
    [...url.searchParams].map((pair) => pair.join('=')).sort(),
    headers.get('x-call'),
    headers.get('x-page'),
  ]);
  expect(seen).toEqual(
    ['1', '2', '3'].map((page) => [
      [`cursor=${page}`, 'q=1', 'size=10', 'tag=a', 'tag=b'],
      '1',
      page,
    ]),
  );
});

test('the same options again end it, and bad ones are named', async () => {
  const transport = cursors();
  const session = open({ transport });
  const same = { nextPage: () => ({ searchParams: new URLSearchParams('cursor=2') }) };
  expect(await pages(session.paginate('http://app.test/', same))).toEqual([1, 2]);
  const bad = session.paginate('http://app.test/', { nextPage: () => ({ params: 1 }) as never });
  await bad.next();
  expect((await rejection(bad.next(), InvalidRequestError)).message).toContain('params');
});

test('a page above 1 MiB is read once: in the loop, or in nextPage, which says so', async () => {
  const session = open({ transport: cursors(2 ** 20) });
  const iterator = session.paginate('http://app.test/', { nextPage: byCursor });
  expect((await iterator.next()).value?.bodyUsed).toBe(false);
  const second = await iterator.next();
  expect(((await second.value?.json()) as { page: number }).page).toBe(2);
  const error = await rejection(iterator.next(), InvalidRequestError);
  expect(error.message).toContain(inProduction ? 'nextPage' : '1 MiB');
});

test('a page that breaks off says so where it is read', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base, retry: 0 });
  const iterator = session.paginate('truncated', { nextPage: byCursor });
  const { value } = await iterator.next();
  await rejection(value!.text(), NetworkError);
});

test('pages may be asked for by POST or QUERY, and the same body again ends it', async () => {
  const session = open({
    transport: inProcess(async ({ method, body }) => {
      const { page = 1 } = JSON.parse(String(body)) as { page?: number };
      return Response.json({ method, page });
    }),
  });
  for (const method of ['POST', 'QUERY']) {
    const found: unknown[] = [];
    const iterator = session.paginate('http://app.test/search', {
      method,
      json: {},
      nextPage: async (response) => {
        const { page } = await response.json<{ page: number }>();
        return { json: { page: Math.min(page + 1, 3) } };
      },
    });
    for await (const page of iterator) found.push(await page.json());
    expect(found).toEqual([1, 2, 3].map((page) => ({ method, page })));
  }
});

test('pages are told apart by forms, and by bodies that are no text', async () => {
  const transport = inProcess(() => new Response());
  const session = open({ transport });
  const forms = [2, 3, 3].map((page) => ({ form: new URLSearchParams({ page: String(page) }) }));
  const byForm = { form: { page: 1 }, nextPage: () => forms.shift() };
  const bytes = [2, 3].map((page) => ({ body: new Uint8Array([page]) }));
  const byBytes = { body: new Uint8Array([1]), nextPage: () => bytes.shift() };
  for (const options of [byForm, byBytes])
    for await (const page of session.paginate('http://app.test/', { method: 'POST', ...options }))
      expect(page.request.method).toBe('POST');
  expect(transport.seen.map(({ body }) => String(body))).toEqual([
    ...['page=1', 'page=2', 'page=3'],
    ...['1', '2', '3'],
  ]);
});

test('a link is followed by the method and body of the call', async () => {
  const { a } = sites();
  const found: string[] = [];
  const link = `<${a.url('echo')}>; rel="next"`;
  const pages = open({ baseUrl: a.base }).paginate('reply', {
    method: 'POST',
    json: { q: 1 },
    searchParams: [['h', `link: ${link}`]],
  });
  for await (const page of pages) found.push(page.url);
  expect(found).toHaveLength(2);
  const [first, second] = await a.requests();
  expect([first?.method, second?.method]).toEqual(['POST', 'POST']);
});
