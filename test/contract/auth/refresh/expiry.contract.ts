import { refresh, type Tokens } from 'isosession';
import { describe, expect, test, vi } from 'vitest';
import { open, reasonOf, sent, sites } from '../../../support/contract.ts';
import { acceptOnly, openExpired, expired, countRenewals, requestsTo } from './expired-session.ts';

const statuses = (responses: Response[]) => [...new Set(responses.map(({ status }) => status))];

const url = 'http://app.test/';

describe('before tokens expire', () => {
  const soon = (ms: number): Tokens => ({ ...expired, expiresAt: Date.now() + ms });

  for (const { expiresIn, sentBefore } of [
    { expiresIn: -1000, sentBefore: 0 },
    { expiresIn: 5000, sentBefore: 0 },
    { expiresIn: 15_000, sentBefore: 1 },
  ]) {
    test(`those that end in ${expiresIn} ms are sent ${sentBefore} times first`, async () => {
      const { a } = sites();
      const session = openExpired(a, { load: () => soon(expiresIn) });
      expect(statuses(await Promise.all([session.get('private'), session.get('private')]))).toEqual(
        [200],
      );
      expect(
        (await requestsTo(a, 'private')).filter(
          (entry) => sent(entry, 'authorization') === 'Bearer a0',
        ),
      ).toHaveLength(2 * sentBefore);
      expect(await countRenewals(a)).toBe(1);
    });
  }

  test('isExpired decides whether tokens are renewed first', async () => {
    const transport = acceptOnly(() => 'b');
    const session = open({
      transport,
      auth: refresh({
        load: () => ({ accessToken: 'a', old: true }),
        renew: () => Promise.resolve({ accessToken: 'b' }),
        isExpired: ({ old }) => old === true,
      }),
    });
    expect((await session.get(url)).status).toBe(200);
    expect(transport.seen).toHaveLength(1);
  });

  test('a renewal that fails leaves them in use until their end', async () => {
    const reason = new Error('unreachable');
    let tokens = soon(5000);
    const make = () => {
      const renew = vi.fn(() => Promise.reject(reason));
      return {
        renew,
        session: open({
          transport: acceptOnly(() => 'a0'),
          auth: refresh({ load: () => tokens, renew }),
        }),
      };
    };
    const holding = make();
    expect((await holding.session.get(url)).status).toBe(200);
    expect(holding.renew).toHaveBeenCalledTimes(1);
    tokens = soon(-1);
    expect(await reasonOf(make().session.get(url))).toBe(reason);
  });

  test('a renewal that fails after a 401 is the error of the call', async () => {
    const reason = new Error('unreachable');
    const renew = vi.fn(() => Promise.reject(reason));
    expect(
      await reasonOf(
        open({
          transport: acceptOnly(() => 'never'),
          auth: refresh({ load: () => soon(5000), renew }),
        }).get(url),
      ),
    ).toBe(reason);
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('an abort is no failed renewal', async () => {
    const controller = new AbortController();
    const transport = acceptOnly(() => 'a0');
    const renew = () => new Promise<never>(() => controller.abort(new Error('enough')));
    expect(
      await reasonOf(
        open({ transport, auth: refresh({ load: () => soon(5000), renew }) }).get(url, {
          signal: controller.signal,
        }),
      ),
    ).toBe(controller.signal.reason);
    expect(transport.seen).toEqual([]);
  });

  test('new tokens that look expired are sent until the server refuses them', async () => {
    let count = 0;
    let right = 'b1';
    const renew = vi.fn(() =>
      Promise.resolve({
        accessToken: `b${++count}`,
        expiresAt: Math.round(Date.now() / 1000) + 3600,
      }),
    );
    const session = open({
      transport: acceptOnly(() => right),
      auth: refresh({ load: () => expired, renew }),
    });
    for (let i = 0; i < 3; i++) expect((await session.get(url)).status).toBe(200);
    expect(renew).toHaveBeenCalledTimes(1);
    right = 'b2';
    expect((await session.get(url)).status).toBe(200);
    expect(renew).toHaveBeenCalledTimes(2);
  });
});
