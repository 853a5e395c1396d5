import { ResponseTooLargeError, SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection, sites } from '../../support/contract.ts';
import { rawServer } from '../../support/raw-server.ts';
import { MiB, memoryGrowth } from './compressed.ts';

describe('D3: maxResponseSize holds on every path', () => {
  test('after a redirect, on an endless body, for a text of many codings', async () => {
    const { a } = sites();
    const session = open({ maxResponseSize: 1000, retry: 0 });
    await rejection(
      session.get(a.url('redirect', { to: 'bytes?n=2000' })).text(),
      ResponseTooLargeError,
    );
    const endless = await rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\n\r\n');
      await peer.flood('x'.repeat(65_536));
    });
    await rejection(session.get(endless.origin).text(), ResponseTooLargeError);
    await endless.peers[0]?.closed();
    await rejection(
      session.get(a.url('encoded', { coding: 'gzip,br', text: 'x'.repeat(2000) })).text(),
      ResponseTooLargeError,
    );
  });

  test('with throwHttpErrors, when a response is awaited', async () => {
    const { a } = sites();
    const error = await rejection(
      open({ maxResponseSize: 5, throwHttpErrors: true }).get(a.url('status/404')),
      SessionError,
    );
    expect(['ERR_HTTP_STATUS', 'ERR_RESPONSE_TOO_LARGE']).toContain(error.code);
  });

  test('a body without end is not collected when nobody set a limit and nobody reads', async () => {
    let written = 0;
    const endless = await rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\n\r\n');
      written = await peer.flood('x'.repeat(65_536));
    });
    const session = open({ retry: 0 });
    const grown = await memoryGrowth(async () => {
      const response = await session.get(endless.origin);
      expect(response.status).toBe(200);
      // Calls elsewhere show that time goes by and nothing is blocked.
      const { a } = sites();
      for (let call = 0; call < 50; call++) await session.get(a.url('echo')).text();
      await expect.poll(() => session.stats().unreadBodies).toBe(1);
      await response.body?.cancel();
    });
    await endless.peers[0]?.closed();
    expect(grown).toBeLessThan(64 * MiB);
    // What the system's own buffers take is not ours.
    expect(written).toBeLessThan(32 * MiB);
  });
});
