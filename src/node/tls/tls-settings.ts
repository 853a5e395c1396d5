/** The `tls` option: read, checked and made ready for Node. */
import { createHmac, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import tls, { type ConnectionOptions, type SecureContext, type SecureVersion } from 'node:tls';
import { domainToASCII } from 'node:url';
import { types } from 'node:util';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { type Kind, readRecord, typed } from '../../options/kinds.ts';
import { printAs } from '../../request/redact.ts';
import type { TlsOptions } from '../../types/connection.ts';
import { readCertificates, readKey } from './pem.ts';

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** What Node and other clients call our options. */
const words: Record<string, keyof TlsOptions> = {
  rejectUnauthorized: 'verify',
  strictSSL: 'verify',
  certificateAuthority: 'ca',
  certificate: 'cert',
  checkServerIdentity: 'serverName',
  sni: 'serverName',
  secureProtocol: 'minVersion',
};

const readers: Record<keyof TlsOptions, Kind> = {
  verify(value, name) {
    if (typeof value !== 'boolean')
      throw new InvalidRequestError(`${name} must be true or false; whom to trust is said by ca`);
    return value;
  },
  ca(value, name) {
    const list = Array.isArray(value) ? (value as unknown[]) : [value];
    if (!list.length) throw new InvalidRequestError(`${name} must name at least one authority`);
    return Object.freeze(list.flatMap((item) => readCertificates(item, name)));
  },
  cert: (value, name) => readCertificates(value, name).join(''),
  key: readKey,
  pfx(value, name) {
    if (!types.isUint8Array(value))
      throw new InvalidRequestError(`${name} must be a Uint8Array: the bytes of a PKCS#12 file`);
    return new Uint8Array(value);
  },
  passphrase: typed('string'),
  serverName(value, name) {
    const host =
      typeof value === 'string' && !/[/\\?#]/.test(value)
        ? domainToASCII(value).replace(/\.$/, '')
        : '';
    if (!/^[\w.-]+$/.test(host) || isIP(host))
      throw new InvalidRequestError(
        `${name} must be a host name; to connect to an address, leave it out`,
      );
    return host;
  },
  minVersion: readVersion,
  maxVersion: readVersion,
  ciphers(value, name) {
    if (typeof value !== 'string' || !value)
      throw new InvalidRequestError(`${name} must be names of ciphers, joined by colons`);
    return value;
  },
};

/**
 * What OpenSSL may refuse, each tried by itself first: its own words do not say which option they
 * mean.
 */
const trials: [option: keyof TlsOptions, others: (keyof TlsOptions)[], fault: string][] = [
  ['ciphers', [], 'names no cipher that is known'],
  ['key', ['passphrase'], 'is broken, or the passphrase does not open it'],
  ['cert', ['key', 'passphrase'], 'cannot be used with the key'],
  ['pfx', ['passphrase'], 'is no PKCS#12 file, or the passphrase does not open it'],
];

/** A random key, so that a fingerprint that gets into a log helps nobody to guess a passphrase. */
const fingerprintKey = randomBytes(32);

function fingerprint(data: string | Uint8Array): string {
  return createHmac('sha256', fingerprintKey).update(data).digest('base64url');
}

/**
 * The `tls` option in its normal form: PEM without what stood around it, files read. Spread, it
 * gives an option that is equal.
 */
export class TlsSettings implements TlsOptions {
  declare readonly verify: boolean;
  declare readonly ca?: readonly string[];
  declare readonly cert?: string;
  declare readonly key?: string;
  declare readonly pfx?: Uint8Array;
  declare readonly passphrase?: string;
  declare readonly serverName?: string;
  declare readonly minVersion?: SecureVersion;
  declare readonly maxVersion?: SecureVersion;
  declare readonly ciphers?: string;

  readonly #id: string;
  readonly #context: SecureContext;

  /** Of options that were read. Throws what OpenSSL throws. */
  constructor(options: TlsOptions) {
    Object.assign(this, { verify: true }, options);
    Object.freeze(this);
    this.#context = contextOf(this, [
      'ca',
      'cert',
      'key',
      'pfx',
      'passphrase',
      'minVersion',
      'maxVersion',
      'ciphers',
    ]);
    this.#id = fingerprint(
      Object.entries(this)
        .map(
          ([name, value]) =>
            `${name} ${fingerprint(contentOf(value as TlsOptions[keyof TlsOptions]))}`,
        )
        .sort()
        .join(),
    );
  }

  /**
   * Tells whether two settings are the same in everything: a connection is lent to nobody whose
   * settings have another. Holds within this process.
   */
  get id(): string {
    return this.#id;
  }

  /**
   * For `tls.connect()` to a target. Keys go in by way of a context, so that no socket has them in
   * its options.
   */
  connectOptions(): ConnectionOptions {
    const { verify, serverName } = nullPrototype<TlsOptions>(this);
    return nullPrototype({
      rejectUnauthorized: verify,
      servername: serverName,
      secureContext: this.#context,
    });
  }

  /**
   * For `tls.connect()` to a proxy: it is another party, which is always verified, by its own name,
   * and gets no certificate of the client's.
   */
  proxyOptions(): ConnectionOptions {
    return nullPrototype({
      rejectUnauthorized: true,
      secureContext: contextOf(this, ['ca', 'minVersion', 'maxVersion', 'ciphers']),
    });
  }
}

const redacted = (): string => '[redacted]';
/** How an option is shown that is not shown as it is. */
const printed = nullPrototype<Record<string, (value: never) => unknown>>({
  ca: (list: string[]) => list.map(describe),
  cert: describe,
  key: redacted,
  pfx: redacted,
  passphrase: redacted,
});

printAs(TlsSettings.prototype, 'TlsSettings', function view() {
  return Object.fromEntries(
    Object.entries(this).map(([name, value]) => [
      name,
      printed[name]?.(value as never) ?? (value as unknown),
    ]),
  );
});

/** Whose certificate it is. */
function describe(pem: string): string {
  const { subject, fingerprint256 } = new X509Certificate(pem);
  return `${(subject ?? '').replaceAll('\n', ', ')} (SHA-256 ${fingerprint256.slice(0, 23)}…)`.trimStart();
}

/** The same for what means the same. */
function contentOf(value: TlsOptions[keyof TlsOptions]): string | Uint8Array {
  if (types.isUint8Array(value)) return value;
  // It does not matter which authority is trusted first.
  return Array.isArray(value) ? [...new Set(value)].sort().join() : String(value);
}

function contextOf(options: TlsOptions, names: (keyof TlsOptions)[]): SecureContext {
  const own = nullPrototype<TlsOptions>(options);
  return tls.createSecureContext(nullPrototype(...names.map((name) => ({ [name]: own[name] }))));
}

/**
 * The `tls` option `value`, which messages call `name`.
 *
 * @throws {InvalidRequestError} naming what is wrong, never showing a key or a passphrase.
 */
export function readTls(value: unknown, name: string): TlsSettings {
  if (value instanceof TlsSettings) return value;
  for (const word in nullPrototype(value as object))
    if (Object.hasOwn(words, word))
      throw new InvalidRequestError(
        `${word} is not a ${name} option: did you mean ${words[word]}?`,
      );
  const read = readRecord(name, readers, value) as TlsOptions;
  if ((read.cert === undefined) !== (read.key === undefined))
    throw new InvalidRequestError(
      read.key === undefined ? `${name}.cert needs ${name}.key` : `${name}.key needs ${name}.cert`,
    );
  // Not imported by their names: a program may set them.
  const { minVersion = tls.DEFAULT_MIN_VERSION, maxVersion = tls.DEFAULT_MAX_VERSION } = read;
  if (versions.indexOf(minVersion) > versions.indexOf(maxVersion))
    throw new InvalidRequestError(
      `${name}.minVersion, ${minVersion}, is above ${name}.maxVersion, ${maxVersion}`,
    );
  for (const [option, others, fault] of trials)
    if (option in read)
      attempt(`${name}.${option} ${fault}`, () => contextOf(read, [option, ...others]));
  return attempt(`${name} cannot be used`, () => new TlsSettings(read));
}

function attempt<T>(fault: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const { reason, message } = cause as Error & { reason?: string };
    throw new InvalidRequestError(`${fault} (${reason ?? message})`, { cause });
  }
}

function readVersion(value: unknown, name: string): unknown {
  if (!versions.includes(value as string))
    throw new InvalidRequestError(`${name} must be ${versions.join(' or ')}`);
  return value;
}

let warned = false;

/**
 * Says, once a process, that `tls.verify` is false. `origin`: where the first such connection goes.
 */
export function warnUnverified(origin: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `tls.verify is false: the certificate of ${origin} is not verified, nor that of any other server called so. Anybody on the way can read and change what is sent: name whom to trust in tls.ca instead`,
    { code: 'ISOSESSION_TLS_UNVERIFIED' },
  );
}
