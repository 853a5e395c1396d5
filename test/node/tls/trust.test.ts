import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { InvalidRequestError, NetworkError, type TlsOptions } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeAuthority } from '../../support/authority.ts';
import { open, reasonOf, rejection, thrown } from '../../support/contract.ts';
import { describeWith } from '../../support/describe-with.ts';
import { heapGrowth } from '../../support/heap-growth.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { type NginxAbout, startNginx } from '../../support/real-origins.ts';
import { tlsServer } from '../../support/tls-server.ts';

const authority = makeAuthority();

/** Without retries: what is tried twice would not be seen. */
const plain = (tls?: TlsOptions) =>
  open({ tls, retry: { limit: 3, delay: () => 0 }, trustEnv: false });

/** What a call comes to: the client's certificate, or the code of the error. */
const outcome = async (call: PromiseLike<Response>): Promise<unknown> => {
  try {
    return ((await (await call).json()) as { client?: string }).client ?? 'ok';
  } catch (error) {
    expect(error).toBeInstanceOf(NetworkError);
    return ((error as NetworkError).cause as { code: string }).code;
  }
};

describe('P7 and F18: the matrix of whom a call trusts', () => {
  test('each kind of server passes or fails, asked once, and sent nothing before', async () => {
    const servers = {
      good: await tlsServer(authority.good),
      wrong: await tlsServer(authority.wrong),
      expired: await tlsServer(authority.expired),
      self: await tlsServer(authority.self),
      unknown: await tlsServer(authority.unknown),
    };
    const session = plain({ ca: authority.ca });
    const seen = await Promise.all(
      Object.values(servers).map(({ port }) =>
        outcome(
          session.get(`https://localhost:${port}/`, { headers: { authorization: 'secret' } }),
        ),
      ),
    );
    expect(seen).toEqual([
      'ok',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'CERT_HAS_EXPIRED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ]);
    expect(
      Object.values(servers).map((server) => [server.requests.length, server.connections()]),
    ).toEqual([
      [1, 1],
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  test('plain text on the TLS port is an error without a retry or anything in clear', async () => {
    const server = await rawServer(async (peer) => {
      await peer.expect(1);
      await peer.write(answer('plain'));
    });
    const error = await rejection(
      plain().get(`https://localhost:${server.port}/secret`),
      NetworkError,
    );
    expect((error.cause as { code: string }).code).toMatch(/^ERR_SSL_/);
    expect(server.peers).toHaveLength(1);
    // A handshake of TLS, and no word of the request.
    expect(server.peers[0]?.received.charCodeAt(0)).toBe(0x16);
    expect(server.peers[0]?.received).not.toContain('secret');
  });

  test('a server that hangs up in the handshake is a network error like any other', async () => {
    const server = await rawServer(async (peer) => {
      await peer.expect(1);
      await peer.fin();
    });
    expect(await reasonOf(plain().get(`https://localhost:${server.port}/`))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { code: 'ECONNRESET' },
    });
    expect(server.peers).toHaveLength(4);
  });

  test('a call over http: is never turned into TLS, whatever the settings', async () => {
    const server = await rawServer(always(answer('ok')));
    expect(await plain({ ca: authority.ca, verify: false }).get(server.origin).text()).toBe('ok');
  });
});

describe('P1 and P2: settings and sockets', () => {
  test('an unverified call lends its socket to no verified one, before or after', async () => {
    const server = await tlsServer(authority.self);
    const session = plain();
    const url = `https://localhost:${server.port}/`;
    expect(await outcome(session.get(url, { tls: { verify: false } }))).toBe('ok');
    expect(await outcome(session.get(url))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(await outcome(session.get(url, { tls: { verify: false } }))).toBe('ok');
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1]);
    expect(server.connections()).toBe(2);
  });

  test('P9: an address is verified as one, never sent as a name, whatever host says', async () => {
    const server = await tlsServer(authority.good);
    const session = plain({ ca: authority.ca });
    for (const headers of [{}, { host: 'other.test' }])
      expect(await session.get(`${server.origin}/`, { headers }).json()).not.toHaveProperty(
        'serverName',
      );
    expect(server.requests.map(({ headers }) => headers.host)).toEqual([
      `127.0.0.1:${server.port}`,
      'other.test',
    ]);
  });

  test('each client certificate has its own connection; equal settings share it', async () => {
    const server = await tlsServer(authority.good, {
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority.ca,
    });
    const url = `https://localhost:${server.port}/`;
    const { ca, clientA, clientB, stranger, pfx, passphrase, encryptedKey } = authority;
    const session = plain({ ca });
    const steps: [TlsOptions | undefined, unknown][] = [
      [{ ca, ...clientA }, 'client A'],
      [{ ca, ...clientB }, 'client B'],
      [{ ...clientA, ca: [ca] }, 'client A'],
      [{ ca, pfx: new Uint8Array(pfx), passphrase }, 'client A'],
      [{ ca, cert: clientA.cert, key: encryptedKey, passphrase }, 'client A'],
      [{ ca, ...clientB }, 'client B'],
    ];
    for (const [tls, expected] of steps)
      expect(await outcome(session.get(url, { tls }))).toBe(expected);
    expect(server.requests.map(({ connection, client }) => [connection, client])).toEqual([
      [1, 'client A'],
      [2, 'client B'],
      [1, 'client A'],
      [3, 'client A'],
      [4, 'client A'],
      [2, 'client B'],
    ]);
    // Missing, and of an authority that the server does not know: with TLS 1.3 a client learns of
    // it with its first answer.
    for (const tls of [undefined, { ca, ...stranger }])
      await rejection(session.get(url, { tls, retry: 0 }), NetworkError);
    expect(server.requests).toHaveLength(6);
    expect(await outcome(session.get(url, { tls: { ca, ...clientB } }))).toBe('client B');
  });

  test('every single setting is part of what tells connections apart', async () => {
    const server = await tlsServer(authority.good);
    const session = plain();
    const settings: TlsOptions[] = [
      { ca: authority.ca },
      { ca: [authority.ca, authority.otherCa] },
      { ca: authority.ca, serverName: 'good.test' },
      { ca: authority.ca, minVersion: 'TLSv1.3' },
      { ca: authority.ca, maxVersion: 'TLSv1.2' },
      { ca: authority.ca, ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256' },
      { ca: authority.ca, verify: false },
      { ca: authority.ca, ...authority.clientA },
    ];
    for (const tls of [...settings, ...settings])
      await session.get(`https://localhost:${server.port}/`, { tls }).json();
    const connections = server.requests.map(({ connection }) => connection);
    expect(connections.slice(0, settings.length)).toEqual(settings.map((_, n) => n + 1));
    expect(connections.slice(settings.length)).toEqual(connections.slice(0, settings.length));
    expect(server.requests[2]?.serverName).toBe('good.test');
  });

  test('ca takes the place of what is trusted else; texts and files may be mixed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'ca.pem');
    writeFileSync(file, authority.ca);
    const server = await tlsServer(authority.good);
    const url = `https://localhost:${server.port}/`;
    expect(await outcome(plain({ ca: authority.otherCa }).get(url))).toBe(
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
    expect(await outcome(plain({ ca: [authority.otherCa, file] }).get(url))).toBe('ok');
    // Where the session sets none, the transport's hold; a call's replace them, and null goes back
    // to them.
    const session = open({ transport: undiciTransport({ tls: { ca: file } }), retry: 0 });
    expect(await outcome(session.get(url))).toBe('ok');
    expect(await outcome(session.get(url, { tls: { ca: authority.otherCa } }))).toBe(
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
    session.tls = { ca: authority.otherCa };
    expect(await outcome(session.get(url))).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    session.tls = null;
    expect(await outcome(session.get(url))).toBe('ok');
  });

  test('P9: two certificates on one address are told apart; settings share no ticket', async () => {
    const { createSecureContext } = await import('node:tls');
    const contexts = {
      localhost: createSecureContext({ ...authority.good }),
      'other.test': createSecureContext({ ...authority.wrong }),
    };
    const server = await tlsServer(authority.self, {
      SNICallback: (name, callback) => callback(null, contexts[name as 'localhost']),
    });
    const lookup = ((
      _: string,
      options: { all?: boolean },
      callback: (...result: unknown[]) => void,
    ) =>
      options.all
        ? callback(null, [{ address: '127.0.0.1', family: 4 }])
        : callback(null, '127.0.0.1', 4)) as never;
    const session = open({
      transport: undiciTransport({ lookup }),
      tls: { ca: authority.ca },
      retry: 0,
    });
    for (let round = 0; round < 3; round++) {
      for (const name of ['localhost', 'other.test'])
        expect(await session.get(`https://${name}:${server.port}/`).json()).toMatchObject({
          serverName: name,
        });
      expect(await outcome(session.get(`https://strange.test:${server.port}/`))).toBe(
        'DEPTH_ZERO_SELF_SIGNED_CERT',
      );
    }
    // A host header changes neither the name that is asked for nor the one that is verified.
    expect(
      await session
        .get(`https://localhost:${server.port}/`, { headers: { host: 'other.test' } })
        .json(),
    ).toMatchObject({ serverName: 'localhost' });
  });

  test('a wrong setting is found before anything is sent, named without its secret', async () => {
    const { clientA, clientB } = authority;
    for (const [tls, said] of [
      [{ rejectUnauthorized: false }, 'did you mean verify?'],
      [{ ca: '/nonexistent/ca.pem' }, 'tls.ca'],
      [{ cert: clientA.cert, key: clientB.key }, 'key'],
      [{ verify: 'no' }, 'tls.verify'],
      [{ minVersion: 'SSLv3' }, 'tls.minVersion'],
    ] as const) {
      const error = thrown(() => plain(tls as never), InvalidRequestError);
      expect(error.message).toContain(said);
      expect(inspect(error, { depth: 9 })).not.toContain('PRIVATE KEY');
      await rejection(
        plain().get('https://localhost/', { tls: tls as never }),
        InvalidRequestError,
      );
    }
    const session = plain({ ...clientA });
    expect(inspect(session.tls, { depth: 9 }) + JSON.stringify(session.tls)).not.toContain(
      'PRIVATE KEY',
    );
    expect(session.tls).toMatchObject({ key: clientA.key });
  });
});

test('P10: a server that is not trusted leaves nothing behind, whenever it is asked', async () => {
  const server = await tlsServer(authority.self);
  const session = open({ tls: { ca: authority.ca }, retry: 0 });
  const fail = async () => {
    for (let run = 0; run < 20; run++)
      await Promise.all(
        Array.from({ length: 10 }, () => rejection(session.get(server.origin), NetworkError)),
      );
  };
  expect(await heapGrowth(fail)).toBeLessThan(5_000_000);
  expect(session.stats()).toMatchObject({ sockets: 0, queued: 0, inFlight: 0 });
  await expect.poll(() => server.open()).toBe(0);
}, 30_000);

describeWith(['nginx', 'openssl'], 'on nginx', () => {
  test('a client certificate is taken, asked for or refused; connections are its own', async () => {
    const nginx = await startNginx({ identity: authority.good, clientCa: authority.ca });
    onTestFinished(() => nginx.close());
    const { ca, clientA, clientB, stranger } = authority;
    const session = plain({ ca });
    const url = `https://localhost:${nginx.port}/about`;
    const about = (tls: TlsOptions) => session.get(url, { tls }).json<NginxAbout>();
    expect((await session.get(url)).status).toBe(400);
    expect((await session.get(url, { tls: { ca, ...stranger } })).status).toBe(400);
    const [a, b, again] = [
      await about({ ca, ...clientA }),
      await about({ ca, ...clientB }),
      await about({ ca, ...clientA }),
    ];
    expect([a.client, b.client, again.client].map((name) => name.replace(/^.*CN=/, ''))).toEqual([
      'client A',
      'client B',
      'client A',
    ]);
    expect(again).toMatchObject({ connection: a.connection, requests: 2 });
    expect(b.connection).not.toBe(a.connection);
  });
});
