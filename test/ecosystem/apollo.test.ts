/** Apollo Client over `session.fetch`. */
import { ApolloClient, gql, HttpLink, InMemoryCache, ServerError } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { RetryLink } from '@apollo/client/link/retry';
import { NetworkError } from 'isosession';
import { expect, test } from 'vitest';
import { hasNewToken, logIn, renewals, start, type Started, useOldToken } from './api.ts';

function clientOf({ session, server }: Started, path = 'graphql') {
  const link = new HttpLink({ uri: `${server.origin}/${path}`, fetch: session.fetch });
  return new ApolloClient({ link, cache: new InMemoryCache() });
}
const query = gql`
  query {
    me
  }
`;

test('a query carries the cookie of a login', async () => {
  const api = await start(({ request, json }) => json({ data: { me: request.headers.cookie } }));
  await logIn(api);
  expect((await clientOf(api).query({ query })).data).toEqual({ me: 'sid=1' });
});

test('queries at once that are refused renew the token once', async () => {
  const api = await start((exchange) =>
    hasNewToken(exchange)
      ? exchange.json({ data: { me: 'Ann' } })
      : exchange.json({ errors: [{ message: 'who?' }] }, 401),
  );
  useOldToken(api);
  const fetchPolicy = 'network-only';
  const clients = [clientOf(api), clientOf(api), clientOf(api)];
  const answers = await Promise.all(clients.map((client) => client.query({ query, fetchPolicy })));
  expect(answers.map(({ data }) => data)).toEqual(Array(3).fill({ me: 'Ann' }));
  expect(renewals(api)).toBe(1);
});

test('a status is a ServerError, and a failed network has the cause of the session', async () => {
  const api = await start(({ response, json, url }) =>
    url.pathname === '/broken' ? response.destroy() : json({ error: 'down' }, 500),
  );
  const error: unknown = await clientOf(api)
    .query({ query })
    .catch((reason) => reason);
  expect(ServerError.is(error) && error.statusCode).toBe(500);
  const lost: unknown = await clientOf(api, 'broken')
    .query({ query })
    .catch((reason) => reason);
  expect(lost).toBeInstanceOf(TypeError);
  expect(lost).toHaveProperty('cause', expect.any(NetworkError));
});

test('a POST is retried by RetryLink alone, or by a session that is told to', async () => {
  const api = await start(({ json }) => json({ data: { me: 'Ann' } }, served() ? 200 : 503), {
    retry: { delay: () => 0 },
  });
  const served = () => api.server.received.length % 3 === 0;
  const { session, server } = api;
  const uri = `${server.origin}/graphql`;
  const retries = new RetryLink({ delay: { initial: 0 }, attempts: { max: 3 } });
  const link = retries.concat(new HttpLink({ uri, fetch: session.fetch }));
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  expect((await client.query({ query })).data).toEqual({ me: 'Ann' });
  expect(server.received).toHaveLength(3);

  const told = session.extend({ retry: { methods: ['GET', 'POST'] } });
  expect((await clientOf({ ...api, session: told }).query({ query })).data).toEqual({ me: 'Ann' });
  expect(server.received).toHaveLength(6);
});

test('a batch of queries is one request', async () => {
  const api = await start(async ({ text, json }) =>
    json((JSON.parse(await text()) as unknown[]).map((_, i) => ({ data: { me: `Ann ${i}` } }))),
  );
  const uri = `${api.server.origin}/graphql`;
  const link = new BatchHttpLink({ uri, fetch: api.session.fetch });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const names = gql`
    query Other {
      me
    }
  `;
  const answers = await Promise.all([
    client.query({ query, fetchPolicy: 'no-cache' }),
    client.query({ query: names, fetchPolicy: 'no-cache' }),
  ]);
  expect(answers.map(({ data }) => data)).toEqual([{ me: 'Ann 0' }, { me: 'Ann 1' }]);
  expect(api.server.received).toEqual(['POST /graphql']);
});

test('a query that nobody waits for any more ends its request', async () => {
  const api = await start(() => undefined);
  const subscription = clientOf(api, 'slow').watchQuery({ query }).subscribe({});
  const { closed } = await api.hanging;
  subscription.unsubscribe();
  await closed;
});
