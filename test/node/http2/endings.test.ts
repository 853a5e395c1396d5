import { Http2ServerResponse } from 'node:http2';
import { SessionClosedError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { authority } from '../../support/certificates.ts';
import { runProgram } from '../../support/child.ts';
import { reasonOf, rejection } from '../../support/contract.ts';
import { openHttp2, reply, serveHttp2, until } from '../../support/http2.ts';

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

  test('close() lets what runs end, destroy() does not; both close the connection', async () => {
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

  test('F29: a process ends by itself, but not while headers or a body are awaited', async () => {
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
