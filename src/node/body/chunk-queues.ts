/**
 * Queues of chunks that take time and memory in proportion to their bytes, however small those are.
 */
import { type Bytes, type Queueing, streamOf } from '../../request/streams.ts';

/** Chunks that are queued as they are; of more, small ones are put together. */
const fewChunks = 8;
const smallChunk = 1024;
/** Bytes that small chunks are put together in. */
const gatherSize = 2048;
const gatherings = new WeakSet<ArrayBufferLike>();

/**
 * Adds a chunk to a queue, whose length and memory are in proportion to its bytes however small the
 * chunks are.
 */
export function append(queue: Uint8Array[], chunk: Uint8Array): void {
  const { length } = chunk;
  if (queue.length < fewChunks || length >= smallChunk) {
    queue.push(chunk);
    return;
  }
  let last = queue.at(-1) as Uint8Array;
  if (!gatherings.has(last.buffer) || last.byteOffset + last.length + length > gatherSize) {
    last = new Uint8Array(gatherSize).subarray(0, 0);
    gatherings.add(last.buffer);
    queue.push(last);
  }
  const { buffer, byteOffset } = last;
  const gathered = new Uint8Array(buffer, byteOffset, last.length + length);
  gathered.set(chunk, last.length);
  queue[queue.length - 1] = gathered;
}

/**
 * Two streams of the same bytes, the one as far behind the other as its reader is. The platform's
 * own `tee()` takes quadratic time for what a slow reader has left.
 */
export function split(
  source: ReadableStream<Bytes>,
): [ReadableStream<Bytes>, ReadableStream<Bytes>] {
  const reader = source.getReader();
  const open = new Set<Bytes[]>();
  let ended = false;
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    const { value } = await reader.read();
    if (value) for (const queue of open) append(queue, value);
    else ended = true;
    reading = undefined;
  };
  const branch = (): ReadableStream<Bytes> => {
    const queue: Bytes[] = [];
    open.add(queue);
    return streamOf(
      async () => {
        while (!queue.length && !ended) await (reading ??= read());
        return queue.shift();
      },
      (reason) => {
        open.delete(queue);
        return open.size ? undefined : reader.cancel(reason);
      },
    );
  };
  return [branch(), branch()];
}

/** Of what a fetch or a transport of the caller's gives, which waits as what a connection gives. */
export const queueing: Queueing = { append, split };
