import { describe, expect, test } from 'vitest';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { openUndici } from '../../support/undici-session.ts';

const toLoopback = ((
  _name: string,
  options: { all?: boolean },
  callback: (...result: unknown[]) => void,
) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
}) as never;

describe('the pools of many origins', () => {
  test('are bounded: those that nobody uses make room, and their sockets are closed', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = openUndici({ lookup: toLoopback, keepAliveTimeout: 60_000 });
    for (let n = 0; n < 400; n++) await session.get(`http://h${n}.test:${server.port}/`).text();
    expect(session.stats().sockets).toBeLessThanOrEqual(256);
    // The last ones are kept.
    const { length } = server.peers;
    await session.get(`http://h399.test:${server.port}/`).text();
    expect(server.peers).toHaveLength(length);
  });

  test('a pool that is in use is not given up, however many origins come after it', async () => {
    let finish = (): void => {};
    const server = await rawServer(async (peer) => {
      const request = await peer.request();
      if (request?.lines[0]?.includes('first') || request?.head.includes('first.test')) {
        await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha');
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        await peer.write('lf');
      } else {
        await peer.write(answer('ok'));
      }
    });
    const session = openUndici({ lookup: toLoopback, keepAliveTimeout: 60_000 });
    const first = await session.get(`http://first.test:${server.port}/`);
    const reading = first.text();
    for (let n = 0; n < 300; n++) await session.get(`http://h${n}.test:${server.port}/`).text();
    finish();
    expect(await reading).toBe('half');
  });
});
