import { InvalidRequestError, UnsupportedError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { browserTest, open, rejection, sent, sites, wireTest } from '../../support/contract.ts';
import { cookiesAt } from './cookies-at.ts';

describe('cookies of a call', () => {
  browserTest('are refused: a browser has its own', async () => {
    const { a } = sites();
    await rejection(
      open({ baseUrl: a.base }).get('echo', { cookies: { a: '1' } }),
      UnsupportedError,
    );
    await rejection(
      open({ baseUrl: a.base }).get('echo', { headers: { cookie: 'a=1' } }),
      UnsupportedError,
    );
    expect(await a.requests()).toEqual([]);
  });

  wireTest(
    'per-call cookies are sent on the first hop and on every same-origin redirect hop',
    async () => {
      const { a } = sites();
      await open({ baseUrl: a.base }).get('redirect', {
        searchParams: { to: 'redirect?to=echo' },
        cookies: { per: 'call' },
      });
      expect((await a.requests()).map((entry) => sent(entry, 'cookie'))).toEqual([
        'per=call',
        'per=call',
        'per=call',
      ]);
    },
  );

  wireTest('per-call cookies never reach another origin, nor come back after it', async () => {
    const { a, b, c } = sites();
    const session = open({ baseUrl: a.base });
    for (const other of [b, c]) {
      await session.get('redirect', {
        searchParams: { to: other.url('redirect', { to: a.url('echo') }) },
        cookies: { per: 'call' },
      });
      expect(sent(await other.request(), 'cookie')).toBeUndefined();
    }
    expect(await cookiesAt(a, 'echo')).toEqual([{}, {}]);
  });

  wireTest(
    "a per-call cookie goes over the session's of the same name for that call only",
    async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base });
      await session.cookies.set('x=session');
      await session.cookies.set('y=session');
      await session.get('cookies', { cookies: { x: 'call' } });
      await session.get('cookies');
      expect(await cookiesAt(a, 'cookies')).toEqual([
        { x: 'call', y: 'session' },
        { x: 'session', y: 'session' },
      ]);
    },
  );

  wireTest('per-call cookies are never stored', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('redirect?to=echo', { cookies: { per: 'call' } });
    expect(await session.cookies.export()).toEqual([]);
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{}]);
  });

  wireTest('a cookie header of the call is merged in by name: one header goes out', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.cookies.set('jar=1');
    await session.cookies.set('both=jar');
    await session.get('cookies', {
      headers: { Cookie: 'manual=1; both=manual' },
      cookies: { call: '1' },
    });
    expect(await cookiesAt(a, 'cookies')).toEqual([
      { jar: '1', both: 'manual', manual: '1', call: '1' },
    ]);
  });

  for (const { name, cookies } of [
    { name: 'a semicolon', cookies: { a: '1; b=2' } },
    { name: 'a line break', cookies: { a: '1\r\nx: y' } },
    { name: 'NUL', cookies: { a: '\0' } },
    { name: 'a bad name', cookies: { 'a=b': '1' } },
    { name: 'a semicolon in the name', cookies: { 'a;b': '1' } },
    { name: 'no string', cookies: { a: 5 } },
  ]) {
    wireTest(`with ${name} are refused before anything is sent`, async () => {
      const { a } = sites();
      await rejection(
        open({ baseUrl: a.base }).get('echo', { cookies: cookies as Record<string, string> }),
        InvalidRequestError,
      );
      expect(await a.requests()).toEqual([]);
    });
  }
});

describe('cookies: false and credentials', () => {
  test('cookies: false keeps none and sends none', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, cookies: false });
    await session.get('cookies/set', { searchParams: { line: 'x=1' } });
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{}]);
  });

  test('credentials: omit sends neither cookies nor auth, and keeps no cookie', async () => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      auth: (request, next) => (
        request.headers.set('authorization', 'Bearer session'),
        next(request)
      ),
    });
    await session.get('cookies/set', { searchParams: { line: 'kept=1' } });
    await session.get('cookies/set', { searchParams: { line: 'omitted=1' }, credentials: 'omit' });
    await session.get('cookies', { credentials: 'omit' });
    await session.get('cookies');
    const entries = (await a.requests()).filter((entry) => entry.route === 'cookies');
    expect(entries.map((entry) => [sent(entry, 'cookie'), sent(entry, 'authorization')])).toEqual([
      [undefined, undefined],
      ['kept=1', 'Bearer session'],
    ]);
  });

  browserTest(
    'credentials default to include for the origin of baseUrl and to same-origin for every other',
    async () => {
      const { a, b } = sites();
      // The page is a third origin: only include sends a cookie from it.
      await fetch(a.url('cookies/set', { line: 'browser=1' }), { credentials: 'include' });
      await fetch(b.url('cookies/set', { line: 'browser=1' }), { credentials: 'include' });
      const session = open({ baseUrl: a.base });
      await session.get('cookies');
      await session.get(b.url('cookies'));
      await session.get(b.url('cookies'), { credentials: 'include' });
      await open().get(a.url('cookies'));
      expect(await cookiesAt(a, 'cookies')).toEqual([{ browser: '1' }, {}]);
      expect(await cookiesAt(b, 'cookies')).toEqual([{}, { browser: '1' }]);
    },
  );
});
