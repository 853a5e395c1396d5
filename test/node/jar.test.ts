import { InvalidRequestError, Session, UnsupportedError } from 'isosession';
import { CookieJar, MemoryCookieStore } from 'tough-cookie';
import { expect, onTestFinished, test, vi } from 'vitest';
import { open, reasonOf, sent, sites, thrown } from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

test("a tough-cookie jar of one's own is used and keeps its identity", async () => {
  const { a } = sites();
  const jar = new CookieJar();
  await jar.setCookie('before=1; Path=/', a.base);
  const session = open({ baseUrl: a.base, cookies: jar });
  expect(session.cookies.jar).toBe(jar);
  await session.get('cookies/set', { searchParams: { line: 'after=1; Path=/' } });
  expect(sent(await session.get('echo').json<JournalEntry>(), 'cookie')).toBe('before=1; after=1');
  expect((await jar.getCookies(a.base)).map((cookie) => cookie.key).sort()).toEqual([
    'after',
    'before',
  ]);
});

test('what others change in that jar is seen by the next call', async () => {
  const { a } = sites();
  const jar = new CookieJar();
  const session = open({ baseUrl: a.base, cookies: jar });
  await session.get('echo');
  await jar.setCookie('x=1', a.base);
  await session.get('echo');
  await jar.setCookie('x=2', a.base);
  await session.get('echo');
  await jar.removeAllCookies();
  await session.get('echo');
  expect((await a.requests()).map((entry) => sent(entry, 'cookie'))).toEqual([
    undefined,
    'x=1',
    'x=2',
    undefined,
  ]);
});

test('the jar of a session serves a tough-cookie user as it is', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base });
  await session.get('cookies/set', { searchParams: { line: 'x=1; Path=/' } });
  expect(await session.cookies.jar?.getCookieString(a.base)).toBe('x=1');
});

test("two sessions on one jar see each other's cookies", async () => {
  const { a } = sites();
  const jar = new CookieJar();
  await open({ baseUrl: a.base, cookies: jar }).get('cookies/set', {
    searchParams: { line: 'x=1' },
  });
  expect(await open({ baseUrl: a.base, cookies: jar }).get('cookies').json()).toEqual({
    cookie: 'x=1',
  });
});

test('a jar whose store answers later cannot be copied, and the message says how to', async () => {
  const store = Object.assign(new MemoryCookieStore(), {
    getAllCookies: (callback: (error: Error) => void) =>
      void setImmediate(() => callback(new Error('down'))),
  });
  const session = open({ cookies: new CookieJar(store) });
  expect(thrown(() => session.extend({ cookies: 'copy' }), UnsupportedError).message).toContain(
    'export()',
  );
  // Nothing is left behind of the copy that fails.
  await reasonOf(session.cookies.export());
});

test('something that is no jar is refused at once', () => {
  for (const cookies of [{}, { setCookie: () => {} }, 'a=1', true])
    thrown(() => open({ cookies: cookies as never }), InvalidRequestError);
});

test.each<{ name: string; broken: Partial<MemoryCookieStore> }>([
  {
    name: 'at once',
    broken: {
      putCookie() {
        throw new Error('down');
      },
    } as Partial<MemoryCookieStore>,
  },
  {
    name: 'later',
    broken: {
      putCookie: (_: unknown, callback?: (error: Error) => void) =>
        void setImmediate(() => callback?.(new Error('down'))),
    } as Partial<MemoryCookieStore>,
  },
])(
  'a store that fails $name is the error of the call, which holds no connection',
  async ({ broken }) => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      cookies: new CookieJar(Object.assign(new MemoryCookieStore(), broken)),
      retry: 0,
    });
    for (const route of [
      'cookies/set?line=x=1',
      'redirect?to=echo&line=x=1&bytes=5000000',
      'redirect?status=200&line=x=1&bytes=5000000',
    ]) {
      expect(await reasonOf(session.get(route)), route).toMatchObject({ message: 'down' });
    }
    await session.get('echo').text();
    expect(session.stats()).toMatchObject({ inFlight: 0, unreadBodies: 0 });
  },
);

test('restoring into a jar whose store fails rejects the calls, and nothing else', async () => {
  const snapshot = await open({ baseUrl: 'http://app.test/' }).snapshot();
  const fail = (...given: unknown[]): void =>
    void setImmediate(given.at(-1) as (error: Error) => void, new Error('the store is down'));
  const store = Object.assign(new MemoryCookieStore(), {
    synchronous: false,
    getAllCookies: fail,
    findCookies: fail,
  });
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  const session = Session.restore(snapshot, {
    cookies: new CookieJar(store),
    transport: { send: async () => new Response() },
  });
  expect(await reasonOf(session.get(''))).toMatchObject({ message: 'the store is down' });
  await new Promise(setImmediate);
  expect(unhandled).not.toHaveBeenCalled();
});

test('a snapshot takes every cookie with it, whatever its host', async () => {
  const session = open();
  const urls = [
    'http://api.ns.svc.cluster.local./',
    'http://[::1]/',
    'http://127.0.0.1/',
    'http://localhost/',
    'http://bücher.example/',
    'http://my_host.example.com/app;v=1/page',
  ];
  for (const url of urls) await session.cookies.set('sid=1', url);
  const restored = Session.restore(await session.snapshot());
  onTestFinished(() => restored.close());
  expect(await restored.cookies.export()).toEqual(await session.cookies.export());
  for (const url of urls) expect(await restored.cookies.header(url), url).toBe('sid=1');
});
