import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { GzipFrames } from '../../../src/node/body/gzip-frames.ts';

const plain = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
const output = Buffer.from('hello');

function trailer(sum: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(sum);
  bytes.writeUInt32LE(size, 4);
  return bytes;
}

/** Feeds byte by byte and returns how many were framing. */
function count(frames: GzipFrames, bytes: readonly number[]): number {
  return bytes.filter((byte) => frames.read(Uint8Array.of(byte)).length === 0).length;
}

describe('GzipFrames', () => {
  it.each([
    ['a plain header', 0, []],
    ['a text flag', 1, []],
    ['a header checksum', 2, [1, 2]],
    ['extra data', 4, [3, 0, 9, 9, 9]],
    ['no extra data', 4, [0, 0]],
    ['a name', 8, [0x61, 0x62, 0]],
    ['a comment', 16, [0]],
    ['all of it', 31, [1, 0, 9, 0x61, 0, 0x62, 0, 7, 7]],
  ])('finds the data behind %s', (_, flags, more) => {
    const header = [...plain.slice(0, 3), flags, ...plain.slice(4), ...more];
    const frames = new GzipFrames();
    expect(frames.read(Uint8Array.from([...header, 1, 2]))).toEqual(Uint8Array.of(1, 2));
    expect(frames.state).toBe('data');
    const slowly = new GzipFrames();
    expect(count(slowly, [...header, 1])).toBe(header.length);
    expect(slowly.state).toBe('data');
  });

  it('checks sum and length, and goes on to another member or to the end', () => {
    const frames = new GzipFrames();
    for (let member = 0; member < 2; member++) {
      frames.read(Uint8Array.from(plain));
      frames.update(output);
      frames.endData();
      expect(frames.state).toBe('framing');
      frames.read(trailer(crc32(output), output.length));
      expect(frames.state).toBe('between');
    }
    expect(frames.read(Buffer.from('garbage')).toString()).toBe('arbage');
    expect(frames.state).toBe('over');
  });

  it.each<[string, string, (frames: GzipFrames) => void]>([
    ['other data', 'header', (frames) => frames.read(Buffer.from('<html>'))],
    ['half the magic number', 'header', (frames) => frames.read(Uint8Array.of(0x1f, 0x8c))],
    ['another method', 'method', (frames) => frames.read(Uint8Array.of(0x1f, 0x8b, 7))],
    [
      'a wrong sum',
      'data check',
      (frames) => {
        frames.read(Uint8Array.from(plain));
        frames.update(output);
        frames.endData();
        frames.read(trailer(crc32(output) ^ 1, output.length));
      },
    ],
    [
      'a wrong length',
      'length check',
      (frames) => {
        frames.read(Uint8Array.from(plain));
        frames.update(output);
        frames.endData();
        frames.read(trailer(crc32(output), output.length + 1));
      },
    ],
  ])('throws for %s', (_, message, run) => {
    expect(() => run(new GzipFrames())).toThrow(message);
  });
});
