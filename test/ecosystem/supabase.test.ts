/** supabase-js over `session.fetch`: its own login and tokens, the session's network. */
import { createClient } from '@supabase/supabase-js';
import type { SessionOptions } from 'isosession';
import { expect, test } from 'vitest';
import { start } from './api.ts';
import type { Exchange } from './loopback.ts';

const user = { id: '1', aud: 'authenticated', email: 'ann@example.com' };
const login = {
  access_token: 'access',
  refresh_token: 'renewal',
  token_type: 'bearer',
  expires_in: 3600,
  user,
};

async function startSupabase(
  answer: (exchange: Exchange) => unknown,
  options: SessionOptions = {},
) {
  const api = await start((exchange) => {
    if (exchange.url.pathname === '/auth/v1/token') return exchange.json(login);
    return answer(exchange);
  }, options);
  const { origin } = api.server;
  const client = createClient(origin, 'the-key', {
    global: { fetch: api.session.fetch },
    auth: { persistSession: false, autoRefreshToken: false },
  });
  return { ...api, client };
}

test('rows come with the key, and after a login with its token', async () => {
  const { client } = await startSupabase(({ request: { headers }, json }) =>
    json([{ key: headers['apikey'], by: headers.authorization }]),
  );
  expect((await client.from('notes').select()).data).toEqual([
    { key: 'the-key', by: 'Bearer the-key' },
  ]);
  const signedIn = await client.auth.signInWithPassword({
    email: 'ann@example.com',
    password: 'pass',
  });
  expect(signedIn.data.user?.email).toBe(user.email);
  expect((await client.from('notes').select()).data).toEqual([
    { key: 'the-key', by: 'Bearer access' },
  ]);
});

test('an error of PostgREST is given, not thrown', async () => {
  const { client } = await startSupabase(({ json }) =>
    json({ message: 'no such table', code: '42P01', details: null, hint: null }, 404),
  );
  const { data, error, status } = await client.from('notes').select();
  expect([data, error?.message, error?.code, status]).toEqual([
    null,
    'no such table',
    '42P01',
    404,
  ]);
});

test('with retry 0 of the session, what supabase-js retries is all that is', async () => {
  const { client, server } = await startSupabase(
    ({ json }) => json([{ id: 1 }], server.received.length < 2 ? 503 : 200),
    { retry: 0 },
  );
  expect((await client.from('notes').select()).data).toEqual([{ id: 1 }]);
  expect(server.received).toHaveLength(2);
});

test('with its own retries off, the session retries', async () => {
  const { client, server } = await startSupabase(
    ({ json }) => json([{ id: 1 }], server.received.length < 2 ? 503 : 200),
    { retry: { delay: () => 0 } },
  );
  expect((await client.from('notes').select().retry(false)).data).toEqual([{ id: 1 }]);
  expect(server.received).toHaveLength(2);
});

test('an upload to its storage arrives whole', async () => {
  const sent: string[] = [];
  const { client } = await startSupabase(async ({ request, text, json }) => {
    const { length } = await text();
    sent.push(`${request.headers['content-type']?.split(';')[0]} ${length}`);
    json({ Id: '1', Key: 'files/a.txt' });
  });
  const bytes = new TextEncoder().encode('x'.repeat(1000));
  const options = { contentType: 'text/plain' };
  const { error } = await client.storage.from('files').upload('a.txt', bytes, options);
  expect(error).toBeNull();
  expect(sent).toEqual(['text/plain 1000']);
});

test('an abort ends the request', async () => {
  const { client, hanging } = await startSupabase(() => undefined);
  const controller = new AbortController();
  const query = client.from('slow').select().abortSignal(controller.signal);
  const answer = query.then(({ error }) => error?.message);
  const { closed } = await hanging;
  controller.abort();
  await closed;
  expect(await answer).toContain('AbortError');
});
