import { Session } from 'isosession';
import { cache, keyvCache } from 'isosession/middleware';
import { mockTransport } from 'isosession/testing';
import Keyv from 'keyv';
import { expect, test } from 'vitest';

test('a Keyv keeps responses, bytes and all, for the sessions that share it', async () => {
  let sent = 0;
  const transport = mockTransport(() => {
    sent++;
    const headers = { 'cache-control': 'max-age=60', 'content-type': 'application/x' };
    return new Response(Uint8Array.of(0, 255, 128, 10), { headers });
  });
  const keyv = new Keyv();
  for (let i = 0; i < 2; i++) {
    const session = new Session({ baseUrl: 'http://api.test/', transport, cookies: false });
    session.use(cache({ store: keyvCache(keyv) }));
    const response = await session.get('bytes');
    expect(await response.bytes()).toEqual(Uint8Array.of(0, 255, 128, 10));
    expect(response.headers.get('content-type')).toBe('application/x');
    await session.close();
  }
  expect(sent).toBe(1);
});
