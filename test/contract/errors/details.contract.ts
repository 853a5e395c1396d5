import {
  DecodeError,
  HTTPError,
  InvalidRequestError,
  NetworkError,
  type Session,
  SessionError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { inBrowser, open, rejection, type Site, sites } from '../../support/contract.ts';

describe('what an error carries', () => {
  type Failing = { name: string; fail: (session: Session, a: Site) => PromiseLike<unknown> };
  const context = { trace: 1 };
  const failing: Failing[] = [
    { name: 'a reset connection', fail: (session, a) => session.get(a.url('reset'), { context }) },
    {
      name: 'a timeout',
      fail: (session, a) => session.get(a.url('never'), { timeout: { response: 30 }, context }),
    },
    {
      name: 'a body that stops',
      fail: (session, a) =>
        session.get(a.url('gated', { first: 'x' }), { timeout: { body: 30 }, context }).text(),
    },
    {
      name: 'a truncated body',
      fail: (session, a) => session.get(a.url('truncated'), { context }).text(),
    },
    {
      name: 'a status',
      fail: (session, a) => session.get(a.url('status/404'), { context }).json(),
    },
    {
      name: 'a body that is no JSON',
      fail: (session, a) => session.get(a.url('reply', { text: 'no json' }), { context }).json(),
    },
    {
      name: 'a body that is too large',
      fail: (session, a) =>
        session.get(a.url('bytes', { n: 10 }), { maxResponseSize: 5, context }).text(),
    },
  ];
  for (const { name, fail } of failing) {
    test(`the request and the context of its call: ${name}`, async () => {
      const { a } = sites();
      const error = await rejection(
        fail(open({ retry: 0, context: { app: 'shop' } }), a),
        SessionError,
      );
      expect(error.context).toMatchObject({ app: 'shop', trace: 1 });
      expect(error.request?.method).toBe('GET');
      expect(error.request?.url.startsWith(a.base)).toBe(true);
    });
  }

  test('the context also where no request was made of the options', async () => {
    const error = await rejection(
      open().get('http://app.test/', { headers: { 'x-a': 'b\nc' }, context }),
      InvalidRequestError,
    );
    expect(error.context).toMatchObject(context);
  });

  test('HTTPError.is tells an HTTP error of any copy of the library from others', async () => {
    const { a } = sites();
    const error = await rejection(open().get(a.url('status/404')).json(), HTTPError);
    expect(HTTPError.is<{ status: number }>(error) && error.data?.status).toBe(404);
    const foreign = { [Symbol.for('isosession.error')]: true, code: 'ERR_HTTP_STATUS' };
    expect(HTTPError.is(foreign)).toBe(true);
    for (const other of [new DecodeError('x'), new Error('x'), { code: 'ERR_HTTP_STATUS' }, null])
      expect(HTTPError.is(other)).toBe(false);
  });

  test('it can be written as JSON: name, code, message, method and URL', async () => {
    const { a } = sites();
    const error = await rejection(open().get(a.url('status/404')).json(), HTTPError);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: 'HTTPError',
      code: 'ERR_HTTP_STATUS',
      method: 'GET',
      url: a.url('status/404'),
    });
  });

  test('neither its message nor its JSON shows a credential', async () => {
    const { a } = sites();
    const canary = 'cAnArY5';
    const url = new URL(a.url('status/404'));
    url.username = `user-${canary}`;
    url.password = `pass-${canary}`;
    const session = open({
      retry: 0,
      headers: { authorization: `Bearer ${canary}`, 'x-other': '1' },
    });
    const calls = [
      () => session.get(url).json(),
      () => session.get(a.url('reset')),
      () =>
        session.get(a.url('status/404'), { headers: { authorization: `Basic ${canary}` } }).json(),
      () => session.get(a.url('never'), { timeout: { response: 30 } }),
      () => session.get(`http://user-${canary}:${canary}@[bad/`),
      () => session.get(`ftp://user-${canary}:${canary}@host/`),
      // A password that was not encoded, a scheme that was forgotten, and other slashes.
      ...[
        'http://user:p/$@host/',
        'http://user:p#$@host/',
        'http://user:p?$@host/',
        'user:$@host/',
        'ftp:user:$@host',
        'http:\\\\user:$@[bad',
        'http://user:\n$@[bad',
        // In a page these are relative paths.
        ...(inBrowser ? [] : ['http:user:$@[bad', 'http:/user:$@[bad']),
      ].map((input) => () => session.get(input.replace('$', canary))),
    ];
    for (const call of calls) {
      const error = await rejection(call(), SessionError);
      const texts = [
        error.message,
        String(error),
        error.stack ?? '',
        JSON.stringify(error),
        String(error.request?.url),
        JSON.stringify(error.request ?? {}),
        String(error.cause),
      ];
      expect(texts.join('\n')).not.toContain(canary);
    }
  });

  test('no promise of a call is left rejected without anybody listening', async () => {
    const { a } = sites();
    const unheard: unknown[] = [];
    const listen = (event: { reason: unknown }) => void unheard.push(event.reason);
    if (inBrowser) addEventListener('unhandledrejection', listen);
    const session = open({ retry: 0 });
    await rejection(session.get(a.url('status/404')).json(), HTTPError);
    await rejection(session.get(a.url('reset')).text(), NetworkError);
    const call = session.get(a.url('reset'));
    await Promise.all([rejection(call.json(), NetworkError), rejection(call.text(), NetworkError)]);
    await session.get(a.url('status/500'));
    if (inBrowser) removeEventListener('unhandledrejection', listen);
    // In Node the test runner fails on an unhandled rejection by itself.
    expect(unheard).toEqual([]);
  });
});
