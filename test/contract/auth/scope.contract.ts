import { bearer, InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  developmentTest,
  inBrowser,
  inProcess,
  open,
  sent,
  type Site,
  sites,
  thrown,
  wireTest,
} from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('the scope of what a session adds', () => {
  /** A session with every kind of default that belongs to its origin. */
  const openWithDefaults = (a: Site, more: object = {}) =>
    open({
      baseUrl: a.base,
      auth: bearer('s3ssion'),
      headers: { 'x-api-key': 'k3y', 'x-custom': 'c', accept: 'text/x', 'accept-language': 'de' },
      searchParams: { api_key: 'p4ram' },
      ...more,
    });

  test('its own origin gets all of it', async () => {
    const { a } = sites();
    const echo = await openWithDefaults(a).get('echo').json<JournalEntry>();
    expect([
      sent(echo, 'authorization'),
      sent(echo, 'x-api-key'),
      sent(echo, 'x-custom'),
      echo.search,
    ]).toEqual(['Bearer s3ssion', 'k3y', 'c', '?api_key=p4ram']);
  });

  test('another origin gets the harmless headers only', async () => {
    const { a, b, c } = sites();
    const session = openWithDefaults(a);
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
  ])("the session's header %s stays at home", async (name) => {
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

  test('the option origins adds to it', async () => {
    const { a, b } = sites();
    await openWithDefaults(a, { origins: [b.origin] }).get(b.url('echo'));
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
    await openWithDefaults(a).get(b.url('echo'), {
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

  developmentTest('a later baseUrl that is refused leaves it where it was', async () => {
    const { a, b } = sites();
    const session = openWithDefaults(a);
    const evil = new URL(b.base);
    evil.username = 'with:colon';
    thrown(() => (session.baseUrl = evil), InvalidRequestError);
    expect(session.baseUrl?.toString()).toBe(a.base);
    await session.get('echo');
    expect(sent(await a.request(), 'authorization')).toBe('Bearer s3ssion');
  });

  test('a later baseUrl moves it', async () => {
    const { a, b } = sites();
    const session = openWithDefaults(a);
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
  ])('an input that leads to another origin takes nothing along: %j', async (form) => {
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
  ])('%s is another origin than http://home.test', async (url) => {
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

  test("a session's auth does not follow a middleware or hook beyond its origins", async () => {
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
    // Without a baseUrl the auth is for every URL that is called, and for no other.
    const free = open({ auth: bearer('s3ssion'), transport }).use((request, next) =>
      next({ ...request, url: new URL('http://elsewhere.test/') }),
    );
    await free.get('http://home.test/');
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer s3ssion',
      'Bearer s3ssion',
      null,
      null,
      null,
    ]);
  });

  test('a plain call elsewhere carries no cookies of a browser', async () => {
    const { a, c } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('cookies/set', { searchParams: { line: 'sid=1' } });
    await session.get(c.url('cookies'));
    expect(sent(await c.request(), 'cookie')).toBeUndefined();
    expect(await session.get('cookies').json()).toEqual({ cookie: 'sid=1' });
    if (inBrowser) expect(session.stats().cookies).toBe(0);
  });
});
