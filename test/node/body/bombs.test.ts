import * as zlib from 'node:zlib';
import { HTTPError, ResponseTooLargeError, SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { headLines, rawServer } from '../../support/raw-server.ts';
import { MiB, serveEncoded, memoryGrowth, encodedZeros } from './compressed.ts';

describe('D1 and F22: bombs', () => {
  const bombs = { gzip: encodedZeros(256 * MiB, 'gzip'), br: encodedZeros(256 * MiB, 'br') };

  test.each(['gzip', 'br'] as const)(
    'a %s body of 256 MiB stops at maxResponseSize, long before it is unpacked',
    async (coding) => {
      const server = await serveEncoded(coding, bombs[coding]);
      const session = open({ maxResponseSize: 16 * MiB, retry: 0 });
      const grown = await memoryGrowth(async () => {
        expect(
          (await rejection(session.get(server.origin).text(), ResponseTooLargeError)).limit,
        ).toBe(16 * MiB);
        await rejection(session.get(server.origin).json(), ResponseTooLargeError);
      });
      expect(grown).toBeLessThan(128 * MiB);
      await server.peers[0]?.closed();
    },
  );

  test('without maxResponseSize a body compressed more than 200:1 stops at 100 MiB', async () => {
    const server = await serveEncoded('gzip', bombs.gzip);
    const error = await rejection(
      open({ retry: 0 }).get(server.origin).bytes(),
      ResponseTooLargeError,
    );
    expect(error.limit).toBe(100 * MiB);
  });

  test('a body that nobody reads is not unpacked', async () => {
    const server = await serveEncoded('br', bombs.br);
    const session = open({ retry: 0 });
    const grown = await memoryGrowth(async () => {
      for (let call = 0; call < 5; call++) await session.get(server.origin);
    });
    expect(grown).toBeLessThan(64 * MiB);
  });

  test('a bomb within a bomb is bounded too', async () => {
    const inner = zlib.gzipSync(bombs.gzip);
    const server = await serveEncoded('gzip, gzip', inner);
    const grown = await memoryGrowth(() =>
      rejection(
        open({ maxResponseSize: 16 * MiB, retry: 0 })
          .get(server.origin)
          .text(),
        ResponseTooLargeError,
      ),
    );
    expect(grown).toBeLessThan(128 * MiB);
  });

  test('five codings are undone, six are an error', async () => {
    let body: Uint8Array = Buffer.from('deep');
    for (let n = 0; n < 5; n++) body = zlib.gzipSync(body);
    expect(
      await open()
        .get((await serveEncoded(Array(5).fill('gzip').join(', '), body)).origin)
        .text(),
    ).toBe('deep');
    const six = await serveEncoded(Array(6).fill('gzip').join(', '), zlib.gzipSync(body));
    await rejection(open({ retry: 0 }).get(six.origin).text(), SessionError);
  });

  test('a bomb in the body of an error status is an error of that status or size', async () => {
    const server = await rawServer(async (peer) => {
      while (await peer.request()) {
        const head = headLines(
          '400 Bad',
          'content-type: application/json',
          'content-encoding: gzip',
          `content-length: ${bombs.gzip.length}`,
        );
        await peer.write(`${head}\r\n`);
        await peer.write(bombs.gzip);
      }
    });
    const grown = await memoryGrowth(async () => {
      const error = await rejection(open({ retry: 0 }).get(server.origin).json(), HTTPError);
      expect(error.data).toBeUndefined();
    });
    expect(grown).toBeLessThan(64 * MiB);
  });
});
