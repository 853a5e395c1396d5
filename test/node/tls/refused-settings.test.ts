import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { authority, identities } from '../../support/certificates.ts';
import { encrypted, fileOf, passphrase, pfx, refusal } from './keys.ts';

const { good, wrong, self } = identities;

describe('a tls option is refused', () => {
  test.each([
    [undefined, 'tls options must be an object'],
    [false, 'tls options must be an object'],
    ['ca.pem', 'tls options must be an object'],
    [[authority], 'tls options must be an object'],
    [{ rejectUnauthorized: false }, 'rejectUnauthorized is no tls option: did you mean verify?'],
    [{ strictSSL: false }, 'strictSSL is no tls option: did you mean verify?'],
    [{ servername: 'x' }, 'servername is no tls option: did you mean serverName?'],
    [{ certificate: '' }, 'certificate is no tls option: did you mean cert?'],
    [{ certificateAuthority: '' }, 'certificateAuthority is no tls option: did you mean ca?'],
    [{ min_version: '' }, 'min_version is no tls option: did you mean minVersion?'],
    [{ passPhrase: '' }, 'passPhrase is no tls option: did you mean passphrase?'],
    [{ constructor: '' }, 'constructor is no tls option'],
    [{ verify: 'ca.pem' }, 'tls.verify must be true or false; whom to trust is said by ca'],
    [{ verify: null }, 'tls.verify must be true or false; whom to trust is said by ca'],
    [{ ca: [] }, 'tls.ca must name at least one authority'],
    [{ ca: '' }, 'tls.ca must be PEM, as a string or a Uint8Array, or the path of a file'],
    [
      { ca: [authority, null] },
      'tls.ca must be PEM, as a string or a Uint8Array, or the path of a file',
    ],
    [{ ca: new Uint8Array() }, 'tls.ca holds no certificate in PEM'],
    // DER, and a path.
    [{ ca: pfx }, 'tls.ca holds no certificate in PEM'],
    [{ ca: Buffer.from('/etc/ssl/cert.pem') }, 'tls.ca holds no certificate in PEM'],
    [
      { ca: Buffer.from(authority.slice(0, -30)) },
      'tls.ca is broken PEM: a part of it does not end',
    ],
    [{ crl: [] }, 'tls.crl must name at least one revocation list'],
    [{ crl: authority }, 'tls.crl holds no revocation list in PEM'],
    [{ crl: '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----' }, /^tls\.crl is broken \(/],
    [{ sigalgs: '' }, 'tls.sigalgs must be names of signature algorithms, joined by colons'],
    [{ sigalgs: 'rot13' }, /^tls\.sigalgs names a signature algorithm that is not known \(/],
    [{ secureOptions: '4' }, 'tls.secureOptions must be a sum of SSL_OP_ constants of node:crypto'],
    [{ secureOptions: -1 }, 'tls.secureOptions must be a sum of SSL_OP_ constants of node:crypto'],
    [{ checkServerIdentity: true }, 'tls.checkServerIdentity must be of type function'],
    [
      { verify: false, checkServerIdentity: () => undefined },
      'tls.checkServerIdentity does nothing with tls.verify: false: say in tls.ca whom to trust',
    ],
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

  test('when a file is missing, useless or a folder: the message names option and path', () => {
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
