import { once } from 'node:events';
import { inspect } from 'node:util';
import { type ProxyError, Session, type SessionError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { expect, onTestFinished, test } from 'vitest';
import { open, reasonOf, sites } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { canary, shown } from './canaries.ts';

/** A session with keys where APIs want them, on a session and on a call. */
function keyed(base: string, more: object = {}): Session {
  const session = new Session({
    baseUrl: base,
    retry: 0,
    headers: { 'x-api-key': `${canary}Key`, 'x-auth-token': `${canary}Token` },
    searchParams: { tenant: `${canary}Tenant` },
    ...more,
  });
  onTestFinished(() => session.destroy());
  return session;
}

test('L1: keys in headers and in the query are printed nowhere', async () => {
  const { a } = sites();
  const session = keyed(a.base);
  const options = { searchParams: { page: 2, api_key: `${canary}Query` } };
  const response = await session.get('redirect?to=echo', options);
  const errors = [
    await reasonOf(session.get('status/404', options).json()),
    await reasonOf(session.get('reset', options)),
    await reasonOf(session.get('truncated', options).text()),
    await reasonOf(session.get('never', { ...options, timeout: { total: 20 } })),
    await reasonOf(session.get('loop', options)),
    await reasonOf(session.fetch(a.url('reset', { api_key: canary }))),
  ];
  for (const value of [
    session,
    session.headers,
    response,
    response.request,
    response.history,
    response.clone(),
    ...errors,
  ])
    expect(shown(value)).not.toContain(canary);
  for (const error of errors.slice(0, -1)) expect(shown(error)).toContain('page=2');
});

test('what console.log prints of an error has its request', async () => {
  const { a } = sites();
  const error = await reasonOf(open({ retry: 0 }).get(a.url('reset')));
  expect(inspect(error)).toMatch(/request: Request \{\s*method: 'GET',\s*url: 'http.*reset'/);
});

test('the warning of unread bodies shows no key', async () => {
  const { a } = sites();
  const session = keyed(a.base, { transport: undiciTransport({ connections: 1 }) });
  const warned = once(process, 'warning') as Promise<[Error]>;
  const unread = await session.get('bytes?n=3000000', { searchParams: { api_key: canary } });
  const queued = session.get('echo').then((response) => response.text());
  const [{ message }] = await warned;
  expect(message).toContain('GET http');
  expect(message).toContain('api_key=[redacted]');
  expect(message).not.toContain(canary);
  await unread.body?.cancel();
  await queued;
});

test('the refusal of a proxy shows no key', async () => {
  const proxy = await rawServer(
    always(answer('', 'HTTP/1.1 407 Proxy Authentication Required\r\n')),
  );
  const session = keyed('http://app.test/', { proxy: proxy.origin });
  const error = (await reasonOf(session.get(`x?page=2&api_key=${canary}`))) as ProxyError &
    SessionError;
  expect(error.message).toContain('answered 407 to GET http://app.test/x?page=2');
  expect(error.message.split('page=2')).toHaveLength(2);
  expect(shown(error)).not.toContain(canary);
});
