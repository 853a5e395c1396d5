/** TanStack Query keeps the data, and the session gets it. */
import { CancelledError, QueryClient, queryOptions } from '@tanstack/react-query';
import { HTTPError, post, refresh, Session, type SessionOptions } from 'isosession';
import { expect, onTestFinished, test } from 'vitest';
import { type Exchange, serve } from './loopback.ts';

async function start(answer: (exchange: Exchange) => unknown, options: SessionOptions = {}) {
  const server = await serve(answer);
  const api = new Session({ baseUrl: server.origin, ...options });
  const client = new QueryClient();
  onTestFinished(async () => {
    client.clear();
    await api.destroy();
    await server[Symbol.asyncDispose]();
  });
  const get = (path: string) =>
    queryOptions({
      queryKey: [path],
      queryFn: ({ signal }) => api.get(path, { signal }).json<Record<string, unknown>>(),
    });
  return { server, api, client, get };
}

test('a query carries the cookie of a login', async () => {
  const { api, client, get } = await start(({ request, url, json }) =>
    url.pathname === '/login'
      ? json({}, 200, { 'set-cookie': 'sid=1; Path=/; HttpOnly' })
      : json({ cookie: request.headers.cookie }),
  );
  await api.post('login', { form: { user: 'ann' } });
  expect(await client.fetchQuery(get('me'))).toEqual({ cookie: 'sid=1' });
});

test('ten queries at once that are refused renew the token once', async () => {
  const { server, client, get } = await start(
    ({ request, url, json }) => {
      if (url.pathname === '/token') return json({ accessToken: 'new' });
      const isKnown = request.headers.authorization === 'Bearer new';
      json({ path: url.pathname }, isKnown ? 200 : 401);
    },
    {
      auth: refresh({
        load: () => ({ accessToken: 'old' }),
        renew: (_, signal) => post(`${server.origin}/token`, { signal }).json(),
      }),
    },
  );
  const paths = Array.from({ length: 10 }, (_, i) => `/${i}`);
  const data = await Promise.all(paths.map((path) => client.fetchQuery(get(path))));
  expect(data).toEqual(paths.map((path) => ({ path })));
  expect(server.received.filter((line) => line.includes('/token'))).toEqual(['POST /token']);
});

test('an error of the API is an HTTPError with its data', async () => {
  const { client, get } = await start(({ json }) => json({ error: 'no such user' }, 404));
  const error: unknown = await client.fetchQuery(get('users/1')).catch((reason) => reason);
  expect(HTTPError.is<{ error: string }>(error) && error.data?.error).toBe('no such user');
});

test('with retry 0 of the session, TanStack Query alone retries', async () => {
  const { server, client, get } = await start(({ json }) => json({}, 503), { retry: 0 });
  const query = { ...get('busy'), retry: 3, retryDelay: 0 };
  await expect(client.fetchQuery(query)).rejects.toThrow(HTTPError);
  expect(server.received).toHaveLength(4);
});

test('with its own retry, a session waits as the server says, and the query sees no error', async () => {
  const { server, client, get } = await start(({ json }) =>
    json({}, server.received.length < 3 ? 503 : 200, { 'retry-after': '0' }),
  );
  await client.fetchQuery({ ...get('busy'), retry: false });
  expect(server.received).toHaveLength(3);
});

test('a query that is cancelled ends its request', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  let arrive = (): void => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const { client, get } = await start(({ response }) => {
    closed = new Promise((resolve) => response.once('close', resolve));
    arrive();
  });
  const query = client.fetchQuery(get('slow'));
  const failed = query.catch((reason: unknown) => reason);
  await arrived;
  await client.cancelQueries({ queryKey: ['slow'] });
  await closed;
  expect(await failed).toBeInstanceOf(CancelledError);
});
