import { InvalidRequestError, UnsupportedError } from 'isosession';
import { formLogin } from 'isosession/auth';
import { expect, test } from 'vitest';
import { arrivals, canary } from '../../support/canaries.ts';
import {
  browserTest,
  open,
  rejection,
  type Site,
  sites,
  wireTest,
} from '../../support/contract.ts';

const fields = { user: 'ann', password: 'open sesame' };

/** A login page, whose form is sent to `action`. */
const pageOf = (site: Site, action: string): string =>
  site.url('reply', {
    h: 'Content-Type: text/html',
    text:
      `<form method=post action="${action}"><input type=hidden name=token value=t>` +
      '<input name=user><input name=password type=password><button>Log in</button></form>',
  });

const sessionOf = ({ base }: Site, url: string, given = fields) =>
  open({ baseUrl: base, auth: formLogin({ url, fields: given }), retry: 0 });

test('a session that has expired is logged in by its form, once for all calls', async () => {
  const { a } = sites();
  const session = sessionOf(a, pageOf(a, 'login'));
  const users = await Promise.all(Array.from({ length: 20 }, () => session.get('me').json()));
  expect(users).toEqual(Array.from({ length: 20 }, () => ({ user: 'ann' })));
  const logins = (await a.requests()).filter(({ method }) => method === 'POST');
  expect(logins.map(({ route, body }) => [route, body])).toEqual([
    ['login', 'token=t&user=ann&password=open+sesame'],
  ]);
});

test('a wrong password is tried once, and is a typed error', async () => {
  const { a } = sites();
  const secret = canary();
  const session = sessionOf(a, pageOf(a, 'login'), { ...fields, password: secret });
  for (let i = 0; i < 2; i++) {
    const { message } = await rejection(session.get('me'), InvalidRequestError);
    expect(message).not.toContain(secret);
  }
  expect(await arrivals({ a }, secret)).toEqual({ a: 1 });
});

test('a session without cookies has nothing that a login could be kept in', async () => {
  const { a, b } = sites();
  const secret = canary();
  const auth = formLogin({ url: pageOf(a, 'login'), fields: { ...fields, password: secret } });
  const session = open({ baseUrl: a.base, cookies: false, auth, retry: 0 });
  await rejection(session.get('me'), UnsupportedError);
  expect(await a.requests()).toEqual([]);
  expect((await session.get(b.url('echo'))).status).toBe(200);
});

test('A11: a form for another origin gets no fields', async () => {
  const { a, b } = sites();
  const secret = canary();
  const session = sessionOf(a, pageOf(a, b.url('login')), { ...fields, password: secret });
  await rejection(session.get('me'), InvalidRequestError);
  expect(await arrivals({ a, b }, secret)).toEqual({});
});

const sentOn = (status: number, origins: 'own' | 'both') => {
  const { a, b } = sites();
  const secret = canary();
  const redirect = a.url('redirect', { to: b.url('echo'), status });
  const session = open({
    baseUrl: a.base,
    origins: origins === 'both' ? [b.origin] : [],
    auth: formLogin({ url: pageOf(a, redirect), fields: { ...fields, password: secret } }),
    retry: 0,
  });
  return { a, b, secret, session };
};

wireTest.each([307, 308])(
  'A11: a form that a %s redirects to another origin gets there if that is in scope',
  async (status) => {
    const { a, b, secret, session } = sentOn(status, 'own');
    const { message } = await rejection(session.get('me'), InvalidRequestError);
    expect(message).toContain(`the form is redirected to ${b.origin}`);
    expect(await arrivals({ a, b }, secret)).toEqual({ a: 1 });

    const allowed = sentOn(status, 'both');
    expect((await allowed.session.get('me')).status).toBe(401);
    expect(await arrivals({ a: allowed.a, b: allowed.b }, allowed.secret)).toEqual({ a: 1, b: 1 });
  },
);

wireTest.each([301, 302, 303])(
  'a login whose answer is a %s to another origin has sent its fields to its own',
  async (status) => {
    const { a, b, secret, session } = sentOn(status, 'own');
    expect((await session.get('me')).status).toBe(401);
    expect((await b.requests()).map(({ method }) => method)).toEqual(['GET']);
    expect(await arrivals({ a, b }, secret)).toEqual({ a: 1 });
  },
);

browserTest(
  'a browser follows the redirect of a form by itself, as it does for a page',
  async () => {
    const { b, secret, session } = sentOn(307, 'own');
    await session.get('me');
    expect(await arrivals({ b }, secret)).toEqual({ b: 1 });
  },
);
