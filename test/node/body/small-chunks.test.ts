import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { fetchTransport, type Session, type SessionResponse } from 'isosession';
import { describe, expect, test } from 'vitest';
import { append } from '../../../src/node/body/chunk-queues.ts';
import { open } from '../../support/contract.ts';
import { openHttp2, serveHttp2 } from '../../support/http2.ts';
import { rawServer } from '../../support/raw-server.ts';
import { growth, linear } from '../../support/growth.ts';
import { memoryGrowth, MiB } from './compressed.ts';

const length = 200_000;
/** What takes linear time takes a tenth of it, and what is quadratic several times as much. */
const tooLong = 6_000;

/** A server whose body comes byte by byte. */
async function serveBytes(body: Uint8Array, head = ''): Promise<string> {
  const { origin } = await rawServer(async (peer) => {
    while (await peer.request()) {
      await peer.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n${head}\r\n`);
      for (let at = 0; at < body.length; at += 10_000) {
        const bytes = Array.from(
          body.subarray(at, at + 10_000),
          (byte) => `1\r\n${String.fromCharCode(byte)}\r\n`,
        );
        await peer.write(bytes.join(''));
      }
      await peer.write('0\r\n\r\n');
    }
  });
  return origin;
}

const text = Buffer.from('data:x\n\n'.repeat(length / 8));

interface Answering {
  readonly session: Session;
  readonly origin: string;
}

async function drain(items: AsyncIterable<unknown> | null): Promise<number> {
  let count = 0;
  for await (const item of items ?? []) count += item instanceof Uint8Array ? item.length : 1;
  return count;
}

const readers: [string, (response: SessionResponse) => Promise<unknown>, unknown][] = [
  ['chunk by chunk', (response) => drain(response.body), length],
  ['as text', async (response) => (await response.text()).length, length],
  ['by lines', (response) => drain(response.lines()), length / 4],
  ['by events', (response) => drain(response.events()), length / 8],
  [
    'by a clone behind the other',
    async (response) => {
      const clone = response.clone();
      return [(await response.bytes()).length, await drain(clone.body)];
    },
    [length, length],
  ],
];

describe.each<[name: string, serve: () => Promise<Answering>]>([
  ['HTTP/1.1', async () => ({ session: open(), origin: await serveBytes(text) })],
  [
    "fetchTransport over Node's fetch",
    async () => ({
      session: open({ transport: fetchTransport() }),
      origin: await serveBytes(text),
    }),
  ],
  [
    'HTTP/1.1, compressed',
    async () => ({
      session: open(),
      origin: await serveBytes(gzipSync(text, { level: 0 }), 'content-encoding: gzip\r\n'),
    }),
  ],
  [
    'HTTP/2',
    async () => {
      const { origin } = await serveHttp2((stream) => {
        stream.respond({ ':status': 200 });
        Readable.from(Array.from(text, (byte) => Buffer.of(byte))).pipe(stream);
      });
      return { session: openHttp2(), origin };
    },
  ],
])('D6: a body that comes byte by byte over %s takes linear time', (_, serve) => {
  test.each(readers)('%s', { timeout: 120_000 }, async (_name, read, expected) => {
    const { session, origin } = await serve();
    const response = await session.get(origin);
    // So that a reader has much to catch up with.
    const later = response.clone();
    const before = process.cpuUsage();
    expect(await read(response)).toEqual(expected);
    expect(await read(later)).toEqual(expected);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(tooLong);
  });
});

test('an unread body of single bytes takes no more memory than its bytes', async () => {
  const origin = await serveBytes(Buffer.alloc(MiB));
  const session = open();
  const growth = await memoryGrowth(async () => {
    const response = await session.get(origin);
    while (session.stats().unreadBodies === 0) await new Promise((done) => setImmediate(done));
    expect(await response.bytes()).toHaveLength(MiB);
  });
  expect(growth).toBeLessThan(60 * MiB);
});

test.each([1, 100, 1023, 1024, 2000])(
  'chunks of %i bytes and single ones stay in order',
  (size) => {
    const bytes = randomBytes(50_000);
    const queue: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + (queue.length % 3 ? size : 1);
      append(queue, bytes.subarray(at, end));
      at = end;
    }
    expect(Buffer.concat(queue).equals(bytes)).toBe(true);
    const memory = new Set(queue.map(({ buffer }) => buffer).filter((one) => one !== bytes.buffer));
    expect(queue.length).toBeLessThan(200);
    expect([...memory].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(200_000);
  },
);

test('a queue of chunks takes time in proportion to its bytes', async () => {
  const queued = (bytes: string) => {
    const queue: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at++) append(queue, Uint8Array.of(at));
    while (queue.length) queue.shift();
  };
  const ratio = await growth((size) => ' '.repeat(size), queued, 20_000);
  expect(ratio).toBeLessThanOrEqual(linear);
});
