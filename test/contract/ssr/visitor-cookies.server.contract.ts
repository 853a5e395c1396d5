import { type Session, SessionClosedError } from 'isosession';
import { setCookieHeaders } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { arrivals, canary, network } from '../../support/canaries.ts';
import { inProcess, open, reasonOf, rejection, sent, sites } from '../../support/contract.ts';
import { openForVisitor } from './visitor.ts';

/** The `cookie` header that a call sends. */
async function cookiesAt(session: Session, url: string, options = {}): Promise<string | null> {
  return (await session.get(url, options).json<{ cookie: string | null }>()).cookie;
}

describe("the visitor's cookies", () => {
  test('go as they came to the declared origins, and to no other', async () => {
    const { a, b, c } = sites();
    const cookie = 'sid=s1; theme="dark mode"; __Host-x=1; =nameless; bare; sid=s2; %F0=%';
    const session = openForVisitor(open(), { cookie }, { to: [a.origin] });
    expect(await cookiesAt(session, a.url('cookies'))).toBe(cookie);
    for (const other of [b, c]) expect(await cookiesAt(session, other.url('cookies'))).toBeNull();
    await session.get(a.url('redirect', { to: b.url('cookies') }));
    expect(await b.requests()).toHaveLength(2);
    for (const entry of await b.requests()) expect(sent(entry, 'cookie')).toBeUndefined();
  });

  test.each([
    [['sid', 'theme'], 'sid=1; theme=2'],
    [['SID', '__proto__'], '__proto__=4'],
    [[], null],
    [(name: string) => name.startsWith('_ga'), '_ga=3'],
  ])('are filtered by name: %j', async (forwardCookies, expected) => {
    const { a } = sites();
    const session = openForVisitor(
      open(),
      { cookie: 'sid=1; theme=2; _ga=3; __proto__=4' },
      { to: [a.origin], forwardCookies },
    );
    expect(await cookiesAt(session, a.url('cookies'))).toBe(expected);
  });

  test('yield to what a declared backend sets or deletes, on a redirect too', async () => {
    const { a } = sites();
    const session = openForVisitor(
      open({ baseUrl: a.base }),
      { cookie: 'sid=old; gone=1; kept=1' },
      { to: [a.origin] },
    );
    await session.get(
      a.url('redirect', [
        ['to', 'echo'],
        ['line', 'sid=new; HttpOnly; Secure'],
        ['line', 'gone=; Max-Age=0'],
      ]),
    );
    expect((await a.requests()).map((entry) => sent(entry, 'cookie'))).toEqual([
      'sid=old; gone=1; kept=1',
      'sid=new; kept=1',
    ]);
  });

  test('are not touched by what somebody else sets', async () => {
    const { a, b } = sites();
    const session = openForVisitor(open(), { cookie: 'sid=mine' }, { to: [a.origin] });
    await session.get(b.url('cookies/set', { line: 'sid=theirs' }));
    expect(await cookiesAt(session, a.url('cookies'))).toBe('sid=mine');
  });

  test("yield to the call's, and stay away with credentials: 'omit'", async () => {
    const { a } = sites();
    const session = openForVisitor(open(), { cookie: 'sid=1; theme=2' }, { to: [a.origin] });
    const url = a.url('cookies');
    expect(await cookiesAt(session, url, { cookies: { sid: 'call' } })).toBe('sid=call; theme=2');
    expect(await cookiesAt(session, url, { headers: { cookie: 'theme=header' } })).toBe(
      'sid=1; theme=header',
    );
    expect(await cookiesAt(session, url, { credentials: 'omit' })).toBeNull();
    expect(await cookiesAt(session.extend({ cookies: false }), url)).toBeNull();
    expect(await cookiesAt(session.extend(), url)).toBe('sid=1; theme=2');
  });

  test("never mix with the parent's jar, nor with another visitor's", async () => {
    const { a } = sites();
    const parent = open({ baseUrl: a.base });
    await parent.cookies.set('server=secret; Path=/');
    const [one, two] = ['1', '2'].map((sid) =>
      openForVisitor(parent, { cookie: `sid=${sid}` }, { to: [a.origin] }),
    ) as [Session, Session];
    await one.get('cookies/set', { searchParams: { line: 'added=1' } });
    expect(await cookiesAt(one, 'cookies')).toBe('added=1; sid=1');
    expect(await cookiesAt(two, 'cookies')).toBe('sid=2');
    expect(await cookiesAt(parent, 'cookies')).toBe('server=secret');
  });
});

test('C21: none whose name begins with a blank that servers trim goes on', async () => {
  const { places, transport } = network('api');
  const { api } = places;
  const forged = ['\xa0', '\x85', '\xc2\xa0'].map((blank) => `${blank}__Host-sid=${canary()}`);
  const good = canary();
  const session = openForVisitor(
    open({ transport }),
    { cookie: [`sid=${good}`, ...forged].join('; ') },
    { to: [api.origin] },
  );
  await session.get(api.url('echo'));
  // A host may write its headers as text.
  const [line] = forged;
  const from = inProcess(
    () => new Response(null, { headers: { 'set-cookie': `${line}; Path=/` } }),
  );
  await session.extend({ transport: from }).get(api.url('echo'));
  expect(await arrivals(places, good)).toEqual({ api: 1 });
  for (const pair of forged) expect(await arrivals(places, String(pair.split('=')[1]))).toEqual({});
  expect(setCookieHeaders(session)).toEqual([]);
});

describe('when the visitor goes away', () => {
  test('calls under way are aborted and later ones refused; the parent goes on', async () => {
    const { a } = sites();
    const parent = open({ baseUrl: a.base });
    const visit = new AbortController();
    const session = openForVisitor(parent, {}, { to: [a.origin] }, { signal: visit.signal });
    const child = session.extend();
    const under = [session.get('never'), child.get('never')];
    const body = await session.get('gated', { searchParams: { first: 'x' } });
    const reading = body.text();
    await a.requests({ requests: 3 });
    visit.abort(new Error('gone'));
    for (const promise of [...under, reading])
      expect(await reasonOf(promise)).toMatchObject({ message: 'gone' });
    expect((await a.journal({ aborted: 3 })).openSockets).toBe(0);
    await rejection(session.get('echo'), SessionClosedError);
    expect(await reasonOf(child.get('echo'))).toMatchObject({ message: 'gone' });
    expect((await parent.get('echo')).status).toBe(200);
  });
});
