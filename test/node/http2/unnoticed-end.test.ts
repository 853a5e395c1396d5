import { NetworkError } from 'isosession';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { authority } from '../../support/certificates.ts';
import { runProgram } from '../../support/child.ts';
import { rejection } from '../../support/contract.ts';
import { endHeaders, frameOf, frameType } from '../../support/h2-frames.ts';
import { alwaysOn, type H2Peer, type H2Script, h2Server } from '../../support/h2-raw.ts';
import { openHttp2, until } from '../../support/http2.ts';

/** Frames that end a session of Node 20 without a word. */
const frames: [name: string, frame: Buffer][] = [
  ['DATA before HEADERS', frameOf(frameType.data, 0, 1, 'x')],
  ['DATA on a stream that was never opened', frameOf(frameType.data, 0, 99, 'x')],
  ['DATA that is too large', frameOf(frameType.data, 0, 1, new Uint8Array(16_385))],
  ['HEADERS that are too large', frameOf(frameType.headers, endHeaders, 1, new Uint8Array(16_385))],
];

/** Sends a frame in the place of the first answer, and is sound from its second connection on. */
const breaking =
  (frame: Buffer, before: (peer: H2Peer) => unknown = () => {}): H2Script =>
  async (peer) => {
    if (peer.id > 1) return alwaysOn()(peer);
    await peer.request();
    before(peer);
    peer.socket.write(frame);
  };

/** ms that a call takes to fail. */
async function failure(call: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await rejection(call, NetworkError);
  return performance.now() - start;
}

/** 5 s, and what a busy machine adds: without the mend it is never. */
const soon = 10_000;

// Without deadlines: what is not found out would never end.
const patient = { timeout: false } as const;

describe('F45: a connection that ends unnoticed', () => {
  test('fails its calls, and is left by others', async () => {
    const outcomes = frames.map(async ([name, frame]) => {
      const server = await h2Server(breaking(frame));
      const session = openHttp2(patient);
      const calls = [session.get(server.origin), session.post(server.origin)];
      for (const ms of await Promise.all(calls.map(failure))) expect(ms, name).toBeLessThan(soon);
      expect([await session.get(server.origin).text(), server.peers.length]).toEqual(['ok', 2]);
      await until(() => session.stats().sockets === 1);
    });
    await Promise.all(outcomes);
  });

  test("F36: is found after a test's clock has gone, with its timers", async () => {
    const idle = frameOf(frameType.data, 0, 99, 'x');
    const server = await h2Server(async (peer) => {
      peer.answer((await peer.request()) as number);
      await peer.request();
      peer.socket.write(idle);
    });
    const session = openHttp2(patient);
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    expect(await session.get(server.origin).text()).toBe('ok');
    vi.useRealTimers();
    expect(await failure(session.get(server.origin))).toBeLessThan(soon);
  });

  test('fails a body that has begun, and one that is still being sent', async () => {
    const idle = frameOf(frameType.data, 0, 99, 'x');
    const begun = await h2Server(breaking(idle, (peer) => peer.headers(1)));
    const sending = await h2Server(breaking(idle));
    const body = new Uint8Array(1_000_000);
    const calls = [
      openHttp2(patient).get(begun.origin).text(),
      openHttp2(patient).put(sending.origin, { body }),
    ];
    for (const ms of await Promise.all(calls.map(failure))) expect(ms).toBeLessThan(soon);
  });

  test('sends by another one what it has never sent', async () => {
    const server = await h2Server(breaking(frameOf(frameType.data, 0, 99, 'x')));
    const session = openHttp2(patient);
    const first = rejection(session.get(server.origin), NetworkError);
    await server.connections(1);
    // The answer of Node's session to such a frame, or the end of the connection.
    await server.peers[0]?.frame(({ type }) => type === frameType.goaway);
    expect(await session.post(server.origin).text()).toBe('ok');
    await first;
    expect(server.peers[0]?.requests).toEqual([1]);
  });

  test('does not end a process that waits for it', async () => {
    const server = await h2Server(breaking(frameOf(frameType.data, 0, 99, 'x')));
    const env = { CA: authority };
    const { code, lines } = await runProgram('await-http2', [server.origin], [], env);
    expect([code, lines]).toEqual([0, ['NetworkError']]);
  });

  test.each([false, true])('is told from a slow server; one that is busy: %s', async (isBusy) => {
    const server = await h2Server(async (peer) => {
      if (peer.id > 1) return alwaysOn()(peer);
      const stream = (await peer.request()) ?? 0;
      if (isBusy) peer.socket.pause();
      else await peer.frame(({ type }) => type === frameType.ping);
      // Longer than it takes to find out.
      await new Promise((resolve) => setTimeout(resolve, 4000));
      peer.socket.resume();
      peer.answer(stream);
    });
    const session = openHttp2(patient);
    expect(await session.get(server.origin).text()).toBe('ok');
    await until(() => server.peers[0]?.on(frameType.ping, 0).length);
    // One that has answered is asked no more.
    if (!isBusy) expect(server.peers[0]?.on(frameType.ping, 0)).toHaveLength(1);
  });
});
