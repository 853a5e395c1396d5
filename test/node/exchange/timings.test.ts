import { lookup } from 'node:dns';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import {
  type ResponseTimings,
  Session,
  type SessionOptions,
  type SessionResponse,
} from 'isosession';
import { undiciTransport, type UndiciTransportOptions } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authority, identities } from '../../support/certificates.ts';
import { deferred, open } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { openHttp2, reply, serveHttp2 } from '../../support/http2.ts';
import { answer, rawServer } from '../../support/raw-server.ts';
import { socksProxy } from '../../support/socks-proxy.ts';
import { tlsServer } from '../../support/tls-server.ts';

/** ms that something is held up; timers may be early by one. */
const held = 40;
const atLeast = held - 2;

/** An origin of HTTP/1.1 that closes with its test. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}

function openSession(transport: UndiciTransportOptions, options: SessionOptions = {}): Session {
  return open({
    transport: undiciTransport({ tls: { ca: authority }, ...transport }),
    retry: 0,
    trustEnv: false,
    ...options,
  });
}

async function timingsOf(response: SessionResponse): Promise<ResponseTimings> {
  await response.bytes();
  if (!response.timings) throw new Error('There are no timings');
  return response.timings;
}

const plain = async () => serve((_, response) => void response.end('ok'));
const secure = async () => (await tlsServer(identities.good)).origin;
const http2 = async () => (await serveHttp2((stream) => reply(stream))).origin;
const proxied = async (identity?: 'good') => {
  const { port } = await rawServer(relay(), identity && identities[identity]);
  return `${identity ? 'https' : 'http'}://127.0.0.1:${port}`;
};
const socks = async () => `socks5h://127.0.0.1:${(await socksProxy()).port}`;

describe('the phases of a hop', () => {
  test.each([
    ['HTTP/1.1', plain, undefined, {}],
    ['TLS', secure, undefined, {}],
    ['HTTP/2', http2, undefined, { http2: true }],
    ['TLS without HTTP/2, which was offered', secure, undefined, { http2: true }],
    ['a proxy that forwards', plain, proxied, {}],
    ['a tunnel', secure, proxied, {}],
    ['a tunnel through a proxy with TLS', secure, async () => proxied('good'), {}],
    ['a tunnel with HTTP/2 in it', http2, proxied, { http2: true }],
    ['SOCKS', plain, socks, {}],
    ['SOCKS and TLS', secure, socks, {}],
  ])('from dns to wait they are elapsed, over %s', async (_, startOrigin, startProxy, settings) => {
    const origin = await startOrigin();
    const proxy = await startProxy?.();
    for (let connection = 0; connection < 10; connection++) {
      await using session = openSession(settings, proxy ? { proxy } : {});
      for (let call = 0; call < 10; call++) {
        const start = performance.now();
        const response = await session.get(origin);
        const { queued, dns, connect, tls, request, wait, body } = await timingsOf(response);
        const total = performance.now() - start;

        const phases = [queued, dns, connect, tls, request, wait, Number(body)];
        expect(Math.min(...phases)).toBeGreaterThanOrEqual(0);
        expect(dns + connect + tls + request + wait).toBeCloseTo(response.elapsed, 6);
        // By another clock.
        expect(queued + response.elapsed + Number(body)).toBeLessThanOrEqual(total);
        expect(response.connection?.reused).toBe(call > 0);
        expect(connect > 0).toBe(call === 0);
        expect(tls > 0).toBe(call === 0 && origin.startsWith('https:'));
      }
    }
  });

  test('what holds a call up is seen where it does', async () => {
    const answered = deferred();
    const hold = async (request: IncomingMessage, response: ServerResponse) => {
      for await (const piece of request) void piece;
      await sleep(held);
      response.write('the beginning');
      await answered.promise;
      await sleep(held);
      response.end('and the end');
    };
    const origin = await serve((request, response) => void hold(request, response));
    await using session = openSession({
      lookup: (name, options, callback) =>
        void setTimeout(() => lookup(name, options, callback), held),
    });
    const pieces = async function* () {
      yield 'one';
      await sleep(held);
      yield 'two';
    };

    const response = await session.post(origin, { body: pieces });
    expect(response.timings?.body).toBeUndefined();
    answered.resolve();
    const { dns, request, wait, body } = await timingsOf(response);

    for (const phase of [dns, request, wait, body]) expect(phase).toBeGreaterThanOrEqual(atLeast);
    expect(response.elapsed).toBeGreaterThanOrEqual(3 * atLeast);
  });

  test('a proxy that takes its time is a part of connect', async () => {
    const origin = await secure();
    const proxy = await rawServer(async (peer) => {
      await sleep(held);
      await relay()(peer);
    });
    await using session = openSession({}, { proxy: `http://127.0.0.1:${proxy.port}` });

    const { connect } = await timingsOf(await session.get(origin));
    expect(connect).toBeGreaterThanOrEqual(atLeast);
  });

  test('a server that is slow at TLS is seen in tls', async () => {
    const server = await tlsServer(identities.good, {
      SNICallback: (_, callback) => void setTimeout(() => callback(null), held),
    });
    await using session = openSession({});

    const origin = server.origin.replace('127.0.0.1', 'localhost');
    const { tls } = await timingsOf(await session.get(origin));
    expect(tls).toBeGreaterThanOrEqual(atLeast);
  });

  test('who waits for another to end is queued, which is not in elapsed', async () => {
    const origin = await serve((_, response) => void setTimeout(() => response.end('ok'), held));
    await using session = openSession({ connections: 1 });
    await session.get(origin).text();

    const [first, second] = await Promise.all([session.get(origin), session.get(origin)]);
    expect((await timingsOf(first)).queued).toBe(0);
    const { queued, connect } = await timingsOf(second);
    expect(queued).toBeGreaterThanOrEqual(atLeast);
    expect(connect).toBe(0);
    expect(queued + second.elapsed).toBeGreaterThanOrEqual(2 * atLeast);
  });

  test('of an HTTP/2 connection each call has what it has waited for', async () => {
    const { origin } = await serveHttp2((stream) => reply(stream));
    await using session = openHttp2();

    const responses = await Promise.all(Array.from({ length: 20 }, () => session.get(origin)));
    for (const response of responses) {
      expect(response.connection).toMatchObject({ reused: false, httpVersion: '2' });
      expect((await timingsOf(response)).tls).toBeGreaterThan(0);
    }
    const later = await session.get(origin);
    expect(later.connection?.reused).toBe(true);
  });

  test('a dead connection that was taken counts as a wait', async () => {
    const server = await rawServer(async (peer) => {
      if (!(await peer.request())) return;
      await peer.write(answer('ok'));
      if (!(await peer.request())) return;
      if (peer.id === 1) {
        await sleep(held);
        peer.rst();
      } else await peer.write(answer('again'));
    });
    await using session = openSession({});
    await session.get(server.origin).text();

    const response = await session.get(server.origin);
    const { queued, connect } = await timingsOf(response);
    expect(queued).toBeGreaterThanOrEqual(atLeast);
    expect(connect).toBeGreaterThan(0);
    expect(response.connection?.reused).toBe(false);
  });

  test('each redirect has its own', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/to' }).end();
      else response.end('ok');
    });
    await using session = openSession({});

    const { history, timings, connection } = await session.get(origin);
    expect(history[0]?.timings?.connect).toBeGreaterThan(0);
    expect(history[0]?.connection?.reused).toBe(false);
    expect(timings?.connect).toBe(0);
    expect(connection?.reused).toBe(true);
  });

  test('a clone, and what a middleware hands on, know them, too', async () => {
    await using session = openSession({});
    session.use((request, next) => next(request));
    const response = await session.get(await plain());
    const copy = response.clone();

    await response.text();
    expect(copy.connection).toEqual(response.connection);
    expect(copy.timings).toEqual(response.timings);
  });

  test('what other transports and dispatchers do, nobody knows', async () => {
    const { Agent } = await import('undici');
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    await using session = new Session({ transport: undiciTransport({ dispatcher }) });

    const response = await session.get(await plain());
    expect(response.timings).toBeUndefined();
    expect(response.connection).toBeUndefined();
    expect(response.elapsed).toBeGreaterThan(0);
  });
});

describe('the connection of a hop', () => {
  test('is told with its ends and what TLS has agreed on', async () => {
    const origin = await secure();
    await using session = openSession({});
    const { connection } = await session.get(origin);
    expect(connection).toEqual({
      httpVersion: '1.1',
      reused: false,
      remoteAddress: '127.0.0.1',
      remotePort: Number(new URL(origin).port),
      localPort: expect.any(Number),
      alpn: 'http/1.1',
      tlsVersion: 'TLSv1.3',
    });
  });

  test('stays known when it has ended', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('ok', 'HTTP/1.1 200 OK\r\nconnection: close\r\n'));
      await peer.fin();
    });
    const session = openSession({});
    const response = await session.get(server.origin);
    await response.text();
    await session.close();
    expect(response.connection).toMatchObject({
      remoteAddress: '127.0.0.1',
      remotePort: server.port,
      alpn: undefined,
      tlsVersion: undefined,
    });
  });
});
