import { TimeoutError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, reasonOf, rejection, sites } from '../support/contract.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Keeps the event loop busy. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('deadlines end what they should, when they should', () => {
  test('F5: slow headers end at the response deadline, not at undici\'s coarse clock', async () => {
    const server = await rawServer(() => {});
    const session = open({ retry: 0, timeout: { response: 250 } });
    const ms = await timed(() => rejection(session.get(server.origin), TimeoutError));
    expect(ms).toBeGreaterThanOrEqual(240);
    expect(ms).toBeLessThan(750);
  });

  test('F5: a head that drips byte by byte ends there too', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\n');
      peer.drip('x-a: 1\r\n', 10);
    });
    const error = await rejection(open({ retry: 0 }).get(server.origin, { timeout: { response: 250 } }), TimeoutError);
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
    const ms = await timed(async () => expect((await rejection(session.get(server.origin).text(), TimeoutError)).phase).toBe('total'));
    expect(ms).toBeGreaterThanOrEqual(390);
    expect(ms).toBeLessThan(600);
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
    const ms = await timed(async () => expect((await rejection(open({ retry: 0, timeout: { body: 150 } }).get(server.origin).text(), TimeoutError)).phase).toBe('body'));
    expect(ms).toBeGreaterThanOrEqual(400);
  });

  test('the clock of a body stands still while the reader holds the sender back', async () => {
    const { a } = sites();
    const silent = await rawServer(() => {});
    const session = open({ retry: 0, timeout: { body: 80 } });
    const response = await session.get(a.url('bytes', { n: 8_000_000 }));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let bytes = (await reader.read()).value?.length ?? 0;
    await rejection(open({ retry: 0, timeout: { response: 300 } }).get(silent.origin), TimeoutError);
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) bytes += piece.value.length;
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
    expect(await open({ retry: 0, timeout: { response: 250 } }).post(server.origin, { body: slowly() }).text()).toBe('ok');
    expect(server.requests[0]?.body).toBe('piece'.repeat(12));
  });

  test('an upload that nobody takes ends at the response deadline', async () => {
    const server = await rawServer((peer) => void peer.socket.pause());
    const session = open({ retry: 0, timeout: { response: 300 } });
    const endless = function* () {
      for (;;) yield new Uint8Array(65_536);
    };
    expect((await rejection(session.post(server.origin, { body: endless() }), TimeoutError)).phase).toBe('response');
    expect((await rejection(session.post(server.origin, { body: new Uint8Array(64_000_000) }), TimeoutError)).phase).toBe('response');
  });

  test('F16: a name that never resolves ends at the connect deadline', async () => {
    const session = open({ retry: 0, timeout: { connect: 200 }, transport: undiciTransport({ lookup: () => {} }) });
    const error = await rejection(session.get('http://never.test/'), TimeoutError);
    expect([error.phase, error.timeout]).toEqual(['connect', 200]);
  });

  test('F16: a name that does not exist is a NetworkError that keeps its code, and EAI_AGAIN is retried', async () => {
    let asked = 0;
    const fail = (code: string) => (_host: string, _options: object, callback: (error: Error) => void) => {
      asked++;
      callback(Object.assign(new Error(code), { code }));
    };
    const gone = await reasonOf(open({ retry: 0, transport: undiciTransport({ lookup: fail('ENOTFOUND') as never }) }).get('http://gone.test/'));
    expect(gone).toMatchObject({ code: 'ERR_NETWORK', cause: { code: 'ENOTFOUND' } });
    asked = 0;
    const again = await reasonOf(open({ retry: { delay: () => 0 }, transport: undiciTransport({ lookup: fail('EAI_AGAIN') as never }) }).get('http://again.test/'));
    expect(again).toMatchObject({ code: 'ERR_NETWORK', cause: { code: 'EAI_AGAIN' } });
    expect(asked).toBe(3);
  });

  test('F17: a refused connection is a NetworkError that keeps its code', async () => {
    const server = await rawServer(() => {});
    await server.close();
    expect(await reasonOf(open({ retry: 0 }).get(server.origin))).toMatchObject({ code: 'ERR_NETWORK', cause: { code: 'ECONNREFUSED' } });
    // Both families of a name are refused: Node gives an AggregateError.
    expect(await reasonOf(open({ retry: 0 }).get(server.origin.replace('127.0.0.1', 'localhost')))).toMatchObject({ code: 'ERR_NETWORK' });
  });
});

describe('F27: a blocked event loop fires no false timeout', () => {
  test('for headers and bodies that have come meanwhile', async () => {
    const { a } = sites();
    const session = open({ retry: 0, timeout: { response: 150, body: 150 } });
    const warm = () => Array.from({ length: 5 }, () => session.get(a.url('reply', { text: 'ok' }), { timeout: false }).text());
    await Promise.all(warm());
    for (let run = 0; run < 10; run++) {
      const calls = Array.from({ length: 5 }, () => session.get(a.url('reply', { text: 'ok' })).text());
      // Sent, and answered by another process while we are busy.
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      block(300);
      expect(await Promise.all(calls)).toEqual(Array(5).fill('ok'));
    }
  });

  test('for a body in pieces', async () => {
    const { a } = sites();
    const session = open({ retry: 0, timeout: { body: 400, response: 5000 } });
    for (let run = 0; run < 3; run++) {
      const response = await session.get(a.url('bytes', { n: 3_000_000, length: 0 }));
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      let bytes = 0;
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        bytes += piece.value.length;
        if (bytes < 150_000) block(600);
      }
      expect(bytes).toBe(3_000_000);
    }
  }, 30_000);
});
