/** Keys of AES-256-GCM, as they are given, and as WebCrypto has them. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { brandOf, isBytes } from '../../request/host/brand.ts';

/**
 * 32 random bytes; a `CryptoKey` of AES-GCM with 256 bits; or a random secret of at least 32
 * characters, which HKDF makes a key of. None of them is a passphrase that a person has made up.
 */
export type Key = Uint8Array | CryptoKeyLike | string;

/** The part of a `CryptoKey` by which its kind is known. */
export interface CryptoKeyLike {
  /** AES-GCM with 256 bits. */
  readonly algorithm: {
    /** `AES-GCM`. */
    readonly name: string;
  };
  /** `secret`. */
  readonly type: string;
  /** `encrypt` to seal, `decrypt` to open. */
  readonly usages: readonly string[];
}

const keyBytes = 32;
const shortestSecret = 32;
const name = 'AES-GCM';

/** A key that was checked. */
export type CheckedKey = Uint8Array | CryptoKey | string;

/**
 * Keys of a list, each checked; there is at least one.
 *
 * @param usage what they are for: a `CryptoKey` says what it may be used for
 */
export function readKeys(
  keys: Key | readonly Key[],
  usage: KeyUsage,
): readonly [CheckedKey, ...CheckedKey[]] {
  const given: unknown[] = Array.isArray(keys) ? keys : [keys];
  const [first, ...others] = given.map((key) => checkKey(key, usage));
  if (first === undefined) throw new InvalidRequestError('keys must have at least one key');
  return [first, ...others];
}

function checkKey(key: unknown, usage: KeyUsage): CheckedKey {
  if (typeof key === 'string') {
    if (key.length >= shortestSecret) return key;
    throw new InvalidRequestError(
      `A secret of ${key.length} characters is too short for a key: at least 32 random ones are ` +
        'needed, as a passphrase would be guessed',
    );
  }
  if (isBytes(key)) {
    if (key.length === keyBytes) return key;
    throw new InvalidRequestError(`A key has 32 bytes, not ${key.length}`);
  }
  if (isCryptoKey(key) && isAes256(key)) {
    if (key.usages.includes(usage)) return key;
    throw new InvalidRequestError(`A CryptoKey must have ${usage} among its usages`);
  }
  throw new InvalidRequestError(
    'A key must be 32 bytes, a CryptoKey of AES-GCM with 256 bits, or a random secret of at ' +
      'least 32 characters',
  );
}

function isCryptoKey(key: unknown): key is CryptoKey {
  return brandOf(key) === 'CryptoKey';
}

function isAes256({ algorithm }: CryptoKey): boolean {
  return algorithm.name === name && 'length' in algorithm && algorithm.length === 256;
}

/** Whether what was sealed by a key has a salt in its text. */
export function needsSalt(key: CheckedKey): key is string {
  return typeof key === 'string';
}

/** The key as WebCrypto takes it. */
export async function toCryptoKey(
  key: CheckedKey,
  salt: Uint8Array<ArrayBuffer>,
): Promise<CryptoKey> {
  const { subtle } = crypto;
  if (needsSalt(key)) {
    const bytes = new TextEncoder().encode(key);
    const secret = await subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']);
    const info = new TextEncoder().encode('isosession seal 1');
    const derivation = { name: 'HKDF', hash: 'SHA-256', salt, info };
    return subtle.deriveKey(derivation, secret, { name, length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
  }
  if (isBytes(key))
    return subtle.importKey('raw', Uint8Array.from(key), name, false, ['encrypt', 'decrypt']);
  return key;
}
