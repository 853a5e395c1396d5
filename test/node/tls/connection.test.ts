import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  connect,
  type ConnectionOptions,
  createServer,
  type TlsOptions as ServerOptions,
  type TLSSocket,
} from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTls } from '../../../src/node/tls/read-tls.ts';
import { authority, identities } from '../../support/certificates.ts';
import { runProgram } from '../../support/child.ts';
import { encrypted, fileOf, passphrase, pfx } from './keys.ts';

const { good, wrong, self } = identities;

/** What a server saw of a connection. */
interface Seen {
  serverName: unknown;
  client: unknown;
  protocol: string | null;
  cipher: string;
}

/**
 * Connects to a server that asks for a client's certificate. Gives what it saw, or the code of the
 * client's error.
 */
async function handshake(
  options: ConnectionOptions,
  more: ServerOptions = {},
): Promise<Seen | string> {
  const server = createServer({ ...good, requestCert: true, rejectUnauthorized: false, ...more });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const seen = once(server, 'secureConnection').then(([peer]: TLSSocket[]) => {
    if (!peer) throw new Error('No peer');
    const { servername: serverName } = peer as TLSSocket & { servername: unknown };
    return {
      serverName,
      client: peer.getPeerCertificate().subject?.CN,
      protocol: peer.getProtocol(),
      cipher: peer.getCipher().name,
    };
  });
  const socket = connect({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    ...options,
  });
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  try {
    await once(socket, 'secureConnect');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
  return seen;
}

const reach = async (option: object, more?: ServerOptions): Promise<Seen | string> =>
  handshake(readTls(option, 'tls').connectOptions(), more);

describe('a connection with TLS settings', () => {
  test('trusts the authorities of ca alone, as text, as a file or as a list of both', async () => {
    const file = fileOf(authority);
    for (const ca of [
      authority,
      file,
      [self.cert, authority],
      [self.cert, file],
      self.cert + authority,
      `of the company\n${authority.replaceAll('\n', '\r\n')}`,
    ])
      expect(await reach({ ca })).toMatchObject({ client: undefined });
    expect(await reach({ ca: self.cert })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await reach({})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('P2: does not trust what Node trusts by default once ca is set', async () => {
    const server = createServer({ ...good }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const options = [{}, { ca: self.cert }, { ca: self.cert, verify: false }].map((option) =>
      JSON.stringify(option),
    );
    const { code, lines } = await runProgram(
      'tls-settings',
      [String((server.address() as AddressInfo).port), ...options],
      [],
      { NODE_EXTRA_CA_CERTS: fileOf(authority) },
    );
    expect([code, lines]).toEqual([
      0,
      ['connected', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'connected'],
    ]);
  }, 30_000);

  test('verifies whatever the environment says, unless verify is false', async () => {
    const server = createServer({ ...good }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { lines } = await runProgram(
      'tls-settings',
      [String((server.address() as AddressInfo).port), '{}', '{"verify":true}', '{"verify":false}'],
      [],
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    );
    expect(lines).toEqual([
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'connected',
    ]);
  }, 30_000);

  test('P2: shows the certificate of its own settings', async () => {
    const both = fileOf(good.key + good.cert);
    for (const option of [
      good,
      { cert: both, key: both },
      { cert: good.cert, key: encrypted, passphrase },
      { pfx, passphrase },
    ])
      expect(await reach({ ca: authority, ...option })).toMatchObject({ client: 'localhost' });
    expect(await reach({ ca: authority, ...wrong })).toMatchObject({ client: 'other.test' });
    expect(await reach({ ca: authority })).toMatchObject({ client: undefined });
  });

  test('P9: asks for serverName and holds the server to it', async () => {
    expect(await reach({ ca: authority, serverName: 'Good.TEST.' })).toMatchObject({
      serverName: 'good.test',
    });
    expect(await reach({ ca: authority, serverName: 'other.test' })).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    expect(await reach({ ca: authority, serverName: 'other.test' }, wrong)).toMatchObject({
      serverName: 'other.test',
    });
  });

  test('speaks a version from minVersion to maxVersion, with one of ciphers', async () => {
    const ca = authority;
    expect(await reach({ ca })).toMatchObject({ protocol: 'TLSv1.3' });
    expect(await reach({ ca, maxVersion: 'TLSv1.2' })).toMatchObject({ protocol: 'TLSv1.2' });
    expect(await reach({ ca, minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' })).toMatch(
      /^(?:ERR_SSL|ECONNRESET)/,
    );
    expect(
      await reach({ ca, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' }),
    ).toMatchObject({ cipher: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
    expect(
      await reach({ ca, ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' }),
    ).toMatchObject({ cipher: 'ECDHE-ECDSA-CHACHA20-POLY1305' });
  });

  test('M1: is made of own properties alone, whatever Object.prototype holds', async () => {
    const polluted = {
      verify: false,
      rejectUnauthorized: false,
      ca: self.cert,
      cert: wrong.cert,
      key: wrong.key,
      pfx,
      passphrase: 'x',
      serverName: 'other.test',
      servername: 'other.test',
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.2',
      ciphers: 'NONE',
    };
    Object.assign(Object.prototype, polluted);
    let options: ConnectionOptions[];
    try {
      const settings = [readTls({ ca: authority }, 'tls'), readTls({}, 'tls')];
      options = settings.flatMap((one) => [one.connectOptions(), one.proxyOptions()]);
      expect(JSON.stringify(settings[1])).toBe('{"verify":true}');
    } finally {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
    }
    for (const one of options) expect(Object.getPrototypeOf(one)).toBe(null);
    const [trusting = {}, proxy = {}, ...distrusting] = options;
    for (const one of [trusting, proxy])
      expect(await handshake(one)).toMatchObject({
        serverName: false,
        client: undefined,
        protocol: 'TLSv1.3',
      });
    for (const one of distrusting)
      expect(await handshake(one)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('P8: to a proxy has authorities, versions and ciphers, no name or certificate', async () => {
    const to = async (option: object): Promise<Seen | string> =>
      handshake(readTls(option, 'tls').proxyOptions());
    expect(
      await to({
        ca: authority,
        ...good,
        serverName: 'other.test',
        maxVersion: 'TLSv1.2',
        ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384',
      }),
    ).toEqual({
      serverName: false,
      client: undefined,
      protocol: 'TLSv1.2',
      cipher: 'ECDHE-ECDSA-AES256-GCM-SHA384',
    });
    expect(await to({ ca: authority, pfx, passphrase })).toMatchObject({ client: undefined });
    expect(await to({ verify: false })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });
});
