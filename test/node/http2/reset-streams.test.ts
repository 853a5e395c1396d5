import { NetworkError, type SessionResponse } from 'isosession';
import { describe, expect, test } from 'vitest';
import { deferred, reasonOf, rejection } from '../../support/contract.ts';
import { encode, endHeaders, errorCode, frameOf, frameType } from '../../support/h2-frames.ts';
import { alwaysOn, type H2Peer, h2Server } from '../../support/h2-raw.ts';
import { openHttp2, until } from '../../support/http2.ts';

const { noError, protocolError, internalError, cancel, enhanceYourCalm } = errorCode;

describe('F10: a stream that is reset', () => {
  const codes = Object.entries({ noError, cancel, internalError, protocolError, enhanceYourCalm });

  test.each(codes)(
    'by %s in the middle of its body is an error, never a short success',
    async (_, code) => {
      const server = await h2Server(
        alwaysOn((peer, stream) => {
          peer.headers(stream);
          peer.data(stream, 'part');
          peer.reset(stream, code);
        }),
      );
      const session = openHttp2();
      for (const read of ['text', 'bytes', 'json'] as const)
        await rejection(session.get(server.origin)[read](), NetworkError);
      const { body } = await session.get(server.origin);
      await rejection(
        (async () => {
          for await (const chunk of body as unknown as AsyncIterable<Uint8Array>)
            expect(chunk).toHaveLength(4);
        })(),
        NetworkError,
      );
      expect([server.peers.length, session.stats().sockets]).toEqual([1, 1]);
    },
  );

  const size = 1024 * 1024 + 200_000;

  /**
   * A response whose body is held back, as it is larger than what a session reads ahead; then its
   * server goes on.
   */
  async function heldBack(goOn: (peer: H2Peer, stream: number) => void): Promise<SessionResponse> {
    const held = deferred();
    const server = await h2Server(
      alwaysOn(async (peer, stream) => {
        peer.headers(stream);
        await peer.flow(stream, size);
        await held.promise;
        goOn(peer, stream);
      }),
    );
    const session = openHttp2();
    const response = await session.get(server.origin);
    await until(() => session.stats().unreadBodies === 1);
    held.resolve();
    return response;
  }

  test.each(codes)('by %s after its body was held back is an error', async (_, code) => {
    const response = await heldBack((peer, stream) => peer.reset(stream, code));
    await rejection(response.bytes(), NetworkError);
  });

  test.each(codes)(
    'by %s after its end has come, but before it was read so far, is an error or complete',
    async (_, code) => {
      const response = await heldBack((peer, stream) => {
        peer.data(stream, 'end', true);
        peer.reset(stream, code);
      });
      const outcome = await response.bytes().then(
        ({ length }) => length,
        (error: Error) => error.name,
      );
      expect([size + 3, 'NetworkError']).toContain(outcome);
    },
  );

  test.each(codes)(
    'by %s in the packet of its headers is an error, whether or not it has a length',
    async (_, code) => {
      const server = await h2Server(
        alwaysOn((peer, stream) => {
          const head = encode([
            [':status', '200'],
            ...(stream === 1 ? [] : ([['content-length', '10'] as const] as [string, string][])),
          ]);
          const error = Buffer.from([0, 0, 0, code]);
          peer.socket.write(
            Buffer.concat([
              frameOf(frameType.headers, endHeaders, stream, head),
              frameOf(frameType.data, 0, stream, 'part'),
              frameOf(frameType.rst, 0, stream, error),
            ]),
          );
        }),
      );
      const session = openHttp2();
      await rejection(session.get(server.origin).text(), NetworkError);
      await rejection(session.get(server.origin).text(), NetworkError);
    },
  );

  test.each(codes)('by %s before its headers is an error', async (_, code) => {
    const server = await h2Server(alwaysOn((peer, stream) => peer.reset(stream, code)));
    await rejection(openHttp2().get(server.origin), NetworkError);
    expect(server.peers[0]?.requests).toEqual([1]);
  });

  test('by ENHANCE_YOUR_CALM twice in a row: later calls get another connection', async () => {
    const server = await h2Server(async (peer) => {
      if (peer.id > 1) return alwaysOn()(peer);
      const first = (await peer.request()) as number;
      for (const reset of [true, false, true, true]) {
        const stream = (await peer.request()) as number;
        if (reset) peer.reset(stream, enhanceYourCalm);
        else peer.answer(stream);
      }
      await server.connections(2);
      peer.answer(first, 'first');
    });
    const session = openHttp2();
    const first = session.get(server.origin).text();
    await until(() => server.peers[0]?.requests.length === 1);
    await rejection(session.get(server.origin), NetworkError);
    expect(await session.get(server.origin).text()).toBe('ok');
    for (let i = 0; i < 2; i++) await rejection(session.get(server.origin), NetworkError);
    expect(await session.get(server.origin).text()).toBe('ok');
    expect(await first).toBe('first');
    expect(server.peers.map(({ requests }) => requests.length)).toEqual([5, 1]);
  });

  test('by NO_ERROR after its end is complete: the server wants no more upload', async () => {
    const server = await h2Server(
      alwaysOn((peer, stream) => {
        peer.answer(stream, 'enough');
        peer.reset(stream, noError);
      }),
    );
    async function* endless() {
      for (;;) {
        yield 'more';
        await new Promise(setImmediate);
      }
    }
    expect(await openHttp2().post(server.origin, { body: endless() }).text()).toBe('enough');
  });

  test.each([
    ['', 0],
    ['part', 4],
    ['part', 5],
    ['part', 3],
  ])(
    'by NO_ERROR instead of its end is complete if its body %j has its %d bytes',
    async (body, length) => {
      const server = await h2Server(
        alwaysOn((peer, stream) => {
          peer.headers(stream, [
            [':status', '200'],
            ['content-length', String(length)],
          ]);
          if (body) peer.data(stream, body);
          peer.reset(stream, noError);
        }),
      );
      const text = openHttp2().get(server.origin).text();
      if (body.length === length) expect(await text).toBe(body);
      else await rejection(text, NetworkError);
    },
  );

  test('by us with INTERNAL_ERROR, when an upload breaks off, and never ended before', async () => {
    const server = await h2Server(
      alwaysOn((peer, stream) => {
        if (stream === 1) peer.answer(stream);
      }),
    );
    const session = openHttp2();
    await session.get(server.origin).text();
    const broken = new Error('disk');
    async function* failing() {
      yield 'part';
      await Promise.resolve();
      throw broken;
    }
    expect(await reasonOf(session.post(server.origin, { body: failing() }))).toBe(broken);
    const [peer] = server.peers as [H2Peer];
    await until(() => peer.on(frameType.rst, 3).length);
    expect(peer.on(frameType.data, 3).map(({ flags }) => flags)).toEqual([0]);
    expect(peer.on(frameType.rst, 3)[0]?.payload.readUInt32BE()).toBe(internalError);
  });

  test.each(['a stream', 'bytes'])(
    'by us with CANCEL, when the server has answered before the end of %s and does not read on',
    async (what) => {
      const server = await h2Server(alwaysOn());
      const body = what === 'bytes' ? new Uint8Array(1_000_000) : new Blob(['x'.repeat(1_000_000)]);
      expect(await openHttp2().post(server.origin, { body }).text()).toBe('ok');
      await until(() => server.peers[0]?.on(frameType.rst, 1).length);
      expect(server.peers[0]?.on(frameType.rst, 1)[0]?.payload.readUInt32BE()).toBe(cancel);
    },
  );

  test('by us: never, when all went as it should', async () => {
    const server = await h2Server(async (peer) => {
      for (let i = 0; i < 3; i++) {
        const stream = (await peer.request()) ?? 0;
        if (i === 2) await peer.frame(({ type, flags }) => type === frameType.data && flags & 1);
        peer.answer(stream);
      }
    });
    const session = openHttp2();
    await session.get(server.origin).text();
    await session.post(server.origin).text();
    await session.post(server.origin, { body: 'x' }).text();
    await session.close();
    await until(() => server.peers[0]?.ended);
    expect(server.peers[0]?.frames.filter(({ type }) => type === frameType.rst)).toEqual([]);
  });

  test.each([
    { name: 'short', length: '5' },
    { name: 'long', length: '1' },
  ])('for a body too $name for its content-length is an error', async ({ length }) => {
    const server = await h2Server(
      alwaysOn((peer, stream) => {
        peer.headers(stream, [
          [':status', '200'],
          ['content-length', length],
        ]);
        peer.data(stream, 'abc', true);
      }),
    );
    await rejection(openHttp2().get(server.origin).text(), NetworkError);
  });

  test.each(['fin', 'rst'])('with its connection, by %s, is an error', async (how) => {
    const server = await h2Server(
      alwaysOn((peer, stream) => {
        peer.headers(stream);
        peer.data(stream, 'part');
        if (how === 'fin') peer.socket.end();
        else peer.socket.resetAndDestroy();
      }),
    );
    const session = openHttp2();
    await rejection(session.get(server.origin).text(), NetworkError);
    await until(() => session.stats().sockets === 0);
  });
});
