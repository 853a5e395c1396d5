/** What the Fetch standard says and not every host does, and what is other on purpose. */
import { Session } from 'isosession';
import { cache } from 'isosession/middleware';
import { expect, test } from 'vitest';
import { open, reasonOf, sent, sites } from '../support/contract.ts';
import { differences, echo, failure, reset } from './fetch-side-by-side.ts';

test('a question mark with nothing behind it is sent', async () => {
  const { a } = sites();
  const urls: string[] = [];
  const session = open();
  for (const call of [session.fetch, session.get.bind(session)]) {
    const response = await call(`${a.url('echo')}?`);
    urls.push(response.url);
  }
  expect(urls).toEqual(Array(2).fill(`${a.url('echo')}?`));
});

test.each<[ReferrerPolicy, boolean, string | undefined]>([
  ['no-referrer', false, undefined],
  ['origin', false, 'origin'],
  ['origin', true, 'origin'],
  ['same-origin', false, undefined],
  ['same-origin', true, 'whole'],
  ['strict-origin', false, 'origin'],
  ['origin-when-cross-origin', false, 'origin'],
  ['origin-when-cross-origin', true, 'whole'],
  ['no-referrer-when-downgrade', false, 'whole'],
  ['strict-origin-when-cross-origin', true, 'whole'],
  ['unsafe-url', false, 'whole'],
])('referrerPolicy %s, on the same origin: %s', async (referrerPolicy, isSame, told) => {
  const { a, b } = sites();
  const from = (isSame ? a : b).url('page', { q: 1 });
  await open().fetch(a.url('echo'), { referrer: `${from}#hash`, referrerPolicy });
  const referer = { whole: from, origin: `${new URL(from).origin}/`, none: undefined };
  expect(sent(await a.request(), 'referer')).toBe(referer[(told ?? 'none') as 'none']);
});

test('a referrer on https is not told to http', async () => {
  const { a } = sites();
  const policies = ['', 'strict-origin', 'no-referrer-when-downgrade'] as const;
  for (const referrerPolicy of policies)
    await open().fetch(a.url('echo'), { referrer: 'https://page.test/x', referrerPolicy });
  expect((await a.requests()).map((entry) => sent(entry, 'referer'))).toEqual(
    policies.map(() => undefined),
  );
});

/** By the call's policy and that of a redirect, what the hops on two origins are told. */
test.each<[ReferrerPolicy, header: string, toSame: string, toOther: string]>([
  ['unsafe-url', '', 'whole', 'whole'],
  ['unsafe-url', 'no-referrer', 'none', 'none'],
  ['unsafe-url', 'same-origin', 'whole', 'none'],
  ['unsafe-url', 'origin', 'origin', 'origin'],
  ['unsafe-url', 'strict-origin', 'origin', 'origin'],
  ['unsafe-url', 'strict-origin-when-cross-origin', 'whole', 'origin'],
  ['unsafe-url', 'origin-when-cross-origin', 'whole', 'origin'],
  ['unsafe-url', 'no-referrer, unknown', 'none', 'none'],
  ['unsafe-url', 'no-referrer, ORIGIN', 'origin', 'origin'],
  ['unsafe-url', 'unknown', 'whole', 'whole'],
  ['unsafe-url', 'constructor', 'whole', 'whole'],
  ['', 'unsafe-url', 'whole', 'origin'],
  ['same-origin', 'unsafe-url', 'whole', 'none'],
  ['no-referrer', 'unsafe-url', 'none', 'none'],
])(
  "referrerPolicy '%s' and '%s' of a redirect",
  async (referrerPolicy, header, toSame, toOther) => {
    const { a, b } = sites();
    const referrer = a.url('page', { q: 1 });
    for (const place of [a, b]) {
      const redirect = a.url('reply', [
        ['status', '302'],
        ['h', `Location: ${place.url('echo')}`],
        ['h', `Referrer-Policy: ${header}`],
      ]);
      await open().fetch(redirect, { referrer, referrerPolicy });
    }
    const told = { whole: referrer, origin: `${new URL(referrer).origin}/`, none: undefined };
    const requests = [...(await a.requests()), ...(await b.requests())];
    const behind = requests.filter(({ route }) => route === 'echo');
    expect(behind.map((request) => sent(request, 'referer'))).toEqual([
      told[toSame as 'none'],
      told[toOther as 'none'],
    ]);
  },
);

test('what a redirect has taken from the referrer is told no more', async () => {
  const { a, b } = sites();
  const back = b.url('redirect', { to: a.url('echo') });
  const first = a.url('reply', [
    ['status', '302'],
    ['h', `Location: ${back}`],
    ['h', 'Referrer-Policy: same-origin'],
  ]);
  await open().fetch(first, { referrer: a.url('page'), referrerPolicy: 'unsafe-url' });
  const requests = [...(await a.requests()), ...(await b.requests())];
  expect(requests.map((request) => sent(request, 'referer'))).toEqual([
    a.url('page'),
    undefined,
    undefined,
  ]);
});

test('only-if-cached fails, as there is no cache, and other modes go to the network', async () => {
  const { a } = sites();
  const { fetch } = open();
  const error = await reasonOf(fetch(a.url('echo'), { cache: 'only-if-cached' }));
  expect(error).toMatchObject({ name: 'TypeError', cause: { code: 'ERR_NETWORK' } });
  for (const cache of ['no-cache', 'reload', 'force-cache', 'no-store'] as const)
    expect((await fetch(a.url('echo'), { cache })).status).toBe(200);
  expect(await a.requests()).toHaveLength(4);
});

test('a condition of the caller asks caches on the way, one of our cache does not', async () => {
  const { a } = sites();
  const names = ['if-none-match', 'cache-control', 'pragma'];
  const url = a.url('reply', [
    ['h', 'etag:"1"'],
    ['h', 'cache-control:no-cache'],
  ]);
  const condition = { 'if-none-match': '"x"' };
  const session = open().use(cache());
  await open().get(a.url('echo'), { headers: condition });
  for (const { fetch } of [open(), session]) await fetch(a.url('echo'), { headers: condition });
  for (const call of [session.fetch, session.get.bind(session)])
    await (await call(url, { headers: { accept: 'text/plain' } })).text();
  const requests = await a.requests();
  expect(requests.map((entry) => names.map((name) => sent(entry, name)))).toEqual([
    ...Array(3).fill(['"x"', 'no-cache', 'no-cache']),
    [undefined, undefined, undefined],
    ['"1"', undefined, undefined],
  ]);
});

test('bad arguments are said, and the network is not blamed', async () => {
  const { fetch } = open();
  for (const [input, init, text] of [
    ['http://[bad', {}, /URL/],
    ['http://a.test/', { body: 'x' }, /GET has no body/],
    ['http://a.test/', { headers: { 'a b': '1' } }, /header "a b"/],
    ['http://a.test/', { redirect: 'x' }, /redirect must be follow/],
    ['http://a.test/', { cache: 'x' }, /cache must be default/],
  ] as const)
    expect(String(await reasonOf(fetch(input, init as RequestInit)))).toMatch(text);
});

/** As polyfills have it: no reason, and events that do not say whose they are. */
class PolyfilledSignal {
  aborted = false;
  readonly #listeners = new Set<(event: object) => void>();
  addEventListener(_: string, listener: (event: object) => void): void {
    this.#listeners.add(listener);
  }
  removeEventListener(_: string, listener: (event: object) => void): void {
    this.#listeners.delete(listener);
  }
  abort(): void {
    this.aborted = true;
    for (const listener of this.#listeners) listener({ type: 'abort' });
  }
  get listeners(): number {
    return this.#listeners.size;
  }
}

test('the signal of a polyfill ends a call, before and while it runs', async () => {
  const { a } = sites();
  const { fetch } = open();
  const signal = new PolyfilledSignal();
  const init = { signal: signal as unknown as AbortSignal };
  await (await fetch(a.url('echo'), init)).text();
  expect(signal.listeners).toBe(0);
  const call = reasonOf(fetch(a.url('never'), init));
  await a.requests({ requests: 2 });
  signal.abort();
  expect(await call).toMatchObject({ name: 'AbortError' });
  expect(await reasonOf(fetch(a.url('echo'), init))).toMatchObject({ name: 'AbortError' });
});

test("a visitor's path cannot be a data: URL that answers itself", async () => {
  const { forwardSession } = await import('isosession/ssr');
  await using parent = new Session({ baseUrl: 'http://127.0.0.1:1/' });
  const session = forwardSession(parent, new Request('http://page.test/'), { to: [] });
  expect(await reasonOf(session.fetch('data:,x'))).toBeInstanceOf(TypeError);
});

differences({
  "who asks, and what codings it takes, are the session's": async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await fetch(url);
    return seen[0]?.headers;
  },
  'credentials in a URL are Basic credentials': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await failure(() => fetch(url.replace('://', '://user:pass@')));
    return seen[0]?.headers['authorization'] ?? 'none';
  },
  'the cause of a failure is a SessionError': async ({ fetch, serve }) => {
    const { url } = await serve(reset);
    const { cause } = (await failure(() => fetch(url))) as { cause: { code: string } };
    return cause.code;
  },
  'what was refused says what is wrong, of schemes too': ({ fetch }) =>
    failure(() => fetch('ftp://a.test/')),
  'so does a redirect that leads nowhere': async ({ fetch, serve }) => {
    const { url } = await serve({ status: 302, headers: { location: 'ftp://a.test/' } });
    return failure(() => fetch(url));
  },
  'cookies are kept and sent': async ({ fetch, serve }) => {
    const { url, seen } = await serve({ headers: { 'set-cookie': 'a=1' } }, echo);
    await fetch(url);
    await fetch(url);
    return seen.map(({ headers }) => headers['cookie'] ?? 'none');
  },
  'methods are upper case': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await failure(() => fetch(url, { method: 'patch' }));
    return seen[0]?.method ?? 'none';
  },
  'TRACE is sent': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await failure(() => fetch(url, { method: 'TRACE' }));
    return seen[0]?.method ?? 'none';
  },
  "what a stream of the caller's fails with is what the call fails with": async ({
    fetch,
    serve,
  }) => {
    const { url } = await serve('ok');
    const body = new ReadableStream({ pull: () => Promise.reject(new RangeError('mine')) });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    return ((await failure(() => fetch(url, init))) as Error).name;
  },
});
