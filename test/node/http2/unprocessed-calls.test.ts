import type { Socket } from 'node:net';
import { NetworkError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/contract.ts';
import { errorCode, frameType } from '../../support/h2-frames.ts';
import { alwaysOn, type H2Peer, h2Server } from '../../support/h2-raw.ts';
import { openHttp2, until } from '../../support/http2.ts';

const { refusedStream, enhanceYourCalm } = errorCode;

describe('F15: what the server has not looked at', () => {
  test.each(['one after another', 'at once'])(
    'is sent again: 100 calls %s, of any method, to a server that closes after every ten',
    async (how) => {
      const served: number[] = [];
      const server = await h2Server(async (peer) => {
        for (let i = 0; i < 10; i++) {
          const stream = await peer.request();
          if (stream === undefined) return;
          served[peer.id] = i + 1;
          peer.answer(stream);
          if (i === 9) peer.goaway(stream);
        }
      });
      const session = openHttp2();
      const call = async (i: number): Promise<string> =>
        session
          .request(server.origin, { method: i % 2 ? 'POST' : 'GET', ...(i % 2 && { body: 'x' }) })
          .text();
      const texts: string[] = [];
      if (how === 'at once')
        texts.push(...(await Promise.all(Array.from({ length: 100 }, (_, i) => call(i)))));
      else for (let i = 0; i < 100; i++) texts.push(await call(i));
      expect([texts, served]).toEqual([Array(100).fill('ok'), [, ...Array<number>(10).fill(10)]]);
    },
  );

  test.each(['GET', 'POST', 'PUT', 'PATCH'])(
    'is sent again when an idle connection is reset as the call takes it: a %s',
    async (method) => {
      const server = await h2Server(alwaysOn());
      const session = openHttp2();
      const body = method === 'GET' ? null : 'x';
      for (let n = 1; n <= 10; n++) {
        expect(await session.get(server.origin).text()).toBe('ok');
        await new Promise(setImmediate);
        // The kernel has it, and the loop has not seen it. A socket of TLS cannot be reset itself.
        const { socket } = server.peers.at(-1) as H2Peer;
        (Reflect.get(socket, '_parent') as Socket).resetAndDestroy();
        const until = performance.now() + 1;
        while (performance.now() < until);
        const response = await session.request(server.origin, { method, body });
        expect([await response.text(), response.attempts]).toEqual(['ok', 1]);
        expect(server.peers).toHaveLength(n + 1);
      }
    },
  );

  test('is sent again after REFUSED_STREAM, on the same connection, its body too', async () => {
    const server = await h2Server(
      alwaysOn((peer, stream) => {
        if (stream === 1) peer.reset(stream, refusedStream);
        else peer.answer(stream);
      }),
    );
    const session = openHttp2();
    const form = new FormData();
    form.set('a', 'b');
    expect(await session.post(server.origin, { body: form }).text()).toBe('ok');
    await until(() => server.peers[0]?.on(frameType.data, 3).length);
    expect(
      server.peers[0]
        ?.on(frameType.data, 3)
        .map(({ payload }) => payload.toString())
        .join(''),
    ).toContain('name="a"');
    expect(server.peers).toHaveLength(1);
  });

  test.each(['rst', 'fin'])('of a connection that has ended by %s: any body', async (end) => {
    // Answers a request when all of it has come.
    const server = await h2Server(async (peer) => {
      for (let last; (last = await peer.frame(({ type, flags }) => type <= 1 && flags & 1));)
        peer.answer(last.stream);
    });
    const session = openHttp2();
    async function* body(): AsyncGenerator<string> {
      yield await Promise.resolve('one shot');
    }
    for (let n = 1; n <= 5; n++) {
      expect(await session.get(server.origin).text()).toBe('ok');
      // The kernel has it, and the loop has not seen it.
      await new Promise(setImmediate);
      const { socket } = server.peers.at(-1) as H2Peer;
      const below = Reflect.get(socket, '_parent') as Socket;
      if (end === 'rst') below.resetAndDestroy();
      else socket.destroy();
      const until = performance.now() + 1;
      while (performance.now() < until);
      const response = await session.patch(server.origin, { body: body() });
      expect([await response.text(), response.attempts]).toEqual(['ok', 1]);
    }
    const sent = server.peers.flatMap((peer) => peer.frames).filter(({ type }) => type === 0);
    expect(Buffer.concat(sent.map(({ payload }) => payload)).toString()).toBe('one shot'.repeat(5));
  });

  test('is sent again only so many times, and not at all with a body that cannot be', async () => {
    const server = await h2Server(alwaysOn((peer, stream) => peer.reset(stream, refusedStream)));
    const session = openHttp2();
    await rejection(session.post(server.origin, { body: 'x' }), NetworkError);
    expect(server.peers[0]?.requests).toHaveLength(11);
    async function* once() {
      yield 'x';
      await Promise.resolve();
    }
    await rejection(session.post(server.origin, { body: once() }), NetworkError);
    expect(server.peers[0]?.requests).toHaveLength(12);
  });

  test('is known by the last stream of a GOAWAY with an error; what it knew fails', async () => {
    const server = await h2Server(async (peer) => {
      if (peer.id > 1) return alwaysOn()(peer);
      for (let i = 0; i < 3; i++) await peer.request();
      peer.goaway(3, enhanceYourCalm);
    });
    const session = openHttp2();
    const outcomes = await Promise.all(
      [1, 2, 3].map(async () =>
        session
          .post(server.origin)
          .text()
          .catch((error: unknown) => (error as Error).name),
      ),
    );
    expect([outcomes, server.peers.length]).toEqual([['NetworkError', 'NetworkError', 'ok'], 2]);
  });

  test('the others go on after a GOAWAY, and new calls get a new connection', async () => {
    const server = await h2Server(async (peer) => {
      if (peer.id > 1) return alwaysOn()(peer);
      const stream = (await peer.request()) ?? 0;
      peer.headers(stream);
      peer.data(stream, 'first ');
      peer.goaway(2 ** 31 - 1);
      peer.goaway(stream);
      peer.write(frameType.ping, 0, 0, '12345678');
      await until(() => server.peers.length === 2);
      peer.data(stream, 'rest', true);
      peer.socket.pause();
    });
    const session = openHttp2({}, { keepAliveTimeout: 60_000 });
    const response = await session.get(server.origin);
    await until(() => server.peers[0]?.on(frameType.goaway, 0).length);
    expect(await session.get(server.origin).text()).toBe('ok');
    expect(await response.text()).toBe('first rest');
    // The old connection is closed, even where the server does not close its end.
    await until(() => session.stats().sockets === 1);
  });
});
