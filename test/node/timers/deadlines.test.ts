import { TimeoutError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open, reasonOf, rejection, sites } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

/** How many ms something takes. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/**
 * Whether something ends before a timer of so many ms that was started with it: a busy machine
 * holds both up.
 */
async function endsBefore(ms: number, run: () => Promise<unknown>): Promise<boolean> {
  const late = new Promise<false>((resolve) => {
    // Some turns later: what was due before has had its say.
    const timer = setTimeout(
      () => void setImmediate(() => setImmediate(() => setImmediate(resolve, false))),
      ms,
    );
    onTestFinished(() => clearTimeout(timer));
  });
  return Promise.race([run().then(() => true), late]);
}

describe('deadlines end what they should, when they should', () => {
  test("F5: slow headers end at the response deadline, not at undici's coarse clock", async () => {
    const server = await rawServer(() => {});
    const session = open({ retry: 0, timeout: { response: 250 } });
    const ms = await timed(async () =>
      expect(await endsBefore(500, () => rejection(session.get(server.origin), TimeoutError))).toBe(
        true,
      ),
    );
    expect(ms).toBeGreaterThanOrEqual(240);
  });

  test('a time beyond what a timer can hold is no deadline at once, and no warning', async () => {
    const { a } = sites();
    const warnings: Error[] = [];
    const collect = (warning: Error) => void warnings.push(warning);
    process.on('warning', collect);
    onTestFinished(() => void process.off('warning', collect));
    for (const time of [Infinity, 2 ** 31]) {
      const call = open({ baseUrl: a.base, timeout: { response: time, total: time } })
        .get('held', { searchParams: { key: time } })
        .json();
      expect(
        await Promise.race([
          call,
          new Promise((resolve) => setTimeout(resolve, 20, 'still waiting')),
        ]),
      ).toBe('still waiting');
      await a.release(String(time));
      expect(await call).toEqual({ released: true });
    }
    expect(warnings).toEqual([]);
  });

  test('F5: a head that drips byte by byte ends there too', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\n');
      peer.drip('x-a: 1\r\n', 10);
    });
    const error = await rejection(
      open({ retry: 0 }).get(server.origin, { timeout: { response: 250 } }),
      TimeoutError,
    );
    expect(error.phase).toBe('response');
    await server.peers[0]?.closed();
  });

  test('F4: a body that drips ends at the total deadline, and its connection with it', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
      peer.drip('x', 20);
    });
    const session = open({ retry: 0, timeout: { total: 400, body: 300 } });
    const ms = await timed(async () =>
      expect(
        await endsBefore(500, async () =>
          expect((await rejection(session.get(server.origin).text(), TimeoutError)).phase).toBe(
            'total',
          ),
        ),
      ).toBe(true),
    );
    expect(ms).toBeGreaterThanOrEqual(390);
    await server.peers[0]?.closed();
    expect(session.stats()).toMatchObject({ inFlight: 0, sockets: 0 });
  });

  test('a body that stops ends after body ms of silence, though it came for longer', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
      for (let n = 0; n < 10; n++) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        await peer.write('x');
      }
    });
    const ms = await timed(async () =>
      expect(
        (
          await rejection(
            open({ retry: 0, timeout: { body: 150 } })
              .get(server.origin)
              .text(),
            TimeoutError,
          )
        ).phase,
      ).toBe('body'),
    );
    expect(ms).toBeGreaterThanOrEqual(400);
  });

  test('the clock of a body stands still while the reader holds the sender back', async () => {
    const { a } = sites();
    const silent = await rawServer(() => {});
    const session = open({ retry: 0, timeout: { body: 500 } });
    const response = await session.get(a.url('bytes', { n: 8_000_000 }));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let bytes = (await reader.read()).value?.length ?? 0;
    await rejection(
      open({ retry: 0, timeout: { response: 1200 } }).get(silent.origin),
      TimeoutError,
    );
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      bytes += piece.value.length;
    expect(bytes).toBe(8_000_000);
  });

  test('while a body is being sent only silence counts: a slow upload is not cut', async () => {
    const server = await rawServer(always(answer('ok')));
    async function* slowly() {
      for (let n = 0; n < 12; n++) {
        await new Promise((resolve) => setTimeout(resolve, 40));
        yield 'piece';
      }
    }
    expect(
      await open({ retry: 0, timeout: { response: 250 } })
        .post(server.origin, { body: slowly() })
        .text(),
    ).toBe('ok');
    expect(server.requests[0]?.body).toBe('piece'.repeat(12));
  });

  test('an upload that nobody takes ends at the response deadline', async () => {
    const server = await rawServer((peer) => void peer.socket.pause());
    const session = open({ retry: 0, timeout: { response: 300 } });
    const endless = function* () {
      for (;;) yield new Uint8Array(65_536);
    };
    expect(
      (await rejection(session.post(server.origin, { body: endless() }), TimeoutError)).phase,
    ).toBe('response');
    expect(
      (
        await rejection(
          session.post(server.origin, { body: new Uint8Array(64_000_000) }),
          TimeoutError,
        )
      ).phase,
    ).toBe('response');
  });

  test('F16: a name that never resolves ends at the connect deadline', async () => {
    const session = open({
      retry: 0,
      timeout: { connect: 200 },
      transport: undiciTransport({ lookup: () => {} }),
    });
    const error = await rejection(session.get('http://never.test/'), TimeoutError);
    expect([error.phase, error.timeout]).toEqual(['connect', 200]);
  });

  test('F16: an unknown name is a NetworkError with its code; EAI_AGAIN is retried', async () => {
    let asked = 0;
    const fail =
      (code: string) => (_host: string, _options: object, callback: (error: Error) => void) => {
        asked++;
        callback(Object.assign(new Error(code), { code }));
      };
    const gone = await reasonOf(
      open({ retry: 0, transport: undiciTransport({ lookup: fail('ENOTFOUND') as never }) }).get(
        'http://gone.test/',
      ),
    );
    expect(gone).toMatchObject({ code: 'ERR_NETWORK', cause: { code: 'ENOTFOUND' } });
    asked = 0;
    const again = await reasonOf(
      open({
        retry: { delay: () => 0 },
        transport: undiciTransport({ lookup: fail('EAI_AGAIN') as never }),
      }).get('http://again.test/'),
    );
    expect(again).toMatchObject({ code: 'ERR_NETWORK', cause: { code: 'EAI_AGAIN' } });
    expect(asked).toBe(3);
  });

  test('F17: a refused connection is a NetworkError that keeps its code', async () => {
    const server = await rawServer(() => {});
    await server.close();
    expect(await reasonOf(open({ retry: 0 }).get(server.origin))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { code: 'ECONNREFUSED' },
    });
    // Both families of a name are refused: Node gives an AggregateError.
    expect(
      await reasonOf(open({ retry: 0 }).get(server.origin.replace('127.0.0.1', 'localhost'))),
    ).toMatchObject({ code: 'ERR_NETWORK' });
  });
});
