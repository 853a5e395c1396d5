/** The `tls` option in its normal form, made ready for Node. */
import { createHmac, randomBytes, X509Certificate } from 'node:crypto';
import type { ConnectionOptions, SecureContext, SecureVersion } from 'node:tls';
import { types } from 'node:util';
import type { CertifiedTls } from '../../model.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { printAs } from '../../request/redact.ts';
import type { TlsOptions } from '../../types/connection.ts';
import { checkedBy } from './check-identity.ts';
import { type ContextOption, createContext } from './secure-context.ts';

/** What holds for a target and for a proxy: whom to trust, and how TLS is spoken. */
const forAll: readonly ContextOption[] = [
  'ca',
  'crl',
  'minVersion',
  'maxVersion',
  'ciphers',
  'sigalgs',
  'secureOptions',
];

/** PEM stands here without what stood around it, files are read. Spread, it is an equal option. */
export class TlsSettings implements CertifiedTls {
  // Declared alone: what was not given is no own property.
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
  declare readonly crl?: readonly string[];
  declare readonly sigalgs?: string;
  declare readonly secureOptions?: number;
  declare readonly checkServerIdentity?: NonNullable<TlsOptions['checkServerIdentity']>;

  readonly #id: string;
  #withoutCertificate: TlsSettings | undefined;
  readonly #context: SecureContext;

  /** Of options that were read. Throws what OpenSSL throws. */
  constructor(options: TlsOptions) {
    Object.assign(this, { verify: true }, options);
    const { pfx } = options;
    // Bytes cannot be frozen: whoever reads them has a copy.
    if (pfx) Object.defineProperty(this, 'pfx', { get: () => new Uint8Array(pfx) });
    Object.freeze(this);
    this.#context = createContext(this, [...forAll, 'cert', 'key', 'pfx', 'passphrase']);
    this.#id = idOf(this);
  }

  /**
   * Tells whether two settings are the same in everything: a connection is lent to nobody whose
   * settings have another. Holds within this process.
   */
  get id(): string {
    return this.#id;
  }

  get certificateId(): string | undefined {
    return this.withoutCertificate === this ? undefined : this.#id;
  }

  /** For servers that the client's certificate is not for: whom to trust, and how TLS is spoken. */
  get withoutCertificate(): TlsSettings {
    const { cert, key, pfx, passphrase, ...others } = nullPrototype<TlsOptions>(this);
    if (cert === undefined && pfx === undefined) return this;
    return (this.#withoutCertificate ??= new TlsSettings(others));
  }

  /**
   * For `tls.connect()` to a target. Keys go in by way of a context, so that no socket has them in
   * its options.
   */
  connectOptions(): ConnectionOptions {
    const { verify, serverName, checkServerIdentity } = nullPrototype<TlsOptions>(this);
    return nullPrototype({
      rejectUnauthorized: verify,
      servername: serverName,
      secureContext: this.#context,
      // Without one, Node's own has to stay where it is.
      ...(checkServerIdentity && { checkServerIdentity: checkedBy(checkServerIdentity) }),
    });
  }

  /**
   * For `tls.connect()` to a proxy: it is another party, which is always verified, by its own name,
   * and gets no certificate of the client's.
   */
  proxyOptions(): ConnectionOptions {
    return nullPrototype({
      rejectUnauthorized: true,
      secureContext: createContext(this, forAll),
    });
  }
}

printAs(TlsSettings.prototype, 'TlsSettings', function view() {
  const { ca, cert, crl } = nullPrototype<TlsSettings>(this);
  const shown = nullPrototype<Record<string, unknown>>(this);
  if (ca !== undefined) shown['ca'] = ca.map(describeCertificate);
  if (cert !== undefined) shown['cert'] = describeCertificate(cert);
  if (crl !== undefined) shown['crl'] = `${crl.length} of them`;
  for (const name of ['key', 'pfx', 'passphrase']) if (name in shown) shown[name] = '[redacted]';
  return { ...shown };
});

/** Whose certificate it is. */
function describeCertificate(pem: string): string {
  const certificate = new X509Certificate(pem);
  // OpenSSL gives none for an empty subject, whatever its type says.
  const subject = (certificate.subject ?? '').replaceAll('\n', ', ');
  const fingerprint = certificate.fingerprint256.slice(0, 23);
  return `${subject} (SHA-256 ${fingerprint}…)`.trimStart();
}

/** A random key, so that a fingerprint that gets into a log helps nobody to guess a passphrase. */
const fingerprintKey = randomBytes(32);

function fingerprintOf(data: string | Uint8Array): string {
  return createHmac('sha256', fingerprintKey).update(data).digest('base64url');
}

function idOf(settings: TlsSettings): string {
  const parts = Object.entries(settings).map(
    ([name, value]) => `${name} ${fingerprintOf(contentOf(value))}`,
  );
  return fingerprintOf(parts.sort().join());
}

/** The same for what means the same; of functions, nobody but they themselves do. */
function contentOf(value: unknown): string | Uint8Array {
  if (types.isUint8Array(value)) return value;
  if (typeof value === 'function') return numberOf(value);
  // It does not matter which authority is trusted first, or how often one is named.
  return Array.isArray(value) ? [...new Set(value)].sort().join() : String(value);
}

const numbers = new WeakMap<object, string>();
let lastNumber = 0;

function numberOf(value: object): string {
  let number = numbers.get(value);
  if (number === undefined) numbers.set(value, (number = String(++lastNumber)));
  return number;
}
