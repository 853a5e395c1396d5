import {
  HTTPError,
  InvalidRequestError,
  type Lock,
  NetworkError,
  refresh,
  type Session,
  type Tokens,
} from 'isosession';
import { describe, expect, test, vi } from 'vitest';
import { open, reasonOf, rejection, sent, sites } from '../../../support/contract.ts';
import { acceptOnly, openExpired, expired, renewAt, countRenewals } from './expired-session.ts';

const url = 'http://app.test/';

describe('a renewal that fails', () => {
  for (const { name, make } of [
    { name: 'a network error', make: () => new NetworkError('reset') },
    { name: "an error of the caller's own", make: () => new Error('log in again') },
  ]) {
    test(`rejects each call that waited with its reason, once: ${name}`, async () => {
      const reason = make();
      const transport = acceptOnly(() => 'never');
      const renew = vi.fn(() => Promise.reject(reason));
      const session = open({
        transport,
        retry: { delay: () => 0 },
        auth: refresh({ load: () => expired, renew }),
      });
      const errors = await Promise.all(
        Array.from({ length: 100 }, () => reasonOf(session.get(url))),
      );
      expect(new Set(errors)).toEqual(new Set([reason]));
      expect(renew).toHaveBeenCalledTimes(1);
    });
  }

  test('keeps the old tokens, and the next call tries anew', async () => {
    const { a } = sites();
    let route = 'status/503';
    const session: Session = openExpired(a, {
      renew: (tokens) => renewAt(() => session, route)(tokens),
    });
    expect((await rejection(session.get('private'), HTTPError)).status).toBe(503);
    expect(sent(await (await session.get('echo')).json(), 'authorization')).toBe('Bearer a0');
    route = 'renewal';
    expect((await session.get('private')).status).toBe(200);
  });

  test('with no tokens is refused by name', async () => {
    const session = open({
      transport: acceptOnly(() => 'never'),
      auth: refresh({
        load: () => expired,
        renew: () => Promise.resolve(undefined as unknown as Tokens),
      }),
    });
    expect((await rejection(session.get(url), InvalidRequestError)).message).toContain(
      'refresh.renew',
    );
  });

  test.each(['a\r\nx-evil: 1', '', 42, null])(
    'with an access token that no header can hold keeps the old tokens, and is not saved: %j',
    async (accessToken) => {
      const answers = [{ accessToken }, { accessToken: 'b' }] as Tokens[];
      const save = vi.fn();
      const session = open({
        transport: acceptOnly(() => 'b'),
        auth: refresh({
          load: () => expired,
          renew: () => Promise.resolve(answers.shift() as Tokens),
          save,
        }),
      });
      expect((await rejection(session.get(url), InvalidRequestError)).message).toContain(
        'refresh.renew',
      );
      expect((await session.get(url)).status).toBe(200);
      expect(save.mock.calls).toEqual([[{ accessToken: 'b' }, expect.anything()]]);
    },
  );

  test('does not lose its tokens when isExpired throws for them', async () => {
    const { a } = sites();
    const reason = new Error('not a JWT');
    let store = expired;
    const session = openExpired(a, {
      load: () => store,
      save: (tokens) => void (store = tokens),
      isExpired({ accessToken }) {
        if (accessToken === 'a1') throw reason;
        return false;
      },
    });
    expect(await reasonOf(session.get('private'))).toBe(reason);
    expect(store.refreshToken).toBe('r1');
    expect(await session.get('private').json()).toMatchObject({ token: 'a1' });
    expect(await countRenewals(a)).toBe(1);
  });

  test('rejects the calls that waited when its tokens cannot be saved', async () => {
    const { a } = sites();
    const reason = new Error('quota');
    const session = openExpired(a, { save: () => Promise.reject(reason) });
    expect(await reasonOf(session.get('private'))).toBe(reason);
    expect((await session.get('private')).status).toBe(200);
    await session.get('expire', { auth: null });
    expect(await reasonOf(session.get('private'))).toBe(reason);
    expect(await session.get('private').json()).toMatchObject({ token: 'a2' });
  });

  test('does not lose its tokens when the lock cannot be given back', async () => {
    const { a } = sites();
    const reason = new Error('lock server is gone');
    const lock: Lock = {
      async run(_, task) {
        await task(new AbortController().signal, 1);
        throw reason;
      },
    };
    const session = openExpired(a, { lock });
    expect(await reasonOf(session.get('private'))).toBe(reason);
    expect((await session.get('private')).status).toBe(200);
    expect(await countRenewals(a)).toBe(1);
  });
});
