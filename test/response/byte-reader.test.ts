import { expect, test } from 'vitest';
import { openByteBody } from '../../src/response/body/byte-reader.ts';

/** A stream that gives these pieces, and the sizes of the buffers that it was asked to fill. */
function bytesOf(pieces: number[]): {
  body: ReadableStream<Uint8Array<ArrayBuffer>>;
  asked: number[];
} {
  const asked: number[] = [];
  const left = [...pieces];
  const body = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const request = controller.byobRequest as ReadableStreamBYOBRequest;
      const view = request.view as ArrayBufferView;
      asked.push(view.byteLength);
      const [next = 0, ...rest] = left;
      if (next === 0) controller.close();
      const taken = Math.min(next, view.byteLength);
      left.splice(0, left.length, ...(taken < next ? [next - taken, ...rest] : rest));
      request.respond(taken);
    },
  });
  return { body, asked };
}

async function readAll(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  total: number,
): Promise<number> {
  const reader = openByteBody(body, total);
  let size = 0;
  for (let next; !(next = await reader.read()).done;) size += next.value.length;
  return size;
}

test('a body of known length is read into a buffer of that length', async () => {
  const { body, asked } = bytesOf([1000]);
  expect(await readAll(body, 1000)).toBe(1000);
  expect(asked).toEqual([1000, 1]);
});

test('what is left of it decides on the next buffer, 64 KiB at most', async () => {
  const { body, asked } = bytesOf([100_000]);
  expect(await readAll(body, 100_000)).toBe(100_000);
  expect(asked).toEqual([65_536, 34_464, 1]);
});

test.each([0, 10])(
  'a body of unknown length, or one that is longer than told, gets larger ones (%i)',
  async (total) => {
    const { body, asked } = bytesOf([300_000]);
    expect(await readAll(body, total)).toBe(300_000);
    expect(Math.max(...asked)).toBe(65_536);
    expect(asked.length).toBeLessThan(30);
  },
);

test('a stream that is no byte stream is read by its default reader', async () => {
  const chunks = [new Uint8Array(3), new Uint8Array(4)];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
  });
  expect(await readAll(body, 7)).toBe(7);
});

test('a reader of bytes cancels its stream', async () => {
  const reasons: unknown[] = [];
  const body = new ReadableStream({
    type: 'bytes',
    cancel: (reason) => void reasons.push(reason),
  });
  await openByteBody(body, 0).cancel('enough');
  expect(reasons).toEqual(['enough']);
});
