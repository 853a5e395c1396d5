import http2 from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import type { Session } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { reasonOf } from '../../support/contract.ts';
import { frameType } from '../../support/h2-frames.ts';
import { alwaysOn, h2Server, type H2Server } from '../../support/h2-raw.ts';
import { openHttp2, until } from '../../support/http2.ts';

describe('streams at a time', () => {
  const maxConcurrentStreams = 3;

  test('are no more than the server takes; the others wait in order, or are aborted', async () => {
    let open = 0;
    let most = 0;
    const order: number[] = [];
    const server = await h2Server(
      async (peer) => {
        for (
          let stream = await peer.request();
          stream !== undefined;
          stream = await peer.request()
        ) {
          most = Math.max(most, ++open);
          const id = stream;
          order.push(id);
          setImmediate(() => {
            open--;
            peer.answer(id);
          });
        }
      },
      [[maxConcurrentStreams, 2]],
    );
    const session = openHttp2();
    await session.get(server.origin);
    const stop = new AbortController();
    const ended: number[] = [];
    const calls = Array.from({ length: 10 }, async (_, i) =>
      session
        .get(server.origin, i === 5 ? { signal: stop.signal } : {})
        .text()
        .then(() => ended.push(i)),
    );
    const aborted = reasonOf(calls[5] as Promise<unknown>);
    await until(() => session.stats().queued === 8);
    stop.abort();
    await aborted;
    await Promise.all(calls.toSpliced(5, 1));
    expect([most, ended, server.peers.length, order.length]).toEqual([
      2,
      [0, 1, 2, 3, 4, 6, 7, 8, 9],
      1,
      10,
    ]);
  });

  describe('of which some were reset', () => {
    /**
     * Two streams at a time are taken by bodies that are larger than what is read ahead, a call
     * waits; then both are cancelled.
     */
    async function cancelBoth(
      session: Session,
      server: H2Server,
      before = (): unknown => undefined,
    ): Promise<{ waiting: Promise<string> }> {
      await session.get(server.origin).text();
      const held = [await session.get(server.origin), await session.get(server.origin)];
      const waiting = session.get(server.origin).text();
      await until(() => session.stats().queued === 1 && session.stats().unreadBodies === 2);
      await before();
      await Promise.all(held.map(async ({ body }) => body?.cancel()));
      return { waiting };
    }

    const largeBodies = (): Promise<H2Server> =>
      h2Server(
        alwaysOn(async (peer, stream) => {
          if (peer.id > 1 || (stream !== 3 && stream !== 5)) return peer.answer(stream);
          peer.headers(stream);
          await peer.flow(stream, 2_000_000);
        }),
        [[maxConcurrentStreams, 2]],
      );

    test('are counted until the server has answered what follows the reset', async () => {
      const server = await largeBodies();
      const { waiting } = await cancelBoth(openHttp2(), server);
      expect(await waiting).toBe('ok');
      const frames = server.peers[0]?.frames ?? [];
      const at = (type: number, stream: number): number =>
        frames.findIndex((frame) => frame.type === type && frame.stream === stream);
      const between = frames.slice(at(frameType.rst, 3), at(frameType.headers, 7));
      expect(between.map(({ type }) => type)).toContain(frameType.ping);
      expect(server.peers).toHaveLength(1);
    });

    test.each<{ name: string; keepAliveTimeout: number; end?: (session: Session) => unknown }>([
      { name: '', keepAliveTimeout: 60_000 },
      { name: ', and its session closes', keepAliveTimeout: 60_000, end: (it) => it.close() },
      { name: ', and is not kept when it is idle', keepAliveTimeout: 1 },
    ])(
      'hold nobody up on a server that answers no more$name',
      async ({ keepAliveTimeout, end }) => {
        const server = await largeBodies();
        const session = openHttp2({}, { keepAliveTimeout });
        const { waiting } = await cancelBoth(session, server, () =>
          server.peers[0]?.socket.pause(),
        );
        await end?.(session);
        expect(await waiting).toBe('ok');
        expect(server.peers).toHaveLength(2);
      },
    );
  });

  test('are those of a new connection for what waits once the server takes no more', async () => {
    const server = await h2Server(
      async (peer) => {
        if (peer.id > 1) return alwaysOn()(peer);
        peer.answer((await peer.request()) ?? 0);
        const held = (await peer.request()) ?? 0;
        peer.goaway(held);
        await server.connections(2);
        await until(() => server.peers[1]?.requests.length);
        peer.answer(held, 'held');
      },
      [[maxConcurrentStreams, 1]],
    );
    const session = openHttp2();
    await session.get(server.origin).text();
    expect(
      await Promise.all([session.get(server.origin).text(), session.get(server.origin).text()]),
    ).toEqual(['held', 'ok']);
  });

  test('let the others wait beyond timeout.connect, as they have their connection', async () => {
    // SETTINGS_MAX_CONCURRENT_STREAMS
    const server = await h2Server(
      alwaysOn((peer, stream) => void setTimeout(() => peer.answer(stream), 400)),
      [[3, 100]],
    );
    const session = openHttp2({ timeout: { connect: 200 } });
    const calls = await Promise.all(
      Array.from({ length: 101 }, () => session.get(server.origin).text()),
    );
    expect([new Set(calls), server.peers.length]).toEqual([new Set(['ok']), 1]);
  });

  test('rise when the server says so', async () => {
    const server = await h2Server(
      async (peer) => {
        const first = (await peer.request()) ?? 0;
        peer.answer(first);
        const held = (await peer.request()) ?? 0;
        peer.settings([[maxConcurrentStreams, 10]]);
        peer.answer((await peer.request()) ?? 0);
        peer.answer(held);
      },
      [[maxConcurrentStreams, 1]],
    );
    const session = openHttp2();
    await session.get(server.origin);
    const texts = await Promise.all([
      session.get(server.origin).text(),
      session.get(server.origin).text(),
    ]);
    expect(texts).toEqual(['ok', 'ok']);
  });

  test('that have no more numbers are followed by those of another connection', async () => {
    const { connect } = http2;
    http2.connect = ((...given: Parameters<typeof connect>) => {
      const made = connect(...given) as http2.ClientHttp2Session & {
        setNextStreamID(id: number): void;
      };
      made.setNextStreamID(2 ** 31 - 3);
      return made;
    }) as typeof connect;
    syncBuiltinESMExports();
    onTestFinished(() => {
      http2.connect = connect;
      syncBuiltinESMExports();
    });
    const server = await h2Server(alwaysOn());
    const session = openHttp2();
    for (let i = 0; i < 4; i++) expect(await session.post(server.origin).text()).toBe('ok');
    expect(server.peers.map(({ requests }) => requests)).toEqual([
      [2 ** 31 - 3, 2 ** 31 - 1],
      [2 ** 31 - 3, 2 ** 31 - 1],
    ]);
  });
});
