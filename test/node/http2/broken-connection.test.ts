import { NetworkError, TimeoutError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { reasonOf, rejection } from '../../support/contract.ts';
import { frameType } from '../../support/h2-frames.ts';
import { alwaysOn, h2Server } from '../../support/h2-raw.ts';
import { openHttp2, until } from '../../support/http2.ts';

describe('a connection that dies', () => {
  test.each(['fin', 'rst'])(
    'by %s after it has served: unanswered idempotent calls are sent again, the rest fails',
    async (how) => {
      const server = await h2Server(async (peer) => {
        const first = await peer.request();
        if (first !== undefined) peer.answer(first);
        if (peer.id > 1) return alwaysOn()(peer);
        await peer.request();
        await peer.request();
        if (how === 'fin') peer.socket.end();
        else peer.socket.resetAndDestroy();
      });
      const session = openHttp2();
      await session.get(server.origin).text();
      const outcomes = await Promise.all(
        ['GET', 'POST'].map(async (method) =>
          session
            .request(server.origin, { method })
            .text()
            .catch((error: unknown) => (error as Error).name),
        ),
      );
      expect([outcomes, server.peers.length]).toEqual([['ok', 'NetworkError'], 2]);
    },
  );

  test('before it has served fails its calls', async () => {
    const server = await h2Server(async (peer) => {
      await peer.request();
      peer.socket.end();
    });
    await rejection(openHttp2().get(server.origin), NetworkError);
    expect(server.peers).toHaveLength(1);
  });

  test.each(['garbage', 'silence'])('by %s is left by later calls', async (how) => {
    const server = await h2Server(async (peer) => {
      if (peer.id > 1) return alwaysOn()(peer);
      peer.answer((await peer.request()) ?? 0);
      await peer.request();
      if (how === 'silence') peer.socket.pause();
      else peer.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    const session = openHttp2();
    await session.get(server.origin).text();
    // Node 20 does not notice garbage.
    await reasonOf(session.post(server.origin, { timeout: { response: 50 } }));
    let last;
    while (last !== 'ok')
      last = await session
        .post(server.origin, { timeout: { response: 50 } })
        .text()
        .catch(() => undefined);
    expect(server.peers).toHaveLength(2);
    await until(() => session.stats().sockets === 1);
  });

  test('in the middle of a body is asked if it lives, as soon as that is given up', async () => {
    const server = await h2Server(async (peer) => {
      const first = (await peer.request()) ?? 0;
      peer.headers(first);
      peer.data(first, 'part');
      peer.answer((await peer.request()) ?? 0);
    });
    const session = openHttp2();
    expect(
      (await rejection(session.get(server.origin, { timeout: { body: 50 } }).text(), TimeoutError))
        .phase,
    ).toBe('body');
    await until(() => server.peers[0]?.on(frameType.ping, 0).length);
    expect([await session.get(server.origin).text(), server.peers.length]).toEqual(['ok', 1]);
  });
});
