import { describe, expect, test } from 'vitest';
import { alwaysOn, h2Server } from '../../support/h2-raw.ts';
import { openHttp2, until } from '../../support/http2.ts';

const old = { maxConnectionAge: 50, keepAliveTimeout: 60_000 };

describe('F43: a connection that is older than maxConnectionAge', () => {
  test('takes no new call, and closes when its last one has ended', async () => {
    let finish = (): void => {};
    const server = await h2Server(
      alwaysOn((peer, stream) => {
        if (peer.id > 1 || stream > 1) return peer.answer(stream);
        peer.headers(stream);
        finish = () => peer.data(stream, 'late', true);
      }),
    );
    const session = openHttp2({}, old);
    const response = await session.get(server.origin);
    while (server.peers.length < 2) await session.get(server.origin).text();
    expect(server.peers[0]?.ended).toBe(false);
    finish();
    expect(await response.text()).toBe('late');
    await server.peers[0]?.closed();
  });

  test('closes when nobody uses it', async () => {
    const server = await h2Server(alwaysOn());
    const session = openHttp2({}, old);
    expect(await session.get(server.origin).text()).toBe('ok');
    await server.peers[0]?.closed();
    await until(() => session.stats().sockets === 0);
  });

  test('is none with false', async () => {
    const server = await h2Server(alwaysOn());
    const session = openHttp2({}, { maxConnectionAge: false });
    for (let i = 0; i < 3; i++) await session.get(server.origin).text();
    expect(server.peers).toHaveLength(1);
  });
});
