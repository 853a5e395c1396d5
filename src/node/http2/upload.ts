/** A request body on its way over a stream of HTTP/2. */
import type { ClientHttp2Stream } from 'node:http2';
import { afterPendingInput } from '../timers/after-pending-input.ts';
import type { RequestDiagnostics } from './diagnostics.ts';

/** Writes a body as fast as it is taken. It stops when the stream does not take more. */
export async function writeBody(...given: Parameters<typeof writePieces>): Promise<void> {
  const [nodeStream] = given;
  await pendingEnd();
  if (nodeStream.writable) await writePieces(...given);
}

async function writePieces(
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

/**
 * Lets an end be seen that is there already, before anything is taken of a body: in one turn of the
 * loop the socket ends, and in the next one Node's session.
 */
async function pendingEnd(): Promise<void> {
  await new Promise<void>((resolve) => afterPendingInput(() => afterPendingInput(resolve)));
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
