import { InvalidRequestError, ProxyError } from 'isosession';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { headerOf, relay } from '../../support/http-proxy.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { tlsServer } from '../../support/tls-server.ts';
import {
  authority,
  basic,
  login,
  okServer,
  openThrough,
  proxyUrl,
  userinfo,
} from './proxied-session.ts';

describe('an HTTP proxy', () => {
  test('is sent a request for an http: URL whole, with credentials for it alone', async () => {
    const [proxy, target] = [await rawServer(relay(login)), await okServer()];
    const session = openThrough(proxyUrl(proxy, userinfo));
    const response = await session.post(`${target.origin}/path?q=1#part`, { json: { a: 1 } });
    expect(await response.text()).toBe('ok');
    expect(proxy.requests).toHaveLength(1);
    expect(proxy.requests[0]).toMatchObject({
      method: 'POST',
      target: `${target.origin}/path?q=1`,
      body: '{"a":1}',
    });
    expect(headerOf(proxy.requests[0]!, 'host')).toEqual([`127.0.0.1:${target.port}`]);
    expect(headerOf(proxy.requests[0]!, 'proxy-authorization')).toEqual([basic]);
    expect(target.requests[0]?.raw).not.toMatch(/proxy-authorization/i);
    expect([...response.request.headers.keys()]).not.toContain('proxy-authorization');
    // The jar is the target's.
    expect(await session.cookies.get('seen', target.origin)).toMatchObject({ value: '1' });
    // The next call goes over the same connection.
    await session.get(target.origin).text();
    expect(proxy.peers).toHaveLength(1);
  });

  test('opens a tunnel to an https: URL, cannot read it, and keeps its credentials', async () => {
    const [proxy, target] = [await rawServer(relay(login)), await tlsServer(authority.good)];
    const session = openThrough(proxyUrl(proxy, userinfo));
    for (const path of ['/one', '/two'])
      expect(await session.get(`https://localhost:${target.port}${path}`).json()).toMatchObject({
        path,
        connection: 1,
        serverName: 'localhost',
      });
    expect(proxy.requests.map(({ method, target: to }) => [method, to])).toEqual([
      ['CONNECT', `localhost:${target.port}`],
    ]);
    expect(headerOf(proxy.requests[0]!, 'proxy-authorization')).toEqual([basic]);
    expect(headerOf(proxy.requests[0]!, 'host')).toEqual([`localhost:${target.port}`]);
    expect(proxy.peers[0]?.received).not.toContain('/one');
    for (const { headers } of target.requests)
      expect(Object.keys(headers)).not.toContain('proxy-authorization');
  });

  test('that asks for credentials is at once a ProxyError with its challenge', async () => {
    const [proxy, target] = [await rawServer(relay(login)), await tlsServer(authority.good)];
    for (const [url, what, start] of [
      [target.origin, `CONNECT 127.0.0.1:${target.port}`, `GET ${target.origin}/: `],
      ['http://localhost:1/', 'GET http://localhost:1/', ''],
    ] as const) {
      const error = await rejection(
        openThrough(proxyUrl(proxy), { retry: 5 }).get(url),
        ProxyError,
      );
      expect(error).toMatchObject({
        code: 'ERR_PROXY',
        status: 407,
        challenge: 'Basic realm="isosession"',
        request: { method: 'GET' },
      });
      expect(error.message).toBe(
        `${start}The proxy ${proxyUrl(proxy)} answered 407 to ${what}: ` +
          'put its credentials into its URL, http://user:password@host',
      );
      const wrong = await rejection(
        openThrough(proxyUrl(proxy, 'ann:wrong'), { retry: 5 }).get(url),
        ProxyError,
      );
      expect(wrong.message).toContain('it does not take the credentials that it is given');
      expect(inspect(wrong, { depth: 9, showHidden: true })).not.toContain('wrong@');
    }
    expect(proxy.requests).toHaveLength(4);
    expect(target.requests).toHaveLength(0);
  });

  test('P3: connections of other credentials, or of none, are others', async () => {
    const [proxy, target] = [await rawServer(relay()), await tlsServer(authority.good)];
    const session = openThrough(undefined);
    for (const credentials of ['a:1', 'b:2', '', 'a:1'])
      await session.get(target.origin, { proxy: proxyUrl(proxy, credentials) }).text();
    expect(proxy.requests.map((request) => headerOf(request, 'proxy-authorization')[0])).toEqual([
      `Basic ${btoa('a:1')}`,
      `Basic ${btoa('b:2')}`,
      undefined,
    ]);
    expect(target.requests.map(({ connection }) => connection)).toEqual([1, 2, 3, 1]);
    const plain = await okServer();
    for (const credentials of ['a:1', 'b:2', ''])
      await session.get(plain.origin, { proxy: proxyUrl(proxy, credentials) }).text();
    expect(new Set(proxy.requests.slice(3).map(({ connection }) => connection)).size).toBe(3);
  });

  test("that speaks TLS is verified by its own name, without the target's settings", async () => {
    const target = await tlsServer(authority.good, { requestCert: true, ca: authority.ca });
    const proxy = await rawServer(relay(), authority.good);
    const tls = {
      ca: authority.ca,
      ...authority.clientA,
      cert: authority.clientA.cert,
      key: authority.clientA.key,
    };
    const session = open({ proxy: proxyUrl(proxy, '', 'https'), tls, retry: 0, trustEnv: false });
    expect(await session.get(`https://localhost:${target.port}/`).json()).toMatchObject({
      client: 'client A',
      serverName: 'localhost',
    });
    const plain = await okServer();
    expect(await session.get(plain.origin).text()).toBe('ok');

    // verify: false is about the target: the proxy is given credentials.
    const strange = await rawServer(relay(), authority.unknown);
    const error = await rejection(
      open({
        proxy: proxyUrl(strange, userinfo, 'https'),
        tls: { verify: false },
        retry: 0,
        trustEnv: false,
      }).get(target.origin),
      ProxyError,
    );
    expect((error.cause as { code: string }).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(strange.requests).toHaveLength(0);
  });

  test('P8: that is an origin, too, is verified whatever connections that origin has', async () => {
    const server = await rawServer(always(answer('ok')), authority.self);
    const session = openThrough(false, { tls: { verify: false } });
    expect(await session.get(`${server.origin}/`).text()).toBe('ok');
    const error = await rejection(
      session.get('http://target.test/', { proxy: server.origin }),
      ProxyError,
    );
    expect(error.cause).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(server.requests.map(({ target }) => target)).toEqual(['/']);
  });

  test('proxy-authorization of a call goes to the proxy, or is refused for a tunnel', async () => {
    const [proxy, target, plain] = [
      await rawServer(relay(login)),
      await tlsServer(authority.good),
      await okServer(),
    ];
    const session = openThrough(proxyUrl(proxy));
    const error = await rejection(
      session.get(target.origin, { headers: { 'proxy-authorization': basic } }),
      InvalidRequestError,
    );
    expect(error.message).toContain("put the proxy's credentials into its URL");
    expect(
      await session.get(plain.origin, { headers: { 'proxy-authorization': basic } }).text(),
    ).toBe('ok');
    expect(proxy.requests).toHaveLength(1);
  });
});
