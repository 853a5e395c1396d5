import { DecodeError, fetchTransport, HTTPError, InvalidRequestError } from 'isosession';
import { formLogin, type FormLoginOptions } from 'isosession/auth';
import { describe, expect, test } from 'vitest';
import { arrivals, canary, network } from '../../support/canaries.ts';
import { inProcess, open, reasonOf, rejection, thrown } from '../../support/contract.ts';
import { type Shop, type ShopOptions, startShop } from './shop.ts';

const fields = { username: 'ann', password: 'secret' };

const sessionOf = ({ origin }: Shop, options: Partial<FormLoginOptions> = {}, bare = false) =>
  open({
    baseUrl: origin,
    auth: formLogin({ url: 'login', fields, ...options }),
    transport: bare ? fetchTransport() : undefined,
  });

const loginsIn = ({ log }: Shop) => log.filter((line) => line === 'POST /session').length;

describe.each([
  ['undici', false],
  ['a bare fetch', true],
])('an app on Express, over %s', (_name, bare) => {
  test.each(['redirect', 401, 419] as const)(
    'whose sessions end by %s: the form is filled in and sent, the call sent again',
    async (expired) => {
      const shop = await startShop({ expired });
      const session = sessionOf(shop, {}, bare);
      expect(await session.get('private/a').json()).toMatchObject({ user: 'ann' });
      expect(shop.logins).toEqual([
        {
          _csrf: expect.any(String),
          ...fields,
          remember: 'yes',
          action: 'login',
        },
      ]);
      shop.expire();
      const posted = await session.post('private/b', { body: 'again' }).json();
      expect([posted, loginsIn(shop)]).toEqual([{ user: 'ann', method: 'POST', body: 'again' }, 2]);
    },
  );

  test('two hundred calls at an expired session cause one login', async () => {
    const shop = await startShop();
    const session = sessionOf(shop, {}, bare);
    await session.get('private/first').json();
    shop.expire();
    const users = await Promise.all(
      Array.from({ length: 200 }, (_, i) => session.get(`private/${i}`).json()),
    );
    expect(new Set(users.map((data) => JSON.stringify(data))).size).toBe(1);
    expect(loginsIn(shop)).toBe(2);
  });
});

test.each<NonNullable<ShopOptions['refused']>>(['page', 'redirect', 401, 422])(
  'A13: a wrong password, answered by %s, is tried once and is a typed error',
  async (refused) => {
    const shop = await startShop({ refused });
    const values = { ...fields, password: 'canary' };
    const session = sessionOf(shop, { fields: () => values });
    const reasons = await Promise.all(
      Array.from({ length: 20 }, () => rejection(session.get('private'), InvalidRequestError)),
    );
    reasons.push(await rejection(session.get('private'), InvalidRequestError));
    for (const { message } of reasons) {
      expect(message).toContain('the login was refused');
      expect(message).not.toContain('canary');
    }
    expect(loginsIn(shop)).toBe(1);
    // Other fields are another try.
    values.password = 'secret';
    expect((await session.get('private')).status).toBe(200);
    expect(loginsIn(shop)).toBe(2);
  },
);

test('a session that expires at once is logged in once a call, some times in all', async () => {
  const shop = await startShop({ forgets: true, expired: 401 });
  const session = sessionOf(shop, { renewals: { count: 2, per: 60_000 } });
  for (let i = 0; i < 5; i++) expect((await session.get('private')).status).toBe(401);
  expect(loginsIn(shop)).toBe(2);
});

test.each([429, 500, 503])(
  'a server that answers a login by %s is an HTTPError; the next call tries anew',
  async (broken) => {
    const options: ShopOptions = { broken };
    const shop = await startShop(options);
    const session = sessionOf(shop);
    expect((await rejection(session.get('private'), HTTPError)).status).toBe(broken);
    delete options.broken;
    expect((await session.get('private')).status).toBe(200);
  },
);

test.each<[string, string, abstract new (...args: never[]) => Error, string]>([
  ['no form', '<p>Down for maintenance', DecodeError, 'username, password'],
  [
    'a form without the fields',
    '<form method=post><input name=q></form>',
    DecodeError,
    'username, password',
  ],
  [
    'a form for another origin',
    '<form method=post action=http://evil.test/><input name=username><input name=password></form>',
    InvalidRequestError,
    'http://evil.test',
  ],
  [
    'a base for another origin',
    '<base href=//evil.test/><form method=post action=in><input name=username>' +
      '<input name=password></form>',
    InvalidRequestError,
    'http://evil.test',
  ],
  [
    'a form by GET',
    '<form action=/session><input name=username><input name=password></form>',
    InvalidRequestError,
    'GET',
  ],
])('A11: a page with %s gets no password', async (_title, page, type, text) => {
  const shop = await startShop({ page });
  const error = await rejection(sessionOf(shop).get('private'), type);
  expect(error.message).toContain(text);
  expect(`${error.message}${JSON.stringify(error)}`).not.toContain('secret');
  expect(shop.logins).toEqual([]);
});

test('A11: a page of another origin that the login page leads to gets no fields', async () => {
  const { places, transport } = network('home', 'evil');
  const { home, evil } = places;
  const secret = canary();
  const text = `<form method=post action="${home.url('transfer')}"><input name=username></form>`;
  const login = home.url('redirect', {
    to: evil.url('reply', { h: 'Content-Type: text/html', text }),
  });
  const session = open({
    transport,
    baseUrl: home.origin,
    auth: formLogin({ url: login, fields: { username: secret } }),
  });
  const error = await rejection(
    session.get('reply', { searchParams: { status: 401 } }),
    InvalidRequestError,
  );
  expect(error.message).toContain(`the page is from ${evil.origin}`);
  expect(await arrivals(places, secret)).toEqual({});
});

test('a form is chosen by its id, its fields by all that a browser would send', async () => {
  const page = `
    <form id=a method=post action=/session><input name=username><input name=password></form>
    <form id=b name=second method=POST action="session?x&amp;y">
      <input type=hidden name=_csrf value=TOKEN><input name=username value=x><input name=password>
      <textarea name=note>\n1 &lt; 2</textarea>
      <select name=city><option value=a>A<option value=b selected>B</select>
      <select name=first><option value=1>One<option value=2>Two</select>
      <input name=off disabled value=1><input type=radio name=r value=1>
      <input type=radio name=r value=2 checked><input type=file name=f>
      <input type=submit name=go value=1><input type=submit name=other value=2>
    </form>
    <input form=b name=outside value=in>`;
  const shop = await startShop({ page });
  const seen: unknown[] = [];
  const session = sessionOf(shop, {
    form({ id, name, action, fields: found }) {
      seen.push([id, name, action.pathname, Object.keys(found)]);
      return id === 'b';
    },
  });
  expect((await session.get('private')).status).toBe(200);
  expect(seen[0]).toEqual(['a', undefined, '/session', ['username', 'password']]);
  expect(shop.logins).toEqual([
    {
      _csrf: expect.any(String),
      ...fields,
      note: '1 < 2',
      city: 'b',
      first: '1',
      r: '2',
      go: '1',
      outside: 'in',
    },
  ]);
});

test('expired and failed have the last word', async () => {
  const shop = await startShop({ expired: 401 });
  const session = sessionOf(shop, {
    expired: ({ status }) => status === 401,
    failed: ({ history }) => history.length === 0,
  });
  expect((await session.get('private')).status).toBe(200);
});

test('what cannot be sent again is a typed error, and the next call is logged in', async () => {
  const shop = await startShop();
  const session = sessionOf(shop);
  const body = () => new Blob(['x'], { type: 'text/plain' }).stream();
  await rejection(session.post('private', { body: body() }), InvalidRequestError);
  expect((await session.post('private', { body: body() })).status).toBe(200);
  expect(loginsIn(shop)).toBe(1);
});

test('calls to other origins, and the login page itself, cause no login', async () => {
  const shop = await startShop();
  const other = await startShop({ expired: 401 });
  const session = sessionOf(shop);
  expect((await session.get(`${other.origin}/private`)).status).toBe(401);
  expect((await session.get('login')).status).toBe(200);
  const free = open({ auth: formLogin({ url: `${shop.origin}/login`, fields }) });
  expect((await free.get(`${other.origin}/private`)).status).toBe(401);
  expect([loginsIn(shop), loginsIn(other)]).toEqual([0, 0]);
});

test('each jar is logged in by itself', async () => {
  const shop = await startShop();
  const session = sessionOf(shop);
  const child = session.extend({ cookies: 'new' });
  for (const one of [session, child, session, child])
    expect((await one.get('private')).status).toBe(200);
  expect(loginsIn(shop)).toBe(2);
});

test('who is led away from the login page is logged in already', async () => {
  let isIn = false;
  const transport = inProcess(({ url }) => {
    if (url.pathname === '/welcome') return new Response('welcome');
    if (url.pathname !== '/login') return new Response(null, { status: isIn ? 200 : 401 });
    isIn = true;
    return new Response(null, { status: 302, headers: { location: '/welcome' } });
  });
  const auth = formLogin({ url: 'login', fields });
  const session = open({ baseUrl: 'http://app.test/', transport, auth });
  expect((await session.get('private')).status).toBe(200);
  expect(transport.seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET']);
});

test('a function of fields that fails is what the call rejects with', async () => {
  const shop = await startShop();
  const reason = new Error('locked vault');
  expect(
    await reasonOf(sessionOf(shop, { fields: () => Promise.reject(reason) }).get('private')),
  ).toBe(reason);
});

test.each<[unknown, string]>([
  [{ url: 'login' }, 'fields'],
  [{ url: 'login', fields: { a: 1 } }, 'fields'],
  [{ fields }, 'url'],
  [{ url: 'login', fields, field: {} }, 'fields'],
  [{ url: 'login', fields, failed: true }, 'failed'],
])('%j is refused at once', (options, name) => {
  const error = thrown(() => formLogin(options as FormLoginOptions), InvalidRequestError);
  expect(error.message).toContain(name);
});
