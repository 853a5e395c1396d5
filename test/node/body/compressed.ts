/**
 * What the tests of compressed bodies share: bombs, a server for them, and the memory they take.
 *
 * @module
 */
import * as zlib from 'node:zlib';
import { rawServer } from '../../support/raw-server.ts';

/** Bytes of a mebibyte. */
export const MiB = 1024 * 1024;

/** How many bytes of memory something takes at most, as a timer sees it. */
export async function memoryGrowth(run: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 2);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, process.memoryUsage().rss) - before;
}

/** A raw server that answers everything with this body in these codings. */
export async function serveEncoded(codings: string, body: Uint8Array, head = '') {
  const coding = `content-encoding: ${codings}\r\n${head}`;
  return rawServer(async (peer) => {
    while (await peer.request()) {
      await peer.write(`HTTP/1.1 200 OK\r\n${coding}content-length: ${body.length}\r\n\r\n`);
      await peer.write(body);
    }
  });
}

/** So many bytes that are 0, encoded. */
export const encodedZeros = (bytes: number, coding: 'gzip' | 'br') =>
  coding === 'gzip'
    ? zlib.gzipSync(Buffer.alloc(bytes))
    : zlib.brotliCompressSync(Buffer.alloc(bytes), {
        params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 },
      });
