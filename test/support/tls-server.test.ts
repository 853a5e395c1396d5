import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Authority, makeAuthority } from './authority.ts';
import { describeWith } from './describe-with.ts';
import { tlsServer } from './tls-server.ts';
import { fetchText } from './wire.ts';

describeWith(['openssl'], 'certificates and the server that records them', () => {
  let authority: Authority;
  beforeAll(() => void (authority = makeAuthority()));
  const code = (port: number, options: RequestOptions): Promise<unknown> =>
    fetchText(requestHttps, `https://localhost:${port}/`, options).then(
      ([status]) => status,
      (error: NodeJS.ErrnoException) => error.code,
    );

  test.each([
    ['good', 200],
    ['wrong', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['self', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['unknown', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ] as const)('the one that is %s gives %s', async (name, outcome) => {
    const server = await tlsServer(authority[name]);
    expect(await code(server.port, { ca: authority.ca })).toBe(outcome);
    expect([server.requests.length, server.connections()]).toEqual([outcome === 200 ? 1 : 0, 1]);
  });

  test('clients are told apart, however they hold their key; strangers are refused', async () => {
    const { good, ca, clientA, clientB, stranger, pfx, passphrase, encryptedKey } = authority;
    const server = await tlsServer(good, { requestCert: true, ca });
    for (const client of [
      clientA,
      clientB,
      { pfx, passphrase },
      { cert: clientA.cert, key: encryptedKey, passphrase },
    ])
      expect(await code(server.port, { ca, ...client })).toBe(200);
    expect(server.requests.map(({ client }) => client)).toEqual([
      'client A',
      'client B',
      'client A',
      'client A',
    ]);
    expect(server.requests.map(({ connection, serverName }) => [connection, serverName])).toEqual(
      [1, 2, 3, 4].map((connection) => [connection, 'localhost']),
    );
    for (const client of [stranger, {}])
      expect(await code(server.port, { ca, ...client })).toMatch(/^(?:ERR_SSL_TLSV1|ECONNRESET)/);
    expect([server.requests.length, server.connections()]).toEqual([4, 6]);
    await expect.poll(() => server.open()).toBe(0);
  });

  test('HTTP/2 is recorded like HTTP/1.1', async () => {
    const { good, ca, clientA } = authority;
    const server = await tlsServer(good, { requestCert: true, ca, h2: true });
    const session = connectHttp2(`https://localhost:${server.port}`, { ca, ...clientA });
    onTestFinished(() => session.destroy());
    await Promise.all(['/a', '/b'].map((path) => session.request({ ':path': path }).toArray()));
    expect(await code(server.port, { ca, ...clientA })).toBe(200);
    expect(server.requests).toMatchObject([
      { connection: 1, path: '/a', alpn: 'h2', client: 'client A', serverName: 'localhost' },
      { connection: 1, path: '/b' },
      { connection: 2, alpn: undefined },
    ]);
  });
});
