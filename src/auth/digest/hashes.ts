/** The hashes of Digest, which are the host's: MD5 is in no `crypto.subtle`. */
import { UnsupportedError } from '../../errors/unsupported-error.ts';

/** What is used of `node:crypto`, which Deno, Bun and workerd have, too. */
interface NodeCrypto {
  createHash(name: string): {
    update(data: string | Uint8Array, encoding?: 'latin1'): { digest(encoding: 'hex'): string };
  };
}

interface ProcessLike {
  getBuiltinModule?(name: 'node:crypto'): NodeCrypto | undefined;
}

declare const globalThis: { readonly process?: ProcessLike };

/** A hash in hexadecimal. A string is bytes, one a character. */
export type Hash = (data: string | Uint8Array) => string;

/** By the algorithm as a challenge names it, less `-sess`; the strongest last. */
const names: Readonly<Record<string, string>> = {
  md5: 'md5',
  'sha-256': 'sha256',
  'sha-512-256': 'sha512-256',
};

/** The hashes that this host has. */
export interface Hashes {
  /** `undefined`: it does not have this one, as MD5 in a mode for certified algorithms. */
  find(algorithm: string): Hash | undefined;
  /** How strong an algorithm is among the others; -1: unknown. */
  strength(algorithm: string): number;
}

/** @throws {UnsupportedError} where there is no `node:crypto`. */
export function hashesOfHost(): Hashes {
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto');
  if (!crypto)
    throw new UnsupportedError(
      'digest() needs node:crypto, which browsers do not have; in workerd, set the compatibility ' +
        'flag nodejs_compat and a compatibility date of 2024-09-23 or later',
    );
  const algorithms = Object.keys(names);
  return {
    strength: (algorithm) => algorithms.indexOf(algorithm),
    find(algorithm) {
      const name = names[algorithm];
      if (name === undefined) return undefined;
      const hash: Hash = (data) => crypto.createHash(name).update(data, 'latin1').digest('hex');
      try {
        hash('');
        return hash;
      } catch {
        return undefined;
      }
    },
  };
}
