import { csrf, DecodeError, HTTPError, refresh, type Session, type Tokens } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, open, reasonOf, rejection, sent, sites } from '../../support/contract.ts';
import { tokenOf } from './token.ts';

describe('a token from an endpoint', () => {
  test('is fetched once for all calls that wait for it, and kept', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const tokens = await Promise.all(
      Array.from({ length: 50 }, () => tokenOf(session.post('echo'))),
    );
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(await tokenOf(session.put('echo'))).toBe('token-1');
    const asked = (await a.requests()).filter(({ route }) => route === 'token');
    expect(asked.map((entry) => [entry.method, sent(entry, 'accept')])).toEqual([
      ['GET', 'application/json'],
    ]);
  });

  test.each(['csrfToken', 'csrf_token', 'xsrfToken', 'csrf', '_csrf', 'token'])(
    'is found as %s',
    async (name) => {
      const { a } = sites();
      const session = open({ baseUrl: a.base }).use(csrf({ from: { url: `token?name=${name}` } }));
      expect(await tokenOf(session.post('echo'))).toBe('token-1');
    },
  );

  test('is what pick finds', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(
      csrf({
        from: {
          url: '/journal?id=none',
          pick: (data) => `open-${(data as { openSockets: number }).openSockets}`,
        },
      }),
    );
    expect(await tokenOf(session.post('echo'))).toBe('open-0');
  });

  test('that cannot be had rejects the call, and the next call asks again', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(
      csrf({
        from: {
          url: 'flaky?status=401',
          pick: (data) => `after-${(data as { request: number }).request}`,
        },
      }),
    );
    const error = await rejection(session.post('echo'), HTTPError);
    expect([error.status, error.request?.method]).toEqual([401, 'GET']);
    expect(await tokenOf(session.post('echo'))).toBe('after-2');
  });

  test.each(['token?name=other', 'reply?text=[]', 'reply?text=nothing'])(
    'that is not in the answer of %s is a DecodeError',
    async (url) => {
      const { a } = sites();
      const error = await rejection(
        open({ baseUrl: a.base })
          .use(csrf({ from: { url } }))
          .post('echo'),
        DecodeError,
      );
      expect(error.request?.url).toBe(a.base + url);
    },
  );

  test('that no header can hold is a DecodeError, and the next call asks again', async () => {
    const tokens = ['a\r\nx-evil: 1', 'good'];
    const transport = inProcess(({ url: { pathname } }) =>
      pathname === '/csrf' ? Response.json({ token: tokens.shift() }) : new Response(),
    );
    const session = open({ baseUrl: 'http://app.test/', transport }).use(
      csrf({ from: { url: 'csrf' } }),
    );
    await rejection(session.post(''), DecodeError);
    await session.post('');
    expect(transport.seen.at(-1)?.headers.get('x-xsrf-token')).toBe('good');
  });

  test('for a call that renews credentials does not wait for them', async () => {
    const transport = inProcess(({ url: { pathname }, headers }) => {
      if (pathname === '/renewal')
        return Response.json({ accessToken: headers.get('x-xsrf-token') });
      if (headers.get('authorization') === 'Bearer old') return new Response(null, { status: 401 });
      return pathname === '/csrf' ? Response.json({ token: 'secret' }) : new Response();
    });
    const auth = refresh({
      load: () => ({ accessToken: 'old' }),
      renew: () => session.post('renewal', { auth: null }).json<Tokens>(),
    });
    const session: Session = open({
      baseUrl: 'http://app.test/',
      transport,
      auth,
      timeout: { total: 5000 },
    }).use(csrf({ from: { url: 'csrf' } }));
    // The first of them asks for its token with the credentials that have to be renewed.
    expect((await session.post('')).status).toBe(200);
    expect(transport.seen.at(-1)?.headers.get('x-xsrf-token')).toBe('secret');
  });

  test('does not end with the call that asked first', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token?key=go' } }));
    const first = reasonOf(session.post('echo', { signal: stop.signal }));
    const second = tokenOf(session.post('echo'));
    await a.requests({ requests: 1 });
    stop.abort('enough');
    expect(await first).toBe('enough');
    await a.release('go');
    expect(await second).toBe('token-1');
  });

  test('is fetched for a call that is under way while its session is being closed', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const token = tokenOf(session.post('echo'));
    await session.close();
    expect(await token).toBe('token-1');
  });
});
