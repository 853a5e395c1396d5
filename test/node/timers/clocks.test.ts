import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { TimeoutError } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open, reasonOf, rejection, sites } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

/** Keeps the event loop busy. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

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
      for (const [request, response] of waiting.splice(0)) {
        let isTold = false;
        const told = () => {
          if (isTold) return;
          isTold = true;
          Atomics.add(flags, ${answered}, 1);
          Atomics.notify(flags, ${answered});
        };
        // A client that has left fails the test; nobody waits for its answer.
        if (response.destroyed) told();
        response.once('close', told);
        response[request.url === '/silent' ? 'write' : 'end']('rest', told);
      }
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
    const session = open({ retry: 0, timeout: { response: 600, body: 600 } });
    let sent = 0;
    for (let run = 0; run < 5; run++) {
      const calls = Array.from({ length: 5 }, () => session.get(server.origin).text());
      for (sent += 5; server.received() < sent;) await new Promise(setImmediate);
      server.answerAndBlock(900);
      expect(await Promise.all(calls)).toEqual(Array(5).fill('rest'));
    }
  }, 30_000);

  test('for the rest of a body', async () => {
    const server = await threaded();
    const session = open({ retry: 0, timeout: { response: 5000, body: 600 } });
    for (let run = 0; run < 3; run++) {
      const reader = (
        (await session.get(`${server.origin}/pieces`)).body as ReadableStream<Uint8Array>
      ).getReader();
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first');
      const rest = reader.read();
      await new Promise(setImmediate);
      server.answerAndBlock(900);
      expect(Buffer.from((await rest).value ?? []).toString()).toBe('rest');
      expect((await reader.read()).done).toBe(true);
    }
  }, 30_000);
});

describe('F27: a late look at the clock', () => {
  test('does not stop it: a body that is silent after a blocked loop still ends', async () => {
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
    { name: 'a day ahead', jump: day },
    { name: 'a day back', jump: -day },
  ])('$name, and deadlines, waits and elapsed times stay what they are', async ({ jump }) => {
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
