import {
  InvalidRequestError,
  type Session,
  SessionClosedError,
  UnsupportedError,
} from 'isosession';
import {
  applySetCookies,
  dehydrate,
  forwardSession,
  type ForwardOptions,
  hydrate,
  setCookieHeaders,
} from 'isosession/ssr';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  browserTest,
  inBrowser,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  thrown,
  wireTest,
} from '../support/contract.ts';

/** What needs a server's side of HTTP. */
const onServers = inBrowser ? () => {} : describe;

/** A session for a visitor who has asked for a page. It ends with its test. */
function forward(
  parent: Session,
  headers: Record<string, string>,
  options: ForwardOptions,
  init: RequestInit = {},
): Session {
  const session = forwardSession(
    parent,
    new Request('https://www.example.com/page', { ...init, headers }),
    options,
  );
  onTestFinished(() => session.destroy());
  return session;
}

/** The `cookie` header that a call sends. */
async function cookiesAt(session: Session, url: string, options = {}): Promise<string | null> {
  return (await session.get(url, options).json<{ cookie: string | null }>()).cookie;
}

onServers("S5: the visitor's cookies", () => {
  test('go to the declared origins as they came, and to no other, be it the same host on another port', async () => {
    const { a, b, c } = sites();
    const cookie = 'sid=s1; theme="dark mode"; __Host-x=1; =nameless; bare; sid=s2; %F0=%';
    const session = forward(open(), { cookie }, { to: [a.origin] });
    expect(await cookiesAt(session, a.url('cookies'))).toBe(cookie);
    for (const other of [b, c]) expect(await cookiesAt(session, other.url('cookies'))).toBeNull();
    await session.get(a.url('redirect', { to: b.url('cookies') }));
    expect(await b.requests()).toHaveLength(2);
    for (const entry of await b.requests()) expect(sent(entry, 'cookie')).toBeUndefined();
  });

  test.each([
    [['sid', 'theme'], 'sid=1; theme=2'],
    [['SID', '__proto__'], '__proto__=4'],
    [[], null],
    [(name: string) => name.startsWith('_ga'), '_ga=3'],
  ])('are filtered by name: %j', async (forwardCookies, expected) => {
    const { a } = sites();
    const session = forward(
      open(),
      { cookie: 'sid=1; theme=2; _ga=3; __proto__=4' },
      { to: [a.origin], forwardCookies },
    );
    expect(await cookiesAt(session, a.url('cookies'))).toBe(expected);
  });

  test('yield to what a declared backend sets or deletes during the render, on a redirect too', async () => {
    const { a } = sites();
    const session = forward(
      open({ baseUrl: a.base }),
      { cookie: 'sid=old; gone=1; kept=1' },
      { to: [a.origin] },
    );
    await session.get(
      a.url('redirect', [
        ['to', 'echo'],
        ['line', 'sid=new; HttpOnly; Secure'],
        ['line', 'gone=; Max-Age=0'],
      ]),
    );
    expect((await a.requests()).map((entry) => sent(entry, 'cookie'))).toEqual([
      'sid=old; gone=1; kept=1',
      'sid=new; kept=1',
    ]);
  });

  test('are not touched by what somebody else sets', async () => {
    const { a, b } = sites();
    const session = forward(open(), { cookie: 'sid=mine' }, { to: [a.origin] });
    await session.get(b.url('cookies/set', { line: 'sid=theirs' }));
    expect(await cookiesAt(session, a.url('cookies'))).toBe('sid=mine');
  });

  test("yield to those of the call, and stay away with credentials: 'omit' and cookies: false", async () => {
    const { a } = sites();
    const session = forward(open(), { cookie: 'sid=1; theme=2' }, { to: [a.origin] });
    const url = a.url('cookies');
    expect(await cookiesAt(session, url, { cookies: { sid: 'call' } })).toBe('sid=call; theme=2');
    expect(await cookiesAt(session, url, { headers: { cookie: 'theme=header' } })).toBe(
      'sid=1; theme=header',
    );
    expect(await cookiesAt(session, url, { credentials: 'omit' })).toBeNull();
    expect(await cookiesAt(session.extend({ cookies: false }), url)).toBeNull();
    expect(await cookiesAt(session.extend(), url)).toBe('sid=1; theme=2');
  });

  test("never mix with the parent's jar, nor with another visitor's", async () => {
    const { a } = sites();
    const parent = open({ baseUrl: a.base });
    await parent.cookies.set('server=secret; Path=/');
    const [one, two] = ['1', '2'].map((sid) =>
      forward(parent, { cookie: `sid=${sid}` }, { to: [a.origin] }),
    ) as [Session, Session];
    await one.get('cookies/set', { searchParams: { line: 'added=1' } });
    expect(await cookiesAt(one, 'cookies')).toBe('added=1; sid=1');
    expect(await cookiesAt(two, 'cookies')).toBe('sid=2');
    expect(await cookiesAt(parent, 'cookies')).toBe('server=secret');
  });
});

onServers("S4: the visitor's headers", () => {
  test("are forwarded from a short list, in the place of the session's own, and a call has the last word", async () => {
    const { a } = sites();
    const visitor = {
      'accept-language': 'de',
      traceparent: '00-1-2-01',
      tracestate: 'a=1',
      'x-request-id': 'r1',
      'user-agent': 'Mozilla',
      authorization: 'Bearer visitor',
      'x-forwarded-for': '::1',
      'x-other': '1',
    };
    const session = forward(
      open({ baseUrl: a.base, headers: { 'accept-language': 'en' } }),
      visitor,
      { to: [a.origin], headers: { tracestate: null } },
    );
    await session.get('echo');
    await session.get('echo', { headers: { 'accept-language': null, 'x-request-id': 'r2' } });
    const [first, second] = await a.requests();
    expect(
      [
        'accept-language',
        'traceparent',
        'tracestate',
        'x-request-id',
        'authorization',
        'x-forwarded-for',
        'x-other',
      ].map((name) => sent(first!, name)),
    ).toEqual(['de', '00-1-2-01', undefined, 'r1', undefined, undefined, undefined]);
    expect(sent(first!, 'user-agent')).not.toBe('Mozilla');
    expect(sent(second!, 'accept-language')).not.toBe('de');
    expect(sent(second!, 'x-request-id')).toBe('r2');
  });

  test('are those of forwardHeaders where it is given, and not what Connection names', async () => {
    const { a } = sites();
    const visitor = {
      'x-request-id': 'r',
      'User-Agent': 'Mozilla',
      'x-tenant': 't',
      'x-secret': 's',
    };
    const request = {
      headers: Object.fromEntries(
        Object.entries({ ...visitor, connection: 'keep-alive, X-Secret' }).map(([name, value]) => [
          name.toLowerCase(),
          value,
        ]),
      ),
      socket: {},
    };
    const session = forwardSession(open({ baseUrl: a.base }), request, {
      to: [a.origin],
      forwardHeaders: ['User-Agent', 'x-tenant', 'x-secret', 'x-absent'],
    });
    await session.get('echo');
    const entry = await a.request();
    expect(
      ['x-request-id', 'user-agent', 'x-tenant', 'x-secret', 'x-absent'].map((name) =>
        sent(entry, name),
      ),
    ).toEqual([undefined, 'Mozilla', 't', undefined, undefined]);
  });

  test('go to nobody else, but for those that tell nothing of who asks, also without a base URL', async () => {
    const { a, b } = sites();
    const session = forward(
      open(),
      { 'accept-language': 'de', 'x-request-id': 'r1', 'x-tenant': 't' },
      { to: [a.origin], forwardHeaders: ['accept-language', 'x-request-id', 'x-tenant'] },
    );
    for (const site of [a, b]) await session.get(site.url('echo'));
    const seen = async (site: typeof a) =>
      ['accept-language', 'x-request-id', 'x-tenant'].map(async (name) =>
        sent(await site.request(), name),
      );
    expect(await Promise.all(await seen(a))).toEqual(['de', 'r1', 't']);
    expect(await Promise.all(await seen(b))).toEqual(['de', undefined, undefined]);
  });

  test.each([
    'host',
    'Connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'proxy-authorization',
    'content-length',
    'forwarded',
    'X-Forwarded-Host',
    'x-forwarded-for',
    'x-real-ip',
    'cookie',
    'authorization',
    'origin',
    'referer',
    'sec-fetch-site',
    'a b',
    '',
  ])('cannot be made to have %j', (name) => {
    expect(
      thrown(() => forward(open(), {}, { to: [], forwardHeaders: [name] }), InvalidRequestError)
        .message,
    ).toContain(JSON.stringify(name.toLowerCase()));
  });

  test("leave the server's own defaults, but for its credentials", async () => {
    const { a } = sites();
    const parent = open({
      baseUrl: a.base.replace('://', '://user:password@'),
      headers: { 'x-api-key': 'key', authorization: 'Bearer server', cookie: 'server=1' },
    });
    await forward(parent, {}, { to: [a.origin] }).get('echo');
    await forward(parent, {}, { to: [a.origin], headers: { authorization: 'Bearer given' } }).get(
      'echo',
    );
    expect(
      (await a.requests()).map((entry) =>
        ['x-api-key', 'authorization', 'cookie'].map((name) => sent(entry, name)),
      ),
    ).toEqual([
      ['key', undefined, undefined],
      ['key', 'Bearer given', undefined],
    ]);
  });
});

onServers("S7: where a visitor's request can lead", () => {
  test.each([
    '//{host}/echo',
    '/\\{host}/echo',
    '\\\\{host}/echo',
    '/\t/{host}/echo',
    ' //{host}/echo',
    '/\n\\{host}/echo',
  ])('not to another origin by a path: %j', async (path) => {
    const { a, b } = sites();
    const session = forward(open({ baseUrl: a.base }), { cookie: 'sid=1' }, { to: [a.origin] });
    const evil = path.replace('{host}', new URL(b.origin).host);
    await rejection(session.get(evil), InvalidRequestError);
    await rejection(session.extend().post(evil), InvalidRequestError);
    expect(await b.requests()).toEqual([]);
    expect(
      (await session.get(`//${new URL(a.origin).host}${new URL(a.base).pathname}echo`)).status,
    ).toBe(200);
  });

  test('not by a Host that is not allowed, and by one that is', () => {
    const derive = (url: string, allowedHosts: string[], headers = {}) =>
      forwardSession(open(), new Request(url, { headers }), { to: [], allowedHosts }).baseUrl?.href;
    expect(derive('https://www.example.com/a/b?c', ['www.example.com'])).toBe(
      'https://www.example.com/',
    );
    expect(derive('http://www.example.com:8080/a', ['example.com', 'WWW.example.com:8080'])).toBe(
      'http://www.example.com:8080/',
    );
    expect(
      derive('https://www.example.com/', ['www.example.com'], {
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example',
      }),
    ).toBe('https://www.example.com/');
    for (const allowed of [
      [],
      ['example.com'],
      ['www.example.com:8443'],
      ['https://www.example.com'],
      ['www.example.com/'],
      ['user@www.example.com'],
      ['*.example.com'],
    ]) {
      expect(
        thrown(() => derive('https://www.example.com/', allowed), InvalidRequestError).message,
      ).toContain('"www.example.com"');
    }
    expect(
      thrown(
        () => derive('https://evil.example//www.example.com/', ['www.example.com']),
        InvalidRequestError,
      ).message,
    ).toContain('evil.example');
  });

  test('to the configured base URL, whatever was called', () => {
    const request = new Request('https://evil.example/');
    expect(
      forwardSession(open({ baseUrl: 'https://api.example.com' }), request, { to: [] }).baseUrl
        ?.href,
    ).toBe('https://api.example.com/');
    expect(
      forwardSession(open(), request, {
        to: [],
        baseUrl: 'https://api.example.com',
        allowedHosts: ['www.example.com'],
      }).baseUrl?.href,
    ).toBe('https://api.example.com/');
    expect(forwardSession(open(), request, { to: [] }).baseUrl).toBeUndefined();
  });
});

onServers('S11: when the visitor goes away', () => {
  test('what is under way is aborted, and later calls are refused; the parent goes on', async () => {
    const { a } = sites();
    const parent = open({ baseUrl: a.base });
    const visit = new AbortController();
    const session = forward(parent, {}, { to: [a.origin] }, { signal: visit.signal });
    const child = session.extend();
    const under = [session.get('never'), child.get('never')];
    const body = await session.get('gated', { searchParams: { first: 'x' } });
    const reading = body.text();
    await a.requests({ requests: 3 });
    visit.abort(new Error('gone'));
    for (const promise of [...under, reading])
      expect(await reasonOf(promise)).toMatchObject({ message: 'gone' });
    expect((await a.journal({ aborted: 3 })).openSockets).toBe(0);
    await rejection(session.get('echo'), SessionClosedError);
    expect(await reasonOf(child.get('echo'))).toMatchObject({ message: 'gone' });
    expect((await parent.get('echo')).status).toBe(200);
  });
});

onServers('S6: cookies for the page', () => {
  test('are those that declared backends have set or deleted, each with its attributes, in their order, the last one of a name, domain and path', async () => {
    const { a, b } = sites();
    const path = new URL(a.base).pathname;
    const session = forward(
      open({ baseUrl: a.base }),
      { cookie: 'old=1; visitor=1' },
      { to: [a.origin] },
    );
    await session.get('redirect', {
      searchParams: [
        ['to', b.url('redirect', { to: a.url('echo'), line: 'third=party' })],
        ['line', 'hop=1; Path=/; HttpOnly; Priority=High'],
      ],
    });
    await session.get('cookies/set', {
      searchParams: [
        ['line', 'twice=1; Path=/'],
        ['line', 'sid=a b="c"; Max-Age=60; Secure; HttpOnly; SameSite=Strict; Path=/'],
        ['line', 'twice=2; Path=/x'],
        ['line', 'twice=3; path=/'],
        ['line', 'old=; Max-Age=0; Path=/'],
        ['line', 'wide=1; Domain=.Example.com; Path=/'],
        ['line', 'pathless=1'],
        ['line', '__Host-ok=1; Secure; Path=/'],
        ['line', '__Host-bad=1; Secure; Path=/; Domain=example.com'],
        ['line', '; Path=/'],
      ],
    });
    await session.get('cookies/set', { credentials: 'omit', searchParams: { line: 'omitted=1' } });
    expect(setCookieHeaders(session)).toEqual([
      'hop=1; Path=/; HttpOnly; Priority=High',
      'sid=a b="c"; Max-Age=60; Secure; HttpOnly; SameSite=Strict; Path=/',
      'twice=2; Path=/x',
      'twice=3; path=/',
      'old=; Max-Age=0; Path=/',
      'wide=1; Domain=.Example.com; Path=/',
      `pathless=1; Path=${path}cookies`,
      '__Host-ok=1; Secure; Path=/',
    ]);
    expect(setCookieHeaders(session.extend(), { names: ['hop', 'old'] })).toEqual([
      'hop=1; Path=/; HttpOnly; Priority=High',
      'old=; Max-Age=0; Path=/',
    ]);
  });

  test.each([
    [{ domain: 'example.com' }, 'a=1; Path=/x; Secure; SameSite=None; Domain=example.com'],
    [{ domain: null }, 'a=1; Path=/x; Secure; SameSite=None'],
    [{ path: '/', sameSite: 'lax' }, 'a=1; Domain=b.example; Secure; Path=/; SameSite=Lax'],
    [{ secure: true }, 'a=1; Domain=b.example; Path=/x; SameSite=None; Secure'],
    [{ secure: false, sameSite: 'strict' }, 'a=1; Domain=b.example; Path=/x; SameSite=Strict'],
  ] as const)('are rewritten by a policy: %j', async (policy, expected) => {
    const { a } = sites();
    const session = forward(open({ baseUrl: a.base }), {}, { to: [a.origin] });
    await session.get('cookies/set', {
      searchParams: { line: 'a=1; Domain=b.example; Path=/x; Secure; SameSite=None' },
    });
    expect(setCookieHeaders(session, policy)).toEqual([expected]);
  });

  test.each([
    ['__Host-a=1; Secure; Path=/', { domain: 'example.com' }],
    ['__Host-a=1; Secure; Path=/', { path: '/x' }],
    ['__Secure-a=1; Secure; Path=/', { secure: false }],
    ['__Host-Http-a=1; Secure; HttpOnly; Path=/', { domain: 'example.com' }],
    ['a=1; Secure; SameSite=None', { secure: false }],
    ['a=1; SameSite=Lax', { sameSite: 'none' }],
    ['a=1; Secure; Partitioned', { secure: false }],
  ] as const)(
    'are never broken by a policy: %j with %j throws, and nothing is set',
    async (line, policy) => {
      const { a } = sites();
      const session = forward(open({ baseUrl: a.base }), {}, { to: [a.origin] });
      await session.get('cookies/set', {
        searchParams: [
          ['line', 'first=1; Secure'],
          ['line', line],
        ],
      });
      const headers = new Headers();
      const name = line.slice(0, line.indexOf('='));
      expect(
        thrown(() => applySetCookies(session, headers, policy), InvalidRequestError).message,
      ).toContain(`"${name}"`);
      expect([...headers]).toEqual([]);
      expect(setCookieHeaders(session, { ...policy, names: ['first'] })).toHaveLength(1);
    },
  );

  test.each([
    { domain: 'a; Secure' },
    { domain: '' },
    { path: 'x' },
    { path: '/;a' },
    { path: '/\r\nx' },
    { sameSite: 'Lax' },
    { secure: 1 },
    { names: 'sid' },
    { maxAge: 1 },
  ])('are not rewritten by what is no policy: %j', (policy) => {
    expect(
      thrown(
        () => setCookieHeaders(forward(open(), {}, { to: [] }), policy as object),
        InvalidRequestError,
      ).message,
    ).toContain(Object.keys(policy)[0]);
  });

  test('are put on a Response, on its Headers and on the response of an h3 event', async () => {
    const { a } = sites();
    const session = forward(open({ baseUrl: a.base }), {}, { to: [a.origin] });
    await session.get('cookies/set', {
      searchParams: [
        ['line', 'a=1; Path=/'],
        ['line', 'b=2; Path=/'],
      ],
    });
    const response = new Response('page', { headers: { 'set-cookie': 'own=1' } });
    const event = { headers: new Headers(), res: { headers: new Headers() } };
    for (const outgoing of [response, response.headers, event]) applySetCookies(session, outgoing);
    expect(response.headers.getSetCookie()).toEqual([
      'own=1',
      'a=1; Path=/',
      'b=2; Path=/',
      'a=1; Path=/',
      'b=2; Path=/',
    ]);
    expect(event.res.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/']);
    expect([...event.headers]).toEqual([]);
  });

  test('are asked of a session that was made for a visitor, and of no other', () => {
    for (const ask of [
      () => setCookieHeaders(open()),
      () => applySetCookies(open(), new Headers()),
      () => dehydrate(open()),
      () => dehydrate({} as never),
      () => setCookieHeaders(undefined as never),
    ])
      expect(thrown(ask, InvalidRequestError).message).toContain('forwardSession()');
    const session = forward(open(), {}, { to: [] });
    expect(thrown(() => forward(session, {}, { to: [] }), InvalidRequestError).message).toContain(
      'one visitor',
    );
  });
});

/** What a page of these responses carries, in the format of version 1. */
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
      const session = forward(
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
    const session = forward(
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

  test('a replay has the URL, the type and the method that were asked for', async () => {
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

  test("a page's data may be anything: __proto__ is inert, another version is left alone, what is no such data is refused", async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    hydrate(
      session,
      `{"__proto__":{"responses":[]},"version":1,"responses":[["./echo","application/json",200,[["content-type","application/json"]],"{\\"__proto__\\":{\\"polluted\\":1}}"]],"constructor":{"prototype":{"polluted":1}}}`,
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
    const session = forward(
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
