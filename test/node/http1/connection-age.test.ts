import { InvalidRequestError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { thrown } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { openUndici } from '../../support/undici-session.ts';

const keepAliveTimeout = 60_000;

describe('F43: maxConnectionAge', () => {
  test('a connection that is always busy gives way to one where the name leads now', async () => {
    const server = await rawServer(always(answer('ok')));
    let lookups = 0;
    const session = openUndici({
      keepAliveTimeout,
      connections: 1,
      maxConnectionAge: 50,
      lookup: (_name, _options, callback) => {
        lookups++;
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    });
    const url = `http://name.test:${server.port}/`;
    // There is always one that waits.
    const busy = async (): Promise<void> => {
      while (server.peers.length < 3) expect(await session.get(url).text()).toBe('ok');
    };
    await Promise.all([busy(), busy(), busy()]);
    expect(lookups).toBe(3);
    expect(session.stats()).toMatchObject({ sockets: 1, queued: 0, inFlight: 0 });
    await server.peers[0]?.closed();
    await server.peers[1]?.closed();
  });

  test('one that is idle is closed', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = openUndici({ keepAliveTimeout, maxConnectionAge: 50 });
    await session.get(server.origin).text();
    await server.peers[0]?.closed();
    await expect.poll(() => session.stats().sockets).toBe(0);
    expect(await session.get(server.origin).text()).toBe('ok');
  });

  test('what it carries comes to its end, and nothing new goes there', async () => {
    let finish = (): void => {};
    const server = await rawServer(async (peer) => {
      for (let request; (request = await peer.request());) {
        if (request.target === '/long') {
          await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha');
          await new Promise<void>((resolve) => (finish = resolve));
          await peer.write('lf');
        } else await peer.write(answer('ok'));
      }
    });
    const session = openUndici({ keepAliveTimeout, pipelining: 3, maxConnectionAge: 50 });
    const long = await session.get(`${server.origin}/long`);
    // Until the second connection has reached its age, too, and the first is long past it.
    while (server.peers.length < 3) await session.get(server.origin).text();
    finish();
    expect(await long.text()).toBe('half');
    await server.peers[0]?.closed();
    const first = server.requests.filter(({ connection }) => connection === 1);
    expect(first.map(({ target }) => target)).toEqual(['/long']);
  });

  test('false is none, and anything else but ms is refused', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = openUndici({ keepAliveTimeout, maxConnectionAge: false });
    for (let call = 0; call < 20; call++) await session.get(server.origin).text();
    expect(server.peers).toHaveLength(1);
    for (const wrong of [0, -1, NaN, true, '1'])
      expect(
        thrown(() => undiciTransport({ maxConnectionAge: wrong as never }), InvalidRequestError)
          .message,
      ).toContain('maxConnectionAge must be a time in ms above 0, or false for none');
  });
});
