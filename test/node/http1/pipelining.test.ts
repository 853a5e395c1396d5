import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NetworkError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open, reasonOf } from '../../support/contract.ts';
import { answer, rawServer } from '../../support/raw-server.ts';
import { openUndici } from '../../support/undici-session.ts';

describe('pipelining', () => {
  /**
   * Answers nothing before so many requests have come on a connection, then all of them in order.
   */
  const inBatches = (size: number) =>
    rawServer(async (peer) => {
      for (;;) {
        const targets: string[] = [];
        while (targets.length < size) {
          const request = await peer.request();
          if (!request) return;
          targets.push(request.target);
        }
        await peer.write(targets.map((target) => answer(target)).join(''));
      }
    });

  test('sends on busy connections once all are in use; each call gets its own answer', async () => {
    const server = await inBatches(4);
    const session = openUndici({ connections: 2, pipelining: 4 });
    const calls = Array.from({ length: 16 }, (_, n) => session.get(`${server.origin}/${n}`).text());
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 16 }, (_, n) => `/${n}`));
    expect(server.peers).toHaveLength(2);
    expect(session.stats()).toMatchObject({ sockets: 2, queued: 0, inFlight: 0 });
  });

  test('a call that waits behind a slow one does not time out as if it connected', async () => {
    const server = createServer((_, response) => void setTimeout(() => response.end('ok'), 400));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const session = open({
      retry: 0,
      timeout: { connect: 200 },
      transport: undiciTransport({ connections: 1, pipelining: 3 }),
    });
    const { port } = server.address() as AddressInfo;
    // A POST lets nothing be sent behind it.
    const calls = [0, 1, 2].map(() => session.post(`http://127.0.0.1:${port}/`).text());
    expect(await Promise.all(calls)).toEqual(['ok', 'ok', 'ok']);
  });

  test('is off by default: a further call waits for a connection', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('first'));
      await peer.request();
      await peer.write(answer('second'));
    });
    const session = openUndici({ connections: 1 });
    expect(
      await Promise.all([session.get(server.origin).text(), session.get(server.origin).text()]),
    ).toEqual(['first', 'second']);
    expect(server.requests).toHaveLength(2);
  });

  test('an abort of one that waits behind another takes nothing from the others', async () => {
    let read = (): void => {};
    let go = (): void => {};
    const all = new Promise<void>((resolve) => {
      read = resolve;
    });
    const aborted = new Promise<void>((resolve) => {
      go = resolve;
    });
    const server = await rawServer(async (peer) => {
      const targets: string[] = [];
      for (let request = await peer.request(); request; request = await peer.request()) {
        if (peer.id > 1) {
          await peer.write(answer(`again ${request.target}`));
          continue;
        }
        targets.push(request.target);
        if (targets.length < 3) continue;
        read();
        await aborted;
        await peer.write(targets.map((target) => answer(target)).join(''));
      }
    });
    const session = openUndici({ connections: 1, pipelining: 3 });
    const abort = new AbortController();
    const calls = [0, 1, 2].map((n) =>
      session.get(`${server.origin}/${n}`, { signal: n === 1 ? abort.signal : null }).text(),
    );
    await all;
    abort.abort('enough');
    expect(await reasonOf(calls[1] as Promise<string>)).toBe('enough');
    go();
    expect(await calls[0]).toBe('/0');
    // The answer that nobody wants ends the connection, and what was behind it is sent again.
    expect(await calls[2]).toBe('again /2');
    expect(session.stats()).toMatchObject({ queued: 0, inFlight: 0 });
  });

  test('when the connection breaks, the unanswered go out again, an unsent POST once', async () => {
    const server = await rawServer(async (peer) => {
      if (peer.id === 1) {
        await peer.request();
        await peer.request();
        await peer.write(answer('first'));
        peer.rst();
        return;
      }
      for (let request = await peer.request(); request; request = await peer.request())
        await peer.write(answer(`again ${request.target}`));
    });
    const session = openUndici({ connections: 1, pipelining: 4 });
    const calls = ['/a', '/b', '/c'].map((path) => session.get(server.origin + path).text());
    const post = session.post(`${server.origin}/d`, { body: 'once' }).text();
    expect(await Promise.all([...calls, post])).toEqual([
      'first',
      'again /b',
      'again /c',
      'again /d',
    ]);
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(session.stats()).toMatchObject({ queued: 0, inFlight: 0 });
  });

  test('close() lets all of them end, destroy() none', async () => {
    const server = await inBatches(2);
    const session = openUndici({ connections: 1, pipelining: 2 });
    const calls = [0, 1].map((n) => session.get(`${server.origin}/${n}`).text());
    await server.connections(1);
    await session.close();
    expect(await Promise.all(calls)).toEqual(['/0', '/1']);

    const silent = await rawServer(() => {});
    const other = openUndici({ connections: 1, pipelining: 2 });
    const lost = [0, 1].map((n) => reasonOf(other.get(`${silent.origin}/${n}`).text()));
    await silent.connections(1);
    await other.destroy(new NetworkError('gone'));
    expect(await Promise.all(lost)).toEqual([
      expect.objectContaining({ message: 'gone' }),
      expect.objectContaining({ message: 'gone' }),
    ]);
  });
});
