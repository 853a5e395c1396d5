import { type Lock, refresh, type RefreshOptions, type Session } from 'isosession';
import { describe, expect, test, vi } from 'vitest';
import { open, reasonOf, sent, sites } from '../../../support/contract.ts';
import {
  acceptOnly,
  openExpired,
  expired,
  renewAt,
  countRenewals,
  requestsTo,
} from './expired-session.ts';

const statuses = (responses: Response[]) => [...new Set(responses.map(({ status }) => status))];

const url = 'http://app.test/';

describe("a lock of the caller's own", () => {
  for (const { name, tokens, route } of [
    { name: 'are seen', tokens: expired, route: 'renewal' },
    { name: 'are cookies', tokens: {}, route: 'renewal?cookies=1' },
  ]) {
    test(`is run once for a renewal, by a key of the tokens, when they ${name}`, async () => {
      const keys: string[] = [];
      const lock: Lock = {
        run<T>(key: string, task: (signal: AbortSignal, fence: number) => Promise<T>): Promise<T> {
          keys.push(key);
          return task(new AbortController().signal, 1);
        },
      };
      const { a } = sites();
      const session: Session = openExpired(a, {
        lock,
        load: () => tokens,
        renew: (current) => renewAt(() => session, route)(current),
      });
      await Promise.all([session.get('private'), session.get('private')]);
      await session.get('expire', { auth: null });
      await session.get('private');
      expect(keys).toHaveLength(2);
      expect(new Set(keys).size).toBe(2);
    });
  }

  test('may give what somebody else has got for the same key', async () => {
    const results = new Map<string, Promise<unknown>>();
    const lock: Lock = {
      run<T>(key: string, task: (signal: AbortSignal, fence: number) => Promise<T>): Promise<T> {
        if (!results.has(key)) results.set(key, task(new AbortController().signal, 1));
        return results.get(key) as Promise<T>;
      },
    };
    const { a } = sites();
    let store = expired;
    const shared: Partial<RefreshOptions> = {
      lock,
      load: () => store,
      save: (tokens) => void (store = tokens),
    };
    const [first, second] = [openExpired(a, shared), openExpired(a, shared)];
    expect(statuses(await Promise.all([first.get('private'), second.get('private')]))).toEqual([
      200,
    ]);
    expect(await countRenewals(a)).toBe(1);

    await second.get('expire', { auth: null });
    expect((await second.get('private')).status).toBe(200);
    expect(
      (await requestsTo(a, 'private')).slice(4).map((entry) => sent(entry, 'authorization')),
    ).toEqual(['Bearer a1', 'Bearer a2']);
  });

  test('hands its signal to the renewal', async () => {
    const controller = new AbortController();
    const reason = new Error('lease ran out');
    const lock: Lock = { run: (_, task) => task(controller.signal, 1) };
    const renew: RefreshOptions['renew'] = (_, signal) =>
      new Promise((__, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        controller.abort(reason);
      });
    expect(
      await reasonOf(
        open({
          transport: acceptOnly(() => 'never'),
          auth: refresh({ load: () => expired, renew, lock }),
        }).get(url),
      ),
    ).toBe(reason);
  });

  test('hands its signal and its fence to save', async () => {
    const { signal } = new AbortController();
    const lock: Lock = { run: (_, task) => task(signal, 7) };
    const save = vi.fn();
    const { a } = sites();
    await openExpired(a, { lock, save }).get('private');
    expect(save.mock.calls).toEqual([[expect.anything(), { signal, fence: 7 }]]);
    expect((save.mock.calls[0] as [unknown, { signal: unknown }])[1].signal).toBe(signal);
  });

  test('that was lost while its holder renewed keeps the tokens from being saved', async () => {
    const controller = new AbortController();
    const reason = new Error('lease ran out');
    const lock: Lock = { run: (_, task) => task(controller.signal, 1) };
    const save = vi.fn();
    const { a } = sites();
    const session: Session = openExpired(a, {
      lock,
      save,
      async renew(current) {
        const tokens = await renewAt(() => session)(current);
        controller.abort(reason);
        return tokens;
      },
    });
    expect(await reasonOf(session.get('private'))).toBe(reason);
    expect(save).not.toHaveBeenCalled();
    // The server takes the old ones no more.
    expect((await session.get('private')).status).toBe(200);
  });
});

test('the lock of one process counts its fences, too', async () => {
  const fences: number[] = [];
  const { a } = sites();
  let store = expired;
  const session = openExpired(a, {
    load: () => store,
    save(tokens, { fence }) {
      store = tokens;
      fences.push(fence);
    },
  });
  for (let i = 0; i < 3; i++) {
    await session.get('private');
    await session.get('expire', { auth: null });
  }
  expect(fences).toHaveLength(3);
  expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
});
