import { InvalidRequestError, NetworkError, Session, UnsupportedError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { forwardSession } from 'isosession/ssr';
import { mockTransport } from 'isosession/testing';
import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { open, rejection, thrown } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { always, answer, rawServer, type RawServer } from '../../support/raw-server.ts';
import { tlsServer } from '../../support/tls-server.ts';
import { authority, okServer, openThrough, proxyUrl } from './proxied-session.ts';

describe('which proxy a call goes through', () => {
  /** A target, and proxies that count. */
  const cast = async () => ({
    target: await okServer(),
    one: await rawServer(relay()),
    two: await rawServer(relay()),
  });
  const counts = (...servers: RawServer[]) => servers.map(({ requests }) => requests.length);

  test("is the call's, session's, transport's or environment's; false is none", async () => {
    const { target, one, two } = await cast();
    vi.stubEnv('http_proxy', proxyUrl(one));
    const session = open();
    await session.get(target.origin).text();
    expect(counts(one, two)).toEqual([1, 0]);
    const over = open({ transport: undiciTransport({ proxy: proxyUrl(two) }) });
    await over.get(target.origin).text();
    expect(counts(one, two)).toEqual([1, 1]);
    over.proxy = proxyUrl(one);
    await over.get(target.origin).text();
    expect(counts(one, two)).toEqual([2, 1]);
    await over.get(target.origin, { proxy: proxyUrl(two) }).text();
    expect(counts(one, two)).toEqual([2, 2]);
    await over.get(target.origin, { proxy: false }).text();
    session.proxy = false;
    await session.get(target.origin).text();
    expect(counts(one, two)).toEqual([2, 2]);
    session.proxy = undefined;
    await session.get(target.origin).text();
    expect(counts(one, two)).toEqual([3, 2]);
    vi.unstubAllEnvs();
  });

  test('the environment is read as a session is made, if it or its parent trusts it', async () => {
    const { target, one } = await cast();
    const before = open();
    vi.stubEnv('http_proxy', proxyUrl(one));
    const after = open();
    const distrustful = open({ trustEnv: false });
    const children = [distrustful.extend(), after.extend({ trustEnv: false })];
    const trusting = [after.extend(), distrustful.extend({ trustEnv: true })];
    vi.unstubAllEnvs();
    for (const session of [before, distrustful, ...children])
      await session.get(target.origin).text();
    expect(counts(one)).toEqual([0]);
    for (const session of [after, ...trusting]) await session.get(target.origin).text();
    expect(counts(one)).toEqual([3]);
  });

  test('S12: the environment of a server is not read by the session of a visitor', async () => {
    const { target, one } = await cast();
    vi.stubEnv('http_proxy', proxyUrl(one));
    const parent = open();
    const visitor = forwardSession(parent, new Request('http://page.test/'), {
      to: [target.origin],
    });
    vi.unstubAllEnvs();
    await visitor.get(target.origin).text();
    expect(counts(one)).toEqual([0]);
    await parent.get(target.origin).text();
    expect(counts(one)).toEqual([1]);
  });

  test('a broken variable rejects calls alone, and is named without its secret', async () => {
    vi.stubEnv('https_proxy', 'ftp://ann:s3cret@proxy.test');
    const session = open();
    const error = await rejection(session.get('https://localhost/'), InvalidRequestError);
    expect(error.message).toContain('https_proxy in the environment');
    expect(inspect(error)).not.toContain('s3cret');
    vi.unstubAllEnvs();
  });

  test('X5: a broken variable that a call does not use does not break it', async () => {
    const { target, one } = await cast();
    vi.stubEnv('ALL_PROXY', 'socks4://x:1');
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    expect((await open().get(target.origin)).status).toBe(200);
    vi.stubEnv('NO_PROXY', '');
    vi.stubEnv('HTTP_PROXY', proxyUrl(one));
    const session = open({ retry: 0 });
    expect((await session.get(target.origin)).status).toBe(200);
    expect(counts(one)).toEqual([1]);
    const errors = await Promise.all(
      [0, 1].map(() => rejection(session.get('https://localhost/'), InvalidRequestError)),
    );
    for (const { message } of errors) expect(message).toContain('ALL_PROXY in the environment');
    expect(errors[0]).not.toBe(errors[1]);
    vi.unstubAllEnvs();
  });

  test('the environment leaves a dispatcher or socketPath alone; a proxy is refused', async () => {
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
    const dispatcher = {
      dispatch: (_: unknown, handler: { onError(error: Error): void }) => {
        handler.onError(new Error('reached the dispatcher'));
        return true;
      },
    } as never;
    const session = open({ transport: undiciTransport({ dispatcher }), retry: 0 });
    expect((await rejection(session.get('http://localhost/'), NetworkError)).message).toContain(
      'reached the dispatcher',
    );
    for (const options of [{ proxy: 'http://127.0.0.1:1' }, { tls: { verify: true } }])
      await rejection(session.get('http://localhost/', options), UnsupportedError);
    const local = open({
      transport: undiciTransport({ socketPath: '/nonexistent/socket' }),
      retry: 0,
    });
    await rejection(local.get('http://localhost/'), NetworkError);
    await rejection(
      local.get('http://localhost/', { proxy: 'http://127.0.0.1:1' }),
      UnsupportedError,
    );
    vi.unstubAllEnvs();
  });

  test('is chosen anew at each redirect, by scheme and by noProxy', async () => {
    const [one, two] = [await rawServer(relay()), await rawServer(relay())];
    const secure = await tlsServer(authority.good);
    const direct: RawServer = await rawServer(
      always(() =>
        answer('', `HTTP/1.1 302 Found\r\nlocation: https://localhost:${secure.port}/end\r\n`),
      ),
    );
    const first = await rawServer(
      always(() =>
        answer('', `HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:${direct.port}/second\r\n`),
      ),
    );
    const session = openThrough({
      http: proxyUrl(one),
      https: proxyUrl(two),
      noProxy: [`127.0.0.1:${direct.port}`],
    });
    expect(await session.get(`http://localhost:${first.port}/first`).json()).toMatchObject({
      path: '/end',
    });
    expect(one.requests.map(({ target }) => target)).toEqual([
      `http://localhost:${first.port}/first`,
    ]);
    expect(two.requests.map(({ target }) => target)).toEqual([`localhost:${secure.port}`]);
    expect(direct.requests).toHaveLength(1);
  });

  test('reads back normalised and frozen, prints without secrets, and can be spread', async () => {
    const session = openThrough({ all: 'proxy.test:3128', noProxy: 'a.test, b.test' });
    expect({ ...(session.proxy as object) }).toEqual({
      all: 'http://proxy.test:3128',
      noProxy: ['a.test', 'b.test'],
    });
    session.proxy = 'socks5://ann:s3cret@proxy.test';
    expect(Object.isFrozen(session.proxy)).toBe(true);
    expect(inspect(session.proxy) + JSON.stringify(session.proxy)).not.toContain('s3cret');
    expect(
      thrown(() => {
        session.proxy = 'ftp://x.test';
      }, InvalidRequestError).message,
    ).toContain('proxy must be the URL of a proxy');
    expect(
      thrown(() => new Session({ proxy: { htps: 'http://x.test' } as never }), InvalidRequestError)
        .message,
    ).toContain('did you mean https?');
    await rejection(session.get('http://localhost/', { proxy: 'http://' }), InvalidRequestError);
  });

  test('reaches a wrapped undici transport; other transports refuse it', async () => {
    const { target, one } = await cast();
    const inner = undiciTransport();
    const session = openThrough(proxyUrl(one), {
      transport: { send: (request) => inner.send(request) },
    });
    await session.get(target.origin).text();
    expect(counts(one)).toEqual([1]);
    const { fetchTransport } = await import('isosession');
    const { crossFetchTransport } = await import('isosession/cross-fetch');
    for (const transport of [fetchTransport(), crossFetchTransport()]) {
      expect(
        (
          await rejection(
            openThrough(proxyUrl(one)).get(target.origin, { transport }),
            UnsupportedError,
          )
        ).message,
      ).toContain('proxy does not reach');
      await rejection(
        open().get(target.origin, { transport, tls: { verify: true } }),
        UnsupportedError,
      );
      expect(await open().get(target.origin, { transport, proxy: false }).text()).toBe('ok');
    }
    // A mock, and an app in the same process, connect to nothing.
    expect(
      await openThrough(proxyUrl(one))
        .get('http://app.test/', { transport: mockTransport(() => new Response('mocked')) })
        .text(),
    ).toBe('mocked');
    expect(
      await openThrough(proxyUrl(one))
        .get('http://app.test/', {
          transport: fetchTransport({ fetch: () => new Response('app') }),
        })
        .text(),
    ).toBe('app');
  });
});
