import { constants, createHash } from 'node:crypto';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { NetworkError, type TlsOptions } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { readTls } from '../../../src/node/tls/read-tls.ts';
import { makeAuthority } from '../../support/authority.ts';
import { open, rejection } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { printed } from '../../support/printed.ts';
import { rawServer } from '../../support/raw-server.ts';
import { tlsServer } from '../../support/tls-server.ts';

const authority = makeAuthority();
const { ca, crl } = authority;

/** Would try again what may end otherwise. */
const trusting = (tls: TlsOptions, http2 = false) =>
  open({
    tls: { ca, ...tls },
    transport: undiciTransport({ http2 }),
    retry: { limit: 2, delay: () => 0 },
    trustEnv: false,
  });

/** The code of the error that a call ends with. */
const codeOf = async (call: PromiseLike<unknown>): Promise<unknown> =>
  ((await rejection(call, NetworkError)).cause as { code: unknown }).code;

describe('crl', () => {
  test('refuses what it names, and nothing else', async () => {
    const [revoked, good] = [await tlsServer(authority.revoked), await tlsServer(authority.good)];
    expect((await trusting({}).get(revoked.origin)).status).toBe(200);
    for (const list of [crl, Buffer.from(crl), [crl]]) {
      const session = trusting({ crl: list });
      expect(await codeOf(session.get(revoked.origin))).toBe('CERT_REVOKED');
      expect((await session.get(good.origin)).status).toBe(200);
    }
    expect([revoked.requests.length, revoked.connections()]).toEqual([1, 4]);
  });

  test('holds for an HTTPS proxy, too', async () => {
    const target = await tlsServer(authority.good);
    const proxy = await rawServer(relay(), authority.revoked);
    const through = { proxy: `https://127.0.0.1:${proxy.port}` };
    expect((await trusting({}).get(target.origin, through)).status).toBe(200);
    const error = await trusting({ crl }).get(target.origin, through).then(undefined, String);
    expect(error).toMatch(
      /ProxyError: GET .*: The proxy .* cannot be reached: certificate revoked/,
    );
  });
});

describe('sigalgs and secureOptions', () => {
  test('are what the handshake is made by', async () => {
    const server = await tlsServer(authority.good);
    const [one, other] = ['ECDSA+SHA256', 'RSA+SHA256'];
    expect((await trusting({ sigalgs: one }).get(server.origin)).status).toBe(200);
    await rejection(trusting({ sigalgs: other }).get(server.origin), NetworkError);
    const { SSL_OP_NO_TLSv1_3, SSL_OP_NO_TLSv1_2 } = constants;
    const none = { secureOptions: SSL_OP_NO_TLSv1_3 | SSL_OP_NO_TLSv1_2 };
    await rejection(trusting(none).get(server.origin), NetworkError);
    expect((await trusting({ secureOptions: SSL_OP_NO_TLSv1_3 }).get(server.origin)).status).toBe(
      200,
    );
  });
});

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])('P11: checkServerIdentity over %s', (_, http2) => {
  const pin = (cert: object) =>
    createHash('sha256')
      .update((cert as PeerCertificate).raw)
      .digest('hex');

  test('is asked with the host and the certificate, in the place of the names', async () => {
    const server = await tlsServer(authority.wrong, { h2: http2 });
    const hosts: string[] = [];
    const pins = new Set<string>();
    const session = trusting(
      {
        checkServerIdentity(host, cert) {
          hosts.push(host);
          pins.add(pin(cert));
          return undefined;
        },
      },
      http2,
    );
    for (const host of ['127.0.0.1', 'localhost'])
      expect((await session.get(`https://${host}:${server.port}/`)).status).toBe(200);
    expect([hosts, pins.size]).toEqual([['127.0.0.1', 'localhost'], 1]);
    expect(await codeOf(trusting({}, http2).get(server.origin))).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  test.each<[string, TlsOptions['checkServerIdentity'], RegExp]>([
    ['an error', () => new Error('another pin'), /127\.0\.0\.1: another pin$/],
    [
      "an error of Node's",
      (host, cert) => checkServerIdentity(host, cert as never),
      /does not match/,
    ],
    ['a promise', (async () => undefined) as never, /must return an Error or undefined, at once$/],
    ['false', (() => false) as never, /must return an Error or undefined, at once$/],
    [
      'what it throws',
      () => {
        throw new Error('it broke');
      },
      /127\.0\.0\.1: it broke$/,
    ],
    [
      'a thrown undefined',
      () => {
        throw undefined;
      },
      /It threw nothing$/,
    ],
  ])('refuses by %s, asked once, and nothing is sent', async (_name, check, message) => {
    const server = await tlsServer(authority.wrong, { h2: http2 });
    const call = trusting({ ...(check && { checkServerIdentity: check }) }, http2).get(
      server.origin,
    );
    const error = await rejection(call, NetworkError);
    expect(error.cause).toMatchObject({ code: 'ERR_TLS_CERT_REFUSED' });
    expect((error.cause as Error).message).toMatch(message);
    expect([server.requests.length, server.connections()]).toEqual([0, 1]);
  });

  test('shares connections where it is the same function, and not with others', async () => {
    const server = await tlsServer(authority.good, { h2: http2 });
    const session = trusting({}, http2);
    const [one, other] = [() => undefined, () => undefined];
    for (const check of [one, one, other, undefined, one])
      await session
        .get(server.origin, { tls: { ca, ...(check && { checkServerIdentity: check }) } })
        .text();
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2, 3, 1]);
  });
});

test('an HTTPS proxy is not judged by the check, nor let pass by verify: false', async () => {
  const target = await tlsServer(authority.good);
  const asked: string[] = [];
  const proxy = await rawServer(relay(), authority.good);
  const check = (host: string) => void asked.push(host) as undefined;
  const session = trusting({ checkServerIdentity: check });
  const through = { proxy: `https://127.0.0.1:${proxy.port}` };
  expect((await session.get(`https://localhost:${target.port}/`, through)).status).toBe(200);
  expect(asked).toEqual(['localhost']);
  const wrong = await rawServer(relay(), authority.wrong);
  const error = await trusting({ verify: false })
    .get(target.origin, { proxy: `https://127.0.0.1:${wrong.port}` })
    .then(undefined, String);
  expect(error).toMatch(/^ProxyError: GET .*: The proxy .* cannot be reached/);
});

test('the settings read back, and are printed short', () => {
  const given = { crl: `${crl}\n`, sigalgs: 'ed25519', secureOptions: 4, checkServerIdentity() {} };
  const settings = readTls(given, 'tls');
  expect({ ...settings }).toEqual({ ...given, verify: true, crl: [crl] });
  expect(readTls({ ...settings }, 'tls').id).toBe(settings.id);
  expect(printed(settings)).not.toContain(crl.split('\n')[1]);
  expect(JSON.parse(JSON.stringify(settings))).toMatchObject({
    crl: '1 of them',
    secureOptions: 4,
  });
});
