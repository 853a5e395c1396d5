import { type Auth, basic, InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../support/contract.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

const unauthorized = answer(
  '',
  'HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm="x"\r\n',
);

/** An auth that answers one challenge. */
const challenged: Auth = async (request, next) => {
  const response = await next(request);
  if (response.status !== 401) return response;
  await response.body?.cancel();
  const headers = new Headers(request.headers);
  headers.set('authorization', 'Answer');
  return next({ ...request, headers });
};

test.each([
  { user: 'user', password: 'pass', pair: 'user:pass' },
  { user: '', password: '', pair: ':' },
  { user: 'user', password: 'a:b', pair: 'user:a:b' },
  { user: 'üser', password: 'pässwörd €', pair: 'üser:pässwörd €' },
  { user: 'u', password: ' spaces ', pair: 'u: spaces ' },
  { user: 'u', password: '"quotes\\', pair: 'u:"quotes\\' },
])('A1: basic($user, $password) is one line of UTF-8', async ({ user, password, pair }) => {
  const server = await rawServer(always(answer('ok')));
  await open({ auth: basic(user, password) }).get(server.origin);
  const lines = server.requests[0]?.lines.filter((line) => /^authorization:/i.test(line)) ?? [];
  expect(lines.map((line) => Buffer.from(line.split(' ')[2] ?? '', 'base64').toString())).toEqual([
    pair,
  ]);
});

test('A1: control characters, and a colon in the user name, are never sent', async () => {
  const server = await rawServer(always(answer('ok')));
  for (const bad of ['a\r\nx-evil: 1', 'a\0', 'a\x7f', 'a\t']) {
    expect(() => basic(bad, 'p')).toThrow(InvalidRequestError);
    expect(() => basic('u', bad)).toThrow(InvalidRequestError);
    await rejection(
      open({ retry: 0 }).get(server.origin.replace('://', `://${encodeURIComponent(bad)}:p@`)),
      InvalidRequestError,
    );
  }
  expect(() => basic('a:b', 'p')).toThrow(InvalidRequestError);
  expect(server.requests).toEqual([]);
});

describe('A3: a server that always answers 401', () => {
  test("gets one request of fixed credentials, and the response is the caller's", async () => {
    const server = await rawServer(always(unauthorized));
    const response = await open({ auth: basic('user', 'pass') }).get(server.origin);
    expect([response.status, response.attempts, server.requests.length]).toEqual([401, 1, 1]);
  });

  test('gets two of an auth that answers challenges', async () => {
    const server = await rawServer(always(unauthorized));
    const response = await open({ auth: challenged }).get(server.origin);
    expect([response.status, response.attempts, server.requests.length]).toEqual([401, 1, 2]);
  });
});

describe('A4: a body that a challenge asks for again', () => {
  const server = () =>
    rawServer(
      always((request) =>
        /authorization: answer/i.test(request.head) ? answer(request.body) : unauthorized,
      ),
    );

  test('is sent again whole when it can be', async () => {
    const { origin, requests } = await server();
    expect(await open({ auth: challenged }).post(origin, { body: 'again' }).text()).toBe('again');
    expect(
      await open({ auth: challenged })
        .post(origin, { body: () => ['in ', 'pieces'] })
        .text(),
    ).toBe('in pieces');
    expect(requests.map(({ body }) => body)).toEqual(['again', 'again', 'in pieces', 'in pieces']);
  });

  test('is a typed error when it is a stream that was sent, and never goes out empty', async () => {
    const { origin, requests } = await server();
    const session = open({ auth: challenged, retry: 0 });
    await rejection(session.post(origin, { body: ['once'].values() }), InvalidRequestError);
    expect(requests.map(({ body }) => body)).toEqual(['once']);
    expect(await session.post(origin, { body: 'next' }).text()).toBe('next');
  });
});

test('R4: proxy credentials that a caller sets go to no other origin', async () => {
  const target = await rawServer(always(answer('ok')));
  const start = await rawServer(
    always(answer('', `HTTP/1.1 302 Found\r\nlocation: ${target.origin}/\r\n`)),
  );
  await open({ headers: { 'proxy-authorization': 'Basic session' } }).get(start.origin, {
    headers: { 'Proxy-Authorization': 'Basic call' },
  });
  expect(target.requests).toHaveLength(1);
  expect(target.requests[0]?.head.toLowerCase()).not.toContain('proxy-authorization');
});
