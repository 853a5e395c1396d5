import type { HostReader, HostBody } from './body-source.ts';

/** The first buffer for a body whose length is not known. */
const firstBuffer = 4096;
/** The largest: what hosts allocate by themselves for every read, however little comes. */
const largestBuffer = 2 ** 16;

/**
 * A reader whose buffers are no larger than what is to come. In Deno those of the default reader
 * cost as much as the call; a stream that is no byte stream, as of a middleware's own response, has
 * that one alone.
 *
 * @param total the bytes that are to come, 0 when unknown
 */
export function openByteBody(body: HostBody, total: number): HostReader {
  const reader = byteReader(body);
  if (!reader) return body.getReader();
  let left = total;
  let size = total > 0 ? 1 : firstBuffer;
  return {
    cancel: (reason) => reader.cancel(reason),
    async read() {
      const room = Math.min(Math.max(left, size), largestBuffer);
      const { done, value } = await reader.read(new Uint8Array(room));
      if (done || !value) return { done: true, value: undefined };
      left -= value.length;
      // More than was told, or of unknown length: as much again is likely to come.
      if (value.length === room && room === size) size *= 2;
      return { done, value };
    },
  };
}

function byteReader(body: HostBody): ReadableStreamBYOBReader | undefined {
  try {
    return body instanceof ReadableStream ? body.getReader({ mode: 'byob' }) : undefined;
  } catch {
    return undefined;
  }
}
