import { describe, expect, test } from 'vitest';
import { open } from '../support/contract.ts';
import { authority, identities } from '../support/certificates.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

/** `length` bytes that no other length has. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + length) % 251));
}

const KiB = 1024;
const lengths = [1, 100, 4 * KiB - 1, 4 * KiB, 9000, 32 * KiB - 1, 32 * KiB, 32 * KiB + 1, 64 * KiB - 1, 64 * KiB, 64 * KiB + 1, 300_000, 3_000_000];
const bodies = new Map(lengths.map((length) => [`/${length}`, pattern(length)]));

describe.each(['http', 'https'] as const)('over %s', (scheme) => {
  test('bodies of all lengths come byte for byte when many sockets read them at once', async () => {
    const server = await rawServer(async (peer) => {
      for (let request; (request = await peer.request());) {
        const body = bodies.get(request.target) as Buffer;
        await peer.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
        await peer.write(body);
      }
    }, scheme === 'https' ? identities.good : undefined);
    const session = open({ baseUrl: server.origin, tls: scheme === 'https' ? { ca: authority } : undefined });
    for (let round = 0; round < 3; round++) {
      const read = await Promise.all(lengths.map(async (length) => [length, Buffer.from(await session.get(`${length}`).bytes())] as const));
      for (const [length, bytes] of read) expect(bytes.equals(bodies.get(`/${length}`) as Buffer), `${length} bytes`).toBe(true);
    }
  });
});

test('a chunk of a small body can be transferred, and takes no other body along', async () => {
  const server = await rawServer(always(({ target }) => answer(`body of ${target}`)));
  const session = open({ baseUrl: server.origin });
  const [first, second] = await Promise.all([session.get('1'), session.get('2')]);
  const { value: chunk } = await (first.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader().read();
  const moved = structuredClone(chunk, { transfer: [(chunk as Uint8Array<ArrayBuffer>).buffer] });
  expect(new TextDecoder().decode(moved)).toBe('body of /1');
  expect(chunk?.byteLength, 'it has gone').toBe(0);
  expect(await second.text()).toBe('body of /2');
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
