import { Session } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inBrowser, open, sent, sites, wireTest } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';
import { cookiesAt } from './cookies-at.ts';

describe('a session keeps its cookies', () => {
  test('the cookie of a login opens the page behind it', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    expect((await session.get('me')).status).toBe(401);
    await session.post('login', { form: { user: 'ann', password: 'open sesame' } });
    expect(await session.get('me').json()).toEqual({ user: 'ann' });
  });

  test('a cookie that a redirect sets is kept and sent on the next hop', async () => {
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

  test('an Expires in the past deletes a cookie', async () => {
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

  test('a quoted value stays quoted', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('cookies/set', { searchParams: { line: 'q="a b"' } });
    await session.get('cookies');
    expect(await cookiesAt(a, 'cookies')).toEqual([{ q: '"a b"' }]);
  });

  test('an expires or Max-Age that cannot be read leaves a session cookie', async () => {
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

  wireTest("each hop's cookies are stored for the URL of that hop", async () => {
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

wireTest('cookies, headers and defaults of one session are unknown to the other', async () => {
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
