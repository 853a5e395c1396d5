/** Keys of AES-256-GCM, as they are given, and as WebCrypto has them. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { brandOf } from '../../request/brand.ts';

/**
 * 32 random bytes; a `CryptoKey` of AES-GCM with 256 bits; or a random secret of at least 32
 * characters, which HKDF makes a key of. None of them is a passphrase that a person has made up.
 */
export type Key = Uint8Array | CryptoKey | string;

const keyBytes = 32;
const shortestSecret = 32;
const name = 'AES-GCM';

/** Keys of a list, each checked. */
export function readKeys(keys: Key | readonly Key[]): readonly Key[] {
  const list = Array.isArray(keys) ? keys : [keys];
  if (list.length === 0) throw new InvalidRequestError('keys must have at least one key');
  for (const key of list) checkKey(key);
  return list;
}

function checkKey(key: unknown): asserts key is Key {
  if (typeof key === 'string') {
    if (key.length >= shortestSecret) return;
    throw new InvalidRequestError(
      `A secret of ${key.length} characters is too short for a key: at least 32 random ones are ` +
        'needed, as a passphrase would be guessed',
    );
  }
  if (key instanceof Uint8Array) {
    if (key.length === keyBytes) return;
    throw new InvalidRequestError(`A key has 32 bytes, not ${key.length}`);
  }
  if (isCryptoKey(key) && isAes256(key)) return;
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
export function needsSalt(key: Key): key is string {
  return typeof key === 'string';
}

/** The key as WebCrypto takes it. */
export async function toCryptoKey(key: Key, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
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
  if (key instanceof Uint8Array)
    return subtle.importKey('raw', Uint8Array.from(key), name, false, ['encrypt', 'decrypt']);
  return key;
}
