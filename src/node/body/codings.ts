/** The content codings that can be undone here. */
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { DecodeError } from '../../errors/decode-error.ts';

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

/** A stream of zlib's; `bytesWritten` are those that it has used up. */
export type Inflater = Transform & { readonly bytesWritten: number };

// Not in Node 20, so not in its types.
interface Zstd {
  createZstdDecompress?: (options: object) => Inflater;
  zstdDecompressSync?: (
    bytes: Uint8Array,
    options: object,
  ) => { buffer: Uint8Array; engine: { bytesWritten: number } };
}
export const { createZstdDecompress, zstdDecompressSync }: typeof zlib & Zstd = zlib;
/** `ZSTD_d_windowLogMax` 23: 8 MiB, more need not be accepted (RFC 9659). */
export const zstdParameters = { params: { 100: 23 } };

/** Node 20 has no zstd, and that of Node 22 takes a cut body for a whole one. */
const hasZstd = ((): boolean => {
  try {
    zstdDecompressSync?.(Uint8Array.of(0x28), {});
    return false;
  } catch {
    return true;
  }
})();

/** What the runtime can decode, as `accept-encoding` says it. */
export const acceptEncoding: string = hasZstd ? 'gzip, deflate, br, zstd' : 'gzip, deflate, br';

/** Bytes that a decoder gives at once. */
export const chunkSize = 64 * 1024;
const maxCodings = 5;

/**
 * The codings of a `content-encoding` in the order of their application (RFC 9110, section 8.4).
 * None when there is nothing to decode: absent, identity, or with one that is not known, whose body
 * is left as it is.
 *
 * @throws DecodeError for more than 5.
 */
export function parseCodings(contentEncoding: string | undefined): Coding[] {
  const names = (contentEncoding ?? '')
    .toLowerCase()
    .split(',', 1000)
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.length > maxCodings)
    throw new DecodeError(`The response has more than ${maxCodings} content codings`);
  const codings = names
    .filter((name) => name !== 'identity')
    .map((name) => (name === 'x-gzip' ? 'gzip' : name));
  return codings.every(isKnown) ? codings : [];
}

function isKnown(name: string): name is Coding {
  return name === 'gzip' || name === 'deflate' || name === 'br' || (name === 'zstd' && hasZstd);
}

/**
 * Whether `deflate` has its zlib wrapper (RFC 1950 §2.2: method 8), as it should, or is raw, as
 * some servers send it.
 */
export function isZlib(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  return (first & 0x0f) === 8;
}
