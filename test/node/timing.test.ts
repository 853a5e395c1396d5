import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { TimeoutError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open, reasonOf, rejection, sites } from '../support/contract.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

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

/** Keeps the event loop busy. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
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

  test('F4: a body that drips ends at the total deadline, give or take 100 ms, and its connection with it', async () => {
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
    const session = open({ retry: 0, timeout: { body: 80 } });
    const response = await session.get(a.url('bytes', { n: 8_000_000 }));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let bytes = (await reader.read()).value?.length ?? 0;
    await rejection(
      open({ retry: 0, timeout: { response: 300 } }).get(silent.origin),
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

  test('F16: a name that does not exist is a NetworkError that keeps its code, and EAI_AGAIN is retried', async () => {
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

/**
 * A server in a thread of its own, which goes on while this one is blocked: it answers when it is
 * told, and tells when it has.
 */
function threaded(): Promise<{
  origin: string;
  received(): number;
  answerAndBlock(ms: number): void;
}> {
  const flags = new Int32Array(new SharedArrayBuffer(12));
  const [go, received, answered] = [0, 1, 2];
  const worker = new Worker(
    `
    const { parentPort, workerData: flags } = require('node:worker_threads');
    const waiting = [];
    const server = require('node:http').createServer((request, response) => {
      if (request.url !== '/') response.write('first');
      waiting.push([request, response]);
      Atomics.add(flags, ${received}, 1);
    });
    setInterval(() => {
      if (!Atomics.load(flags, ${go})) return;
      for (const [request, response] of waiting.splice(0)) response[request.url === '/silent' ? 'write' : 'end']('rest', () => {
        Atomics.add(flags, ${answered}, 1);
        Atomics.notify(flags, ${answered});
      });
    }, 2);
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
  `,
    { eval: true, workerData: flags },
  );
  onTestFinished(async () => void (await worker.terminate()));
  return new Promise((resolve) => {
    worker.once('message', (port: number) => {
      resolve({
        origin: `http://127.0.0.1:${port}`,
        received: () => Atomics.load(flags, received),
        answerAndBlock(ms) {
          const started = performance.now();
          Atomics.store(flags, go, 1);
          for (
            let done = Atomics.load(flags, answered);
            done < Atomics.load(flags, received);
            done = Atomics.load(flags, answered)
          )
            Atomics.wait(flags, answered, done, 1000);
          Atomics.store(flags, go, 0);
          block(ms - (performance.now() - started));
        },
      });
    });
  });
}

describe('F27: a blocked event loop fires no false timeout', () => {
  test('for headers that have come meanwhile', async () => {
    const server = await threaded();
    const session = open({ retry: 0, timeout: { response: 150, body: 150 } });
    let sent = 0;
    for (let run = 0; run < 10; run++) {
      const calls = Array.from({ length: 5 }, () => session.get(server.origin).text());
      for (sent += 5; server.received() < sent;) await new Promise(setImmediate);
      server.answerAndBlock(300);
      expect(await Promise.all(calls)).toEqual(Array(5).fill('rest'));
    }
  }, 30_000);

  test('for the rest of a body', async () => {
    const server = await threaded();
    const session = open({ retry: 0, timeout: { response: 5000, body: 300 } });
    for (let run = 0; run < 5; run++) {
      const reader = (
        (await session.get(`${server.origin}/pieces`)).body as ReadableStream<Uint8Array>
      ).getReader();
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first');
      const rest = reader.read();
      await new Promise(setImmediate);
      server.answerAndBlock(500);
      expect(Buffer.from((await rest).value ?? []).toString()).toBe('rest');
      expect((await reader.read()).done).toBe(true);
    }
  }, 30_000);
});

describe('F27: a late look at the clock', () => {
  test('does not stop it: a body that is silent after the loop was blocked still ends', async () => {
    const server = await threaded();
    const text = reasonOf(
      open({ retry: 0, timeout: { response: 5000, body: 200 } })
        .get(`${server.origin}/silent`)
        .text(),
    );
    while (server.received() < 1) await new Promise(setImmediate);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    server.answerAndBlock(400);
    expect(await text).toMatchObject({ code: 'ERR_TIMEOUT', phase: 'body' });
  });

  test('does not cut an upload that went on as soon as it could', async () => {
    const server = await rawServer(always(answer('ok')));
    async function* pieces() {
      yield 'a';
      // What waits on a file is ready when the loop is free again, but later than timers.
      for (let run = 0; run < 3; run++) {
        setImmediate(() => block(300));
        await stat(import.meta.dirname);
        yield 'b';
      }
    }
    expect(
      await open({ retry: 0, timeout: { response: 150 } })
        .post(server.origin, { body: pieces() })
        .text(),
    ).toBe('ok');
    expect(server.requests[0]?.body).toBe('abbb');
  });
});

describe('F32: the wall clock may jump', () => {
  const day = 86_400_000;

  test.each([
    ['a day ahead', day],
    ['a day back', -day],
  ])('%s, and deadlines, waits and elapsed times stay what they are', async (_name, jump) => {
    const { a } = sites();
    const { now } = Date;
    onTestFinished(() => void (Date.now = now));
    const delays: number[] = [];
    const session = open({
      timeout: { response: 500 },
      retry: {},
      hooks: { beforeRetry: [({ delay }) => void delays.push(delay)] },
    });
    const call = session.get(a.url('flaky'));
    Date.now = () => now() + jump;
    const response = await call;
    expect([response.status, response.attempts]).toEqual([200, 2]);
    expect(response.elapsed).toBeGreaterThanOrEqual(0);
    expect(response.elapsed).toBeLessThan(60_000);
    expect(delays.filter((delay) => delay >= 0 && delay <= 300)).toHaveLength(1);
    const never = await rejection(session.get(a.url('never'), { retry: 0 }), TimeoutError);
    expect(never.phase).toBe('response');
  });
});
