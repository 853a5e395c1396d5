import { InvalidRequestError, Session, SessionError, UnsupportedError } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  browserTest,
  inBrowser,
  open,
  rejection,
  sent,
  type Site,
  sites,
  wireTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

/** The `cookie` header that a site got with a route, as names and values. */
async function cookiesAt(site: Site, route: string): Promise<Record<string, string>[]> {
  const entries = (await site.requests()).filter((entry) => entry.route === route);
  return entries.map((entry) =>
    Object.fromEntries(
      (sent(entry, 'cookie') ?? '')
        .split('; ')
        .filter(Boolean)
        .map((pair) => {
          const equals = pair.indexOf('=');
          return [pair.slice(0, equals), pair.slice(equals + 1)];
        }),
    ),
  );
}

describe('a session keeps its cookies', () => {
  test('the cookie of a login opens the page behind it', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    expect((await session.get('me')).status).toBe(401);
    await session.post('login', { form: { user: 'ann', password: 'open sesame' } });
    expect(await session.get('me').json()).toEqual({ user: 'ann' });
  });

  test('FIELD 1 and 2: a cookie that a redirect sets is kept and sent on the next hop', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    for (const status of [301, 302, 303, 307, 308]) {
      await session.get('redirect', {
        searchParams: { to: 'echo', status, line: `hop${status}=1` },
      });
    }
    await session.get('echo');
    const seen = await cookiesAt(a, 'echo');
    expect(seen[0]).toMatchObject({ hop301: '1' });
    expect(seen.at(-1)).toMatchObject({
      hop301: '1',
      hop302: '1',
      hop303: '1',
      hop307: '1',
      hop308: '1',
    });
  });

  test('every hop of a chain stores its own', async () => {
    const { a } = sites();
    await open({ baseUrl: a.base }).get('chain?n=3');
    expect(await cookiesAt(a, 'chain')).toEqual([
      {},
      { hop3: '1' },
      { hop3: '1', hop2: '1' },
      { hop3: '1', hop2: '1', hop1: '1' },
    ]);
  });

  test('FIELD 3: an expires in the past deletes', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('cookies/set', {
      searchParams: [
        ['line', 'keep=1'],
        ['line', 'drop=1'],
      ],
    });
    await session.get('cookies/set', {
      searchParams: { line: 'drop=x; expires=Thu, 01 Jan 1970 00:00:00 GMT' },
    });
    await session.get('cookies');
    expect((await cookiesAt(a, 'cookies'))[0]).toEqual({ keep: '1' });
  });

  test('FIELD 4: a quoted value stays quoted', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('cookies/set', { searchParams: { line: 'q="a b"' } });
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{ q: '"a b"' }]);
  });

  test('FIELD 13: an expires or Max-Age that cannot be read leaves a session cookie', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('cookies/set', {
      searchParams: [
        ['line', 'a=1; Expires=someday'],
        ['line', 'b=2; Max-Age=much'],
        ['line', 'c=3; Max-Age=0'],
      ],
    });
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{ a: '1', b: '2' }]);
  });

  test('a value with = and one without a name pass', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('cookies/set', { searchParams: { line: 'x=a=b==' } });
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{ x: 'a=b==' }]);
  });

  test('the newest value replaces, and there is one cookie header', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    for (const line of ['x=1', 'y=1', 'x=2'])
      await session.get('cookies/set', { searchParams: { line } });
    await session.get('cookies');
    const entry = (await a.requests()).at(-1) as JournalEntry;
    expect(sent(entry, 'cookie')?.split('; ').sort()).toEqual(['x=2', 'y=1']);
  });

  test('a response that fails sets its cookies too', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, retry: 0 });
    await session.get('reply', {
      searchParams: [
        ['status', '500'],
        ['h', 'set-cookie: failed=1'],
      ],
    });
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{ failed: '1' }]);
  });
});

describe('another origin', () => {
  test('gets no cookie of ours, and its cookies do not come here', async () => {
    const { a, c } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('cookies/set', { searchParams: { line: 'mine=1' } });
    await session.get(c.url('cookies/set', { line: 'theirs=1' }));
    await session.get(c.url('cookies'));
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{ mine: '1' }]);
    // A browser keeps none for it: credentials default to same-origin there.
    expect(await cookiesAt(c, 'cookies')).toEqual([inBrowser ? {} : { theirs: '1' }]);
  });

  wireTest("R13: each hop's cookies are stored for the URL of that hop", async () => {
    const { a, c } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('redirect', {
      searchParams: {
        to: c.url('redirect', { to: a.url('echo'), line: 'there=1' }),
        line: 'here=1',
      },
    });
    expect(await cookiesAt(a, 'echo')).toEqual([{ here: '1' }]);
    expect(await cookiesAt(c, 'redirect')).toEqual([{}]);
    expect(await session.cookies.get('there', c.base)).toMatchObject({
      value: '1',
      hostOnly: true,
    });
    expect(await session.cookies.get('there', a.base)).toBeUndefined();
  });

  wireTest('a cookie for a foreign domain is not stored', async () => {
    const { a, c } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('cookies/set', {
      searchParams: [
        ['line', `evil=1; Domain=${new URL(c.base).hostname}`],
        ['line', 'evil2=1; Domain=example.com'],
      ],
    });
    expect(await session.cookies.export()).toEqual([]);
  });
});

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
    'FIELD 5: per-call cookies are sent on the first hop and on every same-origin redirect hop',
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

  wireTest(
    'FIELD 5: per-call cookies never reach another origin, nor come back after it',
    async () => {
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
    },
  );

  wireTest(
    "FIELD 6: a per-call cookie goes over the session's of the same name for that call only",
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

  wireTest('FIELD 7: per-call cookies are never stored', async () => {
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

  wireTest.each([
    ['a semicolon', { a: '1; b=2' }],
    ['a line break', { a: '1\r\nx: y' }],
    ['NUL', { a: '\0' }],
    ['a bad name', { 'a=b': '1' }],
    ['a semicolon in the name', { 'a;b': '1' }],
    ['no string', { a: 5 }],
  ])('C6: %s in one is refused before anything is sent', async (_name, cookies) => {
    const { a } = sites();
    await rejection(
      open({ baseUrl: a.base }).get('echo', { cookies: cookies as Record<string, string> }),
      InvalidRequestError,
    );
    expect(await a.requests()).toEqual([]);
  });
});

describe('cookies: false and credentials', () => {
  test('cookies: false keeps none and sends none', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, cookies: false });
    await session.get('cookies/set', { searchParams: { line: 'x=1' } });
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{}]);
  });

  test("credentials: omit sends neither cookies nor the session's auth, and keeps no cookie", async () => {
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

  browserTest(
    "FIELD 12: reads and writes what a script may, of the page's own origin",
    async () => {
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
    },
  );

  wireTest(
    'FIELD 12: takes a Set-Cookie line or a record with every attribute, and gives records back',
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
    'FIELD 10: a name on several hosts or paths is ambiguous without a URL, and clear with one',
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
    expect(await other.cookies.import([bad])).toEqual([
      {
        record: expect.objectContaining({ name: 'x' }) as object,
        rejected: expect.any(String) as string,
      },
    ]);
    expect(await other.cookies.export()).toEqual(records);
  });

  wireTest('FIELD 8: cookies of another session may be shared: the jar is one', async () => {
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

wireTest('S1: cookies, headers and defaults of one session are unknown to the other', async () => {
  const { a } = sites();
  const users = Array.from({ length: 10 }, (_, n) => {
    const session = new Session({
      baseUrl: a.base,
      headers: { 'x-user': String(n) },
      searchParams: { user: n },
    });
    onTestFinished(() => session.close());
    return session;
  });
  await Promise.all(
    users.map((session, n) =>
      session.post('login', { form: { user: `user${n}`, password: 'open sesame' } }),
    ),
  );
  const answers = await Promise.all(
    users.flatMap((session, n) =>
      Array.from({ length: 10 }, async () => {
        const echo = await session.get('echo').json<JournalEntry>();
        return [n, sent(echo, 'x-user'), sent(echo, 'cookie'), echo.search];
      }),
    ),
  );
  for (const [n, header, cookie, search] of answers)
    expect([header, cookie, search]).toEqual([String(n), `sid=user${n}`, `?user=${n}`]);
  expect(answers).toHaveLength(100);
});
