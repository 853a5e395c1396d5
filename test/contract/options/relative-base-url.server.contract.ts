/** A relative `baseUrl` where there is no page, as in a client component that a server renders. */
import { InvalidRequestError, Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, open, rejection, thrown } from '../../support/contract.ts';

describe.each(['/api/', 'api', '', '../x?a=1', '//api.test/v1'])('baseUrl: %j', (baseUrl) => {
  test('makes a session, whose calls say what to do', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ baseUrl, transport });
    const { message } = await rejection(session.get('me'), InvalidRequestError);
    expect(message).toContain('on a server, make baseUrl absolute');
    expect(transport.seen).toEqual([]);
  });

  test('has an origin that no URL has: nothing secret goes anywhere', async () => {
    const transport = inProcess(() => new Response());
    const session = open({
      baseUrl,
      transport,
      headers: { 'x-key': 'secret' },
      origins: ['http://more.test'],
    });
    for (const url of ['http://api.test/v1/x', 'http://more.test/x']) await session.get(url);
    expect(transport.seen.map(({ headers }) => headers.get('x-key'))).toEqual([null, 'secret']);
  });
});

test('it is read as it is, and handed to children and to snapshots without its query', async () => {
  const session = open({ baseUrl: '/api?key=secret' });
  expect([session.baseUrl, session.extend().baseUrl]).toEqual(['/api', '/api']);
  const snapshot = await session.snapshot();
  expect([snapshot.baseUrl, Session.restore(snapshot).baseUrl]).toEqual(['/api', '/api']);
});

test('an absolute one takes its place, and it that of an absolute one', async () => {
  const transport = inProcess(() => new Response());
  const session = open({ baseUrl: '/api/', transport, headers: { 'x-key': 'secret' } });
  session.baseUrl = 'http://api.test/';
  await session.get('x');
  session.baseUrl = '/api/';
  await session.get('http://api.test/x');
  await rejection(session.get('x'), InvalidRequestError);
  expect(transport.seen.map(({ headers }) => headers.get('x-key'))).toEqual(['secret', null]);
});

test("a snapshot's origins stay with the same relative one, and not with another", async () => {
  const session = open({ baseUrl: '/api/', origins: ['http://more.test'] });
  const snapshot = await session.snapshot();
  const originsWith = async (baseUrl: string) =>
    (await Session.restore(snapshot, { baseUrl }).snapshot()).origins;
  expect([await originsWith('/api/'), await originsWith('//else.test/')]).toEqual([
    ['http://more.test'],
    [],
  ]);
});

test.each(['localhost:3000', 'ftp://a.test/', '//user:pass@a.test/'])(
  '%s is refused at once',
  (baseUrl) => {
    const { message } = thrown(() => open({ baseUrl }), InvalidRequestError);
    expect(message).not.toContain('pass');
  },
);
