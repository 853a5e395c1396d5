import * as zlib from 'node:zlib';
import { rawServer } from '../../support/raw-server.ts';

export const MiB = 1024 * 1024;

/** What the process holds beyond now while something runs, measured whenever the loop turns. */
export async function growth(run: () => Promise<unknown>): Promise<number> {
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
export async function coded(codings: string, body: Uint8Array, head = '') {
  const coding = `content-encoding: ${codings}\r\n${head}`;
  return rawServer(async (peer) => {
    while (await peer.request()) {
      await peer.write(`HTTP/1.1 200 OK\r\n${coding}content-length: ${body.length}\r\n\r\n`);
      await peer.write(body);
    }
  });
}

export const zeros = (bytes: number, coding: 'gzip' | 'br') =>
  coding === 'gzip'
    ? zlib.gzipSync(Buffer.alloc(bytes))
    : zlib.brotliCompressSync(Buffer.alloc(bytes), {
        params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 },
      });
