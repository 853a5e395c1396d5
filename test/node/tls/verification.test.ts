import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetworkError } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authority, identities, type Identity } from '../../support/certificates.ts';
import { runProgram } from '../../support/child.ts';
import { open, rejection } from '../../support/contract.ts';
import { rawServer } from '../../support/raw-server.ts';

/** A server on a free port, and what came to it. */
async function serve(
  identity: Identity | undefined,
): Promise<{ port: number; seen: string[]; handshakes(): number }> {
  const seen: string[] = [];
  const listener = (
    request: { url?: string | undefined },
    response: { end(text: string): void },
  ): void => {
    seen.push(String(request.url));
    response.end('ok');
  };
  const server = (
    identity ? createHttpsServer({ ...identity }, listener) : createHttpServer(listener)
  ) as Server & { closeAllConnections(): void };
  let handshakes = 0;
  server.on('connection', () => void handshakes++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen, handshakes: () => handshakes };
}

/** Runs the program in a process that trusts the authority of the tests. */
async function trusting(mode: string, urls: string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'ca.pem');
  writeFileSync(file, authority);
  const { code, lines, errors } = await runProgram('tls', [mode, ...urls], [], {
    NODE_EXTRA_CA_CERTS: file,
    WRONG_CA: identities.self.cert,
  });
  expect([code, errors]).toEqual([0, '']);
  return lines;
}

describe('P7 and F18: who a server says it is', () => {
  test('is verified: wrong host, expired and self-signed fail, and no secret is sent', async () => {
    const [good, wrong, expired, self] = await Promise.all([
      serve(identities.good),
      serve(identities.wrong),
      serve(identities.expired),
      serve(identities.self),
    ]);
    const lines = await trusting(
      '',
      [good, wrong, expired, self]
        .map(({ port }) => `https://good.test:${port}/`)
        .concat(`https://127.0.0.1:${good.port}/`),
    );
    expect(lines).toEqual([
      'ok',
      'ERR_NETWORK ERR_TLS_CERT_ALTNAME_INVALID',
      'ERR_NETWORK CERT_HAS_EXPIRED',
      'ERR_NETWORK DEPTH_ZERO_SELF_SIGNED_CERT',
      'ok',
    ]);
    // Nothing was sent to them, and a certificate does not become right by asking again.
    for (const { seen, handshakes } of [wrong, expired, self])
      expect([seen, handshakes()]).toEqual([[], 1]);
  }, 30_000);

  test('M1: is verified just the same when Object.prototype has options of TLS', async () => {
    const [good, self, wrong] = await Promise.all([
      serve(identities.good),
      serve(identities.self),
      serve(identities.wrong),
    ]);
    const lines = await trusting(
      'polluted',
      [good, self, wrong].map(({ port }) => `https://good.test:${port}/`),
    );
    expect(lines).toEqual([
      'ok',
      'ERR_NETWORK DEPTH_ZERO_SELF_SIGNED_CERT',
      'ERR_NETWORK ERR_TLS_CERT_ALTNAME_INVALID',
    ]);
    expect([self.seen, wrong.seen]).toEqual([[], []]);
  }, 30_000);

  test('C14: is verified by the URL, whatever a host header says', async () => {
    const good = await serve(identities.good);
    expect(
      await trusting('host', [
        `https://good.test:${good.port}/`,
        `https://other.test:${good.port}/`,
      ]),
    ).toEqual(['ok', 'ERR_NETWORK ERR_TLS_CERT_ALTNAME_INVALID']);
  }, 30_000);

  test('an authority that nobody trusts is a NetworkError that keeps its code', async () => {
    const server = await serve(identities.good);
    const error = await rejection(
      open({ retry: { delay: () => 0 } }).get(`https://127.0.0.1:${server.port}/`),
      NetworkError,
    );
    expect(error.cause).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    expect([server.seen, server.handshakes()]).toEqual([[], 1]);
  });

  test('plain HTTP for TLS, and TLS for HTTP, are NetworkErrors; nothing falls back', async () => {
    const plain = await serve(undefined);
    await rejection(
      open({ retry: 0 }).get(`https://127.0.0.1:${plain.port}/`, {
        auth: null,
        headers: { authorization: 'secret' },
      }),
      NetworkError,
    );
    expect(plain.seen).toEqual([]);
    const encrypted = await serve(identities.good);
    await rejection(open({ retry: 0 }).get(`http://127.0.0.1:${encrypted.port}/`), NetworkError);
  });

  test.each(['fin', 'rst'] as const)(
    'a handshake that ends with %s is a NetworkError',
    async (end) => {
      const server = await rawServer(async (peer) => {
        await peer.expect(1);
        await peer[end]();
      });
      await rejection(open({ retry: 0 }).get(`https://127.0.0.1:${server.port}/`), NetworkError);
      expect(server.peers[0]?.received).not.toContain('GET');
    },
  );
});
