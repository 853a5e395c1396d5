import { InvalidRequestError, Session, UnsupportedError } from 'isosession';
import { memoryStore, openSession, type SessionStore, StoreError } from 'isosession/store';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { reasonOf } from '../support/contract.ts';
import { keptIn, openKept, pairsOf, receive } from './kept-session.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A store of which some methods are others. */
const withMethods = (store: SessionStore, methods: Partial<SessionStore>): SessionStore => ({
  ...store,
  ...methods,
});

const down = new Error('ECONNREFUSED');
const failing = () => Promise.reject(down);

describe('a session that is kept', () => {
  it('begins with what was saved: cookies, headers, parameters', async () => {
    const store = memoryStore();
    const first = await openKept({ store });
    await receive(first, 'sid=1; HttpOnly', 'theme=dark; Max-Age=60');
    first.headers.set('x-a', 'b');
    first.searchParams.set('q', '1');
    await first.close();
    const second = await openKept({ store });
    expect(await pairsOf(second)).toEqual(['sid=1', 'theme=dark']);
    expect([second.headers.get('x-a'), second.searchParams.get('q')]).toEqual(['b', '1']);
    expect(await second.cookies.get('sid')).toMatchObject({ httpOnly: true, expires: null });
  });

  it('is under its id alone, and its options win over what was kept', async () => {
    const store = memoryStore();
    const first = await openKept({ store, timeout: { total: 5000 }, headers: { 'x-a': '1' } });
    await receive(first, 'sid=1');
    await first.save();
    const other = await openKept({ store, id: 'bob' });
    expect(await pairsOf(other)).toEqual([]);
    const again = await openKept({ store, headers: { 'x-a': '2' } });
    expect([again.headers.get('x-a'), again.timeout.total]).toEqual(['2', 5000]);
  });

  it('is saved by save(), close() and await using, by destroy() not', async () => {
    const store = memoryStore();
    {
      await using session = await openSession({ store, id: 'ann', baseUrl: 'https://app.test/' });
      await session.cookies.set('a=1');
    }
    expect(await keptIn(store)).toEqual(['a=1']);
    const destroyed = await openKept({ store });
    await destroyed.cookies.set('b=1');
    await destroyed.destroy();
    expect(await keptIn(store)).toEqual(['a=1']);
    const closed = await openKept({ store });
    await closed.cookies.set('c=1');
    await Promise.all([closed.close(), closed.close()]);
    expect(await keptIn(store)).toEqual(['a=1', 'c=1']);
  });

  it('saves what the last calls before close() bring', async () => {
    const store = memoryStore();
    const session = await openKept({ store });
    const call = receive(session, 'late=1');
    await Promise.resolve();
    await session.close();
    await call;
    expect(await keptIn(store)).toEqual(['late=1']);
  });

  it('writes nothing without a change, but prolongs its life once', async () => {
    const inner = memoryStore();
    const save = vi.fn(inner.save);
    const store = withMethods(inner, { save });
    await (await openKept({ store })).close();
    expect(save).not.toHaveBeenCalled();
    const session = await openKept({ store });
    await session.cookies.set('a=1');
    await session.close();
    await (await openKept({ store })).close();
    expect(save).toHaveBeenCalledTimes(1);
    const living = await openKept({ store, ttl: 1000 });
    await living.save();
    await living.close();
    expect(save).toHaveBeenCalledTimes(2);
    expect(save.mock.calls[1]?.[2]).toMatchObject({ ttl: 1000 });
  });

  it('takes the least of a store: one load, and one save', async () => {
    const inner = memoryStore();
    const [load, save] = [vi.fn(inner.load), vi.fn(inner.save)];
    const session = await openKept({ store: withMethods(inner, { load, save }) });
    await receive(session, 'a=1');
    await session.save();
    await session.close();
    expect([load.mock.calls.length, save.mock.calls.length]).toEqual([1, 1]);
  });

  it('has children that share its cookies, and are not saved by themselves', async () => {
    const store = memoryStore();
    const session = await openKept({ store });
    const child = session.extend();
    expect('save' in child).toBe(false);
    await child.cookies.set('a=1');
    await child.close();
    expect(await keptIn(store)).toEqual([]);
    await session.close();
    expect(await keptIn(store)).toEqual(['a=1']);
  });
});

describe('two who save', () => {
  it('keep the cookies of both, and see those of the other', async () => {
    const store = memoryStore();
    const [one, two] = [await openKept({ store }), await openKept({ store })];
    await receive(one, 'a=1');
    await receive(two, 'b=2');
    await Promise.all([one.save(), two.save()]);
    expect(await keptIn(store)).toEqual(['a=1', 'b=2']);
    await receive(one, 'c=3');
    await one.save();
    expect(await pairsOf(one)).toEqual(['a=1', 'b=2', 'c=3']);
  });

  it('keep the newest of a cookie, whoever saves last', async () => {
    const store = memoryStore();
    vi.useFakeTimers({ toFake: ['Date'] });
    const [one, two] = [await openKept({ store }), await openKept({ store })];
    await receive(one, 'a=older');
    vi.setSystemTime(Date.now() + 10);
    await receive(two, 'a=newer');
    await two.save();
    await one.save();
    expect(await keptIn(store)).toEqual(['a=newer']);
    expect(await pairsOf(one)).toEqual(['a=newer']);
  });

  it('remember a deletion', async () => {
    const store = memoryStore();
    vi.useFakeTimers({ toFake: ['Date'] });
    const first = await openKept({ store });
    await receive(first, 'a=1', '__Host-b=1; Secure; Path=/', 'c=1; Domain=app.test; Path=/x');
    await first.save();
    const [one, two] = [await openKept({ store }), await openKept({ store })];
    await receive(one, 'a=again');
    vi.setSystemTime(Date.now() + 10);
    await two.cookies.clear();
    await two.save();
    await one.save();
    expect(await keptIn(store)).toEqual([]);
    expect(await pairsOf(one)).toEqual([]);
  });

  it.each([-300_000, 300_000])(
    'F54: do not bring a deleted cookie back, whose clock is %i ms wrong',
    async (skew) => {
      const store = memoryStore();
      vi.useFakeTimers({ toFake: ['Date'] });
      const right = Date.now();
      const one = await openKept({ store });
      await receive(one, 'a=1');
      await one.save();
      const two = await openKept({ store });
      vi.setSystemTime(right + skew);
      await receive(two, 'a=; Max-Age=0', 'b=1');
      await two.save();
      vi.setSystemTime(right);
      await receive(one, 'c=1');
      await one.save();
      expect(await keptIn(store)).toEqual(['b=1', 'c=1']);
      expect(await pairsOf(one)).toEqual(['b=1', 'c=1']);
    },
  );

  it('do not take the end of a cookie for its deletion', async () => {
    const store = memoryStore();
    vi.useFakeTimers({ toFake: ['Date'] });
    const one = await openKept({ store });
    await receive(one, 'a=1; Max-Age=10', 'n=1');
    await one.save();
    const two = await openKept({ store });
    await receive(two, 'a=2; Max-Age=100');
    await two.save();
    vi.setSystemTime(Date.now() + 20_000);
    await receive(one, 'b=1');
    expect(await pairsOf(one)).toEqual(['b=1', 'n=1']);
    await one.save();
    expect(await keptIn(store)).toEqual(['a=2', 'b=1', 'n=1']);
  });

  it('bring nothing back that was ended but what they have changed themselves', async () => {
    const store = memoryStore();
    const first = await openKept({ store });
    await receive(first, 'login=1');
    await first.save();
    await store.delete('ann');
    await receive(first, 'theme=dark');
    await first.save();
    expect(await keptIn(store)).toEqual(['theme=dark']);
  });

  it('lose none of 200 changes that cross', async () => {
    const store = memoryStore();
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const session = await openKept({ store });
        await receive(session, `c${i % 150}-${i}=1; Path=/${i % 3}`);
        await session.close();
      }),
    );
    // A jar keeps 180 of a site, and what is kept is all of them.
    const found = await store.load('ann');
    const { snapshot } = JSON.parse(found?.data ?? '') as { snapshot: { cookies: object[] } };
    expect(snapshot.cookies).toHaveLength(200);
  });

  it('use the lock of a store that cannot compare', async () => {
    const inner = memoryStore();
    const store: SessionStore = {
      ...inner,
      async save(id, data, options) {
        const found = await inner.load(id);
        return inner.save(id, data, { ...options, expected: found?.version });
      },
      capabilities: { ...inner.capabilities, compareAndSet: false },
    };
    const sessions = await Promise.all(Array.from({ length: 20 }, () => openKept({ store })));
    await Promise.all(
      sessions.map(async (session, i) => {
        await receive(session, `c${i}=1`);
        await session.save();
      }),
    );
    expect(await keptIn(store)).toHaveLength(20);
  });

  it('give up after 20 s of conflicts, and lose nothing by it', async () => {
    const inner = memoryStore();
    let isBusy = true;
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
    const store = withMethods(inner, {
      save: (...args) => (isBusy ? Promise.resolve({ conflict: true }) : inner.save(...args)),
    });
    const session = await openKept({ store });
    await receive(session, 'a=1');
    const saving = reasonOf(session.save());
    await vi.advanceTimersByTimeAsync(21_000);
    expect(await saving).toMatchObject({ code: 'ERR_STORE', reason: 'conflict' });
    isBusy = false;
    await session.save();
    expect(await keptIn(inner)).toEqual(['a=1']);
  });
});

describe('a store that does not answer', () => {
  it('is an error after 20 s, of openSession() and of save(), which may go again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const inner = memoryStore();
    const never = () => new Promise<never>(() => {});
    const opening = reasonOf(
      openSession({ store: withMethods(inner, { load: never }), id: 'ann' }),
    );
    const methods = { save: never as SessionStore['save'] };
    const store = withMethods(inner, { save: (...args) => methods.save(...args) });
    const session = await openKept({ store });
    await receive(session, 'a=1');
    const saving = reasonOf(session.save());
    await vi.advanceTimersByTimeAsync(20_000);
    for (const error of [await opening, await saving])
      expect(error).toMatchObject({ code: 'ERR_STORE', reason: 'unavailable' });
    methods.save = inner.save;
    await session.save();
    expect(await keptIn(inner)).toEqual(['a=1']);
  });

  it('is an error when a session is opened', async () => {
    const store = withMethods(memoryStore(), { load: failing });
    const error = await reasonOf(openSession({ store, id: 'ann' }));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ reason: 'unavailable', cause: down });
  });

  it('is an error when it is saved, by save() and by close(), and nothing is lost', async () => {
    const inner = memoryStore();
    const methods = { save: failing as SessionStore['save'] };
    const store = withMethods(inner, { save: (...args) => methods.save(...args) });
    const session = await openKept({ store });
    await receive(session, 'a=1');
    expect(await reasonOf(session.save())).toMatchObject({ reason: 'unavailable', cause: down });
    await receive(session, 'b=1');
    methods.save = inner.save;
    await session.save();
    expect(await keptIn(inner)).toEqual(['a=1', 'b=1']);
    methods.save = failing;
    await receive(session, 'c=1');
    expect(await reasonOf(session.close())).toMatchObject({ reason: 'unavailable' });
  });

  it('is told of where the session is to be opened in spite of it', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const inner = memoryStore();
    const kept = await openKept({ store: inner });
    await receive(kept, 'old=1');
    await kept.save();
    const methods = {
      load: failing as SessionStore['load'],
      save: failing as SessionStore['save'],
    };
    const store = withMethods(inner, {
      load: (id) => methods.load(id),
      save: (...args) => methods.save(...args),
    });
    const session = await openKept({ store, onStoreError: 'open' });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('opened without what is kept');
    await receive(session, 'new=1');
    expect(await reasonOf(session.save())).toMatchObject({ reason: 'unavailable' });
    // It answers again: what it has is merged.
    Object.assign(methods, { load: inner.load, save: inner.save });
    await session.save();
    expect(await keptIn(inner)).toEqual(['new=1', 'old=1']);
    methods.save = failing;
    await receive(session, 'lost=1');
    await session.close();
    expect(warn.mock.calls[1]?.[0]).toContain('closed without being saved');
  });

  it.each([
    ['corrupt', 'no JSON'],
    ['corrupt', '{}'],
    ['corrupt', '{"version":1,"snapshot":{"cookies":[7]},"times":[1],"deleted":[]}'],
    ['corrupt', '{"version":1,"snapshot":{"cookies":[{"name":"a"}]},"times":[],"deleted":[]}'],
    ['corrupt', '{"version":1,"snapshot":{"cookies":[]},"times":[],"deleted":[["x",1]]}'],
    ['corrupt', '{"version":1,"snapshot":{"cookies":[]},"times":[],"deleted":[]}'],
    ['version', '{"version":2}'],
  ])('with %s data is an error in any case: %s', async (reason, data) => {
    const store = memoryStore();
    await store.save('ann', data, { expected: undefined });
    const error = await reasonOf(openSession({ store, id: 'ann', onStoreError: 'open' }));
    expect(error).toMatchObject({ name: 'StoreError', reason });
    expect((await store.load('ann'))?.data).toBe(data);
  });
});

describe('options', () => {
  const store = memoryStore();
  it.each<[string, object]>([
    ['store must be', { store: {} }],
    ['id must be', { id: '' }],
    ['ttl must be', { ttl: 0 }],
    ['ttl must be', { ttl: 'week' }],
    ['onStoreError must be', { onStoreError: 'ignore' }],
    ['takes no cookies', { cookies: {} }],
    ['timeout', { timeout: 'long' }],
    ['params', { params: {} }],
  ])('are refused by name: %s', async (message, options) => {
    const error = await reasonOf(openSession({ store, id: 'ann', ...options }));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect((error as Error).message).toContain(message);
  });

  it('cookies: false keeps all but cookies', async () => {
    const session = await openKept({ store, id: 'bare', cookies: false });
    session.headers.set('x-a', '1');
    await session.close();
    const again = await openKept({ store, id: 'bare', cookies: false });
    expect(again.headers.get('x-a')).toBe('1');
    expect(() => again.cookies).toThrow(UnsupportedError);
  });
});

it('a snapshot without secrets has none, and restores the rest', async () => {
  const session = new Session({
    baseUrl: 'https://ann:s3cret@app.test/v1/?key=s3cret',
    headers: { 'x-api-key': 's3cret', authorization: 'Bearer s3cret', 'accept-language': 'de' },
    searchParams: { key: 's3cret' },
    timeout: { total: 5 },
  });
  await session.cookies.set('sid=s3cret');
  const snapshot = await session.snapshot({ secrets: false });
  expect(JSON.stringify(snapshot)).not.toContain('s3cret');
  expect(JSON.stringify(await session.snapshot())).toContain('s3cret');
  const back = Session.restore(snapshot);
  expect(back.baseUrl?.toString()).toBe('https://app.test/v1/');
  expect([back.headers.get('accept-language'), back.timeout.total]).toEqual(['de', 5]);
  await Promise.all([session.close(), back.close()]);
  expect(await reasonOf(session.snapshot({ secret: false } as never))).toBeInstanceOf(
    InvalidRequestError,
  );
});
