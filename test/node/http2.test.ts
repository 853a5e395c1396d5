import { once } from 'node:events';
import { Http2ServerResponse } from 'node:http2';
import { createServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { InvalidRequestError, NetworkError, SessionClosedError, TimeoutError } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authority, identities } from '../support/certificates.ts';
import { runProgram } from '../support/child.ts';
import { deferred, reasonOf, rejection } from '../support/contract.ts';
import { bodyOf, openHttp2, reply, serveHttp2, until } from '../support/http2.ts';

describe('HTTP/2', () => {
  test('100 calls at once open one connection, and later ones use it too', async () => {
    const { origin, connections } = await serveHttp2((stream, headers) =>
      reply(stream, `${headers[':method']} ${headers[':path']}`),
    );
    const session = openHttp2();
    const texts = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => session.get(`${origin}/${i}?a=b`).text()),
    );
    expect(texts).toEqual(Array.from({ length: 100 }, (_, i) => `GET /${i}?a=b`));
    await session.get(`${origin}/`);
    expect([connections(), session.stats()]).toEqual([
      1,
      expect.objectContaining({ sockets: 1, queued: 0, unreadBodies: 0 }),
    ]);
  });

  test('a server that speaks HTTP/1.1 alone is spoken to in HTTP/1.1, over the connection that was opened', async () => {
    const versions: string[] = [];
    let connections = 0;
    const server = createServer({ ...identities.good }, (request, response) => {
      versions.push(request.httpVersion);
      response.end(request.url);
    }).on('secureConnection', () => void connections++);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const session = openHttp2();
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    expect(await session.get(`${origin}/1`).text()).toBe('/1');
    expect(await session.get(`${origin}/2`).text()).toBe('/2');
    expect([versions, connections, session.stats().sockets]).toEqual([['1.1', '1.1'], 1, 1]);
    const texts = await Promise.all(
      ['/3', '/4', '/5'].map((path) => session.get(origin + path).text()),
    );
    expect([texts, connections]).toEqual([['/3', '/4', '/5'], 3]);
    await session.close();
    expect(session.stats().sockets).toBe(0);
  });

  test('a request has its headers as HTTP/2 has them, a response its own', async () => {
    let seen: object = {};
    const { origin } = await serveHttp2((stream, headers) => {
      seen = { ...headers };
      stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'x-latin': 'caf\xe9' });
      stream.end('ok');
    });
    const session = openHttp2();
    const response = await session.get(`${origin}/`, {
      headers: {
        host: 'other.test',
        connection: 'keep-alive',
        'keep-alive': 'x',
        'proxy-connection': 'x',
        upgrade: 'x',
        te: 'gzip',
        'x-a': '1',
        cookie: 'c=3; d=4',
      },
    });
    expect(seen).toMatchObject({
      ':authority': 'other.test',
      ':method': 'GET',
      ':scheme': 'https',
      ':path': '/',
      'x-a': '1',
      cookie: 'c=3; d=4',
    });
    for (const name of [
      'host',
      'connection',
      'keep-alive',
      'proxy-connection',
      'upgrade',
      'te',
      'content-length',
    ])
      expect(seen).not.toHaveProperty(name);
    expect([...response.headers.keys()]).toEqual(['date', 'set-cookie', 'set-cookie', 'x-latin']);
    expect([response.status, response.statusText, response.headers.get('x-latin')]).toEqual([
      200,
      '',
      'caf\xe9',
    ]);
  });

  test('cookies and redirects work as they do in HTTP/1.1', async () => {
    const cookies: (string | undefined)[] = [];
    const { origin, connections } = await serveHttp2((stream, headers) => {
      cookies.push(headers.cookie);
      if (headers[':path'] === '/from')
        reply(stream, 'gone', { ':status': 302, location: '/to', 'set-cookie': 'hop=1' });
      else reply(stream, 'there');
    });
    const response = await openHttp2().get(`${origin}/from`);
    expect([await response.text(), response.url, cookies, connections()]).toEqual([
      'there',
      `${origin}/to`,
      [undefined, 'hop=1'],
      1,
    ]);
  });

  test.each(['gzip', 'x-gzip'])('a body in %s is decoded', async (coding) => {
    const text = 'text '.repeat(100_000);
    const { origin } = await serveHttp2((stream) =>
      reply(stream, gzipSync(text), { 'content-encoding': coding }),
    );
    expect(await openHttp2().get(origin).text()).toBe(text);
  });

  test('responses without a body, and interim ones before', async () => {
    const { origin } = await serveHttp2((stream, headers) => {
      if (headers[':method'] === 'HEAD') {
        stream.respond({ ':status': 200, 'content-length': 5 }, { endStream: true });
        return;
      }
      stream.additionalHeaders({ ':status': 103, link: '</a>' });
      stream.respond({ ':status': Number(headers[':path']?.slice(1)) }, { endStream: true });
    });
    const session = openHttp2();
    expect((await session.head(`${origin}/`)).headers.get('content-length')).toBe('5');
    const [none, empty] = [await session.get(`${origin}/204`), await session.get(`${origin}/200`)];
    expect([none.status, await none.text(), empty.status, await empty.text()]).toEqual([
      204,
      '',
      200,
      '',
    ]);
  });
});

describe('a server that speaks HTTP/1.1 alone', () => {
  test("is offered nothing else from then on: a stream of undici's own could end short without an error", async () => {
    const offers: string[][] = [];
    const server = createTlsServer(
      {
        ...identities.good,
        ALPNCallback: ({ protocols }) => {
          offers.push(protocols);
          return 'http/1.1';
        },
      },
      (socket) =>
        void socket
          .on('error', () => {})
          .once('data', () =>
            socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'),
          ),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const session = openHttp2();
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    for (let i = 0; i < 2; i++) expect(await session.get(origin).text()).toBe('ok');
    expect(offers).toEqual([['http/1.1', 'h2'], ['http/1.1']]);
  });
});

describe('uploads over HTTP/2', () => {
  test('text, bytes, forms and streams come as they are, each with its length where it is known', async () => {
    const { origin, connections } = await serveHttp2((stream, headers) => {
      void bodyOf(stream).then((body) =>
        reply(stream, `${headers['content-length']} ${body.toString('latin1')}`),
      );
    });
    const session = openHttp2();
    async function* pieces() {
      yield 'a';
      await Promise.resolve();
      yield new Uint8Array([98]);
    }
    expect(await session.post(origin, { body: 'text é' }).text()).toBe('7 text Ã©');
    expect(await session.post(origin, { body: new Uint8Array([1, 2]) }).text()).toBe('2 \x01\x02');
    expect(await session.post(origin, { body: pieces() }).text()).toBe('undefined ab');
    expect(await session.post(origin, { body: new Blob(['blob']) }).text()).toBe('4 blob');
    expect(await session.post(origin, { body: '' }).text()).toBe('0 ');
    expect(await session.post(origin).text()).toBe('0 ');
    expect(await session.delete(origin).text()).toBe('undefined ');
    expect(connections()).toBe(1);
  });

  test('a large one is pulled only as fast as the server takes it, and its progress is told', async () => {
    const stop = deferred<void>();
    const size = 8 * 1024 * 1024;
    const { origin } = await serveHttp2((stream) => {
      void stop.promise.then(async () => reply(stream, String((await bodyOf(stream)).length)));
    });
    let pulled = 0;
    async function* large() {
      while (pulled < size) {
        pulled += 65_536;
        yield new Uint8Array(65_536);
        await Promise.resolve();
      }
    }
    const progress: number[] = [];
    const call = openHttp2()
      .post(origin, {
        body: large(),
        onUploadProgress: ({ transferredBytes }) => void progress.push(transferredBytes),
      })
      .text();
    await until(() => pulled > 0);
    for (let i = 0; i < 200; i++) await new Promise(setImmediate);
    expect(pulled).toBeLessThan(1024 * 1024);
    stop.resolve();
    expect(await call).toBe(String(size));
    expect([progress.length, progress.at(-1)]).toEqual([128, size]);
  });

  // Node counts what is still to be sent, and lets a client's session hold 10 MB of all.
  test('large ones hold up no answer, be it to others or to themselves', async () => {
    const stop = deferred<void>();
    const { origin, connections } = await serveHttp2((stream, headers) => {
      if (headers[':path'] !== '/slow') return reply(stream);
      void stop.promise.then(async () => reply(stream, String((await bodyOf(stream)).length)));
    });
    const session = openHttp2({ baseUrl: origin });
    const body = new Uint8Array(16_000_000);
    const upload = session.post('slow', { body }).text();
    expect(await session.get('small').text()).toBe('ok');
    expect(await session.post('early', { body }).text()).toBe('ok');
    stop.resolve();
    expect(await upload).toBe('16000000');
    expect(connections()).toBe(1);
  });

  test('an answer before the end of the body ends the upload, and only that', async () => {
    const resets: number[] = [];
    const { origin, connections } = await serveHttp2((stream, headers) => {
      stream.once('close', () => resets.push(stream.rstCode));
      if (headers[':method'] === 'GET') return reply(stream);
      stream.respond({ ':status': 413 });
      stream.end('too large');
    });
    const session = openHttp2();
    let closed = false;
    async function* endless() {
      try {
        for (;;) {
          yield new Uint8Array(65_536);
          await new Promise(setImmediate);
        }
      } finally {
        closed = true;
      }
    }
    const response = await session.post(origin, { body: endless(), throwHttpErrors: false });
    expect([response.status, await response.text()]).toEqual([413, 'too large']);
    await until(() => closed);
    expect(await session.get(origin).text()).toBe('ok');
    expect(connections()).toBe(1);
    await until(() => resets.length === 2);
    expect(resets[1]).toBe(0);
  });

  test('one that fails is the error of its call alone, and the server does not take it for a whole one', async () => {
    const ends: string[] = [];
    const { origin, connections } = await serveHttp2((stream, headers) => {
      if (headers[':method'] === 'GET') return reply(stream);
      void bodyOf(stream).then(
        () => ends.push('whole'),
        () => ends.push('cut'),
      );
    });
    const session = openHttp2();
    const broken = new Error('disk');
    async function* failing() {
      yield 'part';
      await Promise.resolve();
      throw broken;
    }
    expect(await reasonOf(session.post(origin, { body: failing() }))).toBe(broken);
    await until(() => ends.length === 1);
    expect([ends, await session.get(origin).text(), connections()]).toEqual([['cut'], 'ok', 1]);
  });

  test.each([
    ['too few', 6],
    ['too many', 4],
  ])('a stream with %s bytes for its content-length is refused', async (_, length) => {
    const { origin } = await serveHttp2((stream) => void bodyOf(stream).catch(() => {}));
    async function* five() {
      yield 'five5';
      await Promise.resolve();
    }
    const session = openHttp2();
    await rejection(
      session.post(origin, { body: five(), headers: { 'content-length': String(length) } }),
      InvalidRequestError,
    );
    await rejection(
      session.post(origin, { body: 'five5', headers: { 'content-length': String(length) } }),
      InvalidRequestError,
    );
  });
});

describe('what ends over HTTP/2', () => {
  test('a call that is aborted resets its stream alone', async () => {
    const resets: number[] = [];
    const waiting: (() => void)[] = [];
    const { origin, connections } = await serveHttp2((stream, headers) => {
      stream.once('close', () => void (stream.rstCode && resets.push(stream.rstCode)));
      if (headers[':path'] === '/body') stream.respond({ ':status': 200 });
      waiting.push(() => reply(stream));
    });
    const session = openHttp2();
    const stop = new AbortController();
    const aborted = reasonOf(session.get(`${origin}/`, { signal: stop.signal }));
    const others = Array.from({ length: 9 }, async () => session.get(origin).text());
    const body = await session.get(`${origin}/body`, { signal: stop.signal });
    await until(() => waiting.length === 11);
    stop.abort();
    expect([await aborted, await reasonOf(body.text())]).toEqual([
      stop.signal.reason,
      stop.signal.reason,
    ]);
    await until(() => resets.length === 2);
    for (const answer of waiting.slice(1, 10)) answer();
    expect([await Promise.all(others), resets, connections(), session.stats().sockets]).toEqual([
      Array(9).fill('ok'),
      [8, 8],
      1,
      1,
    ]);
  });

  test('a body that nobody reads is held back and holds up no other', async () => {
    let written = 0;
    const { origin } = await serveHttp2((stream, headers) => {
      if (headers[':path'] === '/small') return reply(stream);
      stream.respond({ ':status': 200 });
      const write = (): void => {
        while (written < 8_000_000) {
          written += 100_000;
          if (!stream.write(Buffer.alloc(100_000))) return void stream.once('drain', write);
        }
        stream.end();
      };
      write();
    });
    const session = openHttp2();
    const large = await session.get(`${origin}/large`);
    await until(() => session.stats().unreadBodies === 1);
    for (let i = 0; i < 20; i++) expect(await session.get(`${origin}/small`).text()).toBe('ok');
    expect(written).toBeLessThan(3_000_000);
    expect((await large.bytes()).length).toBe(8_000_000);
    expect(session.stats().unreadBodies).toBe(0);
  });

  // Node's servers go on counting what was still to be sent on a stream that was reset, and from 10
  // MB on take no more streams on its connection.
  test('that are aborted keep no later call from its answer', async () => {
    const { origin } = await serveHttp2((stream, headers) =>
      reply(stream, headers[':path'] === '/small' ? 'ok' : Buffer.alloc(3_000_000)),
    );
    const session = openHttp2({ baseUrl: origin, retry: { delay: () => 0 } });
    for (let i = 0; i < 12; i++) {
      const stop = new AbortController();
      const { body } = await session.get('large', { signal: stop.signal });
      stop.abort('enough');
      expect(await reasonOf(body?.getReader().read() ?? Promise.reject(new Error('no body')))).toBe(
        'enough',
      );
      expect(await session.get('small').text()).toBe('ok');
    }
  });

  // Node's servers of requests and responses reset an answer whose end must wait for the
  // connection's window, and nothing tells then that all of it has come.
  test('small ones of no length are whole beside large ones', async () => {
    const large = Buffer.alloc(4_000_000);
    const { origin } = await serveHttp2(
      (stream, headers) =>
        new Http2ServerResponse(stream).end(headers[':path'] === '/small' ? 'ok' : large),
      { maxSessionMemory: 1000 },
    );
    const session = openHttp2({ baseUrl: origin });
    const downloads = Array.from({ length: 8 }, () => session.get('large').bytes());
    for (let round = 0; round < 10; round++) {
      const texts = await Promise.all(
        Array.from({ length: 20 }, () => session.get('small').text()),
      );
      expect(texts.every((text) => text === 'ok')).toBe(true);
    }
    for (const download of downloads) expect((await download).length).toBe(large.length);
  });

  test('close() lets what runs end, destroy() does not, and both close the connection', async () => {
    const waiting: (() => void)[] = [];
    const { origin, sessions } = await serveHttp2(
      (stream) => void waiting.push(() => reply(stream)),
    );
    const session = openHttp2();
    const call = session.get(origin).text();
    await until(() => waiting.length === 1);
    const closed = session.close();
    waiting[0]?.();
    expect(await call).toBe('ok');
    await closed;
    await until(() => sessions[0]?.destroyed);
    expect(session.stats().sockets).toBe(0);

    const other = openHttp2();
    const failed = rejection(other.get(origin), SessionClosedError);
    await until(() => waiting.length === 2);
    await other.destroy();
    await failed;
    await until(() => sessions[1]?.destroyed);
    expect(other.stats().sockets).toBe(0);
  });

  test('a connection that nobody uses is closed after keepAliveTimeout', async () => {
    const { origin, sessions } = await serveHttp2((stream) => reply(stream));
    const session = openHttp2({}, { keepAliveTimeout: 20 });
    await session.get(origin);
    await until(() => sessions[0]?.destroyed && session.stats().sockets === 0);
    await session.get(origin);
    expect(sessions).toHaveLength(2);
  });

  test('F29: a process ends by itself with an idle connection and an unread body, but not while somebody waits for headers or reads a body', async () => {
    const { origin } = await serveHttp2((stream, headers) => {
      if (headers[':path'] !== '/slow')
        return reply(stream, headers[':path'] === '/large' ? Buffer.alloc(5_000_000) : 'ok');
      setTimeout(() => {
        stream.respond({ ':status': 200 });
        stream.write('first');
        setTimeout(() => stream.end(' rest'), 300);
      }, 300);
    });
    const { code, lines, errors, lingered } = await runProgram('leave-http2', [origin], [], {
      CA: authority,
    });
    expect([code, lines, errors]).toEqual([0, ['first rest', 'done'], '']);
    expect(lingered).toBeLessThan(2000);
  }, 30_000);
});

describe('the connection that calls wait for', () => {
  /** A server that takes connections and says nothing. */
  async function silent(): Promise<{ origin: string; sockets: Socket[] }> {
    const sockets: Socket[] = [];
    const server = createTcpServer(
      (socket) => void sockets.push(socket.on('error', () => {}).resume()),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, sockets };
  }

  test('is tried for as long as one of them still waits', async () => {
    const { origin, sockets } = await silent();
    const session = openHttp2();
    const [short, long] = [20, 60].map(async (connect) =>
      rejection(session.get(origin, { timeout: { connect } }), TimeoutError),
    );
    expect([(await short)?.phase, sockets.length, sockets[0]?.destroyed]).toEqual([
      'connect',
      1,
      false,
    ]);
    expect([(await long)?.phase, sockets.length]).toEqual(['connect', 1]);
    await until(() => sockets[0]?.destroyed);
    expect(session.stats()).toMatchObject({ sockets: 0, queued: 0 });
  });

  test('is given up with the last of them, and its end is no failure of the call that comes then', async () => {
    const server = await serveHttp2((stream) => reply(stream));
    for (const proxy of ['http', 'socks5h'] as const) {
      const asked = deferred();
      const sockets: Socket[] = [];
      const silentProxy = createTcpServer(
        (socket) =>
          void sockets.push(socket.on('error', () => {}).on('data', () => asked.resolve())),
      );
      silentProxy.listen(0, '127.0.0.1');
      await once(silentProxy, 'listening');
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
        silentProxy.close();
      });
      const session = openHttp2({
        timeout: { connect: 100 },
        proxy: `${proxy}://127.0.0.1:${(silentProxy.address() as AddressInfo).port}`,
      });
      const abort = new AbortController();
      const first = reasonOf(session.get(server.origin, { signal: abort.signal }));
      await asked.promise;
      abort.abort('enough');
      const next = session.get(server.origin);
      expect(await first).toBe('enough');
      expect((await rejection(next, TimeoutError)).phase).toBe('connect');
      expect(sockets).toHaveLength(2);
    }
  });

  test('is given up when the session is destroyed', async () => {
    const { origin, sockets } = await silent();
    const session = openHttp2();
    const failed = rejection(session.get(origin), SessionClosedError);
    await until(() => sockets.length === 1);
    await session.destroy();
    await failed;
    await until(() => sockets[0]?.destroyed);
  });

  test('fails at once and as often as it fails, by a lookup that calls back at once or throws, too', async () => {
    const failing = [
      (_name: string, _options: object, callback: (error: Error, address: string) => void) =>
        callback(new Error('no such name'), ''),
      () => {
        throw new Error('no such name');
      },
    ];
    for (const lookup of failing) {
      for (const proxy of [false, 'socks5://127.0.0.1:1'] as const) {
        const session = openHttp2({ proxy, timeout: { connect: 200 } }, { lookup });
        for (let i = 0; i < 2; i++)
          expect((await rejection(session.get('https://a.test/'), NetworkError)).message).toContain(
            'no such name',
          );
        await session.close();
      }
    }
  });

  test('fails for all of them when it fails', async () => {
    const { origin } = await serveHttp2((stream) => reply(stream));
    const session = openHttp2({}, { tls: { ca: identities.self.cert } });
    const errors = await Promise.all(
      [1, 2, 3].map(async () => rejection(session.get(origin), NetworkError)),
    );
    expect(errors.map(({ cause }) => (cause as { code: string }).code)).toEqual(
      Array(3).fill('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    );
  });
});
