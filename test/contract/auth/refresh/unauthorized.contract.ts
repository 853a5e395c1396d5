import { InvalidRequestError, refresh, type Session, type Tokens } from 'isosession';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  deferred,
  inBrowser,
  inProcess,
  open,
  rejection,
  sent,
  sites,
  wireTest,
} from '../../../support/contract.ts';
import { acceptOnly, openExpired, expired, countRenewals, requestsTo } from './expired-session.ts';

afterEach(() => {
  vi.useRealTimers();
});

const statuses = (responses: Response[]) => [...new Set(responses.map(({ status }) => status))];

const url = 'http://app.test/';

describe('a 401', () => {
  // A browser makes six at a time, and asks for leave before each.
  const many = inBrowser ? 100 : 1000;

  test(
    `to ${many} concurrent calls causes one renewal, and all of them succeed`,
    { timeout: 60_000 },
    async () => {
      const { a } = sites();
      const save = vi.fn();
      const session = openExpired(a, { save });
      const responses = await Promise.all(
        Array.from({ length: many }, () => session.get('private').json<{ token: string }>()),
      );
      expect(responses.filter(({ token }) => token === 'a1')).toHaveLength(many);
      expect(await countRenewals(a)).toBe(1);
      expect(save.mock.calls).toEqual([
        [{ accessToken: 'a1', refreshToken: 'r1' }, expect.anything()],
      ]);
    },
  );

  test('to a call with older tokens sends it again with the current ones', async () => {
    const { a } = sites();
    const session = openExpired(a);
    const slow = session.get('private', { searchParams: { key: 'slow' } });
    await a.requests({ requests: 1 });
    expect((await session.get('private')).status).toBe(200);
    await a.release('slow');
    expect((await slow).status).toBe(200);
    expect((await requestsTo(a, 'private')).map((entry) => sent(entry, 'authorization'))).toEqual([
      'Bearer a0',
      'Bearer a0',
      'Bearer a1',
      'Bearer a1',
    ]);
    expect(await countRenewals(a)).toBe(1);
  });

  test('to older tokens, and then to the current ones, renews them', async () => {
    const { a } = sites();
    const session = openExpired(a);
    const slow = session.get('private', { searchParams: { key: 'slow' } });
    await a.requests({ requests: 1 });
    await session.get('private');
    await session.get('expire', { auth: null });
    await a.release('slow');
    expect(await (await slow).json()).toMatchObject({ token: 'a2' });
    expect(await countRenewals(a)).toBe(2);
  });

  test('after a renewal is the response of the call, and can be read', async () => {
    const { a } = sites();
    const session = openExpired(a);
    const response = await session.get('status/401');
    expect([response.status, await response.json()]).toEqual([401, { status: 401 }]);
    expect((await a.requests()).map(({ route }) => route)).toEqual([
      'status/401',
      'renewal',
      'status/401',
    ]);
  });

  test('renews once in a call, however many attempts it takes', async () => {
    const answers = [401, 503, 401];
    const transport = inProcess(
      (_, count) => new Response(null, { status: answers[count - 1] ?? 200 }),
    );
    const renew = vi.fn(() => Promise.resolve({ accessToken: 'b' }));
    const response = await open({
      transport,
      retry: { delay: () => 0 },
      auth: refresh({ load: () => ({ accessToken: 'a' }), renew }),
    }).get(url);
    expect([response.status, response.attempts, transport.seen.length]).toEqual([401, 2, 3]);
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('renews once in a call, even when the renewal before the 401 failed', async () => {
    const transport = inProcess(
      (_, count) => new Response(null, { status: count === 1 ? 503 : 200 }),
    );
    const renew = vi.fn(() => Promise.reject(new Error('unreachable')));
    const load = () => ({ accessToken: 'a', expiresAt: Date.now() + 5000 });
    expect(
      (
        await open({ transport, retry: { delay: () => 0 }, auth: refresh({ load, renew }) }).get(
          url,
        )
      ).attempts,
    ).toBe(2);
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('is not read, and its body is ended', async () => {
    const cancel = vi.fn();
    const transport = inProcess((_, count) =>
      count === 1 ? new Response(new ReadableStream({ cancel }), { status: 401 }) : new Response(),
    );
    expect(
      (
        await open({
          transport,
          auth: refresh({
            load: () => expired,
            renew: () => Promise.resolve({ accessToken: 'b' }),
          }),
        }).get(url)
      ).status,
    ).toBe(200);
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  test('sends the body again', async () => {
    const { a } = sites();
    const session = openExpired(a);
    expect(await session.post('private', { json: { note: 1 } }).json()).toEqual({
      token: 'a1',
      body: '{"note":1}',
    });
  });

  wireTest(
    'to a body of one use rejects the call, whose tokens are renewed all the same',
    async () => {
      const { a } = sites();
      const session = openExpired(a);
      const error = await rejection(
        session.post('private', { body: new Blob(['once']).stream() }),
        InvalidRequestError,
      );
      expect(error.message).toContain('give a function');
      expect(
        (await session.post('private', { body: () => new Blob(['once']).stream() })).status,
      ).toBe(200);
      expect((await requestsTo(a, 'private')).map(({ body }) => body)).toEqual(['once', 'once']);
    },
  );

  test('in a session of HttpOnly cookies renews them and sends again', async () => {
    const { a } = sites();
    const session: Session = openExpired(a, {
      load: () => ({}),
      renew: () => session.post('renewal?cookies=1', { auth: null }).json<Tokens>(),
    });
    for (const token of ['a1', 'a2']) {
      const all = await Promise.all(
        Array.from({ length: 20 }, () => session.get('private').json<{ token: string }>()),
      );
      expect(all.filter((answer) => answer.token === token)).toHaveLength(20);
      await session.get('expire', { auth: null });
    }
    expect(await countRenewals(a)).toBe(2);
    expect(
      (await requestsTo(a, 'private')).every((entry) => sent(entry, 'authorization') === undefined),
    ).toBe(true);
  });

  test('of one login does not wait for the renewal of another', async () => {
    const held = deferred<Tokens>();
    const transport = acceptOnly(() => 'new');
    const [first, second] = [() => held.promise, () => Promise.resolve({ accessToken: 'new' })].map(
      (renew) => open({ transport, auth: refresh({ load: () => expired, renew }) }),
    ) as [Session, Session];
    const waiting = first.get(url);
    expect((await second.get(url)).status).toBe(200);
    held.resolve({ accessToken: 'new' });
    expect((await waiting).status).toBe(200);
  });

  test('of sessions that share their auth causes one renewal', async () => {
    const { a } = sites();
    const parent = openExpired(a);
    const child = parent.extend({ headers: { 'x-child': '1' } });
    expect(statuses(await Promise.all([parent.get('private'), child.get('private')]))).toEqual([
      200,
    ]);
    expect(await countRenewals(a)).toBe(1);
  });
});

describe('a call that a renewal makes', () => {
  test('in the session itself, with auth: null, is sent at once', async () => {
    const { a } = sites();
    expect((await openExpired(a).get('private')).status).toBe(200);
    expect(
      sent((await requestsTo(a, 'renewal'))[0] as { headers: [string, string][] }, 'authorization'),
    ).toBeUndefined();
  });

  test('without auth: null waits for itself; after a minute an error says so', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const started = deferred();
    const session: Session = open({
      transport: acceptOnly(() => 'never'),
      auth: refresh({
        load: () => expired,
        renew: () => (started.resolve(), session.post(url).json<Tokens>()),
      }),
    });
    const calls = [session.get(url), session.get(url)].map((call) =>
      rejection(call, InvalidRequestError),
    );
    await started.promise;
    await vi.advanceTimersByTimeAsync(60_000);
    for (const { message } of await Promise.all(calls)) expect(message).toContain('auth: null');
  });
});
