import { inspect } from 'node:util';
import { InvalidRequestError, ProxyError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { rejection, thrown } from '../../support/contract.ts';
import { headerOf, relay } from '../../support/http-proxy.ts';
import { always, rawServer } from '../../support/raw-server.ts';
import { printed } from '../../support/printed.ts';
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
import { readSettings, refusal } from './settings.ts';

const secret = 's3cret';
const headers = { 'X-Exit': `de-${secret}`, 'user-agent': 'for the proxy/1' };

describe('X6: CONNECT', () => {
  test('says which user agent asks', async () => {
    const [proxy, target] = [await rawServer(relay()), await tlsServer(authority.good)];
    const session = openThrough(proxyUrl(proxy), { headers: { 'user-agent': 'for the target/1' } });
    await session.get(target.origin).json();
    expect(headerOf(proxy.requests[0]!, 'user-agent')).toEqual([
      expect.stringMatching(/^isosession\/\d+\.\d+\.\d+$/),
    ]);
    expect(target.requests[0]?.headers['user-agent']).toBe('for the target/1');
  });

  test('carries the headers for the proxy, and the tunnel none of them', async () => {
    const [proxy, target] = [await rawServer(relay(login)), await tlsServer(authority.good)];
    const session = openThrough({ all: proxyUrl(proxy, userinfo), headers });
    const response = await session.get(target.origin);
    expect(headerOf(proxy.requests[0]!, 'x-exit')).toEqual([headers['X-Exit']]);
    expect(headerOf(proxy.requests[0]!, 'user-agent')).toEqual([headers['user-agent']]);
    expect(headerOf(proxy.requests[0]!, 'proxy-authorization')).toEqual([basic]);
    expect(JSON.stringify(target.requests[0]?.headers)).not.toMatch(/x-exit|for the proxy/);
    expect([...response.request.headers.keys()]).not.toContain('x-exit');
  });

  test('may have its credentials in them, which go before those of the URL', async () => {
    const [proxy, target] = [await rawServer(relay(login)), await tlsServer(authority.good)];
    const own = { 'proxy-authorization': basic };
    for (const all of [proxyUrl(proxy), proxyUrl(proxy, 'eve:wrong')])
      expect((await openThrough({ all, headers: own }).get(target.origin)).status).toBe(200);
    const wrong = { 'proxy-authorization': `Bearer ${secret}` };
    const error = await rejection(
      openThrough({ all: proxyUrl(proxy, userinfo), headers: wrong }).get(target.origin),
      ProxyError,
    );
    expect(error.message).toContain('it does not take the credentials that it is given');
    expect(inspect(error)).not.toContain(secret);
  });

  test('is made anew where they are others: no call gets the tunnel of another', async () => {
    const [proxy, target] = [await rawServer(relay()), await tlsServer(authority.good)];
    const session = openThrough(false);
    for (const exit of ['a', 'b', 'a'])
      await session
        .get(target.origin, { proxy: { all: proxyUrl(proxy), headers: { 'x-exit': exit } } })
        .json();
    await session.get(target.origin, { proxy: proxyUrl(proxy) }).json();
    expect(proxy.requests.map((request) => headerOf(request, 'x-exit'))).toEqual([
      ['a'],
      ['b'],
      [],
    ]);
  });
});

describe('a request that the proxy forwards', () => {
  test('has the headers for the proxy beside its own, which go before', async () => {
    const [proxy, target] = [await rawServer(relay()), await okServer()];
    const session = openThrough(
      { all: proxyUrl(proxy), headers: { ...headers, 'x-own': 'of the proxy' } },
      { headers: { 'x-own': 'of the call' } },
    );
    const response = await session.get(target.origin);
    expect(headerOf(proxy.requests[0]!, 'x-exit')).toEqual([headers['X-Exit']]);
    expect(headerOf(proxy.requests[0]!, 'x-own')).toEqual(['of the call']);
    expect(headerOf(proxy.requests[0]!, 'user-agent')).toEqual([
      expect.stringContaining('isosession/'),
    ]);
    expect([...response.request.headers.keys()]).not.toContain('x-exit');
  });

  test('leads by a redirect to an origin that gets none of them directly', async () => {
    const [proxy, direct] = [await rawServer(relay()), await okServer()];
    const there = direct.origin.replace('127.0.0.1', 'localhost');
    const first = await rawServer(
      always(`HTTP/1.1 302 Found\r\nlocation: ${there}/\r\ncontent-length: 0\r\n\r\n`),
    );
    const all = proxyUrl(proxy);
    const noProxy = `localhost:${direct.port}`;
    const session = openThrough({ all, noProxy, headers });
    // Of localhost and 127.0.0.1 the port tells which is meant.
    await session.get(first.origin).text();
    expect(proxy.requests).toHaveLength(1);
    expect(direct.requests[0]?.raw).not.toMatch(/x-exit|for the proxy/i);
    await session.get(direct.origin, { proxy: false }).text();
    expect(direct.requests[1]?.raw).not.toMatch(/x-exit|for the proxy/i);
  });
});

describe('X6: the option', () => {
  test('reads back, and is printed without the values', () => {
    const option = { all: 'http://u:p@h', headers: { ...headers, 'proxy-authorization': secret } };
    const settings = readSettings(option);
    expect({ ...readSettings({ ...settings }) }).toEqual({ ...settings });
    expect(settings.headers).toEqual({
      'x-exit': headers['X-Exit'],
      'user-agent': headers['user-agent'],
      'proxy-authorization': secret,
    });
    const session = openThrough(option);
    const server = settings.choose(new URL('http://a.example/'));
    for (const thing of [settings, server, session.proxy, session])
      expect(printed(thing)).not.toContain(secret);
    expect(JSON.stringify(settings)).toContain('"x-exit":"[redacted]"');
  });

  test.each<[object, string]>([
    [{ all: 'h', headers: 'x-a: 1' }, 'proxy.headers must be an object'],
    [{ all: 'h', headers: { 'x-a': null } }, 'proxy.headers: "x-a" must be a string'],
    [{ all: 'h', headers: { 'x a': '1' } }, 'Invalid name or value of header "x a"'],
    [{ all: 'h', headers: { 'x-a': '1\r\nx-b: 2' } }, 'Invalid name or value of header "x-a"'],
    [{ all: 'h', headers: { Host: 'x' } }, 'proxy.headers: "host" is set by the library'],
    [{ all: 'h', headers: { 'transfer-encoding': 'x' } }, 'is set by the library'],
    [{ all: 'h', headers: { Cookie: 'a=b' } }, 'proxy.headers: "cookie" would reach the target'],
    [{ all: 'h', headers: { authorization: secret } }, "a proxy's own is proxy-authorization"],
    [{ all: 'socks5://h', headers }, 'proxy.headers are for a proxy that speaks HTTP'],
    [{ headers }, 'proxy names no proxy'],
  ])('%j is refused', (option, message) => {
    const error = refusal(() => readSettings(option));
    expect(error.message).toContain(message);
    expect(inspect(error)).not.toContain(secret);
    expect(thrown(() => openThrough(option), InvalidRequestError).message).toBe(error.message);
  });

  test('without a header is as one that was not given', () => {
    expect({ ...readSettings({ all: 'http://h:80', headers: {} }) }).toEqual({
      all: 'http://h:80',
    });
  });
});
