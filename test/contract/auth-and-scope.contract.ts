import { type Auth, basic, bearer, InvalidRequestError, type Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inBrowser,
  inProcess,
  open,
  reasonOf,
  rejection,
  sent,
  type Site,
  sites,
  thrown,
  wireTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

const basicOf = (text: string) =>
  `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}`;

async function authorization(
  session: Session,
  ...call: Parameters<Session['get']>
): Promise<string | undefined> {
  return sent(await session.get(...call).json<JournalEntry>(), 'authorization');
}

describe('schemes', () => {
  test.each([
    ['user', 'pass'],
    ['ünï', 'cödé€'],
    ['', ''],
    ['user', 'with:colon'],
    ['a b', ' '],
  ])('FIELD 34: basic(%j, %j) sends both as UTF-8', async (user, password) => {
    const { a } = sites();
    expect(
      await open({ auth: basic(user, password) })
        .get(a.url('basic', { user, password }))
        .json(),
    ).toEqual({ authenticated: true });
    expect(sent(await a.request(), 'authorization')).toBe(basicOf(`${user}:${password}`));
  });

  test('a user with a colon cannot be told in Basic and is refused', () => {
    expect(() => basic('us:er', 'pass')).toThrow(InvalidRequestError);
  });

  test.each([
    [undefined, 'pass'],
    ['user', undefined],
    [undefined, undefined],
  ])('basic(%j, %j), as from a variable that is not set, is refused at once', (user, password) => {
    expect(() => basic(user as string, password as string)).toThrow(InvalidRequestError);
  });

  test('bearer sends a token, or what a function gives for each call', async () => {
    const { a } = sites();
    expect(await authorization(open({ auth: bearer('t0ken') }), a.url('echo'))).toBe(
      'Bearer t0ken',
    );
    let count = 0;
    const session = open({ auth: bearer(() => Promise.resolve(`t${++count}`)) });
    expect(await authorization(session, a.url('echo'))).toBe('Bearer t1');
    expect(await authorization(session, a.url('echo'))).toBe('Bearer t2');
  });

  test('a token with a line break is refused and nothing is sent', async () => {
    const { a } = sites();
    await rejection(
      open({ auth: bearer(() => 'a\r\nx-evil: 1') }).get(a.url('echo')),
      InvalidRequestError,
    );
    expect(await a.requests()).toEqual([]);
  });

  test('what a token function throws is what the call rejects with', async () => {
    const reason = new Error('no token today');
    const transport = inProcess(() => new Response());
    expect(
      await reasonOf(
        open({ transport, auth: bearer(() => Promise.reject(reason)) }).get('http://app.test/'),
      ),
    ).toBe(reason);
    expect(transport.seen).toEqual([]);
  });

  test('FIELD 38: any function of the request is an auth', async () => {
    const { a } = sites();
    const auth: Auth = (request, next) => {
      request.headers.set(
        'x-signature',
        `${request.method} ${request.url.pathname.split('/').at(-1) ?? ''}`,
      );
      return next(request);
    };
    expect(sent(await open({ auth }).post(a.url('echo')).json<JournalEntry>(), 'x-signature')).toBe(
      'POST echo',
    );
  });

  test('an auth may send twice: the second leg costs no retry and the body goes out again', async () => {
    const { a } = sites();
    const auth: Auth = async (request, next) => {
      const first = await next(request);
      if (first.status !== 401) return first;
      const headers = new Headers(request.headers);
      headers.set('authorization', basicOf('user:pass'));
      return next({ ...request, headers });
    };
    const response = await open({ auth, retry: 0 }).post(
      a.url('basic', { user: 'user', password: 'pass' }),
      { json: { a: 1 } },
    );
    expect([response.status, response.attempts]).toEqual([200, 1]);
    expect((await a.requests()).map((entry) => [entry.body, sent(entry, 'authorization')])).toEqual(
      [
        ['{"a":1}', undefined],
        ['{"a":1}', basicOf('user:pass')],
      ],
    );
  });

  wireTest(
    'a body of one use cannot be sent for the second leg: nothing of it goes out',
    async () => {
      const { a } = sites();
      const auth: Auth = async (request, next) => {
        await next(request);
        return next(request);
      };
      const session = open({ auth, retry: 0 });
      await rejection(
        session.post(a.url('status/401'), { body: new Blob(['once']).stream() }),
        InvalidRequestError,
      );
      await rejection(
        session.post(a.url('status/401'), { body: ['on', 'ce'].values() }),
        InvalidRequestError,
      );
      expect((await a.requests()).map((entry) => entry.body)).toEqual(['once', 'once']);
    },
  );
});

describe('precedence', () => {
  test("the call's auth, the call's header, userinfo, the session's auth, its default header", async () => {
    const { a } = sites();
    const url = a.url('echo');
    const withUser = url.replace('://', '://url:secret@');
    const session = open({ auth: bearer('session'), headers: { authorization: 'Default header' } });
    const header = { authorization: 'Call header' };
    expect(await authorization(session, withUser, { auth: bearer('call'), headers: header })).toBe(
      'Bearer call',
    );
    expect(await authorization(session, withUser, { headers: header })).toBe('Call header');
    expect(await authorization(session, withUser)).toBe(basicOf('url:secret'));
    expect(await authorization(session, url)).toBe('Bearer session');
    session.auth = undefined;
    expect(await authorization(session, url)).toBe('Default header');
  });

  test("auth: null sends none of the session's", async () => {
    const { a } = sites();
    const session = open({ auth: bearer('session') });
    expect(await authorization(session, a.url('echo'), { auth: null })).toBeUndefined();
    expect(await authorization(session, a.url('echo'))).toBe('Bearer session');
  });

  test('session.auth is live', async () => {
    const { a } = sites();
    const session = open();
    expect(session.auth).toBeUndefined();
    const auth = bearer('later');
    session.auth = auth;
    expect(session.auth).toBe(auth);
    expect(await authorization(session, a.url('echo'))).toBe('Bearer later');
  });
});

describe('userinfo of a URL', () => {
  test('FIELD 35: becomes Basic credentials, decoded, and is removed', async () => {
    const { a } = sites();
    const url = a.url('echo').replace('://', '://us%40er:p%C3%A4ss%3A@');
    const response = await open().get(url);
    expect(sent(await a.request(), 'authorization')).toBe(basicOf('us@er:päss:'));
    expect(response.url).toBe(a.url('echo'));
    expect(response.request.url).toBe(a.url('echo'));
  });

  test.each([
    ['100%', 'a%4'],
    ['%zz', '%C3%A4%'],
    ['%ff', '%'],
  ])(
    'FIELD 35: %s:%s has percent signs that begin no sequence, and means them',
    async (user, password) => {
      const { a } = sites();
      await open().get(a.url('echo').replace('://', `://${user}:${password}@`));
      expect(sent(await a.request(), 'authorization')).toBe(
        basicOf(`${user}:${password.replace('%C3%A4', 'ä')}`),
      );
    },
  );

  test('R8: reaches neither the wire nor an error', async () => {
    const { a } = sites();
    const url = a.url('status/404').replace('://', '://canaryuser:canarypass@');
    const error = (await reasonOf(open().get(url).json())) as Error & { request: { url: string } };
    expect(
      `${error.message} ${error.stack ?? ''} ${JSON.stringify(error)} ${error.request.url}`,
    ).not.toContain('canary');
    const entry = await a.request();
    expect(
      JSON.stringify(entry.headers.filter(([name]) => name.toLowerCase() !== 'authorization')) +
        entry.route +
        entry.search,
    ).not.toContain('canary');
  });

  test('of baseUrl counts for the calls that resolve against it', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base.replace('://', '://user:pass@') });
    expect(await authorization(session, 'echo')).toBe(basicOf('user:pass'));
    expect(JSON.stringify(session)).not.toContain('pass');
  });
});

describe('the scope of what a session adds', () => {
  /** A session with something of everything that belongs to its origin. */
  const armed = (a: Site, more: object = {}) =>
    open({
      baseUrl: a.base,
      auth: bearer('s3ssion'),
      headers: { 'x-api-key': 'k3y', 'x-custom': 'c', accept: 'text/x', 'accept-language': 'de' },
      searchParams: { api_key: 'p4ram' },
      ...more,
    });

  test('its origin gets all of it', async () => {
    const { a } = sites();
    const echo = await armed(a).get('echo').json<JournalEntry>();
    expect([
      sent(echo, 'authorization'),
      sent(echo, 'x-api-key'),
      sent(echo, 'x-custom'),
      echo.search,
    ]).toEqual(['Bearer s3ssion', 'k3y', 'c', '?api_key=p4ram']);
  });

  test('another origin gets the harmless headers only', async () => {
    const { a, b, c } = sites();
    const session = armed(a);
    for (const other of [b, c]) {
      await session.get(other.url('echo'));
      const entry = await other.request();
      expect([
        sent(entry, 'authorization'),
        sent(entry, 'x-api-key'),
        sent(entry, 'x-custom'),
        entry.search,
      ]).toEqual([undefined, undefined, undefined, '']);
      expect([sent(entry, 'accept'), sent(entry, 'accept-language')]).toEqual(['text/x', 'de']);
    }
  });

  test.each([
    'authorization',
    'x-api-key',
    'x-csrf-token',
    'api-key',
    'token',
    'x-auth-token',
    'x-amz-security-token',
    'apikey',
    'x-user',
    'dnt2',
    'acceptance',
    'origin-secret',
  ])("R5: the session's header %s stays at home", async (name) => {
    const home = inProcess(() => new Response());
    const away = inProcess(() => new Response());
    const session = open({
      baseUrl: 'http://home.test/',
      headers: { [name]: 'canary' },
      transport: home,
    });
    session.mount('http://away.test', away);
    await session.get('x');
    await session.get('http://away.test/');
    expect(home.seen[0]?.headers.get(name)).toBe('canary');
    expect(away.seen[0]?.headers.get(name)).toBeNull();
  });

  test('origins widen it', async () => {
    const { a, b } = sites();
    await armed(a, { origins: [b.origin] }).get(b.url('echo'));
    const entry = await b.request();
    expect([sent(entry, 'authorization'), sent(entry, 'x-api-key'), entry.search]).toEqual([
      'Bearer s3ssion',
      'k3y',
      '?api_key=p4ram',
    ]);
  });

  test('without baseUrl it goes to every URL that is called', async () => {
    const { a, b } = sites();
    const session = open({
      auth: bearer('s3ssion'),
      headers: { 'x-api-key': 'k3y' },
      searchParams: { q: 1 },
    });
    for (const site of [a, b]) {
      await session.get(site.url('echo'));
      const entry = await site.request();
      expect([sent(entry, 'authorization'), sent(entry, 'x-api-key'), entry.search]).toEqual([
        'Bearer s3ssion',
        'k3y',
        '?q=1',
      ]);
    }
  });

  test("what a call passes itself goes to that call's origin", async () => {
    const { a, b } = sites();
    await armed(a).get(b.url('echo'), {
      auth: bearer('call'),
      headers: { 'x-api-key': 'call' },
      searchParams: { mine: 1 },
    });
    const entry = await b.request();
    expect([sent(entry, 'authorization'), sent(entry, 'x-api-key'), entry.search]).toEqual([
      'Bearer call',
      'call',
      '?mine=1',
    ]);
  });

  test('a later baseUrl that is refused leaves it where it was', async () => {
    const { a, b } = sites();
    const session = armed(a);
    const evil = new URL(b.base);
    evil.username = 'with:colon';
    thrown(() => (session.baseUrl = evil), InvalidRequestError);
    expect(session.baseUrl?.href).toBe(a.base);
    await session.get('echo');
    expect(sent(await a.request(), 'authorization')).toBe('Bearer s3ssion');
  });

  test('a later baseUrl moves it', async () => {
    const { a, b } = sites();
    const session = armed(a);
    session.baseUrl = b.base;
    await session.get('echo');
    await session.get(a.url('echo'));
    expect(sent(await b.request(), 'authorization')).toBe('Bearer s3ssion');
    expect(sent(await a.request(), 'authorization')).toBeUndefined();
  });

  test.each([
    '//{host}/echo',
    '/\\{host}/echo',
    '\\\\{host}/echo',
    'http:\\\\{host}/echo',
    ' http://{host}/echo',
    'h\nttp://{host}/echo',
    'HTTP://{host}/echo',
    'http:/{host}/../{host}/echo',
  ])('I6: an input that leads to another origin takes nothing along: %j', async (form) => {
    const transport = inProcess(() => new Response());
    const session = open({
      baseUrl: 'https://home.test/v1/',
      auth: bearer('canary'),
      headers: { 'x-api-key': 'canary' },
      searchParams: { key: 'canary' },
      transport,
    });
    await session.get(form.replaceAll('{host}', 'evil.test'));
    const [request] = transport.seen;
    expect(request?.url.host).toBe('evil.test');
    expect(`${request?.url.href} ${JSON.stringify([...(request?.headers ?? [])])}`).not.toContain(
      'canary',
    );
  });

  test.each([
    'http://home.test.evil.test/',
    'http://nothome.test/',
    'http://home.test:81/',
    'https://home.test/',
    'http://home.test./',
    'http://sub.home.test/',
    'http://home/',
  ])('R7: %s is another origin than http://home.test', async (url) => {
    const transport = inProcess(() => new Response());
    await open({
      baseUrl: 'http://home.test/',
      auth: bearer('canary'),
      headers: { 'x-api-key': 'canary' },
      transport,
    }).get(url);
    expect(JSON.stringify([...(transport.seen[0]?.headers ?? [])])).not.toContain('canary');
  });

  test('an explicit default port and another letter case are the same origin', async () => {
    const transport = inProcess(() => new Response());
    await open({ baseUrl: 'http://home.test/', auth: bearer('s3ssion'), transport }).get(
      'HTTP://HOME.test:80/x',
    );
    expect(transport.seen[0]?.headers.get('authorization')).toBe('Bearer s3ssion');
  });

  wireTest("a session's own auth is not asked for another origin at all", async () => {
    const { a, b } = sites();
    let asked = 0;
    const session = open({ baseUrl: a.base, auth: (request, next) => (asked++, next(request)) });
    await session.get(b.url('echo'));
    expect(asked).toBe(0);
    await session.get('echo');
    expect(asked).toBe(1);
  });

  test("a session's own auth does not go where a middleware or hook leads to, beyond baseUrl and origins", async () => {
    const transport = inProcess(() => new Response());
    const session = open({
      baseUrl: 'http://home.test/',
      origins: ['http://too.test'],
      auth: bearer('s3ssion'),
      transport,
    });
    const away = session.extend({
      hooks: {
        beforeRequest: [({ request }) => void (request.url = new URL('http://elsewhere.test/'))],
      },
    });
    session.use((request, next) =>
      next({ ...request, url: new URL(request.url.searchParams.get('to') ?? '') }),
    );
    for (const to of ['http://home.test/x', 'http://too.test/', 'http://elsewhere.test/'])
      await session.get('', { searchParams: { to } });
    await away.get('');
    // Without a baseUrl it is for every URL that is called.
    const free = open({ auth: bearer('s3ssion'), transport }).use((request, next) =>
      next({ ...request, url: new URL('http://elsewhere.test/') }),
    );
    await free.get('http://home.test/');
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer s3ssion',
      'Bearer s3ssion',
      null,
      null,
      'Bearer s3ssion',
    ]);
  });

  test("a browser's cookies go where credentials say, so a plain call elsewhere has none", async () => {
    const { a, c } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('cookies/set', { searchParams: { line: 'sid=1' } });
    await session.get(c.url('cookies'));
    expect(sent(await c.request(), 'cookie')).toBeUndefined();
    expect(await session.get('cookies').json()).toEqual({ cookie: 'sid=1' });
    if (inBrowser) expect(session.stats().cookies).toBe(0);
  });
});
