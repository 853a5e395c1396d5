import { once } from 'node:events';
import * as zlib from 'node:zlib';
import { DecodeError, fetchTransport, NetworkError, type Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { openHttp2, reply, serveHttp2 } from '../../support/http2.ts';
import { rawServer } from '../../support/raw-server.ts';
import { serveEncoded } from './compressed.ts';

const text = 'hello world '.repeat(3000);

/** What a server has sent that flushes and never ends. */
async function flushed(encoder: zlib.Gzip | zlib.Deflate | zlib.BrotliCompress): Promise<Buffer> {
  const chunks: Buffer[] = [];
  encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  encoder.write(text);
  const done = new Promise<void>((resolve) => encoder.flush(resolve));
  await done;
  if (chunks.length === 0) await once(encoder, 'data');
  encoder.destroy();
  return Buffer.concat(chunks);
}

const bodies: [name: string, coding: string, body: () => Buffer | Promise<Buffer>][] = [
  ['gzip without its trailer', 'gzip', () => zlib.gzipSync(text).subarray(0, -8)],
  ['gzip with half of its trailer', 'gzip', () => zlib.gzipSync(text).subarray(0, -3)],
  ['gzip that was flushed', 'gzip', () => flushed(zlib.createGzip())],
  ['deflate without its checksum', 'deflate', () => zlib.deflateSync(text).subarray(0, -4)],
  ['deflate that was flushed', 'deflate', () => flushed(zlib.createDeflate())],
  ['brotli that was flushed', 'br', () => flushed(zlib.createBrotliCompress())],
];
const codings: [string, string, Buffer][] = await Promise.all(
  bodies.map(async ([name, coding, body]): Promise<[string, string, Buffer]> => [
    name,
    coding,
    await body(),
  ]),
);

interface Answering {
  readonly session: Session;
  readonly origin: string;
}

describe.each<[string, (coding: string, body: Buffer) => Promise<Answering>]>([
  [
    'HTTP/1.1',
    async (coding, body) => {
      const { origin } = await serveEncoded(coding, body);
      return { session: open({ retry: 0 }), origin };
    },
  ],
  [
    'HTTP/2',
    async (coding, body) => {
      const { origin } = await serveHttp2((stream) =>
        reply(stream, body, { 'content-encoding': coding }),
      );
      return { session: openHttp2(), origin };
    },
  ],
  [
    "fetchTransport over Node's fetch",
    async (coding, body) => {
      const { origin } = await serveEncoded(coding, body);
      return { session: open({ retry: 0, transport: fetchTransport() }), origin };
    },
  ],
])('F40: a whole message over %s whose coding has no end is read', (_, serve) => {
  test.each(codings)('%s', async (_name, coding, body) => {
    const { session, origin } = await serve(coding, body);
    expect(await session.get(origin).text()).toBe(text);
    let streamed = '';
    for await (const line of session.get(origin).lines()) streamed += line;
    expect(streamed).toBe(text);
  });
});

describe('what is cut or broken stays an error', () => {
  test.each(codings)('%s in a message that is cut', async (_, coding, body) => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      const length = `content-length: ${body.length + 1}`;
      await peer.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\n${length}\r\n\r\n`);
      await peer.write(body);
      await peer.fin();
    });
    await rejection(open({ retry: 0 }).get(server.origin).text(), NetworkError);
  });

  test('a coding that has not begun, or that breaks in its middle', async () => {
    const whole = zlib.gzipSync(text, { level: 0 });
    const broken = Buffer.concat([whole.subarray(0, 12), Buffer.alloc(500, 0xff)]);
    for (const body of [whole.subarray(0, 9), broken]) {
      const { origin } = await serveEncoded('gzip', body);
      await rejection(open({ retry: 0 }).get(origin).text(), DecodeError);
    }
  });
});
