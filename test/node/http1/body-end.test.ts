import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { DecodeError, NetworkError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authority, identities } from '../../support/certificates.ts';
import { open, rejection } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { always, answer, type Peer, rawServer } from '../../support/raw-server.ts';
import { socksProxy } from '../../support/socks-proxy.ts';
import { serveResponse } from './serve-response.ts';

test('a status that is no redirect is decoded and read, whatever its location', async () => {
  const body = gzipSync('hello').toString('latin1');
  const server = await rawServer(
    always(
      Buffer.from(
        answer(body, 'HTTP/1.1 305 Use Proxy\r\nlocation: /other\r\ncontent-encoding: gzip\r\n'),
        'latin1',
      ),
    ),
  );
  const response = await open().get(server.origin);
  expect([response.status, await response.text()]).toEqual([305, 'hello']);
});

describe('F9: bodies that are cut or broken are never a success', () => {
  test.each([
    {
      name: 'a content-length that is not reached',
      response: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart',
    },
    {
      name: 'chunks without the last one',
      response: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n',
    },
    {
      name: 'a chunk that is cut',
      response: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\npart',
    },
    {
      name: 'a chunk size that is no number',
      response: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\npart\r\n0\r\n\r\n',
    },
    {
      name: 'a chunk that is longer than it says',
      response: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\npart\r\n0\r\n\r\n',
    },
    {
      name: 'a chunk size beyond all numbers',
      response:
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n' +
        'fffffffffffffffff\r\npart\r\n0\r\n\r\n',
    },
  ])('$name', async ({ response }) => {
    for (const end of ['fin', 'rst'] as const) {
      const { server, session } = await serveResponse(response, end);
      await rejection(session.get('').text(), NetworkError);
      await rejection(
        (async () => {
          const reader = ((await session.get('')).body as ReadableStream<Uint8Array>).getReader();
          while (!(await reader.read()).done);
        })(),
        NetworkError,
      );
      expect(new Set(server.requests.map((request) => request.connection)).size).toBe(2);
    }
  });

  test('F10: a body without a length is whole when its connection was closed', async () => {
    const { session } = await serveResponse('HTTP/1.1 200 OK\r\n\r\nto the end', 'fin');
    expect(await session.get('').text()).toBe('to the end');
  });

  test('F10: what a reset cuts off is an error, and its connection is not used again', async () => {
    const server = await rawServer(always('HTTP/1.1 200 OK\r\n\r\nto the end'));
    const session = open({ retry: 0, baseUrl: server.origin });
    for (const call of [0, 1]) {
      const { body } = await session.get('');
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      expect((await reader.read()).value).toHaveLength(10);
      server.peers[call]?.rst();
      await rejection(reader.read(), NetworkError);
    }
    expect(session.stats()).toMatchObject({ sockets: 0, inFlight: 0 });
  });
});

describe('F10: a reset that comes together with the end of a body without a length', () => {
  const response = 'HTTP/1.1 200 OK\r\n\r\nto the end';
  /** Data and the end of the connection come to the loop at once. */
  const ending = (how: 'fin' | 'rst') => async (peer: Peer) => {
    const request = await peer.request();
    if (!request) return;
    peer.socket.write(response);
    if (how === 'rst') peer.rst();
    else peer.socket.destroy();
  };

  test.each([
    { name: 'directly', options: {} },
    { name: 'with a guard', options: { guard: { allow: ['127.0.0.1'] } } },
  ])('is an error each time, and a close is none: $name', async ({ options }) => {
    const [reset, closed] = [await rawServer(ending('rst')), await rawServer(ending('fin'))];
    const session = open({ retry: 0, transport: undiciTransport(options) });
    for (let call = 0; call < 100; call++) {
      expect(await session.get(closed.origin).text()).toBe('to the end');
      await rejection(session.get(reset.origin).text(), NetworkError);
    }
  });

  test('a close is none over TLS and through proxies', async () => {
    const servers = [
      await rawServer(ending('fin')),
      await rawServer(ending('fin'), identities.good),
    ];
    const [http, socks] = [await rawServer(relay()), await socksProxy()];
    const proxies = [false, `http://127.0.0.1:${http.port}`, `socks5://127.0.0.1:${socks.port}`];
    for (const proxy of proxies as (string | false)[]) {
      const session = open({ retry: 0, proxy, trustEnv: false, tls: { ca: authority } });
      for (const { origin } of servers) expect(await session.get(origin).text()).toBe('to the end');
    }
  });

  test('over TLS it is an error', async () => {
    const below: Socket[] = [];
    const server = createTlsServer(identities.good, (socket) => {
      socket.on('error', () => {});
      // A TLS socket cannot be reset, but the one below it can.
      socket.once('data', () => socket.write(response, () => below.at(-1)?.resetAndDestroy()));
    });
    server.on('connection', (socket) => below.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const session = open({ retry: 0, tls: { ca: authority } });
    for (let call = 0; call < 10; call++)
      await rejection(session.get(`https://127.0.0.1:${port}/`).text(), NetworkError);
  });

  test('a body over a pipe, which has no addresses, is whole when it was closed', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'isosession-')), 's');
    const server = createServer((socket) => socket.once('data', () => socket.end(response)));
    server.listen(path);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const session = open({ retry: 0, transport: undiciTransport({ socketPath: path }) });
    expect(await session.get('http://pipe.test/').text()).toBe('to the end');
  });
});

describe('I8: transfer codings that nobody has asked for', () => {
  test.each(['deflate, chunked', 'gzip, chunked', 'gzip', 'chunked, gzip', 'chunked, identity'])(
    '%s is a typed error at once, and its connection is not used again',
    async (coding) => {
      const server = await rawServer(
        always(`HTTP/1.1 200 OK\r\ntransfer-encoding: ${coding}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`),
      );
      const session = open({ retry: 0, timeout: { total: 3000 } });
      for (let call = 0; call < 2; call++) {
        const error = await rejection(session.get(server.origin).text(), DecodeError);
        expect(error.message).toContain(`transfer-encoding "${coding}"`);
      }
      expect(server.peers).toHaveLength(2);
    },
  );

  test('chunked is none of them, however it is written, nor is identity', async () => {
    const chunked = await rawServer(
      always('HTTP/1.1 200 OK\r\ntransfer-encoding:  Chunked \r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    );
    expect(await open().get(chunked.origin).text()).toBe('abc');
    const identity = 'HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\nabc';
    const { session } = await serveResponse(identity, 'fin');
    expect(await session.get('').text()).toBe('abc');
  });
});

describe('F12: responses that have no body', () => {
  test.each([
    ['GET', 204],
    ['GET', 304],
    ['HEAD', 200],
  ])(
    '%s %i with bytes behind it is empty, and the bytes poison nothing',
    async (method, status) => {
      const { session } = await serveResponse(
        `HTTP/1.1 ${status} X\r\ncontent-length: 5\r\n\r\nextra`,
      );
      for (let call = 0; call < 3; call++) {
        const outcome = await session
          .request('', { method })
          .text()
          .catch((error: unknown) => error);
        if (outcome !== '') expect(outcome).toBeInstanceOf(NetworkError);
      }
      const response = await (
        await serveResponse(`HTTP/1.1 ${status} X\r\n\r\n`)
      ).session.request('', { method });
      expect([response.status, await response.text()]).toEqual([status, '']);
    },
  );

  test('HEAD tells the content-length of what GET would give', async () => {
    const { session } = await serveResponse('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n');
    for (let call = 0; call < 3; call++)
      expect((await session.head('')).headers.get('content-length')).toBe('5');
  });
});
