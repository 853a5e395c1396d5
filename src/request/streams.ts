import { tellWaiters } from '../errors/session-error.ts';

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

/** How chunks wait for their reader. */
export interface Queueing {
  append(queue: Uint8Array[], chunk: Uint8Array): void;
  /** Two streams of the same bytes. */
  split(stream: ReadableStream<Bytes>): [ReadableStream<Bytes>, ReadableStream<Bytes>];
}

/** By the host's own queues. */
export const hostQueueing: Queueing = {
  append: (queue, chunk) => void queue.push(chunk),
  split: (stream) => stream.tee(),
};

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
 * The pieces of an iterable or a stream: not every browser can iterate a stream. Who stops early
 * cancels it, so that it holds no connection.
 */
export async function* pieces<T>(source: Iterable<T> | ReadableStream<T>): AsyncGenerator<T> {
  if (Symbol.iterator in source) return yield* source;
  const reader = source.getReader();
  try {
    for (let next; !(next = await reader.read()).done;) yield next.value;
  } catch (error) {
    throw tellWaiters(error);
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
