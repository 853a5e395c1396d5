import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { identities } from '../../support/certificates.ts';
import { openHttp2 } from '../../support/http2.ts';

describe('a server that speaks HTTP/1.1 alone', () => {
  test("is offered nothing else from then on: undici's own streams could end short", async () => {
    const offers: string[][] = [];
    const server = createTlsServer(
      {
        ...identities.good,
        ALPNCallback: ({ protocols }) => {
          offers.push(protocols);
          return 'http/1.1';
        },
      },
      (socket) =>
        void socket
          .on('error', () => {})
          .once('data', () =>
            socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'),
          ),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const session = openHttp2();
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    for (let i = 0; i < 2; i++) expect(await session.get(origin).text()).toBe('ok');
    expect(offers).toEqual([['http/1.1', 'h2'], ['http/1.1']]);
  });
});
