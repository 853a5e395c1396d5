import { describe, expect, test } from 'vitest';
import { open } from '../../support/contract.ts';
import { answer, type Peer, rawServer, type Script } from '../../support/raw-server.ts';

/**
 * Ends a connection where the kernel has it, and the loop has not seen it: before it looks at its
 * sockets again.
 */
async function endUnseen(peer: Peer | undefined, end: 'rst' | 'fin'): Promise<void> {
  await new Promise(setImmediate);
  if (end === 'rst') peer?.rst();
  else peer?.socket.destroy();
  const until = performance.now() + 1;
  while (performance.now() < until);
}

/** Answers once a connection; ends it when the test says so. */
const answersOnce: Script = async (peer) => {
  if (await peer.request()) await peer.write(answer('ok'));
  await peer.request();
};

describe('F1: an idle connection that ends as a call takes it', () => {
  test.each([
    { end: 'rst', method: 'GET' },
    { end: 'rst', method: 'POST' },
    { end: 'fin', method: 'GET' },
    { end: 'fin', method: 'POST' },
  ] as const)('by $end: a $method goes out on another one', async ({ end, method }) => {
    const server = await rawServer(answersOnce);
    const session = open({ retry: 0 });
    for (let n = 1; n <= 20; n++) {
      expect(await session.get(server.origin).text()).toBe('ok');
      await endUnseen(server.peers.at(-1), end);
      const body = method === 'POST' ? `body ${n}` : null;
      const response = await session.request(server.origin, { method, body });
      expect([await response.text(), response.attempts]).toEqual(['ok', 1]);
      expect(server.requests.at(-1)?.body).toBe(body ?? '');
      server.peers.at(-1)?.socket.destroy();
      await server.peers.at(-1)?.closed();
      expect(server.requests).toHaveLength(2 * n);
    }
  });

  test('a body that can be sent once goes out on another one, too', async () => {
    const server = await rawServer(answersOnce);
    const session = open({ retry: 0 });
    await session.get(server.origin).text();
    await endUnseen(server.peers[0], 'rst');
    async function* body(): AsyncGenerator<string> {
      yield 'one ';
      yield await Promise.resolve('shot');
    }
    expect(await session.post(server.origin, { body: body() }).text()).toBe('ok');
    expect(server.requests.map((request) => request.body)).toEqual(['', 'one shot']);
  });

  test.each(['GET', 'POST'])(
    'under load no GET fails, and no POST comes twice: %s',
    async (method) => {
      const seen: string[] = [];
      const server = await rawServer(async (peer) => {
        for (let request; (request = await peer.request());) {
          seen.push(request.target);
          await peer.write(answer('ok'));
          const timer = setTimeout(() => peer.rst(), Number(request.target.slice(1)) % 11);
          peer.socket.once('data', () => clearTimeout(timer));
        }
      });
      const session = open({ retry: 0 });
      const failed: string[] = [];
      let next = 0;
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          while (next < 1500) {
            const target = `/${next++}`;
            const body = method === 'POST' ? target : null;
            const call = session.request(server.origin + target, { method, body }).text();
            await call.catch(() => failed.push(target));
          }
        }),
      );
      // A POST that was written as its connection ended may have been carried out: it is an error.
      if (method === 'GET') expect(failed).toEqual([]);
      else expect(new Set(seen).size).toBe(seen.length);
    },
  );
});
