import { randomBytes } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open } from '../../support/contract.ts';
import { authority, identities } from '../../support/certificates.ts';
import { always, answer, headLines, rawServer } from '../../support/raw-server.ts';

/** `length` bytes that no other length has. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + length) % 251));
}

const KiB = 1024;
const lengths = [
  1,
  100,
  4 * KiB - 1,
  4 * KiB,
  9000,
  32 * KiB - 1,
  32 * KiB,
  32 * KiB + 1,
  64 * KiB - 1,
  64 * KiB,
  64 * KiB + 1,
  300_000,
  3_000_000,
];
const bodies = new Map(lengths.map((length) => [`/${length}`, pattern(length)]));

describe.each(['http', 'https'] as const)('over %s', (scheme) => {
  test('bodies of all lengths come byte for byte when many sockets read them at once', async () => {
    const server = await rawServer(
      async (peer) => {
        for (let request; (request = await peer.request());) {
          const body = bodies.get(request.target) as Buffer;
          await peer.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
          await peer.write(body);
        }
      },
      scheme === 'https' ? identities.good : undefined,
    );
    const session = open({
      baseUrl: server.origin,
      tls: scheme === 'https' ? { ca: authority } : undefined,
    });
    for (let round = 0; round < 3; round++) {
      const read = await Promise.all(
        lengths.map(
          async (length) => [length, Buffer.from(await session.get(`${length}`).bytes())] as const,
        ),
      );
      for (const [length, bytes] of read)
        expect(bytes.equals(bodies.get(`/${length}`) as Buffer), `${length} bytes`).toBe(true);
    }
  });
});

/**
 * Reads a body by its stream, and takes each chunk's buffer away, as `postMessage()` to a worker
 * and streams of bytes do.
 */
async function moved({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as ReadableStream<Uint8Array<ArrayBuffer>>) {
    chunks.push(structuredClone(chunk, { transfer: [chunk.buffer] }));
    expect(chunk.byteLength, 'it has gone').toBe(0);
  }
  return Buffer.concat(chunks);
}

describe('the chunks of a body can be transferred', () => {
  test.each(lengths)(
    'of %d bytes, and take neither the headers nor another body along',
    async (length) => {
      const server = await rawServer(async (peer) => {
        // Both answers in one write, so that they come by few reads.
        const { target } = (await peer.request()) as { target: string };
        await peer.request();
        const body = bodies.get(target) as Buffer;
        const head = Buffer.from(
          `HTTP/1.1 200 OK\r\nx-name: value\r\ncontent-length: ${length}\r\n\r\n`,
        );
        await peer.write(Buffer.concat([head, body, head, body]));
      });
      const session = open({
        baseUrl: server.origin,
        transport: undiciTransport({ connections: 1, pipelining: 2 }),
      });
      const [first, second] = [session.get(`${length}`), session.get(`${length}`)];
      for (const response of [first, second]) {
        expect((await moved(await response)).equals(pattern(length))).toBe(true);
        expect((await response).headers.get('x-name')).toBe('value');
      }
    },
  );

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ] as const)('of a body in %s, and the decoder goes on', async (coding, compress) => {
    const body = randomBytes(300_000);
    const server = await rawServer(
      always(
        Buffer.concat([
          Buffer.from(
            `${headLines(
              '200 OK',
              `content-encoding: ${coding}`,
              'connection: close',
              `content-length: ${compress(body).length}`,
            )}\r\n`,
          ),
          compress(body),
        ]),
      ),
    );
    expect((await moved(await open().get(server.origin))).equals(body)).toBe(true);
  });
});

test('bodies that nobody has read yet take hardly more memory than they have bytes', async () => {
  const body = 'x'.repeat(9000);
  const server = await rawServer(always(answer(body)));
  const session = open({ baseUrl: server.origin });
  await session.get('');
  globalThis.gc?.();
  const before = process.memoryUsage().arrayBuffers;
  const held = [];
  for (let call = 0; call < 1000; call++) held.push(await session.get(''));
  globalThis.gc?.();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1.5 * held.length * body.length);
  expect(await held.at(-1)?.text()).toBe(body);
});
