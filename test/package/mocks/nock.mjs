import assert from 'node:assert/strict';
import { fetchTransport, get, NetworkError, Session, SessionError } from 'isosession';
import { useTransport } from 'isosession/testing';

/**
 * nock answers sessions of every kind, until it is told not to.
 *
 * @param {string} name by which its package is installed
 * @param {string} origin of a server
 * @param {string} [cookie] what it is shown of the session's one
 */
export async function check(name, origin, cookie = 'sid=1') {
  const { default: nock } = await import(name);

  const early = new Session({ baseUrl: 'https://api.example.com/', retry: 0 });
  const scope = nock('https://api.example.com');
  scope.get('/text').times(4).reply(200, 'mocked');
  scope
    .post('/login', { user: 'ann' })
    .reply(303, undefined, { location: '/me', 'set-cookie': 'sid=1; HttpOnly' });
  const shown = cookie ? { reqheaders: { cookie } } : { badheaders: ['cookie'] };
  nock('https://api.example.com', shown).get('/me').reply(200, { logged: 'in' });
  scope.put('/form', 'a=1').reply(204);
  scope.get('/broken').replyWithError('broken');
  nock.disableNetConnect();
  const used = useTransport(fetchTransport());

  const sessions = [early, early.extend(), new Session({ baseUrl: 'https://api.example.com/' })];
  for (const session of sessions) assert.equal(await session.get('text').text(), 'mocked');
  assert.equal(await get('https://api.example.com/text').text(), 'mocked');

  assert.deepEqual(await early.post('login', { json: { user: 'ann' } }).json(), { logged: 'in' });
  assert.equal((await early.put('form', { form: { a: '1' } })).status, 204);

  await assert.rejects(early.get('broken'), NetworkError);
  // nock 14 fails such a call, nock 15 answers it with a 501.
  await assert.rejects(early.get('unhandled').text(), SessionError);
  await assert.rejects(get(origin, { retry: 0 }), NetworkError);
  assert(scope.isDone());

  nock.restore();
  used[Symbol.dispose]();
  assert.equal((await get(origin)).status, 200);
}
