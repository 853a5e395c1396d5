import { NetworkError, ProxyError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { reasonOf, rejection } from '../../support/contract.ts';
import { socksProxy } from '../../support/socks-proxy.ts';
import { tlsServer } from '../../support/tls-server.ts';
import { authority, login, okServer, openThrough, proxyUrl, userinfo } from './proxied-session.ts';

describe('a SOCKS5 proxy', () => {
  test('is asked for an address by socks5:, for a name by socks5h:, with a login', async () => {
    const [proxy, target, plain] = [
      await socksProxy({ auth: login }),
      await tlsServer(authority.good),
      await okServer(),
    ];
    const session = openThrough(proxyUrl(proxy, userinfo, 'socks5h'));
    expect(await session.get(`https://localhost:${target.port}/a`).json()).toMatchObject({
      path: '/a',
      serverName: 'localhost',
    });
    expect(await session.get(`https://localhost:${target.port}/b`).json()).toMatchObject({
      connection: 1,
    });
    expect(await session.get(`http://localhost:${plain.port}/c`).text()).toBe('ok');
    expect(plain.requests[0]?.target).toBe('/c');
    const lookedUp: string[] = [];
    const local = openThrough(proxyUrl(proxy, userinfo, 'socks5'), {
      transport: undiciTransport({
        lookup: (name, options, callback) => {
          lookedUp.push(name);
          callback(
            null,
            (options as { all?: boolean }).all
              ? [{ address: '127.0.0.1', family: 4 }]
              : '127.0.0.1',
            4,
          );
        },
      }),
    });
    expect(await local.get(`https://good.test:${target.port}/d`).json()).toMatchObject({
      path: '/d',
      serverName: 'good.test',
    });
    expect(lookedUp).toContain('good.test');
    expect(
      proxy.asked.map(({ method, username, password, type, host, port }) => ({
        method,
        username,
        password,
        type,
        host,
        port,
      })),
    ).toEqual([
      { method: 2, ...login, type: 'name', host: 'localhost', port: target.port },
      { method: 2, ...login, type: 'name', host: 'localhost', port: plain.port },
      { method: 2, ...login, type: 'ipv4', host: '127.0.0.1', port: target.port },
    ]);
  });

  test("P8: what is behind it is verified by its name and the call's own authority", async () => {
    const proxy = await socksProxy();
    const [wrong, self, good] = [
      await tlsServer(authority.wrong),
      await tlsServer(authority.self),
      await tlsServer(authority.good),
    ];
    const session = openThrough(proxyUrl(proxy, '', 'socks5h'));
    expect(await reasonOf(session.get(`https://localhost:${wrong.port}/`))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    expect(await reasonOf(session.get(`https://localhost:${self.port}/`))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(
      await reasonOf(
        session.get(`https://localhost:${good.port}/`, { tls: { ca: authority.otherCa } }),
      ),
    ).toMatchObject({ code: 'ERR_NETWORK', cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } });
    expect(
      await session
        .get(`https://localhost:${self.port}/`, { tls: { ca: authority.self.cert } })
        .json(),
    ).toMatchObject({ path: '/' });
  });

  test.each([
    { step: 'greeting', how: 255, message: 'No acceptable authentication method' },
    { step: 'password', how: 1, message: 'Authentication failed' },
    { step: 'request', how: 1, message: 'General SOCKS server failure' },
    { step: 'request', how: 2, message: 'Connection not allowed by ruleset' },
    { step: 'request', how: 3, message: 'Network unreachable' },
    { step: 'request', how: 4, message: 'Host unreachable' },
    { step: 'request', how: 5, message: 'Connection refused' },
    { step: 'request', how: 6, message: 'TTL expired' },
    { step: 'request', how: 7, message: 'Command not supported' },
    { step: 'request', how: 8, message: 'Address type not supported' },
    { step: 'greeting', how: 'garbage', message: 'Invalid SOCKS version' },
    { step: 'password', how: 'garbage', message: 'Invalid auth' },
    { step: 'request', how: 'garbage', message: 'Invalid SOCKS version' },
    { step: 'greeting', how: 'fin', message: 'closed' },
    { step: 'password', how: 'fin', message: 'closed' },
    { step: 'request', how: 'fin', message: 'closed' },
    { step: 'greeting', how: 'rst', message: 'ECONNRESET' },
    { step: 'request', how: 'rst', message: 'ECONNRESET' },
  ] as const)(
    'F19: whose answer to the $step is $how is a ProxyError that says so',
    async ({ step, how, message }) => {
      const proxy = await socksProxy({ auth: login, fault: { at: step, how } });
      const session = openThrough(proxyUrl(proxy, userinfo, 'socks5h'));
      const error = await rejection(session.get('https://localhost:9/'), ProxyError);
      expect(error.message).toMatch(
        new RegExp(
          `^GET https://localhost:9/: The proxy socks5h://127\\.0\\.0\\.1:${proxy.port} ` +
            `did not connect to localhost:9: .*${message}`,
        ),
      );
      await Promise.all(proxy.peers.map((peer) => peer.closed()));
      expect(session.stats()).toMatchObject({ sockets: 0, queued: 0, inFlight: 0 });
    },
  );

  test('F19: that is silent, at any step, ends at the connect timeout', async () => {
    for (const step of ['greeting', 'password', 'request'] as const) {
      const proxy = await socksProxy({ auth: login, fault: { at: step, how: 'silence' } });
      expect(
        await reasonOf(
          openThrough(proxyUrl(proxy, userinfo, 'socks5h'), { timeout: { connect: 150 } }).get(
            'http://localhost:9/',
          ),
        ),
      ).toMatchObject({ code: 'ERR_TIMEOUT', phase: 'connect', timeout: 150 });
      await Promise.all(proxy.peers.map((peer) => peer.closed()));
    }
  });

  test('by socks5: an unknown name is a NetworkError; the proxy is not asked', async () => {
    const proxy = await socksProxy();
    const lookup = ((_name: string, _options: object, callback: (error: Error) => void) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))) as never;
    const error = await rejection(
      openThrough(proxyUrl(proxy, '', 'socks5'), { transport: undiciTransport({ lookup }) }).get(
        'http://nowhere.test/',
      ),
      NetworkError,
    );
    expect(error.cause).toMatchObject({ code: 'ENOTFOUND' });
    expect(proxy.peers).toHaveLength(0);
  });
});
