/** Policies of cockatiel around a session: as a middleware of its own ring, or around calls. */
import { handleAll, handleType, retry, timeout, TimeoutStrategy } from 'cockatiel';
import { HTTPError, type Middleware, Session } from 'isosession';
import { expect, test } from 'vitest';
import { serve } from './loopback.ts';
import { sample } from './sample.ts';

const { breaker, isBroken } = (await sample('pace.md', 'cockatiel')) as unknown as {
  breaker(failures: number, halfOpenAfter: number): Middleware;
  isBroken(error: unknown): boolean;
};

test('a circuit that opens ends the attempts of a call, and refuses the next', async () => {
  await using server = await serve(({ json }) => json({}, 503));
  await using session = new Session({
    baseUrl: server.origin,
    retry: { limit: 9, delay: () => 0 },
  });
  session.use(breaker(2, 60_000));
  await expect(session.get('down')).rejects.toSatisfy(isBroken);
  await expect(session.get('down')).rejects.toSatisfy(isBroken);
  expect(server.received).toHaveLength(2);
});

test('its retries around a session without retries: so many and no more', async () => {
  await using server = await serve(({ json }) =>
    json({ ok: true }, server.received.length < 3 ? 500 : 200),
  );
  await using session = new Session({ baseUrl: server.origin, retry: 0 });
  const policy = retry(handleAll, { maxAttempts: 5 });
  const data = await policy.execute(({ signal }) => session.get('flaky', { signal }).json());
  expect(data).toEqual({ ok: true });
  expect(server.received).toHaveLength(3);
});

test('its timeout ends the request by the signal that it hands out', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  await using server = await serve(({ response }) => {
    closed = new Promise((resolve) => response.once('close', resolve));
  });
  await using session = new Session({ baseUrl: server.origin });
  const policy = timeout(100, TimeoutStrategy.Cooperative);
  const call = policy.execute(({ signal }) => session.get('slow', { signal }));
  await expect(call).rejects.toHaveProperty('name', 'AbortError');
  await closed;
});

test('a policy knows errors of a session by their types', async () => {
  await using server = await serve(({ url, json }) =>
    json({}, url.pathname === '/busy' && server.received.length < 3 ? 503 : 404),
  );
  await using session = new Session({ baseUrl: server.origin, retry: 0 });
  const isBusy = handleType(HTTPError, ({ status }) => status === 503);
  const policy = retry(isBusy, { maxAttempts: 5 });
  const call = policy.execute(() => session.get('busy').json());
  await expect(call).rejects.toHaveProperty('status', 404);
  expect(server.received).toHaveLength(3);
});
