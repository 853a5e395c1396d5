import { SessionError } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  browserTest,
  inBrowser,
  inProduction,
  open,
  rejection,
  sites,
  wireTest,
} from '../../support/contract.ts';
import { cookiesAt } from './cookies-at.ts';

describe('session.cookies', () => {
  test('has the jar, and in a browser none', () => {
    expect(open().cookies.jar === undefined).toBe(inBrowser);
  });

  test('shows names and never values', async () => {
    const url = inBrowser ? location.href : 'http://app.test/';
    const session = open();
    const name = `c${crypto.randomUUID().slice(0, 8)}`;
    await session.cookies.set(`${name}=s3cret`, url);
    onTestFinished(async () => void (await session.cookies.delete(name, url)));
    expect(JSON.stringify(session.cookies) + JSON.stringify(session)).not.toContain('s3cret');
  });

  browserTest("reads and writes what a script may, of the page's own origin", async () => {
    const session = open({ baseUrl: location.href });
    const name = `c${crypto.randomUUID().slice(0, 8)}`;
    expect(
      await session.cookies.set({
        name,
        value: '1',
        path: '/',
        sameSite: 'strict',
        expires: Date.now() + 60_000,
      }),
    ).toMatchObject({ name, value: '1' });
    expect(await session.cookies.get(name)).toMatchObject({ name, value: '1' });
    expect(await session.cookies.header()).toContain(`${name}=1`);
    expect((await session.cookies.getAll()).map((record) => record.name)).toContain(name);
    expect(document.cookie).toContain(`${name}=1`);
    expect(await session.cookies.delete(name)).toBe(true);
    expect(await session.cookies.get(name)).toBeUndefined();
    expect(await session.cookies.delete(name)).toBe(false);
  });

  wireTest(
    'takes a Set-Cookie line or a record with every attribute, and gives records back',
    async () => {
      const session = open({ baseUrl: 'https://shop.example.com/a/b' });
      expect(await session.cookies.set('line=1; Path=/a; HttpOnly')).toMatchObject({
        name: 'line',
        value: '1',
        path: '/a',
        httpOnly: true,
        hostOnly: true,
        secure: false,
      });
      const expires = Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
      const record = {
        name: 'record',
        value: '2',
        domain: 'example.com',
        path: '/',
        secure: true,
        httpOnly: true,
        sameSite: 'lax',
        expires,
      } as const;
      expect(await session.cookies.set(record)).toMatchObject({ ...record, hostOnly: false });
      expect(await session.cookies.get('record')).toMatchObject(record);
      expect((await session.cookies.getAll()).map(({ name }) => name).sort()).toEqual([
        'line',
        'record',
      ]);
      expect(await session.cookies.header('https://other.example.com/')).toBe('record=2');
      expect(await session.cookies.header('https://example.org/')).toBe('');
    },
  );

  wireTest('what is not stored says why', async () => {
    const session = open({ baseUrl: 'http://shop.example.com/' });
    expect(await session.cookies.set('x=1; Domain=example.org')).toEqual({
      rejected: 'domain-mismatch',
    });
    expect(await session.cookies.set('x=1; Domain=com')).toEqual({ rejected: 'public-suffix' });
    expect(await session.cookies.set('x=1; Secure')).toEqual({ rejected: 'secure-from-insecure' });
    expect(await session.cookies.set('x=a\x01')).toEqual({ rejected: 'ctl' });
    expect(await session.cookies.set('__Host-x=1')).toEqual({
      rejected: expect.stringContaining('prefix') as string,
    });
    expect(await session.cookies.export()).toEqual([]);
  });

  wireTest(
    'a name on several hosts or paths is ambiguous without a URL, and clear with one',
    async () => {
      const session = open();
      await session.cookies.set('x=1', 'http://one.test/');
      expect(await session.cookies.get('x')).toMatchObject({ value: '1' });
      await session.cookies.set('x=2', 'http://two.test/');
      await rejection(session.cookies.get('x'), SessionError);
      await rejection(session.cookies.delete('x'), SessionError);
      expect(await session.cookies.get('x', 'http://two.test/')).toMatchObject({ value: '2' });
      expect(await session.cookies.delete('x', 'http://one.test/')).toBe(true);
      expect(await session.cookies.get('x')).toMatchObject({ value: '2' });
      await session.cookies.set('x=deep; Path=/deep', 'http://two.test/deep');
      await rejection(session.cookies.get('x'), SessionError);
      expect(await session.cookies.get('x', 'http://two.test/deep')).toMatchObject({
        value: 'deep',
      });
      expect(await session.cookies.get('nothing')).toBeUndefined();
    },
  );

  wireTest('changes are seen by the next call', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.cookies.set('x=1');
    await session.get('cookies');
    await session.cookies.set('x=2');
    await session.get('cookies');
    await session.cookies.delete('x');
    await session.get('cookies');
    await session.cookies.set('y=1');
    await session.cookies.clear();
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{ x: '1' }, { x: '2' }, {}, {}]);
    expect(session.stats().cookies).toBe(0);
  });

  wireTest("a script's access neither sees nor touches HttpOnly cookies", async () => {
    const session = open({ baseUrl: 'http://app.test/' });
    const script = { http: false };
    await session.cookies.set('secret=1; HttpOnly');
    expect(await session.cookies.get('secret', undefined, script)).toBeUndefined();
    expect(await session.cookies.header(undefined, script)).toBe('');
    expect(await session.cookies.set('secret=2', undefined, script)).toHaveProperty('rejected');
    expect(await session.cookies.set('other=2; HttpOnly', undefined, script)).toHaveProperty(
      'rejected',
    );
    expect(await session.cookies.delete('secret', undefined, script)).toBe(false);
    expect(await session.cookies.get('secret')).toMatchObject({ value: '1' });
  });

  wireTest('export and import round-trip, and what is refused is told', async () => {
    const session = open();
    await session.cookies.set('a=1; Path=/x; Max-Age=100', 'http://one.test/x');
    await session.cookies.set(
      'b=2; Domain=two.test; HttpOnly; SameSite=Strict',
      'http://www.two.test/',
    );
    const records = await session.cookies.export();
    const other = open();
    expect(
      await other.cookies.import(JSON.parse(JSON.stringify(records)) as typeof records),
    ).toEqual([]);
    expect(await other.cookies.export()).toEqual(records);
    const bad = { name: 'x', value: 'a\x01b', domain: 'one.test' };
    expect(await other.cookies.import([bad])).toMatchObject([
      {
        record: expect.objectContaining({ name: 'x' }) as object,
        rejected: expect.any(String) as string,
      },
    ]);
    expect(await other.cookies.export()).toEqual(records);
  });

  test("import names the field of Playwright's cookies, and who reads them", async () => {
    const session = open();
    const cookie = {
      name: 'n',
      value: 'secret',
      path: '/',
      ...(!inBrowser && { domain: 'a.test' }),
    };
    for (const expires of [4_102_444_800, -1]) {
      const [refused] = await session.cookies.import([{ ...cookie, expires }]);
      expect(refused?.problem).toMatch(
        inProduction && inBrowser
          ? 'n: expires'
          : /^Cookie "n": expires must be in milliseconds; fromStorageState/,
      );
    }
    const given = { ...cookie, expires: null, sameSite: 'Lax' };
    const [refused] = await session.cookies.import([given as never]);
    if (inBrowser) {
      // A browser reads such a value as its attribute itself.
      expect(refused).toBeUndefined();
      expect(await session.cookies.get('n')).toMatchObject({ value: 'secret' });
      return;
    }
    expect([refused?.record, refused?.rejected]).toEqual([given, 'policy']);
    expect(refused?.problem).toMatch(
      /^Cookie "n": sameSite must be strict, lax or none; fromStorageState/,
    );
  });

  wireTest('cookies of another session may be shared: the jar is one', async () => {
    const { a } = sites();
    const first = open({ baseUrl: a.base });
    const second = open({ baseUrl: a.base, cookies: first.cookies });
    expect(second.cookies.jar).toBe(first.cookies.jar);
    await first.get('cookies/set', { searchParams: { line: 'shared=1' } });
    await second.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{ shared: '1' }]);
  });

  test('cookies cannot be replaced by assignment', () => {
    const session = open();
    const { cookies } = session;
    expect(() => Object.assign(session, { cookies: {} })).toThrow(TypeError);
    expect(session.cookies).toBe(cookies);
  });
});
