import assert from 'node:assert/strict';
import { fetchTransport, get, NetworkError, Session } from 'isosession';
import { useTransport } from 'isosession/testing';

/**
 * MSW answers sessions of every kind, until it is told not to.
 *
 * @param {string} name by which its package is installed
 * @param {string} origin of a server
 */
export async function check(name, origin) {
  const { http, HttpResponse } = await import(name);
  const { setupServer } = await import(`${name}/node`);

  const early = new Session({ baseUrl: 'https://api.example.com/', retry: 0 });
  const server = setupServer(
    http.get('https://api.example.com/text', () => HttpResponse.text('mocked')),
    http.post('https://api.example.com/login', async ({ request }) =>
      HttpResponse.json(await request.json(), {
        status: 303,
        headers: { location: '/me', 'set-cookie': 'sid=1; HttpOnly' },
      }),
    ),
    http.get('https://api.example.com/me', ({ cookies }) => HttpResponse.text(cookies.sid)),
    http.put('https://api.example.com/echo', async ({ request }) =>
      HttpResponse.text(await request.text()),
    ),
    http.get('https://api.example.com/broken', () => HttpResponse.error()),
  );
  // MSW 2 and MSW 3.
  server.listen({ onUnhandledRequest: 'error', onUnhandledFrame: 'error' });
  const used = useTransport(fetchTransport());

  const sessions = [early, early.extend(), new Session({ baseUrl: 'https://api.example.com/' })];
  for (const session of sessions) assert.equal(await session.get('text').text(), 'mocked');
  assert.equal(await get('https://api.example.com/text').text(), 'mocked');

  assert.equal(await early.post('login', { json: { user: 'ann' } }).text(), '1');
  assert.equal(await early.put('echo', { body: 'bytes' }).text(), 'bytes');
  assert.equal(await early.put('echo', { form: { a: '1' } }).text(), 'a=1');

  await assert.rejects(early.get('broken'), NetworkError);
  await assert.rejects(early.get('unhandled'), NetworkError);
  await assert.rejects(get(origin, { retry: 0 }), NetworkError);

  server.close();
  used[Symbol.dispose]();
  assert.equal((await get(origin)).status, 200);
}
