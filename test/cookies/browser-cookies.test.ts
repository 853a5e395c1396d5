import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidRequestError } from '../../src/errors/invalid-request-error.ts';
import { UnsupportedError } from '../../src/errors/unsupported-error.ts';
import type { CookieRecord } from '../../src/types/cookies.ts';
import { BrowserCookies } from '../../src/cookies/browser-cookies.ts';
import { CookieStore } from '../../src/cookies/rules/cookie-store.ts';
import { siteOf } from '../../src/cookies/rules/cookie-site.ts';
import { parseSetCookie } from '../../src/cookies/rules/set-cookie.ts';
import { retrieveCookies, toCookieString } from '../../src/cookies/rules/retrieval.ts';
import { storeCookie } from '../../src/cookies/rules/storage-model.ts';
import './with-tough-cookie.ts';

const page = new URL('https://www.example.com/app/page');

/**
 * A page: its `document.cookie` follows the rules a browser follows, of which our own are a copy.
 */
function openPage(url: URL, site = siteOf(url, { http: false })): { store: CookieStore } {
  const store = new CookieStore();
  vi.stubGlobal('location', url);
  vi.stubGlobal('origin', url.origin);
  vi.stubGlobal('cookieStore', undefined);
  vi.stubGlobal('document', {
    get cookie() {
      return toCookieString(retrieveCookies(store, site, Date.now()));
    },
    set cookie(line: string) {
      const candidate = parseSetCookie(line, Date.now());
      if (typeof candidate !== 'string') storeCookie(store, candidate, site, Date.now());
    },
  });
  return { store };
}

let store: CookieStore;
const cookies = new BrowserCookies(() => undefined);

beforeEach(() => {
  ({ store } = openPage(page));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the cookies of a page', () => {
  it('are read through document.cookie', async () => {
    Object.assign(document, { cookie: 'a=1; Path=/' });
    Object.assign(document, { cookie: 'b=x=y' });
    Object.assign(document, { cookie: 'nameless' });
    expect(await cookies.getAll()).toEqual([
      { name: 'b', value: 'x=y' },
      { name: '', value: 'nameless' },
      { name: 'a', value: '1' },
    ]);
    expect(await cookies.get('a', '/other')).toEqual({ name: 'a', value: '1' });
    expect(await cookies.get('c')).toBeUndefined();
    expect(await cookies.header()).toBe('b=x=y; nameless; a=1');
    expect(await cookies.export()).toEqual(await cookies.getAll());
    expect(cookies.jar).toBeUndefined();
    expect(JSON.stringify(cookies)).toBe('{}');
  });

  it('are set from a line or a record, and read back', async () => {
    expect(await cookies.set('a=1; Path=/; Max-Age=60')).toEqual({ name: 'a', value: '1' });
    const expires = Math.floor(Date.now() / 1000) * 1000 + 60_000;
    expect(
      await cookies.set({
        name: 'b',
        value: '2',
        domain: 'example.com',
        path: '/app',
        expires,
        secure: true,
        sameSite: 'lax',
        partitioned: true,
      }),
    ).toEqual({ name: 'b', value: '2' });
    const [stored] = [...store.all()].filter(({ key }) => key === 'b');
    expect(stored).toMatchObject({
      domain: 'example.com',
      hostOnly: false,
      path: '/app',
      expires: new Date(expires),
      secure: true,
      sameSite: 'lax',
      extensions: ['Partitioned'],
    });
    await cookies.set({ name: 'c', value: '3', domain: 'www.example.com', hostOnly: true });
    expect([...store.all()].find(({ key }) => key === 'c')).toMatchObject({
      domain: 'www.example.com',
      path: '/',
      hostOnly: true,
      secure: false,
      expires: 'Infinity',
    });
    expect(await cookies.set({ name: 'c', value: '3', expires: 0 })).toEqual({
      rejected: 'policy',
    });
    expect(await cookies.set('__Host-x=1')).toEqual({ rejected: 'policy' });
  });

  it('a record cannot hold more than one cookie', async () => {
    for (const record of [
      { name: 'a=b', value: '' },
      { name: 'a;b', value: '' },
      { name: 'a', value: '1;domain=x' },
      { name: 'a', value: '1\r' },
      { name: 'a', value: '', path: '/;secure' },
      { name: 'a', value: '', sameSite: 'lax;secure' },
      { name: 'a\0', value: '' },
    ])
      await expect(cookies.set(record as CookieRecord), JSON.stringify(record)).rejects.toThrow(
        InvalidRequestError,
      );
    expect(store.size).toBe(0);
  });

  it('cannot be what a script cannot do: another origin or domain, HttpOnly', async () => {
    for (const url of [
      'https://other.com/',
      'http://www.example.com/',
      'https://example.com/',
      'https://www.example.com:444/',
    ]) {
      await expect(cookies.get('a', url)).rejects.toThrow(UnsupportedError);
      await expect(cookies.set('a=1', url)).rejects.toThrow(UnsupportedError);
      await expect(cookies.delete('a', url)).rejects.toThrow(UnsupportedError);
      await expect(cookies.header(url)).rejects.toThrow(UnsupportedError);
    }
    await expect(
      new BrowserCookies(() => new URL('https://api.other.com/')).getAll(),
    ).rejects.toThrow(UnsupportedError);
    await expect(cookies.set({ name: 'a', value: '1', httpOnly: true })).rejects.toThrow(
      UnsupportedError,
    );
    await expect(cookies.set({ name: 'a', value: '1', domain: 'other.com' })).rejects.toThrow(
      UnsupportedError,
    );
    await expect(cookies.set({ name: 'a', value: '1', domain: 'w.example.com' })).rejects.toThrow(
      UnsupportedError,
    );
    vi.unstubAllGlobals();
    await expect(cookies.getAll()).rejects.toThrow(UnsupportedError);
  });

  it('are deleted wherever a script can see them', async () => {
    for (const line of [
      'a=1; Path=/',
      'a=2; Path=/app',
      'a=3',
      'a=4; Domain=example.com; Path=/',
      'a=5; Domain=www.example.com; Path=/app/',
      '__Host-a=6; Secure; Path=/',
      'b=7',
    ])
      await cookies.set(line);
    expect(await cookies.delete('a')).toBe(true);
    expect(await cookies.delete('a')).toBe(false);
    expect((await cookies.getAll()).map(({ name }) => name)).toEqual(['b', '__Host-a']);
    await cookies.clear();
    expect(await cookies.getAll()).toEqual([]);
  });

  it('are put back, and what is refused is told', async () => {
    const records: CookieRecord[] = [
      { name: 'a', value: '1' },
      { name: 'h', value: '2', httpOnly: true },
      { name: 'x', value: ';' },
      { name: 'o', value: '1', domain: 'other.com' },
    ];
    const problem = expect.any(String);
    expect(await cookies.import(records)).toEqual(
      records.slice(1).map((record) => ({ record, rejected: 'policy', problem })),
    );
    expect(await cookies.header()).toBe('a=1');
  });

  it('are deleted by as many lines as a path that is long at all needs', async () => {
    let given = 0;
    vi.stubGlobal('document', {
      get cookie() {
        return 'a=1';
      },
      set cookie(line: string) {
        given += line.length;
      },
    });
    const lengthAt = async (path: string): Promise<number> => {
      given = 0;
      vi.stubGlobal('location', new URL(`/x${path}`, page));
      await cookies.delete('a');
      return given;
    };
    for (const part of ['/', '/a']) {
      const atLeast = await lengthAt(part.repeat(2000));
      expect(await lengthAt(part.repeat(50_000))).toBe(atLeast);
    }
    expect(await lengthAt('a'.repeat(50_000))).toBeLessThan(1000);
  });

  it.each([1023, 1024])('are deleted at a path of %i characters', async (length) => {
    const path = '/a'.repeat(length).slice(0, length);
    openPage(new URL(`${path}${length % 2 ? '' : '/'}a/b`, page));
    await cookies.set(`a=1; Path=${path}`);
    expect(await cookies.delete('a')).toBe(true);
  });

  it('are deleted at http://localhost in WebKit, which takes no Secure cookie there', async () => {
    const url = new URL('http://localhost/');
    openPage(url, { ...siteOf(url, { http: false }), secure: false });
    vi.stubGlobal('isSecureContext', true);
    await cookies.set('a=1');
    expect(await cookies.delete('a')).toBe(true);
  });

  it.each([
    ['http://www.example.com/', 'a'],
    ['http://localhost/', '__Host-a'],
  ])('work over plain http at %s', async (url, name) => {
    openPage(new URL(url));
    await cookies.set({ name, value: '1', secure: name !== 'a' });
    expect(await cookies.header()).toBe(`${name}=1`);
    expect(await cookies.delete(name)).toBe(true);
    expect(await cookies.header()).toBe('');
  });
});

describe('the cookies of a worker', () => {
  it('are those of cookieStore', async () => {
    const held = new Map<string, CookieRecord>();
    vi.stubGlobal('document', undefined);
    vi.stubGlobal('cookieStore', {
      getAll: async () => [...held.values()],
      set: async (cookie: CookieRecord) => void held.set(cookie.name, cookie),
      delete: async (name: string) => void held.delete(name),
    });
    expect(await cookies.set({ name: 'a', value: '1', path: '/x' })).toEqual({
      name: 'a',
      value: '1',
      path: '/x',
    });
    expect(await cookies.header()).toBe('a=1');
    await expect(cookies.set('b=1')).rejects.toThrow(UnsupportedError);
    expect(await cookies.delete('a')).toBe(true);
    expect(await cookies.getAll()).toEqual([]);
  });
});
