import { refresh, type Tokens } from 'isosession';
import { describe, expect, test, vi } from 'vitest';
import { deferred, inProcess, open, sites } from '../../../support/contract.ts';
import { acceptOnly, openExpired, expired, countRenewals, requestsTo } from './expired-session.ts';

const url = 'http://app.test/';

describe('the store', () => {
  test('is written before anybody uses the new tokens', async () => {
    const saved = deferred();
    const saving = deferred();
    const transport = acceptOnly(() => 'b');
    const save = () => (saving.resolve(), saved.promise);
    const call = open({
      transport,
      auth: refresh({
        load: () => expired,
        renew: () => Promise.resolve({ accessToken: 'b' }),
        save,
      }),
    }).get(url);
    await saving.promise;
    expect(transport.seen).toHaveLength(1);
    saved.resolve();
    expect((await call).status).toBe(200);
  });

  test('that another process has written is read before anything is renewed', async () => {
    let tokens: Tokens = expired;
    const renew = vi.fn(() => Promise.reject(new Error('reuse')));
    const session = open({
      transport: acceptOnly(() => tokens.accessToken ?? ''),
      auth: refresh({ load: () => tokens, renew }),
    });
    await session.get(url);
    tokens = { accessToken: 'theirs', refreshToken: 'theirs' };
    expect((await session.get(url)).status).toBe(200);
    expect(renew).not.toHaveBeenCalled();
  });

  test('with tokens of another process that are refused, too, has them renewed', async () => {
    let tokens: Tokens = expired;
    const renew = vi.fn(() => Promise.resolve({ accessToken: 'b' }));
    const transport = inProcess(
      ({ headers }, count) =>
        new Response(null, {
          status: count === 1 || headers.get('authorization') === 'Bearer b' ? 200 : 401,
        }),
    );
    const session = open({ transport, auth: refresh({ load: () => tokens, renew }) });
    await session.get(url);
    tokens = { accessToken: 'theirs', refreshToken: 'theirs' };
    expect((await session.get(url)).status).toBe(200);
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer a0',
      'Bearer a0',
      'Bearer theirs',
      'Bearer b',
    ]);
    expect(renew.mock.calls).toEqual([[tokens, expect.any(AbortSignal)]]);
  });

  test('that others write all the time does not hold a call up for ever', async () => {
    let count = 0;
    const transport = acceptOnly(() => 'never');
    const session = open({
      transport,
      auth: refresh({
        load: () => ({ accessToken: `a${++count}` }),
        renew: () => Promise.reject(new Error('unexpected')),
      }),
    });
    expect((await session.get(url)).status).toBe(401);
    expect(transport.seen).toHaveLength(3);
  });

  test('that others wrote once is not taken for new at every renewal', async () => {
    let tokens: Tokens = expired;
    let right = 'a0';
    const renew = vi.fn(({ refreshToken = '' }: Tokens = {}) =>
      Promise.resolve({ accessToken: right, refreshToken: `${refreshToken}+` }),
    );
    const session = open({
      transport: acceptOnly(() => right),
      auth: refresh({ load: () => tokens, renew }),
    });
    await session.get(url);
    tokens = { accessToken: 'theirs', refreshToken: 'r' };
    for (right of ['b', 'c']) expect((await session.get(url)).status).toBe(200);
    expect(renew.mock.calls.map(([current]) => current?.refreshToken)).toEqual(['r', 'r+']);
  });

  test('that nobody writes is not used again: the newest refresh token is', async () => {
    const { a } = sites();
    const session = openExpired(a);
    for (const token of ['a1', 'a2', 'a3']) {
      expect(await session.get('private').json()).toMatchObject({ token });
      await session.get('expire', { auth: null });
    }
    expect((await requestsTo(a, 'renewal')).map(({ body }) => body)).toEqual(
      ['r0', 'r1', 'r2'].map((refreshToken) => JSON.stringify({ refreshToken })),
    );
  });

  test('that keeps only the refresh token does not bring back older tokens', async () => {
    const { a } = sites();
    let store = 'r0';
    const session = openExpired(a, {
      load: () => ({ refreshToken: store }),
      save: ({ refreshToken }) => void (store = refreshToken ?? ''),
    });
    for (const token of ['a1', 'a2']) {
      expect(await session.get('private').json()).toMatchObject({ token });
      await session.get('expire', { auth: null });
    }
    expect(await countRenewals(a)).toBe(2);
  });

  test('that answers late does not bring back older tokens', async () => {
    const late = deferred<Tokens>();
    const asked = deferred();
    let count = 0;
    const load = () => (++count === 2 ? (asked.resolve(), late.promise) : undefined);
    const [sending, gate] = [deferred(), deferred<Response>()];
    const transport = inProcess(({ headers }) =>
      headers.get('authorization') === null
        ? (sending.resolve(), gate.promise)
        : new Response(null, { status: headers.get('authorization') === 'Bearer b' ? 200 : 401 }),
    );
    const session = open({
      transport,
      auth: refresh({ load, renew: () => Promise.resolve({ accessToken: 'b' }) }),
    });
    const first = session.get(url);
    await sending.promise;
    const second = session.get(url);
    await asked.promise;
    gate.resolve(new Response(null, { status: 401 }));
    expect((await first).status).toBe(200);
    late.resolve({ accessToken: 'old' });
    expect((await second).status).toBe(200);
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      null,
      'Bearer b',
      'Bearer b',
    ]);
  });
});
