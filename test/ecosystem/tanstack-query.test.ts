/** TanStack Query keeps the data, and the session gets it. */
import {
  CancelledError,
  dehydrate,
  hydrate,
  QueryClient,
  queryOptions,
} from '@tanstack/react-query';
import { HTTPError, type SessionOptions } from 'isosession';
import { expect, onTestFinished, test } from 'vitest';
import { hasNewToken, logIn, renewals, start as startApi, useOldToken } from './api.ts';
import type { Exchange } from './loopback.ts';

async function start(answer: (exchange: Exchange) => unknown, options: SessionOptions = {}) {
  const api = await startApi(answer, options);
  const client = new QueryClient();
  onTestFinished(() => client.clear());
  const get = (path: string) =>
    queryOptions({
      queryKey: [path],
      queryFn: ({ signal }) => api.session.get(path, { signal }).json<Record<string, unknown>>(),
    });
  return { ...api, client, get };
}

test('a query carries the cookie of a login, and its data goes to the page', async () => {
  const api = await start(({ request, json }) => json({ cookie: request.headers.cookie }));
  await logIn(api);
  expect(await api.client.fetchQuery(api.get('me'))).toEqual({ cookie: 'sid=1' });
  const page = new QueryClient();
  hydrate(page, JSON.parse(JSON.stringify(dehydrate(api.client))));
  expect(page.getQueryData(['me'])).toEqual({ cookie: 'sid=1' });
});

test('ten queries at once that are refused renew the token once', async () => {
  const api = await start((exchange) =>
    exchange.json({ path: exchange.url.pathname }, hasNewToken(exchange) ? 200 : 401),
  );
  useOldToken(api);
  const paths = Array.from({ length: 10 }, (_, i) => `/${i}`);
  const data = await Promise.all(paths.map((path) => api.client.fetchQuery(api.get(path))));
  expect(data).toEqual(paths.map((path) => ({ path })));
  expect(renewals(api)).toBe(1);
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

test('a session with its retries waits as the server says, and the query sees none', async () => {
  const { server, client, get } = await start(({ json }) =>
    json({}, server.received.length < 3 ? 503 : 200, { 'retry-after': '0' }),
  );
  await client.fetchQuery({ ...get('busy'), retry: false });
  expect(server.received).toHaveLength(3);
});

test('a query that is cancelled ends its request', async () => {
  const { client, get, hanging } = await start(() => undefined);
  const failed = client.fetchQuery(get('slow')).catch((reason: unknown) => reason);
  const { closed } = await hanging;
  await client.cancelQueries({ queryKey: ['slow'] });
  await closed;
  expect(await failed).toBeInstanceOf(CancelledError);
});
