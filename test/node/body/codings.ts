/**
 * What the tests of decoding share: encoders, bytes to encode, and a source that feeds a decoder.
 *
 * @module
 */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import * as zlib from 'node:zlib';
import { expect } from 'vitest';
import { DecodeError } from '../../../src/errors/decode-error.ts';
import { createDecoder } from '../../../src/node/body/decoder.ts';

const { zstdCompressSync, zstdDecompressSync } = zlib as {
  zstdCompressSync?: (data: Uint8Array) => Buffer;
  zstdDecompressSync?: (data: Uint8Array) => Buffer;
};

/** Where zstd is decoded. Node 22 has it, too, but takes a cut body for a whole one. */
export const zstdCompress = takesCutForWhole() ? undefined : zstdCompressSync;

function takesCutForWhole(): boolean {
  if (!zstdCompressSync || !zstdDecompressSync) return false;
  try {
    zstdDecompressSync(zstdCompressSync(Buffer.from('whole')).subarray(0, -1));
    return true;
  } catch {
    return false;
  }
}

/** How a body is encoded, and as what. */
export interface Encoder {
  name: string;
  coding: string;
  encode: (data: Uint8Array) => Buffer;
}

/** Every coding that is decoded, in the spellings that servers use. */
export const encoders: Encoder[] = [
  { name: 'gzip', coding: 'gzip', encode: gzipSync },
  { name: 'x-gzip', coding: 'x-gzip', encode: gzipSync },
  { name: 'deflate with its wrapper', coding: 'deflate', encode: deflateSync },
  { name: 'raw deflate', coding: 'deflate', encode: deflateRawSync },
  { name: 'br', coding: 'br', encode: brotliCompressSync },
  {
    name: 'three codings',
    coding: 'deflate, GZIP ,br',
    encode: (data) => brotliCompressSync(gzipSync(deflateSync(data))),
  },
  ...(zstdCompress ? [{ name: 'zstd', coding: 'zstd', encode: zstdCompress }] : []),
];

/** Text that compresses, then noise that does not. */
export const sample = Buffer.concat([
  Buffer.from('{"id":1,"name":"somebody"}'.repeat(8000)),
  Buffer.from(Array.from({ length: 100_000 }, (_, i) => ((i * i * 2654435761) >>> 13) & 255)),
]);

/** Bytes in pieces of a size. */
export function piecesOf(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}

/** Feeds as a well-behaved source does, and waits now and then as a slow reader does. */
export function decode(
  coding: string,
  chunks: Uint8Array[],
  { slow = false } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const output: Uint8Array[] = [];
    const feed = (): void => {
      for (let chunk = chunks.shift(); chunk; chunk = chunks.shift())
        if (!decoder.write(chunk)) return;
      decoder.end();
    };
    const decoder = createDecoder(
      coding,
      {
        data(chunk) {
          output.push(chunk);
          if (!slow) return;
          decoder.pause();
          setImmediate(() => decoder.resume());
        },
        end: () => resolve(Buffer.concat(output)),
        error: reject,
      },
      feed,
    )!;
    feed();
  });
}

/** The error of bytes that are not what their coding says. */
export async function decodeError(coding: string, bytes: Uint8Array): Promise<DecodeError> {
  const error: unknown = await decode(coding, piecesOf(bytes, 1000)).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DecodeError);
  expect((error as DecodeError).cause).toBeInstanceOf(Error);
  return error as DecodeError;
}
