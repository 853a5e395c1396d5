import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { InvalidRequestError, NetworkError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, reasonOf, rejection, sent, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

const MiB = 1024 * 1024;

describe('streams', () => {
  test('a Node Readable goes out chunked and whole', async () => {
    const { a } = sites();
    const data = Buffer.alloc(3 * MiB, 'node stream ');
    const echo = await open()
      .post(a.url('echo'), { body: Readable.from([data.subarray(0, MiB), data.subarray(MiB)]) })
      .json<JournalEntry>();
    expect([echo.bytes, echo.sha256]).toEqual([
      data.length,
      createHash('sha256').update(data).digest('hex'),
    ]);
    expect([sent(echo, 'transfer-encoding'), sent(echo, 'content-length')]).toEqual([
      'chunked',
      undefined,
    ]);
  });

  test.each([
    [{ a: 1 }, 'object'],
    [7, 'number'],
  ])('a piece that is %j is refused in English', async (piece, type) => {
    const { a } = sites();
    const body = [piece] as never;
    const error = await rejection(
      open({ retry: 0 }).post(a.url('echo'), { body }),
      InvalidRequestError,
    );
    expect(error.message).toContain(`gave a value of type ${type}: it must give bytes or strings`);
  });

  test('a Readable that was read or destroyed is refused before anything is sent', async () => {
    const { a } = sites();
    const ended = Readable.from(['x']);
    for await (const chunk of ended) expect(chunk).toBe('x');
    const destroyed = Readable.from(['x']);
    destroyed.destroy();
    for (const body of [ended, destroyed])
      await rejection(open({ retry: 0 }).post(a.url('echo'), { body }), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
  });

  test.each<{
    name: string;
    make: () => { body: Readable | ReadableStream; closed: () => boolean };
  }>([
    {
      name: 'Readable',
      make: () => {
        const body = Readable.from(['x']);
        return { body, closed: () => body.destroyed };
      },
    },
    {
      name: 'ReadableStream',
      make: () => {
        let cancelled = false;
        return {
          body: new ReadableStream({ cancel: () => void (cancelled = true) }),
          closed: () => cancelled,
        };
      },
    },
  ])(
    'a $name that is not sent, as there is no connection or the call is aborted, is closed',
    async ({ make }) => {
      const refused = make();
      await rejection(
        open({ retry: 0 }).post('http://127.0.0.1:1/', { body: refused.body }),
        NetworkError,
      );
      expect(refused.closed()).toBe(true);

      const server = await rawServer(() => {});
      const session = open({ retry: 0, transport: undiciTransport({ connections: 1 }) });
      void session.get(server.origin).catch(() => {});
      const queued = make();
      const stop = new AbortController();
      const call = reasonOf(
        session.post(server.origin, { body: queued.body, signal: stop.signal }),
      );
      await server.connections(1);
      stop.abort('enough');
      expect([await call, queued.closed()]).toEqual(['enough', true]);
    },
  );

  test('a sender is held back by a receiver that is slow: little is made ahead', async () => {
    const server = await rawServer((peer) => void peer.socket.pause());
    let made = 0;
    const stop = new AbortController();
    function* pieces() {
      for (;;) {
        made += 65_536;
        yield new Uint8Array(65_536);
      }
    }
    const call = open({ retry: 0 })
      .post(server.origin, { body: pieces(), signal: stop.signal })
      .catch((error: unknown) => error);
    await server.connections(1);
    // Until nothing more is taken for many turns of the loop.
    for (let quiet = 0, last = -1; quiet < 200; quiet = made === last ? quiet + 1 : 0) {
      last = made;
      await new Promise(setImmediate);
    }
    expect(made).toBeLessThan(16 * MiB);
    stop.abort('enough');
    expect(await call).toBe('enough');
  });

  test('many megabytes pass without being collected', async () => {
    const { a } = sites();
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    function* pieces() {
      for (let n = 0; n < 512; n++) {
        // What is garbage must not count.
        if (n % 64 === 0) globalThis.gc?.();
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
        yield new Uint8Array(131_072);
      }
    }
    expect((await open().post(a.url('echo'), { body: pieces() }).json<JournalEntry>()).bytes).toBe(
      64 * MiB,
    );
    expect(peak).toBeLessThan(24 * MiB);
  });

  test('pieces of any view are the bytes they look at', async () => {
    const { a } = sites();
    const { buffer } = Uint8Array.from('-abcdefgh-', (character) => character.charCodeAt(0));
    const pieces = [
      new DataView(buffer, 1, 2),
      new Uint16Array(buffer, 4, 2),
      new Uint8Array(buffer, 8, 1),
    ] as never[];
    expect((await open().post(a.url('echo'), { body: pieces }).json<JournalEntry>()).body).toBe(
      'abdefgh',
    );
  });

  test.each<{ name: string; piece: unknown }>([
    { name: 'a number', piece: 1 },
    { name: 'an object', piece: {} },
    { name: 'null', piece: null },
  ])(
    'a piece that is $name is a typed error, and nothing else rides on its connection',
    async ({ piece }) => {
      const { a } = sites();
      const session = open({ retry: 0 });
      await rejection(
        session.post(a.url('echo'), { body: ['some', piece] as never[] }),
        InvalidRequestError,
      );
      expect(await session.get(a.url('reply', { text: 'ok' })).text()).toBe('ok');
    },
  );

  test('empty pieces do not end a chunked body', async () => {
    const { a } = sites();
    expect(
      (
        await open()
          .post(a.url('echo'), { body: ['a', '', new Uint8Array(0), 'b'] })
          .json<JournalEntry>()
      ).body,
    ).toBe('ab');
  });
});

describe('F33: a server that does not want all of it', () => {
  const endless = async function* () {
    for (;;) {
      yield new Uint8Array(65_536);
      await new Promise(setImmediate);
    }
  };

  test('and answers early: its response is returned, upload and connection end', async () => {
    const server = await rawServer(async (peer) => {
      await peer.expect(100_000);
      await peer.write(answer('too large', 'HTTP/1.1 413 Too Large\r\nconnection: close\r\n'));
    });
    const session = open({ retry: 0, timeout: { total: 5000 } });
    const response = await session.post(server.origin, { body: endless() });
    expect([response.status, await response.text()]).toEqual([413, 'too large']);
    await server.peers[0]?.closed();
    expect(session.stats()).toMatchObject({ sockets: 0, inFlight: 0 });
  });

  test('and closes its side: the call ends with the response or a NetworkError', async () => {
    for (const end of ['fin', 'rst', 'halfClose'] as const) {
      const server = await rawServer(async (peer) => {
        await peer.expect(100_000);
        await peer[end]();
      });
      const session = open({ retry: 0, timeout: { total: 5000 } });
      expect(
        await session.post(server.origin, { body: endless() }).catch((error: unknown) => error),
      ).toBeInstanceOf(NetworkError);
      expect(session.stats()).toMatchObject({ inFlight: 0 });
    }
  });

  test('and closes its side after the answer: the answer is kept', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('done'));
      peer.halfClose();
    });
    const session = open({ retry: 0 });
    for (let call = 0; call < 5; call++)
      expect(await session.put(server.origin, { body: 'x'.repeat(1000) }).text()).toBe('done');
  });

  test('a large body that is answered unread is given up, and the next call is clean', async () => {
    const server = await rawServer(async (peer) => {
      if (peer.id === 1) {
        await peer.expect(10);
        await peer.write(answer('early', 'HTTP/1.1 401 Unauthorized\r\n'));
        await peer.request();
      }
      await always(answer('clean'))(peer);
    });
    const session = open({ retry: 0, timeout: { total: 5000 } });
    const response = await session.put(server.origin, { body: new Uint8Array(32 * MiB) });
    expect(response.status).toBe(401);
    await response.text().catch(() => {});
    expect(await session.get(server.origin).text()).toBe('clean');
  });
});
