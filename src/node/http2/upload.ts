/** A request body on its way over a stream of HTTP/2. */
import type { ClientHttp2Stream } from 'node:http2';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { afterPendingInput } from '../timers/after-pending-input.ts';
import type { RequestDiagnostics } from './diagnostics.ts';

/**
 * Writes a body as fast as it is taken. It stops when the stream does not take more; `length` is
 * what its content-length says.
 */
export async function writeBody(...given: Parameters<typeof writePieces>): Promise<void> {
  const [nodeStream] = given;
  await pendingEnd();
  if (nodeStream.writable) await writePieces(...given);
}

async function writePieces(
  nodeStream: ClientHttp2Stream,
  body: AsyncIterable<Uint8Array | string>,
  length: number | undefined,
  diagnostics: RequestDiagnostics | undefined,
): Promise<void> {
  let written = 0;
  for await (const piece of body) {
    if (!nodeStream.writable) return;
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
    written += chunk.length;
    if (length !== undefined && written > length) throw lengthError(length, `at least ${written}`);
    const takesMore = nodeStream.write(chunk);
    diagnostics?.onChunkSent(chunk);
    if (!takesMore) await drained(nodeStream);
  }
  if (!nodeStream.writable) return;
  if (length !== undefined && written < length) throw lengthError(length, String(written));
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

export function lengthError(said: number, bytes: string): InvalidRequestError {
  return new InvalidRequestError(`The content-length is ${said}, but the body has ${bytes} bytes`);
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
