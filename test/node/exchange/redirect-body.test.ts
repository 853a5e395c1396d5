import { TooManyRedirectsError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { answer, headLines, rawServer } from '../../support/raw-server.ts';
import { MiB, memoryGrowth, encodedZeros } from '../body/compressed.ts';

describe('R12 and F23: the body of a redirect', () => {
  test('without end does not hold the next hop up, and only a little of it is read', async () => {
    let written = 0;
    const server = await rawServer(async (peer) => {
      const request = await peer.request();
      if (request?.target === '/end') return peer.write(answer('end'));
      await peer.write(
        'HTTP/1.1 302 Found\r\nlocation: /end\r\ntransfer-encoding: chunked\r\n\r\n',
      );
      written += await peer.flood(`ffff\r\n${'x'.repeat(65_535)}\r\n`);
    });
    const started = performance.now();
    expect(await open({ retry: 0 }).get(server.origin).text()).toBe('end');
    expect(performance.now() - started).toBeLessThan(1000);
    await server.peers[0]?.closed();
    // Socket buffers of both sides included.
    expect(written).toBeLessThan(16 * MiB);
  });

  test('that never ends holds up neither close nor the connection for long', async () => {
    const server = await rawServer(async (peer) => {
      if ((await peer.request())?.target !== '/') return peer.write(answer('there'));
      await peer.write(
        'HTTP/1.1 302 Found\r\nlocation: /there\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n',
      );
    });
    const session = open();
    expect(await session.get(server.origin).text()).toBe('there');
    await session.close();
    await server.peers[0]?.closed();
    const other = open();
    expect(await other.get(server.origin).text()).toBe('there');
    await server.peers[2]?.closed();
    expect(other.stats().sockets).toBe(1);
  });

  test('that is a bomb is never decoded', async () => {
    const bomb = encodedZeros(64 * MiB, 'br');
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        if (request.target === '/end') await peer.write(answer('end'));
        else {
          const length = `content-length: ${bomb.length}`;
          const head = headLines('302 Found', 'location: /end', 'content-encoding: br', length);
          await peer.write(`${head}\r\n`);
          await peer.write(bomb);
        }
      }
    });
    const grown = await memoryGrowth(async () =>
      expect(await open({ retry: 0 }).get(server.origin).text()).toBe('end'),
    );
    expect(grown).toBeLessThan(32 * MiB);
  });

  test('whose coding is wrong does not matter', async () => {
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        await peer.write(
          request.target === '/end'
            ? answer('end')
            : answer(
                'not gzip',
                'HTTP/1.1 302 Found\r\nlocation: /end\r\ncontent-encoding: gzip\r\n',
              ),
        );
      }
    });
    expect(await open({ retry: 0 }).get(server.origin).text()).toBe('end');
  });

  test('in a loop stops after 21 requests', async () => {
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        await peer.write(
          answer(
            'x'.repeat(1000),
            `HTTP/1.1 302 Found\r\nlocation: ${request.target === '/a' ? '/b' : '/a'}\r\n`,
          ),
        );
      }
    });
    await rejection(open({ retry: 0 }).get(`${server.origin}/a`), TooManyRedirectsError);
    expect(server.requests).toHaveLength(21);
  });
});
