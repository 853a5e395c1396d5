import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connect,
  type ConnectionOptions,
  createServer,
  type TlsOptions as ServerOptions,
  type TLSSocket,
} from 'node:tls';
import { format, inspect } from 'node:util';
import { InvalidRequestError } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTls } from '../../src/node/tls/read-tls.ts';
import { warnUnverified } from '../../src/node/tls/warn-unverified.ts';
import { authority, identities } from '../support/certificates.ts';
import { runProgram } from '../support/child.ts';

const { good, wrong, self } = identities;
const passphrase = 'open sesame';

/** The key of `good`, encrypted with the passphrase. */
const encrypted = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgSHMRSxn4j2AICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJs+WaZyEjl6wvzRoOssw2oEgZCY
PuZJSJeHqMFpgFek7LrsRDsl3o0q0cTjqVX0vOWy9Y/tBqWcpsjQon0RiYBT2Zc5
rD8JkdLpRtSvhKSbbVc5JntzPll57/HOYMvBWoVD615p2MjGDFGp3vpqYvuce4Oa
yPmEzXW9JwOHB+0RnP7kmmjczyOLRrLGYlrqvxayx4bZPkOvbDPvET3M8PyUyHM=
-----END ENCRYPTED PRIVATE KEY-----
`;

/** Key and certificate of `good` as PKCS#12, with the same passphrase. */
const pfx = new Uint8Array(
  Buffer.from(
    `
MIIELAIBAzCCA+IGCSqGSIb3DQEHAaCCA9MEggPPMIIDyzCCAoIGCSqGSIb3DQEHBqCCAnMwggJvAgEAMIICaAYJKoZIhvcNAQcBMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiR8XeyyH
0M5wICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEA7zNYYqgdq1kNgdlMN540CAggIAM/qIRU+zRl8pGJaA4hSAvhXkKythxyh5+2aKBp1dtgmRBuYScoYGfDY5qJjaWa7BXeEVgxv8QKIm
/JSPTmMXPELYhIbbrQaoyl+eudKsyfhubvHb6xFKAa/6hbQ4WlKJcBPjK5s1lcuYmz44PXE9dYkerPylnDP+YX8rmVpWaFATnUv3hNVAC0E/1GUUKR7W5OSyOKFBzkORNjM7Q9yGpKryynAJqmVwd4
qFanGf12ATUa0Xz3A77HQgnzfRuGdV/WbAht1TUWZjFf4JjoyeQub1G2By3lUvTpsIZzCP8zuKNyy5soEDRPIAxZ7Z6yP3Dkklsn8Qqs86EyPEMzUF5VxMIUDubcWWd1xPrgoOpRAJZeZzEodpDQ57
/DE7fnolxSFSVVCvJfy46tEGq45t78WhtHIZpNP7q6Pv0zy5m+eVUNZfB03ypJ9Ce8peKx8mzjoCSVBJk0xte2q7QB6ieUIV2q+GA8M8k1Tna0I+jCrxidXaUXCohyJk9Inx7LnZzEb0eWq1afNCsD
hfnUgCPUsLa6mKOb+9P48N8Ai3SjApOb17dMe7BhFEDE1V2ahHTRHarYrKAOpqyqrZBBm3j8iPES/9Awug59oDwT7eoVCuMuCyhePJ/vSkYoZW05oR9qMnVqeNxIYcBLvSli3i1KJNmqj+7dGx2zbR
GAowqNEwggFBBgkqhkiG9w0BBwGgggEyBIIBLjCCASowggEmBgsqhkiG9w0BDAoBAqCB7zCB7DBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIpAQNSq9WSBkCAggAMAwGCCqGSIb3DQIJBQ
AwHQYJYIZIAWUDBAEqBBASmiCToJWqLaEfR0/+st4cBIGQNBDvjDMGYKU81M4UmrJZfl61wepB+uU2NyGgZnJYUhXZMMMb37rT/A/J4ejZ1G9UIhTvUC3fGSZd8zWyVd35QzkEbrc5oIrfS8vkCPVq
dLELky/8knZOJImyUkMtcU+Rsx37LEuzQXybkm0RASueVm4lXYXZq3WWniedNvxPccgdez3GmBBBv2O3IEEmvmd6MSUwIwYJKoZIhvcNAQkVMRYEFO7TIKy3+6B6huLgv3eJA5kERgKmMEEwMTANBg
lghkgBZQMEAgEFAAQgX61vk1Um/YLLYJ9wyYNWVZuRYjKYOK8GmGOsS9s61QIECJn62LEQHHIvAgIIAA==`,
    'base64',
  ),
);

/** The error that reading the option gives. */
function refusal(value: unknown): InvalidRequestError {
  try {
    readTls(value, 'tls');
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequestError);
    return error as InvalidRequestError;
  }
  throw new Error('It was accepted');
}

/** The path of a file that holds this. */
function fileOf(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file.pem');
  writeFileSync(path, content);
  return path;
}

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
  test('trusts the authorities of ca alone, given as text, as a file, or as a list of both', async () => {
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

  test('P8: to a proxy has its authorities, versions and ciphers, but verifies, asks for no other name and shows no certificate', async () => {
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

const full = {
  verify: true,
  ca: [authority, self.cert],
  cert: good.cert,
  key: encrypted,
  passphrase,
  serverName: 'good.test',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
};

describe('TLS settings', () => {
  test('read back in their normal form, frozen, and give the same when given again', () => {
    const settings = readTls(
      {
        ...full,
        ca: `${self.cert}\n\n${authority}`,
        cert: good.key + good.cert,
        serverName: 'GOOD.test',
        ciphers: undefined,
      },
      'tls',
    );
    const { ciphers: _, ...rest } = full;
    expect({ ...settings }).toEqual({ ...rest, ca: [self.cert, authority] });
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.ca)).toBe(true);
    expect(readTls(settings, 'tls')).toBe(settings);
    expect({ ...readTls({ ...settings }, 'tls') }).toEqual({ ...settings });
    expect({ ...readTls({}, 'tls') }).toEqual({ verify: true });
    expect(readTls({ serverName: 'bücher.example' }, 'tls').serverName).toBe(
      'xn--bcher-kva.example',
    );
  });

  test('do not change with the bytes that they were made of', () => {
    const bytes = pfx.slice();
    const settings = readTls({ pfx: bytes, passphrase }, 'tls');
    bytes.fill(0);
    expect(settings.pfx).toEqual(pfx);
    expect(readTls({ ...settings }, 'tls').id).toBe(settings.id);
  });

  test('P1: have one id when they are the same, however they were given', () => {
    const { id } = readTls(full, 'tls');
    const file = fileOf(`${authority}${self.cert}`);
    for (const option of [
      { ...full },
      Object.fromEntries(Object.entries(full).reverse()),
      { ...full, verify: undefined },
      { ...full, ca: [self.cert, authority, self.cert] },
      { ...full, ca: file },
      { ...full, cert: good.cert.replaceAll('\n', '\r\n') },
      { ...readTls(full, 'tls') },
    ]) {
      expect(readTls(option, 'tls').id).toBe(id);
    }
    expect(Object.keys(readTls(full, 'tls'))).not.toContain('id');
  });

  test('P1: have another id as soon as anything is different', () => {
    const others = [
      {},
      { verify: false },
      { ca: authority },
      { ca: [authority, good.cert] },
      { cert: good.cert, key: good.key },
      { ...wrong },
      { cert: good.cert + authority, key: good.key },
      { pfx, passphrase },
      { passphrase },
      { passphrase: 'x' },
      { serverName: 'a.test' },
      { serverName: 'b.test' },
      { minVersion: 'TLSv1.2' },
      { minVersion: 'TLSv1.3' },
      { maxVersion: 'TLSv1.3' },
      { maxVersion: 'TLSv1.2' },
      { ciphers: 'TLS_AES_128_GCM_SHA256' },
      { ciphers: 'TLS_AES_256_GCM_SHA384' },
      full,
    ];
    expect(new Set(others.map((option) => readTls(option, 'tls').id)).size).toBe(others.length);
  });

  test('L1: are printed without key, pfx and passphrase, and with the names of certificates', () => {
    const secrets = [
      passphrase,
      ...[good.key, encrypted].map((pem) => pem.split('\n')[1] ?? ''),
      Buffer.from(pfx).toString('base64').slice(0, 40),
      '130, 4,',
      good.cert.split('\n')[1] ?? '',
    ];
    for (const settings of [
      readTls(full, 'tls'),
      readTls({ ...good }, 'tls'),
      readTls({ pfx, passphrase }, 'tls'),
    ]) {
      const texts = [
        inspect(settings),
        inspect(settings, { depth: Infinity, showHidden: true }),
        format('%o %O %j', settings, settings, settings),
        JSON.stringify({ settings }),
        String(settings),
      ];
      texts.push(inspect(settings.connectOptions(), { depth: Infinity, showHidden: true }));
      for (const secret of secrets) expect(texts.join('\n')).not.toContain(secret);
    }
    expect(JSON.parse(JSON.stringify(readTls(full, 'tls')))).toMatchObject({
      ca: [
        expect.stringMatching(/^CN=isosession test authority \(SHA-256 1F:7A:/),
        expect.stringMatching(/^CN=localhost /),
      ],
      cert: expect.stringMatching(/^CN=localhost /) as unknown,
      key: '[redacted]',
      passphrase: '[redacted]',
      serverName: 'good.test',
    });
    expect(inspect(readTls({ pfx, passphrase }, 'tls'))).toMatch(
      /^TlsSettings \{ verify: true, pfx: '\[redacted\]', passphrase: '\[redacted\]' \}$/,
    );
  });

  test('L1: no socket has a key among its options', async () => {
    const socket = connect({
      host: '127.0.0.1',
      port: 1,
      ...readTls(full, 'tls').connectOptions(),
    });
    await once(socket, 'close').catch(() => {});
    for (const secret of [passphrase, encrypted.split('\n')[1] ?? ''])
      expect(inspect(socket, { depth: 4, showHidden: true })).not.toContain(secret);
  });
});

describe('a tls option is refused', () => {
  test.each([
    [undefined, 'tls options must be an object'],
    [false, 'tls options must be an object'],
    ['ca.pem', 'tls options must be an object'],
    [[authority], 'tls options must be an object'],
    [{ rejectUnauthorized: false }, 'rejectUnauthorized is not a tls option: did you mean verify?'],
    [{ strictSSL: false }, 'strictSSL is not a tls option: did you mean verify?'],
    [{ servername: 'x' }, 'servername is not a tls option: did you mean serverName?'],
    [
      { checkServerIdentity: () => undefined },
      'checkServerIdentity is not a tls option: did you mean serverName?',
    ],
    [{ certificate: '' }, 'certificate is not a tls option: did you mean cert?'],
    [{ certificateAuthority: '' }, 'certificateAuthority is not a tls option: did you mean ca?'],
    [{ min_version: '' }, 'min_version is not a tls option: did you mean minVersion?'],
    [{ passPhrase: '' }, 'passPhrase is not a tls option: did you mean passphrase?'],
    [{ constructor: '' }, 'constructor is not a tls option'],
    [{ verify: 'ca.pem' }, 'tls.verify must be true or false; whom to trust is said by ca'],
    [{ verify: null }, 'tls.verify must be true or false; whom to trust is said by ca'],
    [{ ca: [] }, 'tls.ca must name at least one authority'],
    [{ ca: Buffer.from(authority) }, 'tls.ca must be PEM text or the path of a file, as a string'],
    [{ ca: '' }, 'tls.ca must be PEM text or the path of a file, as a string'],
    [{ ca: [authority, null] }, 'tls.ca must be PEM text or the path of a file, as a string'],
    [{ pfx: 'id.p12' }, 'tls.pfx must be a Uint8Array: the bytes of a PKCS#12 file'],
    [{ passphrase: 7 }, 'tls.passphrase must be of type string'],
    [
      { serverName: '127.0.0.1' },
      'tls.serverName must be a host name; to connect to an address, leave it out',
    ],
    [
      { serverName: '' },
      'tls.serverName must be a host name; to connect to an address, leave it out',
    ],
    [
      { serverName: 'a.test/x' },
      'tls.serverName must be a host name; to connect to an address, leave it out',
    ],
    [
      { serverName: 'a.test:443' },
      'tls.serverName must be a host name; to connect to an address, leave it out',
    ],
    [
      { serverName: '[::1]' },
      'tls.serverName must be a host name; to connect to an address, leave it out',
    ],
    [{ minVersion: 'TLSV1.2' }, 'tls.minVersion must be TLSv1 or TLSv1.1 or TLSv1.2 or TLSv1.3'],
    [{ maxVersion: 1.2 }, 'tls.maxVersion must be TLSv1 or TLSv1.1 or TLSv1.2 or TLSv1.3'],
    [
      { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' },
      'tls.minVersion, TLSv1.3, is above tls.maxVersion, TLSv1.2',
    ],
    [{ maxVersion: 'TLSv1.1' }, 'tls.minVersion, TLSv1.2, is above tls.maxVersion, TLSv1.1'],
    [{ ciphers: '' }, 'tls.ciphers must be names of ciphers, joined by colons'],
    [{ ciphers: 'ROT13' }, 'tls.ciphers names no cipher that is known (no cipher match)'],
    // A cipher that wants a longer key than this certificate has.
    [{ ...good, ciphers: 'DEFAULT@SECLEVEL=4' }, 'tls cannot be used (ee key too small)'],
    [{ cert: good.cert }, 'tls.cert needs tls.key'],
    [{ key: good.key }, 'tls.key needs tls.cert'],
    [
      { cert: good.cert, key: wrong.key },
      'tls.cert cannot be used with the key (key values mismatch)',
    ],
    [
      { cert: good.cert, key: encrypted },
      'tls.key is broken, or the passphrase does not open it (bad decrypt)',
    ],
    [
      { cert: good.cert, key: encrypted, passphrase: 'guess' },
      'tls.key is broken, or the passphrase does not open it (bad decrypt)',
    ],
    [
      { pfx, passphrase: 'guess' },
      'tls.pfx is no PKCS#12 file, or the passphrase does not open it (mac verify failure)',
    ],
    [
      { pfx: new Uint8Array(9) },
      /^tls\.pfx is no PKCS#12 file, or the passphrase does not open it/,
    ],
    [{ ca: good.key }, 'tls.ca holds no certificate in PEM'],
    [{ cert: good.key, key: good.key }, 'tls.cert holds no certificate in PEM'],
    [{ cert: good.cert, key: good.cert }, 'tls.key holds no private key in PEM'],
    [{ ca: authority.slice(0, -30) }, 'tls.ca is broken PEM: a part of it does not end'],
    // OpenSSL would trust the first, or nobody.
    [
      { ca: authority.slice(0, -30) + authority },
      'tls.ca is broken PEM: a part of it does not end',
    ],
    [
      { ca: authority + self.cert.replace('MIIB', 'MIIC') },
      'tls.ca is broken: certificate 2 of 2 cannot be read',
    ],
  ])('when it is %j: %s', (value, message) => {
    expect(refusal(value).message).toMatch(message);
    if (typeof message === 'string') expect(refusal(value).message).toBe(message);
  });

  test('when a file is missing, holds nothing of use, or is a folder: the message names the option and the path', () => {
    const missing = join(tmpdir(), 'isosession-that-is-missing', 'ca.pem');
    const error = refusal({ ca: [authority, missing] });
    expect(error.message).toBe(`tls.ca: the file ${missing} cannot be read (ENOENT)`);
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
    expect(refusal({ key: tmpdir(), cert: good.cert }).message).toBe(
      `tls.key: the file ${tmpdir()} cannot be read (EISDIR)`,
    );
    const empty = fileOf('');
    expect(refusal({ cert: empty, key: good.key }).message).toBe(
      `tls.cert (${empty}) holds no certificate in PEM`,
    );
    const binary = fileOf(pfx);
    expect(refusal({ cert: good.cert, key: binary }).message).toBe(
      `tls.key (${binary}) holds no private key in PEM`,
    );
  });

  test('L1: and nothing of a key or a passphrase is shown', () => {
    const body = good.key.split('\n').slice(1, -2);
    const secrets = [...body, passphrase, encrypted.split('\n')[1] ?? ''];
    const values = [
      // A key without its first line, all on one line, with a NUL in it, for something else.
      { key: body.join('\n'), cert: good.cert },
      { key: body.join(''), cert: good.cert },
      { key: `${body.join('')}\0`, cert: good.cert },
      { ca: body.join('') },
      { cert: body.join('\r\n'), key: good.key },
      { cert: good.cert, key: good.key.replace('MHcC', 'MHcD') },
      { cert: wrong.cert, key: good.key },
      { cert: good.cert, key: encrypted, passphrase: `${passphrase}!` },
      { pfx, passphrase: `${passphrase}!` },
      { pfx: new Uint8Array(4), passphrase },
      { ca: good.key },
      { key: good.key, cert: good.key },
      { key: [good.key] },
      { key: { pem: good.key, passphrase } },
      { passphrase: [passphrase] },
      { passPhrase: passphrase },
      { verify: passphrase },
      { serverName: `${passphrase}/` },
      { key: good.key.slice(0, -9), cert: good.cert },
    ];
    for (const value of values) {
      const error = refusal(value);
      const texts = [
        inspect(error, { depth: Infinity, showHidden: true }),
        JSON.stringify(error),
        inspect(error.cause, { depth: Infinity, showHidden: true }),
        String(error.stack),
      ].join('\n');
      for (const secret of secrets) expect(texts).not.toContain(secret);
    }
  });
});

test('warnUnverified() warns once a process, and names where it was first', async () => {
  const warnings: (Error & { code?: string })[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listener);
  onTestFinished(() => void process.off('warning', listener));
  warnUnverified('https://first.test');
  warnUnverified('https://second.test');
  await new Promise(setImmediate);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatchObject({
    code: 'ISOSESSION_TLS_UNVERIFIED',
    message: expect.stringContaining('https://first.test') as unknown,
  });
});
