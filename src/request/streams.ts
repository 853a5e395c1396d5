export type Bytes = Uint8Array<ArrayBuffer>;

export function concat(chunks: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

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
 * A default stream that reads only on demand: a byte stream would take the chunks' buffers away.
 */
export function streamOf(
  pull: () => Bytes | undefined | Promise<Bytes | undefined>,
  cancel: (reason: unknown) => void | Promise<void>,
): ReadableStream<Bytes> {
  const underlying: UnderlyingDefaultSource<Bytes> & { stream?: ReadableStream<Bytes> } = {
    pull(controller) {
      const give = (chunk: Bytes | undefined): void =>
        chunk ? controller.enqueue(chunk) : controller.close();
      const next = pull();
      // What is here already is given without another turn.
      return next instanceof Promise ? next.then(give) : give(next);
    },
    cancel,
  };
  // WebKit collects a stream of which only the reader is held, though it is still read: this lives
  // as long as the reader does.
  const stream = (underlying.stream = new ReadableStream(underlying, { highWaterMark: 0 }));
  return stream;
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

/**
 * The pieces of an iterable or a stream: not every browser can iterate a stream. Who stops early
 * cancels it, so that it holds no connection.
 */
export async function* pieces<T>(source: Iterable<T> | ReadableStream<T>): AsyncGenerator<T> {
  if (Symbol.iterator in source) return yield* source;
  const reader = source.getReader();
  try {
    for (let next; !(next = await reader.read()).done;) yield next.value;
  } finally {
    await reader.cancel();
  }
}

export function isStream(source: object): source is ReadableStream<Bytes> {
  return 'getReader' in source;
}

/** The other way round: an iterable as a stream, if it is not one already; strings as UTF-8. */
export function toStream(source: AsyncIterable<Uint8Array | string>): ReadableStream<Bytes> {
  if (isStream(source)) return source;
  const iterator = source[Symbol.asyncIterator]();
  return streamOf(
    async () => {
      const { done, value } = await iterator.next();
      if (done) return undefined;
      // Shared memory is for the host to judge.
      return typeof value === 'string' ? new TextEncoder().encode(value) : (value as Bytes);
    },
    () => void iterator.return?.(),
  );
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<Uint8Array | string> {
  return Symbol.asyncIterator in Object(value);
}
