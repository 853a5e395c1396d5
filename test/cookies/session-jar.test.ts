import { inspect } from 'node:util';
import { type Cookie, CookieJar, MemoryCookieStore, Store } from 'tough-cookie';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InvalidRequestError } from '../../src/errors/invalid-request-error.ts';
import type { CookieRecord } from '../../src/types/cookies.ts';
import { isCookieJar, SessionJar } from '../../src/cookies/session-jar.ts';

const base = new URL('https://example.com/v1/');
const newJar = (baseUrl?: URL): SessionJar => new SessionJar(undefined, () => baseUrl);
const send = (jar: SessionJar, url: string | URL): string => jar.headerFor(new URL(url)) as string;
const respond = (jar: SessionJar, url: string | URL, ...lines: string[]): void =>
  void jar.storeResponse(new URL(url), lines);

/** tough-cookie's memory behind a network: it answers later. */
class LateStore extends Store {
  override synchronous = false;
  readonly inner = new MemoryCookieStore();
}
for (const method of [
  'findCookie',
  'findCookies',
  'putCookie',
  'updateCookie',
  'removeCookie',
  'removeCookies',
  'removeAllCookies',
  'getAllCookies',
] as const) {
  Object.defineProperty(LateStore.prototype, method, {
    value(this: LateStore, ...args: unknown[]) {
      queueMicrotask(() => {
        try {
          void (this.inner[method] as (...args: unknown[]) => unknown).apply(this.inner, args);
        } catch (error) {
          (args.at(-1) as (error: unknown) => void)(error);
        }
      });
    },
  });
}

afterEach(() => {
  vi.useRealTimers();
});

describe('reading and writing', () => {
  it('get gives a record of the cookie that would be sent first, and nothing for a name that is not there', async () => {
    const jar = newJar(base);
    respond(jar, base, 'a=deep; Max-Age=60', 'a=top; Path=/; HttpOnly');
    expect(await jar.get('a')).toEqual({
      name: 'a',
      value: 'deep',
      domain: 'example.com',
      path: '/v1',
      expires: expect.any(Number) as number,
      secure: false,
      partitioned: false,
      httpOnly: false,
      hostOnly: true,
    });
    expect(await jar.get('a', '/')).toMatchObject({ value: 'top', path: '/', expires: null });
    expect(await jar.get('a', 'https://other.com/')).toBeUndefined();
    expect(await jar.get('b')).toBeUndefined();
  });

  it('getAll gives what would be sent to a URL, and without any URL everything', async () => {
    const jar = newJar();
    respond(jar, 'http://one.com/', 'a=1');
    respond(jar, 'http://two.com/', 'b=2');
    expect((await jar.getAll('http://one.com/')).map(({ name }) => name)).toEqual(['a']);
    expect((await jar.getAll()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('header gives the header for a URL, by default for the base', async () => {
    const jar = newJar(base);
    respond(jar, base, 'a=1', 'b=2; Path=/x');
    expect(await jar.header()).toBe('a=1');
    expect(await jar.header('/x')).toBe('b=2');
    await expect(newJar().header()).rejects.toThrow(InvalidRequestError);
  });

  it('set takes a line or a record and gives what was stored', async () => {
    const jar = newJar(base);
    expect(await jar.set('a=1; Domain=.example.com; Secure; SameSite=Lax')).toEqual({
      name: 'a',
      value: '1',
      domain: 'example.com',
      path: '/v1',
      expires: null,
      secure: true,
      sameSite: 'lax',
      partitioned: false,
      httpOnly: false,
      hostOnly: false,
    });
    const expires = Date.now() + 60_000;
    expect(
      await jar.set({
        name: 'b',
        value: '2',
        expires,
        secure: true,
        sameSite: 'none',
        httpOnly: true,
        partitioned: true,
      }),
    ).toEqual({
      name: 'b',
      value: '2',
      domain: 'example.com',
      path: '/',
      expires,
      secure: true,
      sameSite: 'none',
      partitioned: true,
      httpOnly: true,
      hostOnly: true,
    });
    expect(
      await jar.set({ name: 'c', value: '', domain: '.EXAMPLE.com', path: '/v1' }),
    ).toMatchObject({ domain: 'example.com', hostOnly: false });
    expect(
      await jar.set({ name: 'c', value: '', domain: 'example.com', hostOnly: true }),
    ).toMatchObject({ domain: 'example.com', hostOnly: true });
    expect(
      await jar.set({ name: 'd', value: '', domain: 'bücher.example' }, 'https://bücher.example'),
    ).toMatchObject({ domain: 'xn--bcher-kva.example' });
    expect(await jar.set({ name: 'd', value: '', domain: 'other.com' })).toEqual({
      rejected: 'domain-mismatch',
    });
    expect(
      await jar.set(
        { name: 'd', value: '', hostOnly: true, domain: 'example.com' },
        'https://www.example.com',
      ),
    ).toEqual({ rejected: 'domain-mismatch' });
    expect(await jar.set({ name: 'b', value: '', expires: 1 })).toEqual({ rejected: 'expired' });
  });

  it('set needs to know where: a URL, a base or a record with a domain', async () => {
    const jar = newJar();
    await expect(jar.set('a=1')).rejects.toThrow(InvalidRequestError);
    await expect(jar.set({ name: 'a', value: '1' })).rejects.toThrow(InvalidRequestError);
    expect(
      await jar.set({ name: 'a', value: '1', domain: 'example.com', secure: true }),
    ).toMatchObject({ domain: 'example.com', hostOnly: false });
    await expect(jar.set('a=1', 'ftp://example.com/')).rejects.toThrow(InvalidRequestError);
    await expect(jar.set('a=1', '/relative')).rejects.toThrow(InvalidRequestError);
    await expect(jar.get('a', 'no url')).rejects.toThrow(InvalidRequestError);
  });

  it('set does not take a name and a value apart: that would be a cookie without a name', async () => {
    const jar = newJar(base);
    await expect(jar.set('sid', 's3cret')).rejects.toThrow(InvalidRequestError);
    expect(jar.size).toBe(0);
    expect(await jar.set('nameless', '/v1/')).toMatchObject({ name: '', value: 'nameless' });
  });

  it('get and delete without any URL act on the only cookie of a name', async () => {
    const jar = newJar();
    respond(jar, 'http://one.com/', 'a=1', 'b=1');
    respond(jar, 'http://two.com/', 'b=2');
    expect(await jar.get('a')).toMatchObject({ value: '1', domain: 'one.com' });
    expect(await jar.get('none')).toBeUndefined();
    await expect(jar.get('b')).rejects.toThrow(/2 cookies are named "b"/);
    await expect(jar.delete('b')).rejects.toThrow(InvalidRequestError);
    expect(await jar.delete('a')).toBe(true);
    expect(await jar.delete('a')).toBe(false);
    expect(await jar.delete('b', 'http://two.com/')).toBe(true);
    expect(send(jar, 'http://two.com/')).toBe('');
    expect(send(jar, 'http://one.com/')).toBe('b=1');
  });

  it('clear removes every cookie', async () => {
    const jar = newJar(base);
    respond(jar, base, 'a=1');
    expect(send(jar, base)).toBe('a=1');
    await jar.clear();
    expect(send(jar, base)).toBe('');
    expect(jar.size).toBe(0);
  });

  it('records are copies: changing one changes nothing', async () => {
    const jar = newJar(base);
    const stored = (await jar.set('a=1; Path=/')) as CookieRecord;
    stored.value = 'evil';
    (await jar.getAll())[0].value = 'evil';
    expect(await jar.header()).toBe('a=1');
  });
});

describe('what a program may set', () => {
  const controls = [...Array(32).keys(), 127].map((code) => String.fromCharCode(code));

  it('C6: no control character gets in through any field of a record', async () => {
    const jar = newJar(base);
    for (const control of controls) {
      for (const field of ['name', 'value', 'domain', 'path', 'sameSite', 'expires']) {
        const text =
          {
            name: 'n',
            value: 'v',
            domain: 'example.com',
            path: '/',
            sameSite: 'lax',
            expires: '1',
          }[field] ?? '';
        const record = {
          name: 'a',
          value: 'b',
          [field]: `${text}${control}x`,
        } as unknown as CookieRecord;
        await expect(jar.set(record), JSON.stringify(record)).rejects.toThrow(InvalidRequestError);
      }
      if (control !== '\t') expect(await jar.set(`a=b${control}c`)).toEqual({ rejected: 'ctl' });
    }
    expect(jar.size).toBe(0);
  });

  it.each<[string, unknown]>([
    ['a name with an equals sign', { name: 'a=b', value: '' }],
    ['a name with a semicolon', { name: 'a;b', value: '' }],
    ['a name with a comma', { name: 'a,b', value: '' }],
    ['a value with a semicolon', { name: 'a', value: '1; b=2' }],
    ['a path with a semicolon', { name: 'a', value: '', path: '/;secure' }],
    ['a domain with a semicolon', { name: 'a', value: '', domain: 'example.com;x' }],
    ['a path without a slash', { name: 'a', value: '', path: 'x' }],
    ['a value that forges a name', { name: '', value: 'b=2' }],
    ['no name', { value: '' }],
    ['no value', { name: 'a' }],
    ['a number', { name: 'a', value: 1 }],
    ['a Date', { name: 'a', value: '', expires: new Date() }],
    ['NaN', { name: 'a', value: '', expires: Number.NaN }],
    ['a truthy flag', { name: 'a', value: '', secure: 'yes' }],
    ['another SameSite', { name: 'a', value: '', sameSite: 'Lax' }],
    ['a domain that is no string', { name: 'a', value: '', domain: {} }],
    ['an array', []],
    ['null', null],
    ['undefined', undefined],
    ['a number', 5],
  ])('C6: %s is a mistake', async (_story, record) => {
    const jar = newJar(base);
    await expect(jar.set(record as CookieRecord)).rejects.toThrow(InvalidRequestError);
    expect(jar.size).toBe(0);
  });

  it('names the cookie and never its value in an error', async () => {
    const error = await newJar(base)
      .set({ name: 'sid', value: 'topsecret;' })
      .catch((reason: unknown) => reason);
    expect(String(error)).toContain('"sid"');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('topsecret');
  });

  it('M1: reads own properties only, of records and of the last argument', async () => {
    const jar = newJar(base);
    const polluted = Object.prototype as unknown as Record<string, unknown>;
    Object.assign(polluted, { domain: 'evil.com', httpOnly: true, path: '/evil', http: false });
    try {
      expect(await jar.set({ name: 'a', value: '1' })).toMatchObject({
        domain: 'example.com',
        httpOnly: false,
        path: '/',
      });
      expect(await jar.set('b=1; HttpOnly', base, {})).toMatchObject({ httpOnly: true });
    } finally {
      for (const key of ['domain', 'httpOnly', 'path', 'http']) delete polluted[key];
    }
  });

  it('C5: bytes above ASCII come back as they came, and text beyond Latin-1 goes out as UTF-8', async () => {
    const jar = newJar(base);
    respond(jar, base, 'bytes=\xc3\xa9\xff; Path=/');
    await jar.set({ name: 'text', value: '春' });
    expect(await jar.get('text')).toMatchObject({ value: '春' });
    expect(send(jar, base)).toBe('bytes=\xc3\xa9\xff; text=\xe6\x98\xa5');
  });
});

describe('export and import', () => {
  it('carry everything over, in order, through JSON', async () => {
    const jar = newJar();
    respond(
      jar,
      'https://www.example.com/a/b',
      'host=1; Max-Age=1000',
      'dom=2; Domain=example.com; Path=/; Secure; SameSite=None',
      '__Host-x=3; Path=/; Secure; HttpOnly',
      'nameless',
      'tab=\t x\ty',
      'co,mma=4',
    );
    respond(jar, 'http://127.0.0.1/', 'ip=1; Partitioned; Secure');
    respond(jar, 'http://[::1]/', 'six=1');
    const records = JSON.parse(JSON.stringify(await jar.export())) as CookieRecord[];
    const other = newJar();
    expect(await other.import(records)).toEqual([]);
    expect(await other.export()).toEqual(await jar.export());
    for (const url of [
      'https://www.example.com/a/b',
      'https://example.com/',
      'http://127.0.0.1/',
      'http://[::1]/',
    ])
      expect(send(other, url)).toBe(send(jar, url));
  });

  it('C15: every record is checked, and what is refused is told', async () => {
    const jar = newJar();
    const records = [
      { name: 'ok', value: '1', domain: 'example.com', path: '/', hostOnly: true },
      { name: 'a', value: 'x\r\nSet-Cookie: b=1', domain: 'example.com' },
      { name: 'a;b', value: '1', domain: 'example.com' },
      {
        name: '__Host-a',
        value: '1',
        domain: 'example.com',
        path: '/',
        hostOnly: false,
        secure: true,
      },
      { name: 'a', value: 'x'.repeat(5000), domain: 'example.com' },
      { name: 'old', value: '1', domain: 'example.com', expires: 1 },
      { name: 'a', value: '1' },
      JSON.parse('{"__proto__": {"name": "a", "value": "1", "domain": "example.com"}}'),
      null,
      'a=1',
      7,
      { name: { toString: () => 'a' }, value: '1', domain: 'example.com' },
      { name: 'last', value: '1', domain: 'example.com', path: '/' },
    ] as CookieRecord[];
    const refused = await jar.import(records);
    expect(refused.map(({ rejected }) => rejected)).toEqual([
      'policy',
      'policy',
      'prefix-host',
      'too-large',
      'expired',
      'domain-invalid',
      'policy',
      'policy',
      'policy',
      'policy',
      'policy',
    ]);
    expect(refused[0]?.record).toBe(records[1]);
    expect(send(jar, 'https://example.com/')).toBe('ok=1; last=1');
    expect(({} as Record<string, unknown>)['name']).toBeUndefined();
    await expect(jar.import({} as CookieRecord[])).rejects.toThrow(InvalidRequestError);
  });
});

describe('nothing that is printed holds a value', () => {
  it('L1: toJSON and inspection show names and where they go', async () => {
    const jar = newJar(base);
    respond(jar, base, 'sid=topsecret; Path=/', 'theme=topsecret2');
    expect(JSON.stringify(jar)).toBe(
      '{"cookies":[{"name":"sid","domain":"example.com","path":"/"},{"name":"theme","domain":"example.com","path":"/v1"}]}',
    );
    expect(inspect(jar)).toBe('SessionCookies { sid (example.com/), theme (example.com/v1) }');
    for (const value of [jar, { jar }, jar.jar])
      expect(inspect(value, { depth: Infinity, showHidden: true })).not.toContain('topsecret');
    expect(inspect(jar.jar, { depth: 5 })).toContain('sid (example.com/)');
  });
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

  it('C6 C9 C10: what is put into it directly is bounded, and cannot forge a header', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar(base);
    const tough = jar.jar as unknown as CookieJar;
    const { Cookie } = await import('tough-cookie');
    await tough.setCookie(new Cookie({ key: 'crlf', value: 'x\r\nX-Evil: 1' }), base.href);
    await tough.setCookie(new Cookie({ key: 'pair', value: 'x; sid=evil' }), base.href);
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

describe('sharing and copying', () => {
  it('a jar made of another shares its cookies and has its own base', async () => {
    const parent = newJar(base);
    const child = new SessionJar(parent, () => new URL('https://other.com/'));
    await parent.set('a=1; Path=/');
    await child.set('b=2');
    expect(send(child, base)).toBe('a=1');
    expect(send(parent, 'https://other.com/')).toBe('b=2');
    expect(child.jar).toBe(parent.jar);
    expect(await child.header()).toBe('b=2');
  });

  it("a jar made of another's CookieJar shares its cookies too", async () => {
    const parent = newJar(base);
    await parent.set('a=1; Path=/');
    await parent.set('a=2; Path=/; Domain=example.com');
    const child = new SessionJar(parent.jar, () => base);
    expect(send(child, base)).toBe('a=1; a=2');
    await child.delete('a');
    expect(send(parent, base)).toBe('');
  });

  it('a copy has the same cookies and goes its own way', async () => {
    const parent = newJar(base);
    respond(parent, base, 'a=1; Path=/; HttpOnly; Max-Age=100', 'b=2; Path=/');
    const copy = parent.copy(() => base);
    expect(copy).toBeInstanceOf(SessionJar);
    expect(await copy.export()).toEqual(await parent.export());
    await copy.set('a=3; Path=/');
    await parent.delete('b');
    expect(send(parent, base)).toBe('a=1');
    expect(send(copy, base)).toBe('a=3; b=2');
  });
});

describe("a jar of somebody else's", () => {
  const stores: [string, () => CookieJar | undefined][] = [
    ['our own', () => undefined],
    ["tough-cookie's memory", () => new CookieJar()],
    ['a store that answers later', () => new CookieJar(new LateStore())],
  ];

  it.each(stores)('in %s, the same rules hold', async (_name, make) => {
    const jar = new SessionJar(make(), () => base);
    await jar.storeResponse(base, [
      'sid=1; Path=/; HttpOnly',
      `big=${'x'.repeat(5000)}`,
      'dom=2; Domain=example.com; Path=/',
      '__Host-x=1',
      'nul=\0',
    ]);
    expect(await jar.headerFor(base)).toBe('sid=1; dom=2');
    expect(await jar.header('/', { http: false })).toBe('dom=2');
    expect(await jar.set('sid=evil; Path=/', base, { http: false })).toEqual({
      rejected: 'httponly-overwrite',
    });
    await jar.set('safe=1; Secure; Path=/');
    expect(await jar.set('safe=evil; Domain=example.com', 'http://www.example.com/')).toEqual({
      rejected: 'secure-overlay',
    });
    expect(await jar.headerFor(new URL('http://example.com/'))).toBe('sid=1; dom=2');
    expect(await jar.headerFor(new URL('http://www.example.com/'))).toBe('dom=2');
    await jar.storeResponse(base, ['sid=2; Path=/', 'dom=; Domain=example.com; Path=/; Max-Age=0']);
    expect(await jar.headerFor(base)).toBe('sid=2; safe=1');
    expect(await jar.get('sid')).toMatchObject({ value: '2', httpOnly: false });
    expect(await jar.delete('sid')).toBe(true);
    expect((await jar.export()).map(({ name }) => name)).toEqual(['safe']);
    await jar.storeResponse(new URL('http://test/'), ['t=1']);
    expect(await jar.headerFor(new URL('http://test/'))).toBe('t=1');
    expect(
      await jar.import([{ name: 'in', value: '1', domain: 'example.com', path: '/' }]),
    ).toEqual([]);
    expect(await jar.headerFor(base)).toBe('safe=1; in=1');
    await jar.clear();
    expect(await jar.getAll()).toEqual([]);
  });

  it("a copy of tough-cookie's memory has its cookies and goes its own way", async () => {
    const jar = new SessionJar(new CookieJar(), () => base);
    await jar.storeResponse(base, ['a=1; Path=/', 'b=2; Path=/']);
    const copy = jar.copy(() => base);
    await jar.clear();
    expect(await copy.header()).toBe('a=1; b=2');
  });

  it.each(stores)('in %s, C9: a host has at most 180 cookies', async (_name, make) => {
    const jar = new SessionJar(make(), () => base);
    for (let r = 0; r < 4; r++)
      await jar.storeResponse(
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
    expect(jar.headerFor(base)).toBe('a=1');
    tough.setCookieSync('a=2; Path=/', base.href);
    expect(jar.headerFor(base)).toBe('a=2');
    expect(jar.size).toBe(1);
    expect(jar.storeResponse(base, ['b=3; Path=/'])).toBeUndefined();
    expect(tough.getCookieStringSync(base.href)).toBe('a=2; b=3');
  });

  it('has a size of 0 and prints no cookies while its store answers later', async () => {
    const jar = new SessionJar(new CookieJar(new LateStore()), () => base);
    await jar.set('sid=topsecret');
    expect(jar.headerFor(base)).toBeInstanceOf(Promise);
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

  it.each<[string, unknown]>([
    ['a record', { sid: '1' }],
    ['an array', []],
    ['a map', new Map([['sid', '1']])],
    ['what holds a jar', { jar: new CookieJar() }],
  ])('%s is no jar and is refused at once', (_name, source) => {
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
