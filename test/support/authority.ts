/**
 * Certificates made by OpenSSL on the spot, for the matrix of who trusts whom: servers and clients,
 * of an authority, of another one, and of none. (The fixed ones of `certificates.ts` are for tests
 * that must run without OpenSSL.)
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity } from './certificates.ts';
import { requireProgram } from './real-servers.mjs';

/** An authority, what it has signed, and what it has not. All in PEM but for the PKCS#12. */
export interface Authority {
  /** The certificate to trust. */
  readonly ca: string;
  /** The certificate of the other authority, which signed `unknown` and `stranger`. */
  readonly otherCa: string;
  /**
   * Servers for `localhost`, `good.test`, 127.0.0.1 and ::1, but for `wrong`, which is for
   * `other.test`.
   */
  readonly good: Identity;
  readonly wrong: Identity;
  readonly expired: Identity;
  readonly self: Identity;
  readonly unknown: Identity;
  /** As `good`, but taken back by `crl`. */
  readonly revoked: Identity;
  /** What the authority has revoked, in PEM. */
  readonly crl: string;
  /** Clients, with the common names `client A`, `client B` and `stranger`. */
  readonly clientA: Identity;
  readonly clientB: Identity;
  readonly stranger: Identity;
  /** Opens the two that follow. */
  readonly passphrase: string;
  /** Client A's key, encrypted. */
  readonly encryptedKey: string;
  /** Client A as PKCS#12. */
  readonly pfx: Buffer;
}

const hosts = 'DNS:localhost,DNS:good.test,IP:127.0.0.1,IP:::1';
const passphrase = 'the passphrase of client A';

const configuration = `
[req]
distinguished_name = name
[name]
[ca]
default_ca = signing
[signing]
database = ./index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = policy
copy_extensions = copy
[policy]
commonName = supplied
`;

/** Makes everything anew, which takes OpenSSL half a second. */
export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
  const openssl = (...parameters: string[]): void => {
    execFileSync(requireProgram('openssl'), parameters, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  };
  const read = (name: string): Identity => ({
    cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  });
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-config',
    'openssl.cnf',
  ];

  /** Signs itself: an authority, or a server that nobody vouches for. */
  const alone = (name: string, subject: string, extensions: string[]): Identity => {
    openssl(
      'req',
      '-x509',
      ...key,
      '-days',
      '30',
      '-subj',
      `/CN=${subject}`,
      ...extensions.flatMap((extension) => ['-addext', extension]),
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
    );
    return read(name);
  };
  const signed = (
    name: string,
    subject: string,
    extension: string,
    { by = 'ca', until = '21200101000000Z' } = {},
  ): Identity => {
    openssl(
      'req',
      '-new',
      ...key,
      '-subj',
      `/CN=${subject}`,
      '-addext',
      extension,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    openssl(
      'ca',
      '-batch',
      '-notext',
      '-config',
      'openssl.cnf',
      '-cert',
      `${by}.crt`,
      '-keyfile',
      `${by}.key`,
      '-startdate',
      '20200101000000Z',
      '-enddate',
      until,
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.crt`,
    );
    return read(name);
  };

  try {
    writeFileSync(join(folder, 'openssl.cnf'), configuration);
    writeFileSync(join(folder, 'index.txt'), '');
    const isAuthority = [
      'basicConstraints=critical,CA:TRUE',
      'keyUsage=critical,keyCertSign,cRLSign',
    ];
    const isClient = 'extendedKeyUsage=clientAuth';
    const { cert: ca } = alone('ca', 'isosession test authority', isAuthority);
    const { cert: otherCa } = alone('other', 'isosession other authority', isAuthority);
    const clientA = signed('clientA', 'client A', isClient);
    openssl(
      'pkcs12',
      '-export',
      '-in',
      'clientA.crt',
      '-inkey',
      'clientA.key',
      '-passout',
      `pass:${passphrase}`,
      '-out',
      'clientA.p12',
    );
    openssl(
      'pkcs8',
      '-topk8',
      '-in',
      'clientA.key',
      '-passout',
      `pass:${passphrase}`,
      '-out',
      'clientA.enc',
    );
    const revoked = signed('revoked', 'localhost', `subjectAltName=${hosts}`);
    const asAuthority = ['-config', 'openssl.cnf', '-cert', 'ca.crt', '-keyfile', 'ca.key'];
    openssl('ca', ...asAuthority, '-revoke', 'revoked.crt');
    openssl('ca', ...asAuthority, '-gencrl', '-crldays', '30', '-out', 'ca.crl');
    return {
      ca,
      revoked,
      crl: readFileSync(join(folder, 'ca.crl'), 'utf8'),
      otherCa,
      clientA,
      passphrase,
      good: signed('good', 'localhost', `subjectAltName=${hosts}`),
      wrong: signed('wrong', 'other.test', 'subjectAltName=DNS:other.test'),
      expired: signed('expired', 'localhost', `subjectAltName=${hosts}`, {
        until: '20210101000000Z',
      }),
      self: alone('self', 'localhost', [`subjectAltName=${hosts}`]),
      unknown: signed('unknown', 'localhost', `subjectAltName=${hosts}`, { by: 'other' }),
      clientB: signed('clientB', 'client B', isClient),
      stranger: signed('stranger', 'stranger', isClient, { by: 'other' }),
      encryptedKey: readFileSync(join(folder, 'clientA.enc'), 'utf8'),
      pfx: readFileSync(join(folder, 'clientA.p12')),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
