/** impit, another TLS stack than Node's, as the transport of a session. */
import { Impit } from 'impit';
import { type fetchTransport, NetworkError, Session, type SessionOptions } from 'isosession';
import { expect, test } from 'vitest';
import { identities } from '../support/certificates.ts';
import { tlsServer } from '../support/tls-server.ts';
import { hasNewToken, logIn, renewals, start, useOldToken } from './api.ts';
import { sample } from './sample.ts';

const { impitTransport } = await sample<{
  impitTransport(impit: Impit): ReturnType<typeof fetchTransport>;
}>('tools/impit.md', 'impitTransport');
const over = (options: SessionOptions = {}): SessionOptions => ({
  transport: impitTransport(new Impit({ browser: 'firefox', ignoreTlsErrors: true })),
  ...options,
});

test('cookies are the jar of the session, at each hop of a redirect', async () => {
  const api = await start(({ url, request, response, json }) => {
    if (url.pathname !== '/start') return json({ cookie: request.headers.cookie });
    return response
      .writeHead(302, { location: '/end', 'set-cookie': ['hop=1; Path=/', 'b=2; Path=/'] })
      .end();
  }, over());
  await logIn(api);
  const response = await api.session.get('start');
  expect(await response.json()).toEqual({ cookie: 'sid=1; hop=1; b=2' });
  expect(response.history.map(({ status }) => status)).toEqual([302]);
  expect(response.url).toBe(`${api.server.origin}/end`);
});

test('tokens are renewed once', async () => {
  const api = await start(
    (exchange) => exchange.json({ ok: true }, hasNewToken(exchange) ? 200 : 401),
    over(),
  );
  useOldToken(api);
  const answers = await Promise.all([1, 2, 3].map((n) => api.session.get(`${n}`).json()));
  expect(answers).toEqual(Array(3).fill({ ok: true }));
  expect(renewals(api)).toBe(1);
});

test('headers that the session leaves out are those of the browser that is imitated', async () => {
  const headers = { 'user-agent': null, 'accept-encoding': null, accept: null };
  const api = await start(
    ({ request, json }) => json(request.headers['user-agent']),
    over({ headers }),
  );
  expect(await api.session.get('agent').json()).toContain('Firefox');
});

test('bodies of every kind arrive', async () => {
  const sent: string[] = [];
  const api = await start(async ({ request, text, json }) => {
    const { length } = await text();
    sent.push(`${request.headers['content-type']?.split(';')[0]} ${length}`);
    json({});
  }, over());
  const { session } = api;
  const stream = async function* () {
    yield new Uint8Array(10);
    yield new Uint8Array(10);
  };
  await session.post('a', { json: { a: 1 } }).text();
  await session.post('a', { form: { a: '1' } }).text();
  await session.post('a', { body: new Blob(['12345'], { type: 'text/x' }) }).text();
  await session.post('a', { body: stream() }).text();
  expect(sent).toEqual([
    'application/json 7',
    'application/x-www-form-urlencoded 3',
    'text/x 5',
    'undefined 20',
  ]);
});

test('a body is read as it comes, to its end', async () => {
  const api = await start(({ response }) => {
    response.write('{"n":1}\n');
    setImmediate(() => response.end('{"n":2}\n'));
  }, over());
  const lines: string[] = [];
  for await (const line of (await api.session.get('rows')).lines()) lines.push(line);
  expect(lines).toEqual(['{"n":1}', '{"n":2}']);
});

test('what breaks is a NetworkError, is retried, and an abort ends the request', async () => {
  const api = await start(
    ({ response, json }) =>
      api.server.received.length < 2 ? response.destroy() : json({ ok: true }),
    over({ retry: { delay: () => 0 } }),
  );
  expect(await api.session.get('flaky').json()).toEqual({ ok: true });
  expect(api.server.received).toHaveLength(2);

  const controller = new AbortController();
  const { signal } = controller;
  const slow = api.session.get('slow', { signal }).catch((reason: unknown) => reason);
  await api.hanging;
  controller.abort();
  expect(await slow).toBe(signal.reason);

  const broken = await start(({ response }) => response.destroy(), over({ retry: 0 }));
  await expect(broken.session.get('a')).rejects.toBeInstanceOf(NetworkError);
});

test('it speaks TLS and HTTP/2 by itself', async () => {
  const { origin, requests } = await tlsServer(identities.good, { h2: true });
  await using session = new Session(over());
  expect((await session.get(origin)).status).toBe(200);
  expect(requests.map(({ alpn }) => alpn)).toEqual(['h2']);
});
