import { readdirSync } from 'node:fs';
import { InvalidRequestError, type Lock } from 'isosession';
import { fileStore } from 'isosession/node';
import {
  memoryStore,
  openSession,
  redisStore,
  sealedStore,
  type SessionStore,
  StoreError,
} from 'isosession/store';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deferred, reasonOf, thrown } from '../support/contract.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { keptIn, openKept, pairsOf, receive } from './kept-session.ts';

afterEach(() => void vi.useRealTimers());

/** A store with some answers of its own, until it is `mended`. */
function broken(methods: object): { store: SessionStore; inner: SessionStore; mend(): void } {
  const inner = memoryStore();
  const store = { ...inner, ...methods };
  return { store, inner, mend: () => void Object.assign(store, inner) };
}

/** As of a program that does not know the types. */
const answering = (answer: unknown) => async () => answer as never;

const throwing = () => {
  throw new Error('no');
};

describe('a store that loads what is no answer', () => {
  it.each([undefined, null])('has nothing: %s', async (answer) => {
    const { store } = broken({ load: answering(answer) });
    expect(await pairsOf(await openKept({ store }))).toEqual([]);
  });

  it.each<[unknown]>([
    [0],
    [7],
    [''],
    ['text'],
    [false],
    [true],
    [[]],
    [{}],
    [{ data: '{}' }],
    [{ data: new Uint8Array(2), version: '1' }],
    [{ data: '{}', version: 1 }],
  ])('is told so: %j', async (answer) => {
    const { store } = broken({ load: answering(answer) });
    const error = await reasonOf(openSession({ store, id: 'ann', onStoreError: 'open' }));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ reason: 'corrupt' });
  });

  it.each<[string, object]>([
    ['rejects with nothing', { load: () => Promise.reject() }],
    ['throws at once', { load: throwing }],
    ['gives a promise that is none', { load: () => ({ then: throwing }) }],
  ])('or %s', async (_, methods) => {
    const { store } = broken(methods);
    expect(await reasonOf(openSession({ store, id: 'ann' }))).toMatchObject({
      name: 'StoreError',
      reason: 'unavailable',
    });
  });
});

describe('a store that saves and', () => {
  it.each<[string, object]>([
    ['answers nothing', { save: answering(undefined) }],
    ['answers null', { save: answering(null) }],
    ['answers a number', { save: answering(7) }],
    ['answers an empty record', { save: answering({}) }],
    ['answers with a version that is no text', { save: answering({ version: 2 }) }],
    ['answers that there is no conflict', { save: answering({ conflict: false }) }],
    ['rejects with nothing', { save: () => Promise.reject() }],
    ['throws at once', { save: throwing }],
  ])('%s: nothing is lost', async (_, methods) => {
    const { store, inner, mend } = broken(methods);
    const session = await openKept({ store });
    await receive(session, 'a=1');
    expect(await reasonOf(session.save())).toMatchObject({
      name: 'StoreError',
      reason: 'unavailable',
    });
    mend();
    await session.save();
    expect(await keptIn(inner)).toEqual(['a=1']);
  });

  it('has saved without saying so: it is merged by the next save', async () => {
    const inner = memoryStore();
    const store = { ...inner, save: answering(undefined) as SessionStore['save'] };
    const session = await openKept({ store });
    await receive(session, 'a=1');
    store.save = async (...args) => (await inner.save(...args)) && (undefined as never);
    expect(await reasonOf(session.save())).toMatchObject({ reason: 'unavailable' });
    await receive(session, 'b=1');
    store.save = inner.save;
    await session.save();
    expect(await keptIn(inner)).toEqual(['a=1', 'b=1']);
  });

  it('is changed by somebody else before each of ten attempts', async () => {
    const inner = memoryStore();
    let others = 0;
    const store: SessionStore = {
      ...inner,
      async save(...args) {
        if (others < 10) {
          const other = await openKept({ store: inner });
          await receive(other, `other${others++}=1`);
          await other.close();
        }
        return inner.save(...args);
      },
    };
    const session = await openKept({ store });
    await receive(session, 'mine=1');
    await session.save();
    expect(await keptIn(inner)).toHaveLength(11);
    expect(await pairsOf(session)).toHaveLength(11);
  });

  it('is asked to forget the session meanwhile: what was changed here alone is kept', async () => {
    const inner = memoryStore();
    let isFirst = true;
    const store: SessionStore = {
      ...inner,
      async save(...args) {
        if (isFirst) await inner.delete('ann');
        isFirst = false;
        return inner.save(...args);
      },
    };
    const before = await openKept({ store: inner });
    await receive(before, 'login=1');
    await before.close();
    const session = await openKept({ store });
    await receive(session, 'theme=dark');
    await session.save();
    expect(await keptIn(inner)).toEqual(['theme=dark']);
  });

  it('answers after it was given up for late, or fails then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = deferred<never>();
    const { store, inner, mend } = broken({ save: () => answer.promise });
    const session = await openKept({ store });
    await receive(session, 'a=1');
    const saving = reasonOf(session.save());
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await saving).toMatchObject({ reason: 'unavailable' });
    answer.reject(new Error('late'));
    mend();
    await session.save();
    expect(await keptIn(inner)).toEqual(['a=1']);
  });
});

describe('the end of a session', () => {
  it('waits for what is being saved, and may be asked for twice', async () => {
    const { inner } = broken({});
    const gate = deferred<undefined>();
    const save = vi.fn<SessionStore['save']>(async (...args) => {
      await gate.promise;
      return inner.save(...args);
    });
    const session = await openKept({ store: { ...inner, save } });
    await receive(session, 'a=1');
    const saving = session.save();
    await receive(session, 'b=1');
    const ends = [session.close(), session.close(), session[Symbol.asyncDispose]()];
    gate.resolve(undefined);
    await Promise.all([saving, ...ends]);
    expect(save).toHaveBeenCalledTimes(2);
    expect(await keptIn(inner)).toEqual(['a=1', 'b=1']);
  });

  it('leaves what could not be saved to a save() after it', async () => {
    const { store, inner, mend } = broken({ save: throwing });
    const session = await openKept({ store });
    await receive(session, 'a=1');
    const error = await reasonOf(session.close());
    expect(error).toMatchObject({ reason: 'unavailable' });
    expect(await reasonOf(session.close())).toBe(error);
    expect(session.closed).toBe(true);
    mend();
    await session.save();
    expect(await keptIn(inner)).toEqual(['a=1']);
  });

  it('by destroy() lets a save go on', async () => {
    const { store, inner } = broken({});
    const session = await openKept({ store });
    await receive(session, 'a=1');
    await Promise.all([session.save(), session.destroy()]);
    expect(await keptIn(inner)).toEqual(['a=1']);
  });
});

describe('the lock of a store that cannot compare', () => {
  /** A store that saves over anything. */
  function withLock(lock: Lock): { store: SessionStore; inner: SessionStore } {
    const inner = memoryStore();
    const store: SessionStore = {
      ...inner,
      lock,
      async save(id, data, options) {
        const found = await inner.load(id);
        return inner.save(id, data, { ...options, expected: found?.version });
      },
      capabilities: { ...inner.capabilities, compareAndSet: false },
    };
    return { store, inner };
  }

  async function saveUnder(run: unknown) {
    const { store, inner } = withLock({ run } as Lock);
    const save = vi.spyOn(store, 'save');
    const session = await openKept({ store });
    await receive(session, 'a=1');
    const outcome = await session.save().catch((error: unknown) => error);
    return { outcome, save, inner };
  }
  type Task = (signal: AbortSignal, fence: number) => Promise<void>;
  const { signal } = new AbortController();

  it('may hold back for ever, and give itself too late: nothing is saved then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let late: Task | undefined;
    const run = (_: string, task: Task) => {
      late = task;
      return new Promise<void>(() => {});
    };
    const saving = saveUnder(run);
    await vi.waitFor(() => expect(late).toBeDefined());
    await vi.advanceTimersByTimeAsync(20_000);
    const { outcome, save } = await saving;
    expect(outcome).toMatchObject({ name: 'StoreError', reason: 'unavailable' });
    expect(await reasonOf(late?.(signal, 1) ?? Promise.resolve())).toMatchObject({
      reason: 'lock',
    });
    expect(save).not.toHaveBeenCalled();
  });

  it('may give itself twice: it is saved once, with the fence', async () => {
    const { outcome, save, inner } = await saveUnder(async (_: string, task: Task) => {
      await Promise.all([task(signal, 5), task(signal, 6)]);
    });
    expect(outcome).toBeUndefined();
    expect(save).toHaveBeenCalledTimes(1);
    expect(save.mock.calls[0]?.[2]).toMatchObject({ fence: 5 });
    expect(await keptIn(inner)).toEqual(['a=1']);
  });

  it.each<[string, string, (key: string, task: Task) => unknown]>([
    ['resolve without running anything', 'lock', async () => {}],
    ['be lost before', 'lock', (_, task) => task(AbortSignal.abort('gone'), 1)],
    ['fail', 'unavailable', () => Promise.reject(new Error('no'))],
    ['throw', 'unavailable', throwing],
  ])('may %s: an error, and nothing is saved', async (_, reason, run) => {
    const { outcome, save } = await saveUnder(run);
    expect(outcome).toMatchObject({ name: 'StoreError', reason });
    expect(save).not.toHaveBeenCalled();
  });
});

describe('an id', () => {
  const ids = ['../x', '..', '/etc/passwd', 'a\0b', 'a\nb', '{x}', '€ ü 🍪', '__proto__', ' '];
  const long = 'x'.repeat(1_000_000);

  it('may be anything, and is in a folder what it is in memory', async () => {
    const folder = temporaryFolder();
    const key = 'k'.repeat(32);
    for (const store of [memoryStore(), fileStore(folder), sealedStore(memoryStore(), key)]) {
      const all = [...ids, long];
      for (const id of all)
        expect(await store.save(id, id, { expected: undefined })).toHaveProperty('version');
      for (const id of all) expect((await store.load(id))?.data).toBe(id);
      for (const id of all) await store.delete(id);
      for (const id of all) expect(await store.load(id)).toBeUndefined();
    }
    expect(readdirSync(folder)).toEqual(['locks']);
  });

  it.each([
    ['empty', ''],
    ['half of a character', 'a\ud800'],
    ['no text', 7 as never],
  ])('that is %s is refused by every method', async (_, id) => {
    const redis = redisStore({ isOpen: true, eval: async () => null });
    for (const store of [memoryStore(), fileStore('x'), redis]) {
      const answers = [
        store.load(id),
        store.save(id, '', { expected: undefined }),
        store.delete(id),
        openSession({ store, id }),
      ];
      for (const answer of answers)
        expect(await reasonOf(answer)).toBeInstanceOf(InvalidRequestError);
    }
  });
});

it('what is no store is refused when it is given', async () => {
  const { load, save, delete: remove } = memoryStore();
  for (const store of [undefined, {}, { load, save, delete: remove, capabilities: null }]) {
    thrown(() => sealedStore(store as never, 'k'.repeat(32)), InvalidRequestError);
    const error = await reasonOf(openSession({ store: store as never, id: 'ann' }));
    expect(error).toBeInstanceOf(InvalidRequestError);
  }
});

describe('what is far too much', () => {
  it('is loaded as far as a jar holds it: the newest 3,000 cookies', async () => {
    const store = memoryStore();
    const cookies = Array.from({ length: 100_000 }, (_, i) => ({
      name: `c${i}`,
      value: '1',
      domain: `h${i % 5000}.test`,
    }));
    const times = cookies.map((_, i) => i);
    const snapshot = { version: 1, cookies };
    const data = JSON.stringify({ version: 1, snapshot, times, deleted: [] });
    await store.save('ann', data, { expected: undefined });
    const session = await openKept({ store });
    const names = (await session.cookies.export()).map(({ name }) => name);
    expect(names).toHaveLength(3000);
    expect(names).toContain('c99999');
    await receive(session, 'new=1');
    await session.save();
    const kept = JSON.parse((await store.load('ann'))?.data ?? '') as { times: number[] };
    expect(kept.times).toHaveLength(3000);
  });

  it.each(['x', 'isosession.1.', '.', '{'])(
    'and means nothing is told so at once: 50 MB of %j',
    { timeout: 30_000 },
    async (text) => {
      const store = memoryStore();
      const data = `isosession.1.${text.repeat(50_000_000 / text.length)}`;
      await store.save('ann', data, { expected: undefined });
      for (const it of [store, sealedStore(store, 'k'.repeat(32))])
        expect(await reasonOf(openSession({ store: it, id: 'ann' }))).toMatchObject({
          name: 'StoreError',
          reason: 'corrupt',
        });
    },
  );
});
