/** tRPC's `httpBatchLink` and `httpBatchStreamLink` over `session.fetch`. */
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  TRPCClientError,
} from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { type CreateHTTPContextOptions, createHTTPHandler } from '@trpc/server/adapters/standalone';
import { NetworkError } from 'isosession';
import { expect, test } from 'vitest';
import { logIn, renewals, start, type Started, useOldToken } from './api.ts';

const t = initTRPC.context<{ cookie: string; token: string }>().create();
const router = t.router({
  cookie: t.procedure.query(({ ctx }) => ctx.cookie),
  secret: t.procedure.query(({ ctx }) => {
    if (ctx.token === 'Bearer new') return 42;
    throw new TRPCError({ code: 'UNAUTHORIZED' });
  }),
  fail: t.procedure.query((): never => {
    throw new TRPCError({ code: 'NOT_FOUND', message: 'no such note' });
  }),
  add: t.procedure.mutation(() => 'added'),
  late: t.procedure.query(async function* () {
    yield 1;
    yield 2;
  }),
});
const handle = createHTTPHandler({
  router,
  basePath: '/trpc/',
  createContext: ({ req: { headers } }: CreateHTTPContextOptions) => ({
    cookie: headers.cookie ?? '',
    token: headers.authorization ?? '',
  }),
});

const startTrpc = () => start(({ request, response }) => handle(request, response));
const clientOf = ({ session, server }: Started, path = 'trpc') =>
  createTRPCClient<typeof router>({
    links: [httpBatchLink({ url: `${server.origin}/${path}`, fetch: session.fetch })],
  });

test('calls at once are one request, with the cookie of the login', async () => {
  const api = await startTrpc();
  await logIn(api);
  const client = clientOf(api);
  const answers = await Promise.all([client.cookie.query(), client.cookie.query()]);
  expect(answers).toEqual(['sid=1', 'sid=1']);
  expect(api.server.received.slice(1)).toEqual([expect.stringMatching(/^GET .*cookie,cookie\?/)]);
});

test('a batch that is refused renews the token once, and is sent again', async () => {
  const api = await startTrpc();
  useOldToken(api);
  const client = clientOf(api);
  expect(await Promise.all([client.secret.query(), client.secret.query()])).toEqual([42, 42]);
  expect(renewals(api)).toBe(1);
});

test('an error of a procedure is its own, and one of the network has the cause', async () => {
  const api = await startTrpc();
  const failed: unknown = await clientOf(api)
    .fail.query()
    .catch((reason: unknown) => reason);
  expect(failed).toBeInstanceOf(TRPCClientError);
  expect(failed).toHaveProperty('data.code', 'NOT_FOUND');

  const broken = await start(({ response }) => response.destroy(), { retry: 0 });
  const lost: unknown = await clientOf(broken)
    .cookie.query()
    .catch((reason: unknown) => reason);
  expect(lost).toHaveProperty('cause.cause', expect.any(NetworkError));
});

test('queries are retried by the session, mutations are not', async () => {
  let isDown = true;
  const api = await start(
    ({ request, response, json }) => {
      if (isDown) json({}, 503);
      else handle(request, response);
      isDown = false;
    },
    { retry: { delay: () => 0 } },
  );
  expect(await clientOf(api).cookie.query()).toBe('');
  isDown = true;
  await expect(clientOf(api).add.mutate()).rejects.toBeInstanceOf(TRPCClientError);
  expect(api.server.received).toHaveLength(3);
});

test('a stream of batches comes through', async () => {
  const api = await startTrpc();
  const url = `${api.server.origin}/trpc`;
  const links = [httpBatchStreamLink({ url, fetch: api.session.fetch })];
  const client = createTRPCClient<typeof router>({ links });
  const numbers: number[] = [];
  for await (const number of await client.late.query()) numbers.push(number);
  expect(numbers).toEqual([1, 2]);
});

test('an abort ends the request', async () => {
  const api = await startTrpc();
  const controller = new AbortController();
  const call = clientOf(api, 'slow').cookie.query(undefined, { signal: controller.signal });
  const failed = call.catch((reason: unknown) => reason);
  const { closed } = await api.hanging;
  controller.abort();
  await closed;
  expect(await failed).toBeInstanceOf(TRPCClientError);
});
