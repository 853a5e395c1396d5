import * as zlib from 'node:zlib';
import { DecodeError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection, sites } from '../../support/contract.ts';
import { coded } from './compressed.ts';

describe('F9: bodies whose coding is broken', () => {
  const text = zlib.gzipSync(Buffer.from('hello '.repeat(10_000)));
  test.each([
    ['gzip that is no gzip', 'gzip', Buffer.from('not gzip at all')],
    ['gzip that is cut', 'gzip', text.subarray(0, text.length - 20)],
    ['gzip with a wrong checksum', 'gzip', Buffer.concat([text.subarray(0, -8), Buffer.alloc(8)])],
    ['brotli that is no brotli', 'br', Buffer.from('not brotli at all')],
    [
      'brotli that is cut',
      'br',
      zlib.brotliCompressSync(Buffer.from('hello'.repeat(1000))).subarray(0, 10),
    ],
    ['deflate that is no deflate', 'deflate', Buffer.from('not deflate')],
  ])(
    '%s is a DecodeError however it is read, and the session works on',
    async (_name, coding, body) => {
      const server = await coded(coding, body);
      const session = open({ retry: 0 });
      await rejection(session.get(server.origin).text(), DecodeError);
      await rejection(
        (async () => {
          const reader = (
            (await session.get(server.origin)).body as ReadableStream<Uint8Array>
          ).getReader();
          while (!(await reader.read()).done);
        })(),
        DecodeError,
      );
      const { a } = sites();
      expect((await session.get(a.url('echo'))).status).toBe(200);
    },
  );

  test('a coding that nobody knows leaves the body as it is or is a DecodeError', async () => {
    const server = await coded('mystery', Buffer.from('hello'));
    const outcome = await open({ retry: 0 })
      .get(server.origin)
      .text()
      .catch((error: unknown) => error);
    if (outcome !== 'hello') expect(outcome).toBeInstanceOf(DecodeError);
  });
});
