/** The `tls` option, read and checked before anything is connected. */
import { isIP } from 'node:net';
import tls from 'node:tls';
import { domainToASCII } from 'node:url';
import { types } from 'node:util';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { func, type Kind, kind, readRecord, typed } from '../../options/kinds.ts';
import { unknownOption } from '../../options/suggest.ts';
import type { TlsOptions } from '../../types/connection.ts';
import { readCertificates, readKey, readRevocations } from './pem.ts';
import { type ContextOption, createContext } from './secure-context.ts';
import { TlsSettings } from './tls-settings.ts';

/** What Node and other clients call our options. */
const aliases: ReadonlyMap<string, keyof TlsOptions> = new Map<string, keyof TlsOptions>([
  ['rejectUnauthorized', 'verify'],
  ['strictSSL', 'verify'],
  ['certificateAuthority', 'ca'],
  ['certificate', 'cert'],
  ['sni', 'serverName'],
  ['secureProtocol', 'minVersion'],
]);

/** From the oldest on. */
const versions: readonly string[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

const readers: Record<keyof TlsOptions, Kind> = {
  verify: readVerify,
  ca: listOf('authority', readCertificates),
  cert: (value, name) => readCertificates(value, name).join(''),
  key: readKey,
  pfx: readPfx,
  passphrase: typed('string'),
  serverName: readServerName,
  minVersion: readVersion,
  maxVersion: readVersion,
  ciphers: readCiphers,
  crl: listOf('revocation list', readRevocations),
  sigalgs: readSignatureAlgorithms,
  secureOptions: kind<number>(
    'a sum of SSL_OP_ constants of node:crypto',
    (value) => Number.isSafeInteger(value) && value >= 0,
  ),
  checkServerIdentity: func,
};

function readVerify(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean')
    throw new InvalidRequestError(`${name} must be true or false; whom to trust is said by ca`);
  return value;
}

/** Of one value or several, each of which may hold several. */
function listOf(what: string, read: Kind<string[]>): Kind<readonly string[]> {
  return (value, name) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length === 0) throw new InvalidRequestError(`${name} must name at least one ${what}`);
    return Object.freeze(list.flatMap((item) => read(item, name)));
  };
}

function readPfx(value: unknown, name: string): Uint8Array {
  if (!types.isUint8Array(value))
    throw new InvalidRequestError(`${name} must be a Uint8Array: the bytes of a PKCS#12 file`);
  return new Uint8Array(value);
}

/** A name as TLS sends it (RFC 6066, section 3): in ASCII, without the dot at the end. */
function readServerName(value: unknown, name: string): string {
  const isHost = typeof value === 'string' && !/[/\\?#]/.test(value);
  const host = isHost ? domainToASCII(value).replace(/\.$/, '') : '';
  if (!/^[\w.-]+$/.test(host) || isIP(host) !== 0)
    throw new InvalidRequestError(
      `${name} must be a host name; to connect to an address, leave it out`,
    );
  return host;
}

function readVersion(value: unknown, name: string): string {
  if (typeof value !== 'string' || !versions.includes(value))
    throw new InvalidRequestError(`${name} must be ${versions.join(' or ')}`);
  return value;
}

function readCiphers(value: unknown, name: string): string {
  if (typeof value !== 'string' || !value)
    throw new InvalidRequestError(`${name} must be names of ciphers, joined by colons`);
  return value;
}

function readSignatureAlgorithms(value: unknown, name: string): string {
  if (typeof value !== 'string' || !value)
    throw new InvalidRequestError(
      `${name} must be names of signature algorithms, joined by colons`,
    );
  return value;
}

/** What OpenSSL may refuse. */
interface Trial {
  readonly option: ContextOption;
  /** Options without which it means nothing. */
  readonly needs: readonly ContextOption[];
  readonly fault: string;
}

/** Each is tried by itself first: OpenSSL's own words do not say which option they mean. */
const trials: readonly Trial[] = [
  { option: 'ciphers', needs: [], fault: 'names no cipher that is known' },
  { option: 'sigalgs', needs: [], fault: 'names a signature algorithm that is not known' },
  { option: 'crl', needs: [], fault: 'is broken' },
  {
    option: 'key',
    needs: ['passphrase'],
    fault: 'is broken, or the passphrase does not open it',
  },
  { option: 'cert', needs: ['key', 'passphrase'], fault: 'cannot be used with the key' },
  {
    option: 'pfx',
    needs: ['passphrase'],
    fault: 'is no PKCS#12 file, or the passphrase does not open it',
  },
];

/**
 * The `tls` option `value`, which messages call `name`.
 *
 * @throws {InvalidRequestError} naming what is wrong, never showing a key or a passphrase.
 */
export function readTls(value: unknown, name: string): TlsSettings {
  if (value instanceof TlsSettings) return value;
  refuseAliases(value, name);
  // Each property is what its reader gives, and has no prototype.
  const options = readRecord<TlsOptions>(name, readers, value);
  refuseHalfIdentity(options, name);
  refuseEmptyVersionRange(options, name);
  refuseIdleCheck(options, name);
  for (const { option, needs, fault } of trials)
    if (option in options)
      orExplain(`${name}.${option} ${fault}`, () => createContext(options, [option, ...needs]));
  return orExplain(`${name} cannot be used`, () => new TlsSettings(options));
}

function refuseAliases(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const given of Object.keys(value)) {
    const meant = aliases.get(given);
    if (meant !== undefined) throw unknownOption(given, name, [meant], { [meant]: [given] });
  }
}

function refuseHalfIdentity({ cert, key }: TlsOptions, name: string): void {
  if (cert !== undefined && key === undefined)
    throw new InvalidRequestError(`${name}.cert needs ${name}.key`);
  if (key !== undefined && cert === undefined)
    throw new InvalidRequestError(`${name}.key needs ${name}.cert`);
}

function refuseEmptyVersionRange(options: TlsOptions, name: string): void {
  // Not imported by their names: a program may set them.
  const { minVersion = tls.DEFAULT_MIN_VERSION, maxVersion = tls.DEFAULT_MAX_VERSION } = options;
  if (versions.indexOf(minVersion) > versions.indexOf(maxVersion))
    throw new InvalidRequestError(
      `${name}.minVersion, ${minVersion}, is above ${name}.maxVersion, ${maxVersion}`,
    );
}

/** Node does not ask it, or does not mind what it says, where nobody has to prove anything. */
function refuseIdleCheck({ verify, checkServerIdentity }: TlsOptions, name: string): void {
  if (verify === false && checkServerIdentity)
    throw new InvalidRequestError(
      `${name}.checkServerIdentity does nothing with ${name}.verify: false: ` +
        `say in ${name}.ca whom to trust`,
    );
}

/** What `make` gives, or what it throws as a fault of the options. */
function orExplain<T>(fault: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new InvalidRequestError(`${fault} (${reasonOf(cause)})`, { cause });
  }
}

/** OpenSSL's errors have a `reason` in plain words. */
function reasonOf(error: unknown): string {
  const { reason, message }: Error & { reason?: string } = Object(error);
  return reason ?? message;
}
