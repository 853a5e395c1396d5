import * as zlib from 'node:zlib';
import { DecodeError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection, sites } from '../../support/contract.ts';
import { serveEncoded } from './compressed.ts';

describe('F9: bodies whose coding is broken', () => {
  const text = zlib.gzipSync(Buffer.from('hello '.repeat(10_000)));
  test.each([
    { name: 'gzip that is no gzip', coding: 'gzip', body: Buffer.from('not gzip at all') },
    {
      name: 'gzip with a wrong checksum',
      coding: 'gzip',
      body: Buffer.concat([text.subarray(0, -8), Buffer.alloc(8)]),
    },
    { name: 'brotli that is no brotli', coding: 'br', body: Buffer.from('not brotli at all') },
    { name: 'deflate that is no deflate', coding: 'deflate', body: Buffer.from('not deflate') },
  ])(
    '$name is a DecodeError however it is read, and the session works on',
    async ({ coding, body }) => {
      const server = await serveEncoded(coding, body);
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
    const server = await serveEncoded('mystery', Buffer.from('hello'));
    const outcome = await open({ retry: 0 })
      .get(server.origin)
      .text()
      .catch((error: unknown) => error);
    if (outcome !== 'hello') expect(outcome).toBeInstanceOf(DecodeError);
  });
});
