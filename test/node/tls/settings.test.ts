import { constants } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { format, inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTls } from '../../../src/node/tls/read-tls.ts';
import { warnUnverified } from '../../../src/node/tls/warn-unverified.ts';
import { authority, identities } from '../../support/certificates.ts';
import { encrypted, fileOf, passphrase, pfx } from './keys.ts';

const { good, wrong, self } = identities;

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
      { ...full, ca: [Buffer.from(authority), new TextEncoder().encode(self.cert)] },
      { ...full, cert: Buffer.from(good.cert), key: Buffer.from(encrypted) },
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
      { sigalgs: 'ed25519' },
      { sigalgs: 'RSA+SHA256' },
      { secureOptions: constants.SSL_OP_NO_TICKET },
      { secureOptions: 0 },
      { checkServerIdentity: () => undefined },
      { checkServerIdentity: () => undefined },
      full,
    ];
    expect(new Set(others.map((option) => readTls(option, 'tls').id)).size).toBe(others.length);
  });

  test('L1: are printed without key, pfx and passphrase, with names of certificates', () => {
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
