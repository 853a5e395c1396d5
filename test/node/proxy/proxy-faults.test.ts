import { NetworkError, ProxyError, TimeoutError } from 'isosession';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { reasonOf, rejection } from '../../support/contract.ts';
import {
  breakOff,
  established,
  refuse,
  relay,
  stayMute,
  talkGarbage,
} from '../../support/http-proxy.ts';
import { rawServer, type Script } from '../../support/raw-server.ts';
import { tlsServer } from '../../support/tls-server.ts';
import { authority, openThrough, proxyUrl, userinfo } from './proxied-session.ts';

describe('F19: a proxy that fails', () => {
  const faults: { name: string; script: Script; expected: object }[] = [
    { name: 'refuses with 403', script: refuse(403), expected: { status: 403 } },
    { name: 'refuses with 502', script: refuse(502), expected: { status: 502 } },
    {
      name: 'asks for credentials',
      script: refuse(
        407,
        'proxy-authenticate: Basic realm="a"\r\nproxy-authenticate: Digest realm="b"\r\n',
      ),
      expected: { status: 407, challenge: 'Basic realm="a", Digest realm="b"' },
    },
    { name: 'ends the connection without an answer', script: breakOff('fin'), expected: {} },
    { name: 'resets instead of answering', script: breakOff('rst'), expected: {} },
    {
      name: 'breaks off in the middle of its answer',
      script: breakOff('fin', 'HTTP/1.1 200 Conn'),
      expected: {},
    },
    { name: 'answers what is no HTTP', script: talkGarbage, expected: {} },
  ];

  test.each(faults)(
    'by CONNECT: one that $name is a ProxyError, and the target is told nothing',
    async ({ script, expected }) => {
      const [proxy, target] = [await rawServer(script), await tlsServer(authority.good)];
      const session = openThrough(proxyUrl(proxy, userinfo));
      const error = await rejection(session.get(target.origin), ProxyError);
      expect(error).toMatchObject(expected);
      expect(target.connections()).toBe(0);
      expect(inspect(error, { depth: 9 })).not.toContain('rd@');
      await expect
        .poll(() => session.stats())
        .toMatchObject({ sockets: 0, queued: 0, inFlight: 0 });
      await Promise.all(proxy.peers.map((peer) => peer.closed()));
    },
  );

  test('that says something before its answer to CONNECT is no fault', async () => {
    const target = await tlsServer(authority.good);
    const interim = [
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nlink: </100>\r\n\r\n',
      '\r\n',
      'HTTP/1.0 102 Processing\n\n',
    ].join('');
    const work = relay();
    for (let at = 0; at <= interim.length; at++) {
      const proxy = await rawServer(async (peer) => {
        await peer.expect(1);
        await peer.write(interim.slice(0, at));
        for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
        await peer.write(interim.slice(at));
        await work(peer);
      });
      const session = openThrough(proxyUrl(proxy));
      expect((await session.get(target.origin)).status).toBe(200);
      await session.close();
    }
    const refusing = await rawServer(async (peer) => {
      await peer.expect(1);
      await peer.write(interim);
      await refuse(403)(peer);
    });
    const error = await rejection(openThrough(proxyUrl(refusing)).get(target.origin), ProxyError);
    expect(error).toMatchObject({ status: 403 });
  });

  test('that is silent ends at the connect timeout, before its answer and behind it', async () => {
    const target = await tlsServer(authority.good);
    const silent: Script[] = [
      stayMute,
      async (peer) => {
        await peer.request();
        await peer.write(established);
      },
    ];
    for (const script of silent) {
      const proxy = await rawServer(script);
      const session = openThrough(proxyUrl(proxy), { timeout: { connect: 200 } });
      expect(await reasonOf(session.get(target.origin))).toMatchObject({
        code: 'ERR_TIMEOUT',
        phase: 'connect',
        timeout: 200,
      });
      await Promise.all(proxy.peers.map((peer) => peer.closed()));
    }
    // What the proxy forwards itself is a request like any other.
    const proxy = await rawServer(stayMute);
    const error = await rejection(
      openThrough(proxyUrl(proxy), { timeout: { response: 200 } }).get('http://localhost:1/'),
      TimeoutError,
    );
    expect(error.phase).toBe('response');
  });

  test('that dies behind its answer is a NetworkError, like anybody on the way', async () => {
    const target = await tlsServer(authority.good);
    const proxy = await rawServer(breakOff('fin', established));
    await rejection(openThrough(proxyUrl(proxy)).get(target.origin), NetworkError);
    expect(target.connections()).toBe(0);
  });

  test('that cannot be reached is a ProxyError for each target, with its code', async () => {
    const gone = await rawServer(() => {});
    await gone.close();
    for (const [scheme, url] of [
      ['http', 'http://localhost/'],
      ['http', 'https://localhost/'],
      ['https', 'http://localhost/'],
      ['https', 'https://localhost/'],
      ['socks5', 'http://localhost/'],
      ['socks5h', 'https://localhost/'],
    ] as const) {
      const error = await rejection(
        openThrough(proxyUrl(gone, userinfo, scheme)).get(url),
        ProxyError,
      );
      expect(error).toMatchObject({
        cause: { code: 'ECONNREFUSED' },
        message: expect.stringMatching(
          new RegExp(
            `^GET ${url}: The proxy ${scheme}://127\\.0\\.0\\.1:${gone.port} cannot be reached: `,
          ),
        ) as unknown,
      });
      expect(error).not.toHaveProperty('status');
    }
  });

  test('is tried again as a network is, but for what it refuses', async () => {
    let connects = 0;
    const target = await tlsServer(authority.good);
    const work = relay();
    const proxy = await rawServer((peer) => (++connects < 3 ? breakOff('rst')(peer) : work(peer)));
    const response = await openThrough(proxyUrl(proxy), {
      retry: { limit: 2, delay: () => 0 },
    }).get(target.origin);
    expect(response.attempts).toBe(3);
    const busy = await rawServer(refuse(503));
    await rejection(
      openThrough(proxyUrl(busy), { retry: { limit: 2, delay: () => 0 } }).get(target.origin),
      ProxyError,
    );
    expect(busy.requests).toHaveLength(3);
    const strict = await rawServer(refuse(403));
    await rejection(
      openThrough(proxyUrl(strict), { retry: { limit: 2, delay: () => 0 } }).get(target.origin),
      ProxyError,
    );
    expect(strict.requests).toHaveLength(1);
  });

  test('an abort, a destroyed and a closed session leave no connection to it behind', async () => {
    const target = await tlsServer(authority.good);
    const proxy = await rawServer(stayMute);
    const session = openThrough(proxyUrl(proxy));
    const abort = new AbortController();
    const call = session.get(target.origin, { signal: abort.signal });
    await proxy.connections(1);
    abort.abort('enough');
    expect(await reasonOf(call)).toBe('enough');
    await proxy.peers[0]?.closed();
    const other = reasonOf(session.get(target.origin));
    await proxy.connections(2);
    await session.destroy('over');
    expect(await other).toBe('over');
    await proxy.peers[1]?.closed();
  });
});
