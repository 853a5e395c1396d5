/**
 * Text that only who has the key can read or change: AES-256-GCM (NIST SP 800-38D), with a random
 * nonce of 96 bits each time.
 */
import { byteTextOf } from '../../request/text/byte-text.ts';
import { StoreError } from '../base/store-error.ts';
import { type CheckedKey, needsSalt, toCryptoKey } from './sealing-key.ts';

const name = 'isosession';
const version = '1';
const saltBytes = 16;
const nonceBytes = 12;
/** How many a text has, between dots. */
const partCount = 5;

/**
 * `isosession.1.salt.nonce.ciphertext` in base64url; the salt is empty for a key that needs none.
 *
 * @param context what the text belongs to: it opens nowhere else
 */
export async function sealText(text: string, key: CheckedKey, context = ''): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(needsSalt(key) ? saltBytes : 0));
  const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const head = `${name}.${version}.${toBase64Url(salt)}`;
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: encode(`${head}.${context}`) },
    await toCryptoKey(key, salt),
    encode(text),
  );
  return `${head}.${toBase64Url(iv)}.${toBase64Url(new Uint8Array(sealed))}`;
}

/** Opens what {@link sealText} has made, by whichever of the keys does. */
export async function unsealText(
  sealed: string,
  keys: readonly CheckedKey[],
  context = '',
): Promise<string> {
  const { head, salt, iv, ciphertext } = parse(sealed);
  for (const key of keys) {
    if (needsSalt(key) !== salt.length > 0) continue;
    try {
      const plain = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv, additionalData: encode(`${head}.${context}`) },
        await toCryptoKey(key, salt),
        ciphertext,
      );
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(plain);
    } catch {
      // It tells nothing of what is wrong, and must not.
    }
  }
  throw new StoreError(
    'key',
    'None of the keys opens what was sealed, or it was changed since: give the key that sealed it',
  );
}

interface Parts {
  readonly head: string;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

function parse(sealed: unknown): Parts {
  const parts = typeof sealed === 'string' ? sealed.split('.', partCount + 1) : [];
  const [prefix, found = '', ...rest] = parts;
  if (prefix === name && isOtherVersion(found))
    throw new StoreError('version', `What was sealed is of version ${found}, this one reads 1`);
  const isOurs = prefix === name && found === version && parts.length === partCount;
  const [salt, iv, ciphertext] = isOurs ? rest.map(fromBase64Url) : [];
  if (!salt || !iv || !ciphertext || !hasLengths(salt, iv))
    throw new StoreError('corrupt', 'This is no text that was sealed, or a part of it is missing');
  return { head: parts.slice(0, 3).join('.'), salt, iv, ciphertext };
}

function isOtherVersion(text: string): boolean {
  return text !== version && /^\d{1,9}$/.test(text);
}

function hasLengths(salt: Uint8Array, iv: Uint8Array): boolean {
  return (salt.length === 0 || salt.length === saltBytes) && iv.length === nonceBytes;
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(byteTextOf(bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/**
 * `undefined` for what is not the one way to write its bytes: a last character may hold bits that
 * mean nothing (RFC 4648 §3.5), and another one in its place would be read as the same.
 */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return toBase64Url(bytes) === text ? bytes : undefined;
}
