import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/response/text/read-text.ts';
import { growth, linear } from '../../support/growth.ts';

const encoder = new TextEncoder();

async function* bytesOf(...chunks: (string | number[])[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks)
    yield typeof chunk === 'string' ? encoder.encode(chunk) : Uint8Array.from(chunk);
}

function lines(...chunks: (string | number[])[]): Promise<string[]> {
  return collect(readLines(bytesOf(...chunks), new TextDecoder()));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('readLines', () => {
  for (const { name, text, expected } of [
    { name: 'LF', text: 'a\nb\n', expected: ['a', 'b'] },
    { name: 'CRLF', text: 'a\r\nb\r\n', expected: ['a', 'b'] },
    { name: 'CR', text: 'a\rb\r', expected: ['a', 'b'] },
    { name: 'all three', text: 'a\n\rb\r\n\nc\r\rd', expected: ['a', '', 'b', '', 'c', '', 'd'] },
    { name: 'no end', text: 'a', expected: ['a'] },
    { name: 'nothing', text: '', expected: [] },
    { name: 'one empty line', text: '\n', expected: [''] },
    {
      name: 'characters that only look like line ends',
      text: 'a\u2028b\u0085c\vd\fe',
      expected: ['a\u2028b\u0085c\vd\fe'],
    },
  ]) {
    it(`splits at ${name}, however the bytes are cut`, async () => {
      expect(await lines(text)).toEqual(expected);
      expect(await lines(...[...encoder.encode(text)].map((byte) => [byte]))).toEqual(expected);
      const bytes = [...encoder.encode(text)];
      for (let cut = 0; cut <= bytes.length; cut++)
        expect(await lines(bytes.slice(0, cut), bytes.slice(cut))).toEqual(expected);
    });
  }

  it('takes a CR and an LF in two chunks for one line end', async () => {
    expect(await lines('a\r', '\nb')).toEqual(['a', 'b']);
    expect(await lines('a\r', '', '\nb')).toEqual(['a', 'b']);
    expect(await lines('a\r', '\n', '\nb')).toEqual(['a', '', 'b']);
  });

  it('joins characters that are cut between chunks, and shows a broken last one', async () => {
    expect(await lines([0xe2], [0x82], [0xac, 10, 0xe2], [0x82])).toEqual(['€', '\ufffd']);
  });

  it('decodes by the decoder it is given', async () => {
    expect(
      await collect(
        readLines(bytesOf([0x61, 0, 10, 0, 0xac], [0x20]), new TextDecoder('utf-16le')),
      ),
    ).toEqual(['a', '€']);
  });

  it('gives a line out before the next chunk is asked for', async () => {
    let asked = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const text of ['a\r', '\nb\n', 'c']) {
        asked++;
        yield encoder.encode(text);
      }
    }
    const reader = readLines(source(), new TextDecoder());
    expect(await reader.next()).toEqual({ done: false, value: 'a' });
    expect(asked).toBe(1);
    expect(await reader.next()).toEqual({ done: false, value: 'b' });
    expect(asked).toBe(2);
  });

  it('ends its source when the reader stops early, and passes its failure on', async () => {
    let ended = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield encoder.encode('a\nb\n');
        throw new Error('cut');
      } finally {
        ended = true;
      }
    }
    for await (const line of readLines(source(), new TextDecoder())) {
      expect(line).toBe('a');
      break;
    }
    expect(ended).toBe(true);
    await expect(collect(readLines(source(), new TextDecoder()))).rejects.toThrow('cut');
  });

  it('takes time in proportion to a line of many chunks', async () => {
    async function* source(chunks: number): AsyncGenerator<Uint8Array> {
      const chunk = encoder.encode('x'.repeat(16));
      for (let i = 0; i < chunks; i++) yield chunk;
    }
    // A text stands for so many chunks.
    const read = async ({ length }: string): Promise<void> => {
      const [line] = await collect(readLines(source(length), new TextDecoder()));
      expect(line).toHaveLength(length * 16);
    };
    const ratio = await growth((size) => ' '.repeat(size), read, 5_000);
    expect(ratio).toBeLessThanOrEqual(linear);
  });
});
