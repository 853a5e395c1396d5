import { type Lock, refresh, type RefreshOptions, type Session, type Tokens } from 'isosession';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inProcess, open, reasonOf, sites } from '../../../support/contract.ts';
import { acceptOnly, countRenewals, expired, openExpired, requestsTo } from './expired-session.ts';

afterEach(() => {
  vi.useRealTimers();
});

const url = 'http://app.test/';

const statuses = (responses: Response[]) => [...new Set(responses.map(({ status }) => status))];

/** Gets `count` responses, one after another. */
async function getInTurn(session: Session, count: number, path = url): Promise<Response[]> {
  const responses: Response[] = [];
  for (let i = 0; i < count; i++) responses.push(await session.get(path));
  return responses;
}

/** Gives the tokens `b1`, `b2` and so on. */
function countedRenewals() {
  let count = 0;
  return vi.fn(() => Promise.resolve<Tokens>({ accessToken: `b${++count}` }));
}

/** Opens a session whose tokens are those of `options`, over an API that takes `token` alone. */
function openTo(token: () => string, options: Partial<RefreshOptions> = {}) {
  const renew = countedRenewals();
  const transport = acceptOnly(token);
  const auth = refresh({ load: () => expired, renew, ...options });
  return { renew, transport, session: open({ transport, auth }) };
}

const never = () => 'never';

describe('A3: an API that refuses every token', () => {
  test('has them renewed five times by fifty calls in turn, and the 401 can be read', async () => {
    const { a } = sites();
    const session = openExpired(a);
    const responses = await getInTurn(session, 50, 'status/401');
    expect(statuses(responses)).toEqual([401]);
    expect(await responses.at(-1)?.json()).toEqual({ status: 401 });
    expect(await countRenewals(a)).toBe(5);
    expect(await requestsTo(a, 'status/401')).toHaveLength(55);
  });

  test('has them renewed at most five times by two hundred calls at once', async () => {
    const { a } = sites();
    const session = openExpired(a);
    const get = () => session.get('status/401');
    expect(statuses(await Promise.all(Array.from({ length: 200 }, get)))).toEqual([401]);
    await getInTurn(session, 10, 'status/401');
    expect(await countRenewals(a)).toBe(5);
  });

  test('has them renewed by every call with renewals: false', async () => {
    const { session, renew } = openTo(never, { renewals: false });
    await getInTurn(session, 50);
    expect(renew).toHaveBeenCalledTimes(50);
  });

  test('and whose tokens are short-lived has no more of them renewed before a call', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    const renew = vi.fn(() =>
      Promise.resolve({ accessToken: 'b', expiresAt: Date.now() + 11_000 }),
    );
    const { session } = openTo(never, { renew });
    for (let i = 0; i < 10; i++) {
      await getInTurn(session, 2);
      await vi.advanceTimersByTimeAsync(2000);
    }
    expect(renew).toHaveBeenCalledTimes(5);
  });
});

describe('beyond the renewals that are left', () => {
  /** Has its five renewals behind it. */
  async function exhaust(options: Partial<RefreshOptions> = {}) {
    let token = 'never';
    const opened = openTo(() => token, options);
    await getInTurn(opened.session, 6);
    return { ...opened, accept: (accepted: string) => (token = accepted) };
  }

  test('tokens that the API takes at last are used', async () => {
    const { session, accept } = await exhaust();
    accept('b5');
    expect(statuses(await getInTurn(session, 2))).toEqual([200]);
  });

  test('newer tokens of another process are used', async () => {
    let store = expired;
    const { session, renew, accept } = await exhaust({ load: () => store });
    accept('theirs');
    store = { accessToken: 'theirs' };
    expect((await session.get(url)).status).toBe(200);
    expect(renew).toHaveBeenCalledTimes(5);
  });

  test('a store that fails is the error of the call', async () => {
    const reason = new Error('no store');
    let fails = false;
    const load = () => (fails ? Promise.reject(reason) : expired);
    const { session } = await exhaust({ load });
    fails = true;
    expect(await reasonOf(session.get(url))).toBe(reason);
  });

  test('a lock that tells others of a result has none to tell', async () => {
    const results: unknown[] = [];
    const lock: Lock = {
      async run(_, task) {
        const result = await task(new AbortController().signal, 1);
        results.push(result);
        return result;
      },
    };
    const { session } = await exhaust({ lock });
    expect((await session.get(url)).status).toBe(401);
    expect(results).toHaveLength(5);
  });
});

describe('a renewal', () => {
  test('whose tokens were accepted does not count', async () => {
    let token = 'b1';
    const { session, renew } = openTo(() => token);
    for (let i = 1; i <= 20; i++) {
      token = `b${i}`;
      expect((await session.get(url)).status).toBe(200);
    }
    expect(renew).toHaveBeenCalledTimes(20);
  });

  test('by others counts, too, if its tokens are refused', async () => {
    const results = new Map<string, Promise<unknown>>();
    // It gives all who ask for the same key what the first one got.
    const lock: Lock = {
      async run<T>(
        key: string,
        task: (signal: AbortSignal, fence: number) => Promise<T>,
      ): Promise<T> {
        if (!results.has(key)) results.set(key, task(new AbortController().signal, 1));
        try {
          // What was got for a key is what its asker's task gives.
          return (await results.get(key)) as T;
        } catch (error) {
          results.delete(key);
          throw error;
        }
      },
    };
    const renew = countedRenewals();
    const tabs = [1, 2, 3].map(() => openTo(never, { lock, renew }).session);
    for (let i = 0; i < 10; i++) for (const tab of tabs) await tab.get(url);
    expect(renew).toHaveBeenCalledTimes(5);
  });
});

describe('a store without tokens', () => {
  test('that gives null has the first ones fetched before the first call, once', async () => {
    const { session, renew, transport } = openTo(() => 'b1', { load: () => null });
    const responses = await Promise.all([session.get(url), session.get(url)]);
    await session.get(url);
    expect(statuses(responses)).toEqual([200]);
    expect(renew.mock.calls).toEqual([[undefined, expect.any(AbortSignal)]]);
    expect(transport.seen).toHaveLength(3);
  });

  test('that gives null leaves the call unsent when there are none to get', async () => {
    const reason = new Error('invalid_client');
    const renew = () => Promise.reject(reason);
    const { session, transport } = openTo(never, { load: () => null, renew });
    expect(await reasonOf(session.get(url))).toBe(reason);
    expect(transport.seen).toEqual([]);
  });

  test('that gives null after undefined has them fetched from then on', async () => {
    const answers = [undefined, null];
    const renew = countedRenewals();
    const transport = inProcess(() => new Response());
    const load = () => answers.shift();
    const session = open({ transport, auth: refresh({ load, renew }) });
    await getInTurn(session, 3);
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      null,
      'Bearer b1',
      'Bearer b1',
    ]);
  });
});
