import http2 from 'node:http2';
import { syncBuiltinESMExports } from 'node:module';
import { describe, expect, onTestFinished, test } from 'vitest';
import { reasonOf } from '../../support/contract.ts';
import { alwaysOn, h2Server } from '../../support/h2-raw.ts';
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
