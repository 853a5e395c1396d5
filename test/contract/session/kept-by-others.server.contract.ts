import { InvalidRequestError, type Session, type Transport } from 'isosession';
import {
  memoryStore,
  openSession,
  type OpenSessionOptions,
  type SessionStore,
  type StoredSession,
} from 'isosession/store';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { inProcess, reasonOf, thrown } from '../../support/contract.ts';

const baseUrl = 'https://app.test/';
const open = (store: SessionStore, options?: Partial<OpenSessionOptions>): Promise<StoredSession> =>
  openSession({ store, id: 'ann', baseUrl, ...options });

async function pairsOf(session: Session): Promise<string[]> {
  return (await session.cookies.export()).map(({ name, value }) => `${name}=${value}`).sort();
}

/** What a session that is opened now begins with. */
async function kept(store: SessionStore): Promise<[cookies: string[], header: string | null]> {
  const session = await open(store);
  return [await pairsOf(session), session.headers.get('x-a')];
}

/** A store that saves over anything, as many do. */
function blindStore(): SessionStore {
  const inner = memoryStore();
  return {
    ...inner,
    async save(id, data, options) {
      const found = await inner.load(id);
      return inner.save(id, data, { ...options, expected: found?.version });
    },
    capabilities: { ...inner.capabilities, compareAndSet: false },
  };
}

describe.each([
  ['compares', memoryStore],
  ['cannot compare', blindStore],
])('a session in a store that %s, which somebody else saves meanwhile', (_, makeStore) => {
  test('has the cookies of the other, and leaves their headers as they are', async () => {
    const store = makeStore();
    const [one, two] = [await open(store), await open(store)];
    await two.cookies.set('two=1');
    two.headers.set('x-a', 'new');
    await two.save();
    for (const name of ['first', 'second']) {
      await one.cookies.set(`${name}=1`);
      await one.save();
      expect(await pairsOf(one)).toContain('two=1');
    }
    expect(await kept(store)).toEqual([['first=1', 'second=1', 'two=1'], 'new']);
  });

  test('is saved and is whole after a save that has failed', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const inner = makeStore();
    const store = { ...inner };
    const [one, two] = [await open(store), await open(inner)];
    await one.cookies.set('a=older');
    vi.setSystemTime(Date.now() + 10);
    await two.cookies.set('a=newer');
    await two.cookies.set('b=1');
    await two.save();
    // It fails as soon as what the other has saved was loaded.
    store.load = (id) => {
      store.save = () => Promise.reject(new Error('no answer'));
      return inner.load(id);
    };
    expect(await reasonOf(one.save())).toMatchObject({ reason: 'unavailable' });
    Object.assign(store, inner);
    await one.save();
    expect(await pairsOf(one)).toEqual(['a=newer', 'b=1']);
    expect(await kept(inner)).toEqual([['a=newer', 'b=1'], null]);
  });

  test('without cookies of its own is saved, and leaves the cookies to the other', async () => {
    const store = makeStore();
    const [bare, other] = [await open(store, { cookies: false }), await open(store)];
    await other.cookies.set('a=1');
    await other.save();
    bare.headers.set('x-a', 'b');
    await bare.save();
    expect(await kept(store)).toEqual([['a=1'], 'b']);
  });
});

describe('the end of a session', () => {
  test('S24: that was destroyed saves nothing: a logout is not undone', async () => {
    const store = memoryStore();
    {
      await using session = await open(store);
      await session.cookies.set('sid=1');
      await session.save();
      await session.cookies.set('sid=2');
      await session.destroy();
      await store.delete('ann');
    }
    expect(await store.load('ann')).toBeUndefined();
    const session = await open(store);
    await session.cookies.set('sid=3');
    await Promise.all([session.close(), session.destroy()]);
    expect(await store.load('ann')).toBeUndefined();
  });

  test('is saved though a transport of its own fails to close', async () => {
    const store = memoryStore();
    const reason = new Error('no');
    const transport: Transport = {
      ...inProcess(() => new Response()),
      close: () => Promise.reject(reason),
    };
    const session = await open(store, { transport });
    await session.cookies.set('a=1');
    expect(await reasonOf(session.close())).toBe(reason);
    expect(await kept(store)).toEqual([['a=1'], null]);
  });
});

test('a session whose options are wrong is refused before its store is asked', async () => {
  const store = memoryStore();
  const load = vi.spyOn(store, 'load');
  const error = await reasonOf(open(store, { params: {} } as object));
  expect(error).toBeInstanceOf(InvalidRequestError);
  expect(load).not.toHaveBeenCalled();
});

test('a store of no sessions is refused', () => {
  const { message } = thrown(() => memoryStore({ max: 0 }), InvalidRequestError);
  expect(message).toContain('memoryStore.max');
});
