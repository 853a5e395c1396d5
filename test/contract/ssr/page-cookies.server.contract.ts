import { InvalidRequestError } from 'isosession';
import { applySetCookies, dehydrate, setCookieHeaders } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { open, sites, thrown } from '../../support/contract.ts';
import { openForVisitor } from './visitor.ts';

describe('cookies for the page', () => {
  test('are what declared backends set or deleted, the last of each cookie', async () => {
    const { a, b } = sites();
    const path = new URL(a.base).pathname;
    const session = openForVisitor(
      open({ baseUrl: a.base }),
      { cookie: 'old=1; visitor=1' },
      { to: [a.origin] },
    );
    await session.get('redirect', {
      searchParams: [
        ['to', b.url('redirect', { to: a.url('echo'), line: 'third=party' })],
        ['line', 'hop=1; Path=/; HttpOnly; Priority=High'],
      ],
    });
    await session.get('cookies/set', {
      searchParams: [
        ['line', 'twice=1; Path=/'],
        ['line', 'sid=a b="c"; Max-Age=60; Secure; HttpOnly; SameSite=Strict; Path=/'],
        ['line', 'twice=2; Path=/x'],
        ['line', 'twice=3; path=/'],
        ['line', 'old=; Max-Age=0; Path=/'],
        ['line', 'wide=1; Domain=.Example.com; Path=/'],
        ['line', 'pathless=1'],
        ['line', '__Host-ok=1; Secure; Path=/'],
        ['line', '__Host-bad=1; Secure; Path=/; Domain=example.com'],
        ['line', '; Path=/'],
      ],
    });
    await session.get('cookies/set', { credentials: 'omit', searchParams: { line: 'omitted=1' } });
    expect(setCookieHeaders(session)).toEqual([
      'hop=1; Path=/; HttpOnly; Priority=High',
      'sid=a b="c"; Max-Age=60; Secure; HttpOnly; SameSite=Strict; Path=/',
      'twice=2; Path=/x',
      'twice=3; path=/',
      'old=; Max-Age=0; Path=/',
      'wide=1; Domain=.Example.com; Path=/',
      `pathless=1; Path=${path}cookies`,
      '__Host-ok=1; Secure; Path=/',
    ]);
    expect(setCookieHeaders(session.extend(), { names: ['hop', 'old'] })).toEqual([
      'hop=1; Path=/; HttpOnly; Priority=High',
      'old=; Max-Age=0; Path=/',
    ]);
  });

  test.each([
    [{ domain: 'example.com' }, 'a=1; Path=/x; Secure; SameSite=None; Domain=example.com'],
    [{ domain: null }, 'a=1; Path=/x; Secure; SameSite=None'],
    [{ path: '/', sameSite: 'lax' }, 'a=1; Domain=b.example; Secure; Path=/; SameSite=Lax'],
    [{ secure: true }, 'a=1; Domain=b.example; Path=/x; SameSite=None; Secure'],
    [{ secure: false, sameSite: 'strict' }, 'a=1; Domain=b.example; Path=/x; SameSite=Strict'],
  ] as const)('are rewritten by a policy: %j', async (policy, expected) => {
    const { a } = sites();
    const session = openForVisitor(open({ baseUrl: a.base }), {}, { to: [a.origin] });
    await session.get('cookies/set', {
      searchParams: { line: 'a=1; Domain=b.example; Path=/x; Secure; SameSite=None' },
    });
    expect(setCookieHeaders(session, policy)).toEqual([expected]);
  });

  test.each([
    ['__Host-a=1; Secure; Path=/', { domain: 'example.com' }],
    ['__Host-a=1; Secure; Path=/', { path: '/x' }],
    ['__Secure-a=1; Secure; Path=/', { secure: false }],
    ['__Host-Http-a=1; Secure; HttpOnly; Path=/', { domain: 'example.com' }],
    ['a=1; Secure; SameSite=None', { secure: false }],
    ['a=1; SameSite=Lax', { sameSite: 'none' }],
    ['a=1; Secure; Partitioned', { secure: false }],
  ] as const)('are never broken by a policy: %j with %j throws', async (line, policy) => {
    const { a } = sites();
    const session = openForVisitor(open({ baseUrl: a.base }), {}, { to: [a.origin] });
    await session.get('cookies/set', {
      searchParams: [
        ['line', 'first=1; Secure'],
        ['line', line],
      ],
    });
    const headers = new Headers();
    const name = line.slice(0, line.indexOf('='));
    expect(
      thrown(() => applySetCookies(session, headers, policy), InvalidRequestError).message,
    ).toContain(`"${name}"`);
    expect([...headers]).toEqual([]);
    expect(setCookieHeaders(session, { ...policy, names: ['first'] })).toHaveLength(1);
  });

  test.each([
    { domain: 'a; Secure' },
    { domain: '' },
    { path: 'x' },
    { path: '/;a' },
    { path: '/\r\nx' },
    { sameSite: 'Lax' },
    { secure: 1 },
    { names: 'sid' },
    { maxAge: 1 },
  ])('are not rewritten by what is no policy: %j', (policy) => {
    expect(
      thrown(
        () => setCookieHeaders(openForVisitor(open(), {}, { to: [] }), policy as object),
        InvalidRequestError,
      ).message,
    ).toContain(Object.keys(policy)[0]);
  });

  test('are put on a Response, on its Headers and on the response of an h3 event', async () => {
    const { a } = sites();
    const session = openForVisitor(open({ baseUrl: a.base }), {}, { to: [a.origin] });
    await session.get('cookies/set', {
      searchParams: [
        ['line', 'a=1; Path=/'],
        ['line', 'b=2; Path=/'],
      ],
    });
    const response = new Response('page', { headers: { 'set-cookie': 'own=1' } });
    const event = { headers: new Headers(), res: { headers: new Headers() } };
    for (const outgoing of [response, response.headers, event]) applySetCookies(session, outgoing);
    expect(response.headers.getSetCookie()).toEqual([
      'own=1',
      'a=1; Path=/',
      'b=2; Path=/',
      'a=1; Path=/',
      'b=2; Path=/',
    ]);
    expect(event.res.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/']);
    expect([...event.headers]).toEqual([]);
  });

  test('are available from a session that was made for a visitor, and no other', () => {
    for (const ask of [
      () => setCookieHeaders(open()),
      () => applySetCookies(open(), new Headers()),
      () => dehydrate(open()),
      () => dehydrate({} as never),
      () => setCookieHeaders(undefined as never),
    ])
      expect(thrown(ask, InvalidRequestError).message).toContain('forwardSession()');
    const session = openForVisitor(open(), {}, { to: [] });
    expect(
      thrown(() => openForVisitor(session, {}, { to: [] }), InvalidRequestError).message,
    ).toContain('one visitor');
  });
});
