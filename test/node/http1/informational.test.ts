import { SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { answer, headLines, rawServer } from '../../support/raw-server.ts';
import { serveResponse } from './serve-response.ts';

describe('F6 and F7: informational responses', () => {
  test('a 103 before the response is passed over, its cookies too', async () => {
    const early = headLines('103 Early Hints', 'link: </x>', 'set-cookie: early=1');
    const final = answer('final', headLines('200 OK', 'set-cookie: final=1'));
    const { session } = await serveResponse(`${early}\r\n${final}`);
    const response = await session.get('');
    expect([response.status, await response.text()]).toEqual([200, 'final']);
    expect((await session.cookies.export()).map((cookie) => cookie.name)).toEqual(['final']);
  });

  test('many 103s, then the response', async () => {
    const { session } = await serveResponse(
      'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(5) + answer('final'),
    );
    expect(await session.get('').text()).toBe('final');
  });

  test.each(['100 Continue', '103 Early Hints'])(
    '%s for ever ends at the response deadline',
    async (status) => {
      const server = await rawServer(async (peer) => {
        await peer.request();
        peer.drip(`HTTP/1.1 ${status}\r\n\r\n`, 5);
      });
      const error = await rejection(
        open({ retry: 0 }).get(server.origin, { timeout: { response: 200 } }),
        SessionError,
      );
      expect(['ERR_TIMEOUT', 'ERR_NETWORK']).toContain(error.code);
      await server.peers[0]?.closed();
    },
  );
});
