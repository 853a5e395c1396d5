import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { NetworkError, SessionClosedError, TimeoutError } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { identities } from '../../support/certificates.ts';
import { deferred, reasonOf, rejection } from '../../support/contract.ts';
import { openHttp2, reply, serveHttp2, until } from '../../support/http2.ts';

describe('the connection that calls wait for', () => {
  /** A server that takes connections and says nothing. */
  async function silent(): Promise<{ origin: string; sockets: Socket[] }> {
    const sockets: Socket[] = [];
    const server = createTcpServer(
      (socket) => void sockets.push(socket.on('error', () => {}).resume()),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, sockets };
  }

  test('is tried for as long as one of them still waits', async () => {
    const { origin, sockets } = await silent();
    const session = openHttp2();
    const [short, long] = [20, 60].map(async (connect) =>
      rejection(session.get(origin, { timeout: { connect } }), TimeoutError),
    );
    expect([(await short)?.phase, sockets.length, sockets[0]?.destroyed]).toEqual([
      'connect',
      1,
      false,
    ]);
    expect([(await long)?.phase, sockets.length]).toEqual(['connect', 1]);
    await until(() => sockets[0]?.destroyed);
    expect(session.stats()).toMatchObject({ sockets: 0, queued: 0 });
  });

  test('is given up with the last of them, which is no failure of the next call', async () => {
    const server = await serveHttp2((stream) => reply(stream));
    for (const proxy of ['http', 'socks5h'] as const) {
      const asked = deferred();
      const sockets: Socket[] = [];
      const silentProxy = createTcpServer(
        (socket) =>
          void sockets.push(socket.on('error', () => {}).on('data', () => asked.resolve())),
      );
      silentProxy.listen(0, '127.0.0.1');
      await once(silentProxy, 'listening');
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
        silentProxy.close();
      });
      const session = openHttp2({
        timeout: { connect: 100 },
        proxy: `${proxy}://127.0.0.1:${(silentProxy.address() as AddressInfo).port}`,
      });
      const abort = new AbortController();
      const first = reasonOf(session.get(server.origin, { signal: abort.signal }));
      await asked.promise;
      abort.abort('enough');
      const next = session.get(server.origin);
      expect(await first).toBe('enough');
      expect((await rejection(next, TimeoutError)).phase).toBe('connect');
      expect(sockets).toHaveLength(2);
    }
  });

  test('is given up when the session is destroyed', async () => {
    const { origin, sockets } = await silent();
    const session = openHttp2();
    const failed = rejection(session.get(origin), SessionClosedError);
    await until(() => sockets.length === 1);
    await session.destroy();
    await failed;
    await until(() => sockets[0]?.destroyed);
  });

  test('fails at once, each time, also by a lookup that calls back at once or throws', async () => {
    const failing = [
      (_name: string, _options: object, callback: (error: Error, address: string) => void) =>
        callback(new Error('no such name'), ''),
      () => {
        throw new Error('no such name');
      },
    ];
    for (const lookup of failing) {
      for (const proxy of [false, 'socks5://127.0.0.1:1'] as const) {
        const session = openHttp2({ proxy, timeout: { connect: 200 } }, { lookup });
        for (let i = 0; i < 2; i++)
          expect((await rejection(session.get('https://a.test/'), NetworkError)).message).toContain(
            'no such name',
          );
        await session.close();
      }
    }
  });

  test('fails for all of them when it fails', async () => {
    const { origin } = await serveHttp2((stream) => reply(stream));
    const session = openHttp2({}, { tls: { ca: identities.self.cert } });
    const errors = await Promise.all(
      [1, 2, 3].map(async () => rejection(session.get(origin), NetworkError)),
    );
    expect(errors.map(({ cause }) => (cause as { code: string }).code)).toEqual(
      Array(3).fill('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    );
  });
});
