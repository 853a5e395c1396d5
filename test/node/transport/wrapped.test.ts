import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  HTTPError,
  NetworkError,
  ResponseTooLargeError,
  type Session,
  SessionClosedError,
  type SessionOptions,
  SessionResponse,
  TimeoutError,
  type Transport,
  type TransportRequest,
} from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, reasonOf, rejection, sites } from '../../support/contract.ts';
import { answer, rawServer } from '../../support/raw-server.ts';

/** A user's own transport around Node's. */
function wrapped(
  change: (request: TransportRequest) => TransportRequest = (request) => request,
): Transport {
  const inner = undiciTransport();
  return {
    async send(request) {
      const response = await inner.send(change(request));
      // A wrapper looks at what came.
      expect(response).toBeInstanceOf(Response);
      expect(response.bodyUsed).toBe(false);
      return response;
    },
    close: () => inner.close?.() ?? Promise.resolve(),
    destroy: (reason) => inner.destroy?.(reason) ?? Promise.resolve(),
  };
}

const around = (options: SessionOptions = {}): Session =>
  open({ retry: 0, transport: wrapped(), ...options });

/** A server that gives the start of a body and then nothing. */
const halfway = () =>
  rawServer(async (peer) => {
    await peer.request();
    await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nstart');
  });

describe("a transport of the user's around undiciTransport() loses nothing of the call", () => {
  test('parseJson, attempts, cookies, redirects and the history', async () => {
    const { a } = sites();
    const session = around({
      retry: { delay: () => 0 },
      parseJson: (text) => ({ parsed: JSON.parse(text) as unknown }),
    });
    const response = await session.get(a.url('flaky', {}), { context: { mark: 'call' } });
    expect([response.status, response.attempts]).toEqual([200, 2]);
    expect(await session.get(a.url('echo')).json()).toHaveProperty('parsed.method', 'GET');
    const end = await session.get(
      a.url('redirect', [
        ['to', 'echo'],
        ['line', 'sid=1'],
      ]),
    );
    expect(end).toBeInstanceOf(SessionResponse);
    expect([end.history.length, end.redirected, end.url]).toEqual([1, true, a.url('echo')]);
    expect(end.history[0]?.cookies).toEqual({ sid: '1' });
    expect(await session.cookies.get('sid', a.url('x'))).toMatchObject({ value: '1' });
  });

  test('maxResponseSize, also for what has come before anybody read', async () => {
    const { a } = sites();
    const session = around({ maxResponseSize: 1000 });
    expect(
      (await rejection(session.get(a.url('bytes', { n: 2000 })).bytes(), ResponseTooLargeError))
        .limit,
    ).toBe(1000);
    expect((await session.get(a.url('bytes', { n: 1000 })).bytes()).length).toBe(1000);
    const late = await session.get(a.url('bytes', { n: 2000 }));
    await session.get(a.url('bytes', { n: 10 })).bytes();
    await rejection(late.bytes(), ResponseTooLargeError);
  });

  test('maxResponseSize also allows what would be a bomb without it', async () => {
    const bomb = gzipSync(Buffer.alloc(101 * 1024 * 1024));
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(
        `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`,
      );
      await peer.write(bomb);
    });
    expect(
      (
        await around({ maxResponseSize: 200 * 1024 * 1024 })
          .get(server.origin)
          .bytes()
      ).length,
    ).toBe(101 * 1024 * 1024);
  });

  test('the progress of a download, every byte once', async () => {
    const { a } = sites();
    let seen = 0;
    const reports: number[] = [];
    const response = await around().get(a.url('bytes', { n: 500_000 }), {
      onDownloadProgress: ({ percent, transferredBytes }, chunk) => {
        seen += chunk.length;
        reports.push(percent);
        expect(transferredBytes).toBe(seen);
      },
    });
    await response.bytes();
    expect([seen, reports.at(-1)]).toEqual([500_000, 1]);
  });

  test('the context and the request of an error, whenever it comes', async () => {
    const { a } = sites();
    const session = around();
    const context = { mark: 'call' };
    for (const call of [
      session.get(a.url('reset'), { context }),
      session.get(a.url('truncated', { kind: 'length' }), { context }).text(),
    ]) {
      const error = await rejection(call, NetworkError);
      expect(error.context).toMatchObject(context);
      expect(error.request?.url).toContain(a.base);
    }
    expect(
      (await rejection(session.get(a.url('status/404'), { context }).json(), HTTPError)).context,
    ).toMatchObject(context);
  });

  test('timeout.total and timeout.body while the body comes', async () => {
    const server = await halfway();
    expect(
      (
        await rejection(
          around({ timeout: { total: 100 } })
            .get(server.origin)
            .text(),
          TimeoutError,
        )
      ).phase,
    ).toBe('total');
    expect(
      (
        await rejection(
          around({ timeout: { body: 100 } })
            .get(server.origin)
            .text(),
          TimeoutError,
        )
      ).phase,
    ).toBe('body');
    await Promise.all(server.peers.map((peer) => peer.closed()));
  });

  test('an abort of the call, and of a signal that the wrapper put in its place', async () => {
    const server = await halfway();
    const stop = new AbortController();
    const response = await around().get(server.origin, { signal: stop.signal });
    const text = reasonOf(response.text());
    stop.abort('call');
    expect(await text).toBe('call');
    const own = new AbortController();
    const replaced = await around({
      transport: wrapped((request) => ({ ...request, signal: AbortSignal.any([own.signal]) })),
    }).get(server.origin);
    const other = reasonOf(replaced.text());
    own.abort('wrapper');
    expect(await other).toBe('wrapper');
    await Promise.all(server.peers.map((peer) => peer.closed()));
  });

  test('close() waits for what is read and cancels the unread; destroy() ends all', async () => {
    const { a } = sites();
    const server = await halfway();
    const session = around();
    const reading = (await session.get(a.url('bytes', { n: 5_000_000 }))).bytes();
    const unread = await session.get(server.origin);
    await session.close();
    expect((await reading).length).toBe(5_000_000);
    await rejection(unread.text(), SessionClosedError);
    const other = around();
    const text = reasonOf((await other.get(server.origin)).text());
    await other.destroy('over');
    expect(await text).toBe('over');
    expect(other.stats().inFlight).toBe(0);
  });

  test('a status that no Response of the platform can have', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('odd', 'HTTP/1.1 999 Odd\r\n'));
    });
    const response = await around().get(server.origin);
    expect([response.status, response.statusText, await response.text()]).toEqual([
      999,
      'Odd',
      'odd',
    ]);
  });

  test('integrity', async () => {
    const { a } = sites();
    const session = around();
    const url = a.url('reply', { text: 'hello' });
    expect(
      await session
        .get(url, { integrity: `sha256-${createHash('sha256').update('hello').digest('base64')}` })
        .text(),
    ).toBe('hello');
    await rejection(
      session
        .get(url, { integrity: `sha256-${createHash('sha256').update('other').digest('base64')}` })
        .text(),
      NetworkError,
    );
  });

  test('the limits and the context of the call for a clone that the wrapper gives', async () => {
    const { a } = sites();
    const inner = undiciTransport();
    const session = around({
      transport: {
        send: async (request) => (await inner.send(request)).clone(),
        destroy: () => inner.destroy?.() ?? Promise.resolve(),
      },
    });
    expect(
      await session.get(a.url('bytes', { n: 100 }), { maxResponseSize: 100 }).bytes(),
    ).toHaveLength(100);
    const error = await rejection(
      session
        .get(a.url('bytes', { n: 101 }), { maxResponseSize: 100, context: { mark: 'call' } })
        .bytes(),
      ResponseTooLargeError,
    );
    expect(error.context).toMatchObject({ mark: 'call' });
  });

  test('a body that the wrapper has read is a typed error', async () => {
    const { a } = sites();
    const inner = undiciTransport();
    const session = around({
      transport: {
        async send(request) {
          const response = await inner.send(request);
          await response.text();
          return response;
        },
        destroy: () => inner.destroy?.() ?? Promise.resolve(),
      },
    });
    expect(String(await reasonOf(session.get(a.url('echo'))))).toContain('body was read already');
  });

  test('send() by itself gives a response that can be read', async () => {
    const { a } = sites();
    const inner = undiciTransport();
    const response = await inner.send({
      method: 'GET',
      url: new URL(a.url('bytes', { n: 10 })),
      headers: new Headers(),
      body: null,
      signal: undefined,
      timeout: {},
      init: {},
    });
    expect((await response.arrayBuffer()).byteLength).toBe(10);
    await inner.close?.();
  });
});
