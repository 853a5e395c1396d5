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
    { name: 'a plain header', flags: 0, more: [] },
    { name: 'a text flag', flags: 1, more: [] },
    { name: 'a header checksum', flags: 2, more: [1, 2] },
    { name: 'extra data', flags: 4, more: [3, 0, 9, 9, 9] },
    { name: 'no extra data', flags: 4, more: [0, 0] },
    { name: 'a name', flags: 8, more: [0x61, 0x62, 0] },
    { name: 'a comment', flags: 16, more: [0] },
    { name: 'all of it', flags: 31, more: [1, 0, 9, 0x61, 0, 0x62, 0, 7, 7] },
  ])('finds the data behind $name', ({ flags, more }) => {
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
      expect(frames.state).toBe('trailer');
      frames.read(trailer(crc32(output), output.length));
      expect(frames.state).toBe('between');
    }
    expect(frames.read(Buffer.from('garbage')).toString()).toBe('arbage');
    expect(frames.state).toBe('over');
  });

  it.each<{ name: string; message: string; run: (frames: GzipFrames) => void }>([
    { name: 'other data', message: 'header', run: (frames) => frames.read(Buffer.from('<html>')) },
    {
      name: 'half the magic number',
      message: 'header',
      run: (frames) => frames.read(Uint8Array.of(0x1f, 0x8c)),
    },
    {
      name: 'another method',
      message: 'method',
      run: (frames) => frames.read(Uint8Array.of(0x1f, 0x8b, 7)),
    },
    {
      name: 'a wrong sum',
      message: 'data check',
      run: (frames) => {
        frames.read(Uint8Array.from(plain));
        frames.update(output);
        frames.endData();
        frames.read(trailer(crc32(output) ^ 1, output.length));
      },
    },
    {
      name: 'a wrong length',
      message: 'length check',
      run: (frames) => {
        frames.read(Uint8Array.from(plain));
        frames.update(output);
        frames.endData();
        frames.read(trailer(crc32(output), output.length + 1));
      },
    },
  ])('throws for $name', ({ message, run }) => {
    expect(() => run(new GzipFrames())).toThrow(message);
  });
});
