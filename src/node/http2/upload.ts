/** A request body on its way over a stream of HTTP/2. */
import type { ClientHttp2Stream } from 'node:http2';
import type { RequestDiagnostics } from './diagnostics.ts';

/** Writes a body as fast as it is taken. It stops when the stream does not take more. */
export async function writeBody(
  nodeStream: ClientHttp2Stream,
  body: AsyncIterable<Uint8Array | string>,
  diagnostics: RequestDiagnostics | undefined,
): Promise<void> {
  for await (const piece of body) {
    if (!nodeStream.writable) return;
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
    const takesMore = nodeStream.write(chunk);
    diagnostics?.onChunkSent(chunk);
    if (!takesMore) await drained(nodeStream);
  }
  if (!nodeStream.writable) return;
  nodeStream.end();
  diagnostics?.onBodySent();
}

async function drained(nodeStream: ClientHttp2Stream): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      nodeStream.off('drain', done).off('close', done);
      resolve();
    };
    nodeStream.on('drain', done).on('close', done);
  });
}
