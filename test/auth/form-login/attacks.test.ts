import { setImmediate } from 'node:timers/promises';
import { InvalidRequestError, ResponseTooLargeError } from 'isosession';
import { formLogin } from 'isosession/auth';
import { expect, test } from 'vitest';
import { deferred, inProcess, open, rejection } from '../../support/contract.ts';
import { startShop } from './shop.ts';

const fields = { username: 'ann', password: 'secret' };
const form = (action: string) =>
  `<form method=post action="${action}"><input name=username><input name=password></form>`;

test('an answer to the old cookie does not delete that of the login', async () => {
  const refused = deferred();
  const loggedIn = deferred();
  let valid = '';
  let logins = 0;
  const transport = inProcess(async ({ url, method, headers }) => {
    if (url.pathname === '/login') {
      if (method === 'GET')
        return new Response(form('/login'), { headers: { 'content-type': 'text/html' } });
      valid = `sid=${++logins}`;
      if (logins > 1) loggedIn.resolve();
      return new Response('welcome', { headers: { 'set-cookie': valid } });
    }
    if (headers.get('cookie') === valid) return new Response('private');
    if (url.pathname === '/slow') {
      // It is answered after the refusal, and after the login if that does not wait for it.
      await refused.promise;
      const turns = async () => {
        for (let turn = 0; turn < 50; turn++) await setImmediate();
      };
      await Promise.race([loggedIn.promise.then(turns), turns()]);
    } else if (logins > 0) refused.resolve();
    const gone = { 'set-cookie': 'sid=; Max-Age=0' };
    return new Response(null, { status: 401, headers: gone });
  });
  const session = open({
    baseUrl: 'http://app.test/',
    transport,
    auth: formLogin({ url: 'login', fields }),
  });
  // What a login loads is loaded by the first one, so that the second takes few turns.
  expect(await session.get('first').text()).toBe('private');
  valid = 'nobody';
  const calls = await Promise.all([session.get('slow').text(), session.get('quick').text()]);
  expect(calls).toEqual(['private', 'private']);
  expect(await session.get('later').text()).toBe('private');
  expect(logins).toBe(2);
});

test('several values of one name go along, but for those that are filled in', async () => {
  const inputs = ['username', 'password', 'tag', 'username', 'tag']
    .map((name, i) => `<input name=${name} value=${i}>`)
    .join('');
  const page =
    `<form method=post action=/session>` +
    `<input type=hidden name=_csrf value=TOKEN>${inputs}</form>`;
  const shop = await startShop({ page });
  const auth = formLogin({ url: 'login', fields: { ...fields, note: 'a\nb' }, form: () => true });
  expect((await open({ baseUrl: shop.origin, auth }).get('private')).status).toBe(200);
  expect(shop.logins).toEqual([
    { _csrf: expect.any(String), ...fields, tag: ['2', '4'], note: 'a\r\nb' },
  ]);
});

test('A11: a page of 10 MB is not read', async () => {
  const shop = await startShop({ page: 'x'.repeat(10 * 2 ** 20) + form('/session') });
  const session = open({ baseUrl: shop.origin, auth: formLogin({ url: 'login', fields }) });
  await rejection(session.get('private'), ResponseTooLargeError);
  expect(shop.logins).toEqual([]);
});

test.each(['javascript:alert(1)', 'data:text/html,x', 'mailto:a@b.test', 'http://127.0.0.1:1/'])(
  'A11: a form that leads to %s gets no password',
  async (action) => {
    const shop = await startShop({ page: form(action) });
    const session = open({ baseUrl: shop.origin, auth: formLogin({ url: 'login', fields }) });
    await rejection(session.get('private'), InvalidRequestError);
    expect(shop.logins).toEqual([]);
  },
);

test.each([
  ['its content-type', 'text/html; charset=windows-1252', ''],
  ['its own markup', 'text/html', '<meta charset=windows-1252>'],
  [
    'older markup',
    'text/html',
    '<meta http-equiv=Content-Type content="text/html; charset=iso-8859-1">',
  ],
])('a page is read by the charset of %s', async (_title, type, meta) => {
  const city = '<input type=hidden name=city value=Köln></form>';
  const html = meta + form('/login').replace('</form>', city);
  const transport = inProcess(({ url, method }) => {
    if (url.pathname !== '/login')
      return new Response(null, { status: transport.seen.length > 1 ? 200 : 401 });
    return method === 'GET'
      ? new Response(Buffer.from(html, 'latin1'), { headers: { 'content-type': type } })
      : new Response('welcome');
  });
  const auth = formLogin({ url: 'login', fields });
  const session = open({ baseUrl: 'http://app.test/', transport, auth });
  expect((await session.get('private')).status).toBe(200);
  const sent = transport.seen.find(({ method }) => method === 'POST')?.body;
  expect(new URLSearchParams(String(sent)).get('city')).toBe('Köln');
});
