import { type Cookie, CookieJar, MemoryCookieStore } from 'tough-cookie';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InvalidRequestError } from '../../src/errors/invalid-request-error.ts';
import { isCookieJar } from '../../src/cookies/custom-jar.ts';
import { SessionJar } from '../../src/cookies/session-jar.ts';
import { LateStore, newJar, respond, send } from './jars.ts';

const base = new URL('https://example.com/v1/');

afterEach(() => {
  vi.useRealTimers();
});

describe('the CookieJar below', () => {
  it("is tough-cookie's and shows every cookie of ours", async () => {
    const jar = newJar(base);
    respond(jar, base, 'a=1; Path=/', 'b=2; Domain=example.com; Path=/');
    respond(jar, 'http://test/', 'c=3');
    expect(jar.jar).toBeInstanceOf(CookieJar);
    const tough = jar.jar as unknown as CookieJar;
    expect(
      (await tough.getCookies('https://example.com/')).map((cookie) => cookie.cookieString()),
    ).toEqual(['a=1', 'b=2']);
    expect(tough.getCookieStringSync('http://test/')).toBe('c=3');
    expect((await tough.serialize())?.cookies.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect((await tough.clone())?.getCookieStringSync('https://example.com/')).toBe('a=1; b=2');
  });

  it('may be worked on directly: the next header knows', async () => {
    const jar = newJar(base);
    const tough = jar.jar as unknown as CookieJar;
    respond(jar, base, 'a=1; Path=/');
    expect(send(jar, base)).toBe('a=1');
    await tough.setCookie('b=2; Path=/', 'https://example.com/');
    expect(send(jar, base)).toBe('a=1; b=2');
    await tough.setCookie('a=3; Path=/', 'https://example.com/');
    expect(send(jar, base)).toBe('a=3; b=2');
    await tough.store.removeCookie('example.com', '/', 'a');
    expect(send(jar, base)).toBe('b=2');
    await tough.store.removeCookies('example.com', null);
    expect(send(jar, base)).toBe('');
    await tough.setCookie('c=1', base.href);
    expect(send(jar, base)).toBe('c=1');
    await tough.removeAllCookies();
    expect(send(jar, base)).toBe('');
  });

  it('what is put into it directly is bounded, and cannot forge a header', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar(base);
    const tough = jar.jar as unknown as CookieJar;
    const { Cookie } = await import('tough-cookie');
    await tough.setCookie(new Cookie({ key: 'crlf', value: 'x\r\nX-Evil: 1' }), base.href);
    await tough.setCookie(new Cookie({ key: 'pair', value: 'x; sid=evil' }), base.href);
    await tough.setCookie(new Cookie({ key: '', value: 'sid=evil' }), base.href);
    await tough.setCookie('fine=1; Path=/; Max-Age=10', base.href);
    expect(send(jar, base)).toBe('fine=1');
    vi.advanceTimersByTime(6_000);
    expect(send(jar, base)).toBe('fine=1');
    vi.advanceTimersByTime(6_000);
    expect(send(jar, base)).toBe('');
    for (let i = 0; i < 300; i++) await tough.setCookie(`c${i}=1`, base.href);
    expect(jar.size).toBe(180);
    await tough.setCookie('long=1; Path=/; Max-Age=99999999', base.href);
    expect((await jar.get('long'))?.expires).toBe(Date.now() + 400 * 86_400_000);
  });
});

describe("a jar of somebody else's", () => {
  const stores: { name: string; make: () => CookieJar | undefined }[] = [
    { name: 'our own', make: () => undefined },
    { name: "tough-cookie's memory", make: () => new CookieJar() },
    { name: 'a store that answers later', make: () => new CookieJar(new LateStore()) },
  ];

  it.each(stores)('in $name, the same rules hold', async ({ make }) => {
    const jar = new SessionJar(make(), () => base);
    await jar.shared.storeResponse(base, [
      'sid=1; Path=/; HttpOnly',
      `big=${'x'.repeat(5000)}`,
      'dom=2; Domain=example.com; Path=/',
      '__Host-x=1',
      'nul=\0',
    ]);
    expect(await jar.shared.headerFor(base)).toBe('sid=1; dom=2');
    expect(await jar.header('/', { http: false })).toBe('dom=2');
    expect(await jar.set('sid=evil; Path=/', base, { http: false })).toEqual({
      rejected: 'httponly-overwrite',
    });
    await jar.set('safe=1; Secure; Path=/');
    expect(await jar.set('safe=evil; Domain=example.com', 'http://www.example.com/')).toEqual({
      rejected: 'secure-overlay',
    });
    expect(await jar.shared.headerFor(new URL('http://example.com/'))).toBe('sid=1; dom=2');
    expect(await jar.shared.headerFor(new URL('http://www.example.com/'))).toBe('dom=2');
    await jar.shared.storeResponse(base, [
      'sid=2; Path=/',
      'dom=; Domain=example.com; Path=/; Max-Age=0',
    ]);
    expect(await jar.shared.headerFor(base)).toBe('sid=2; safe=1');
    expect(await jar.get('sid')).toMatchObject({ value: '2', httpOnly: false });
    expect(await jar.delete('sid')).toBe(true);
    expect((await jar.export()).map(({ name }) => name)).toEqual(['safe']);
    await jar.shared.storeResponse(new URL('http://test/'), ['t=1']);
    expect(await jar.shared.headerFor(new URL('http://test/'))).toBe('t=1');
    expect(
      await jar.import([{ name: 'in', value: '1', domain: 'example.com', path: '/' }]),
    ).toEqual([]);
    expect(await jar.shared.headerFor(base)).toBe('safe=1; in=1');
    await jar.clear();
    expect(await jar.getAll()).toEqual([]);
  });

  it("a copy of tough-cookie's memory has its cookies and goes its own way", async () => {
    const jar = new SessionJar(new CookieJar(), () => base);
    await jar.shared.storeResponse(base, ['a=1; Path=/', 'b=2; Path=/']);
    const copy = jar.copy(() => base);
    await jar.clear();
    expect(await copy.header()).toBe('a=1; b=2');
  });

  it.each(stores)('in $name, a host has at most 180 cookies', async ({ make }) => {
    const jar = new SessionJar(make(), () => base);
    for (let r = 0; r < 4; r++)
      await jar.shared.storeResponse(
        base,
        Array.from({ length: 50 }, (_, i) => `c${r}-${i}=1`),
      );
    expect(await jar.export()).toHaveLength(180);
    expect(await jar.get('c3-49')).toBeDefined();
  });

  it('is asked anew for every header, and gives one at once where its store does', () => {
    const tough = new CookieJar();
    const jar = new SessionJar(tough, () => base);
    tough.setCookieSync('a=1; Path=/; Max-Age=5', base.href);
    expect(jar.shared.headerFor(base)).toBe('a=1');
    tough.setCookieSync('a=2; Path=/', base.href);
    expect(jar.shared.headerFor(base)).toBe('a=2');
    expect(jar.size).toBe(1);
    expect(jar.shared.storeResponse(base, ['b=3; Path=/'])).toBeUndefined();
    expect(tough.getCookieStringSync(base.href)).toBe('a=2; b=3');
  });

  it('has a size of 0 and prints no cookies while its store answers later', async () => {
    const jar = new SessionJar(new CookieJar(new LateStore()), () => base);
    await jar.set('sid=topsecret');
    expect(jar.shared.headerFor(base)).toBeInstanceOf(Promise);
    expect(jar.size).toBe(0);
    expect(JSON.stringify(jar)).toBe('{"cookies":[]}');
  });

  it('rejects with the error of its store, and never hangs on one that throws', async () => {
    class BrokenStore extends MemoryCookieStore {
      override getAllCookies(callback?: unknown): Promise<Cookie[]> {
        if (typeof callback === 'function')
          (callback as (error: Error) => void)(new Error('store is down'));
        return Promise.resolve([]);
      }
    }
    class ThrowingStore extends LateStore {}
    Object.defineProperty(ThrowingStore.prototype, 'getAllCookies', {
      value: () => Promise.reject(new Error('store is down')),
    });
    await expect(
      new SessionJar(new CookieJar(new BrokenStore()), () => base).export(),
    ).rejects.toThrow('store is down');
    await expect(
      new SessionJar(new CookieJar(new ThrowingStore()), () => base).export(),
    ).rejects.toThrow('store is down');
  });

  it.each<{ name: string; source: unknown }>([
    { name: 'a record', source: { sid: '1' } },
    { name: 'an array', source: [] },
    { name: 'a map', source: new Map([['sid', '1']]) },
    { name: 'what holds a jar', source: { jar: new CookieJar() } },
  ])('$name is no jar and is refused at once', ({ source }) => {
    expect(() => new SessionJar(source as never, () => base)).toThrow(InvalidRequestError);
  });

  it('is known by its shape', () => {
    expect(isCookieJar(new CookieJar())).toBe(true);
    expect(isCookieJar(newJar().jar)).toBe(true);
    expect(
      isCookieJar({
        ...methods('setCookie', 'getCookies', 'getCookieString', 'removeAllCookies'),
        store: methods('findCookies', 'putCookie', 'removeCookie', 'getAllCookies'),
      }),
    ).toBe(true);
    for (const other of [
      undefined,
      null,
      'jar',
      {},
      [],
      newJar(),
      new Map(),
      { ...methods('setCookie', 'getCookies', 'getCookieString', 'removeAllCookies'), store: {} },
    ]) {
      expect(isCookieJar(other)).toBe(false);
    }
  });
});

function methods(...names: string[]): Record<string, () => void> {
  return Object.fromEntries(names.map((name) => [name, () => undefined]));
}
