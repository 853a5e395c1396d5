/** What a script of the origin may say on the channel of a lock. */
import { InvalidRequestError, type Lock, refresh, webLock } from 'isosession';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { inProcess, open, rejection } from '../support/contract.ts';

interface Channel {
  readonly name: string;
  onmessage: ((event: { data: unknown }) => void) | undefined;
}

/** The channels of all tabs; a message is there at once. */
let channels: Channel[] = [];

function stubTabs(): void {
  vi.stubGlobal(
    'BroadcastChannel',
    class implements Channel {
      readonly name: string;
      onmessage: Channel['onmessage'];

      constructor(name: string) {
        this.name = name;
        channels.push(this);
      }

      postMessage(message: unknown): void {
        const data = structuredClone(message);
        for (const other of channels)
          if (other !== this && other.name === this.name) other.onmessage?.({ data });
      }
    },
  );
  const held: { name: string }[] = [];
  const ends = new Map<string, Promise<unknown>>();
  vi.stubGlobal('navigator', {
    locks: {
      query: async () => ({ held: [...held] }),
      request(name: string, ...rest: unknown[]) {
        const task = rest.at(-1) as () => Promise<unknown>;
        const isShared = rest.length > 1;
        const run = async () => {
          const lock = { name };
          held.push(lock);
          try {
            return await task();
          } finally {
            held.splice(held.indexOf(lock), 1);
          }
        };
        const end = isShared ? run() : (ends.get(name) ?? Promise.resolve()).then(run, run);
        if (!isShared)
          ends.set(
            name,
            end.catch(() => {}),
          );
        return end;
      },
    },
  });
}

beforeEach(() => {
  channels = [];
  stubTabs();
});
afterEach(() => vi.unstubAllGlobals());

/** Posts as any script of the origin can. */
const forge = (message: unknown): void =>
  new BroadcastChannel('isosession login').postMessage(message);

/** Runs a task for a key in each of the tabs, and tells how many have run one. */
async function renewIn(tabs: readonly Lock[], key: string): Promise<[number, unknown[]]> {
  let tasks = 0;
  const results = [];
  for (const tab of tabs) results.push(await tab.run(key, async () => `${key}-${++tasks}`));
  return [tasks, results];
}

const news = { generation: 1, replacedKeys: ['k'], result: 'forged', fence: 1 };

describe('A21: a message that no lock has sent', () => {
  test.each<[what: string, message: unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a text', 'x'],
    ['a bigint', 1n],
    ['an array', [1]],
    ['an empty record', {}],
    ['a bare generation', { generation: 5 }],
    ['a generation without end', { ...news, generation: 1e300 }],
    ['Infinity', { ...news, generation: Infinity }],
    ['NaN', { ...news, generation: NaN }],
    ['a part of a generation', { ...news, generation: 1.5 }],
    ['a negative one', { ...news, generation: -1 }],
    ['one as a text', { ...news, generation: '5' }],
    ['the largest whole number', { ...news, generation: Number.MAX_SAFE_INTEGER }],
    ['keys that are none', { ...news, replacedKeys: [1] }],
    ['keys as a text', { ...news, replacedKeys: 'k' }],
    ['keys without end', { ...news, replacedKeys: Array(101).fill('k') }],
    ['no result', { generation: 1, replacedKeys: ['k'], fence: 1 }],
    ['no fence', { ...news, fence: undefined }],
    ['a fence that comes before all', { ...news, fence: -1 }],
    ['a fence that no other comes after', { ...news, fence: Number.MAX_SAFE_INTEGER }],
    ['a fence that is none', { ...news, fence: NaN }],
    ['a question for NaN', NaN],
    ['a question for less than nothing', -1e300],
    ['a question for a part', 0.5],
  ])('is ignored: %s', async (_, message) => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const tabs = [webLock('login'), webLock('login')];
    const heard = vi.fn();
    const listener = new BroadcastChannel('isosession login');
    listener.onmessage = heard;
    expect(await renewIn(tabs, 'a')).toEqual([1, ['a-1', 'a-1']]);
    heard.mockClear();
    forge(message);
    await new Promise(setImmediate);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(await renewIn(tabs, 'k')).toEqual([1, ['k-1', 'k-1']]);
    expect(await renewIn([...tabs, webLock('login')], 'c')).toEqual([1, ['c-1', 'c-1', 'c-1']]);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('loses no later renewal, whatever its generation', async () => {
    for (const generation of [1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      channels = [];
      stubTabs();
      const tabs = [webLock('login'), webLock('login')];
      forge({ ...news, generation, replacedKeys: ['x'] });
      for (const key of ['a', 'b', 'c'])
        expect(await renewIn(tabs, key)).toEqual([1, [`${key}-1`, `${key}-1`]]);
      expect(await renewIn([webLock('login'), ...tabs], 'd')).toEqual([1, ['d-1', 'd-1', 'd-1']]);
    }
  });

  test.each<[what: string, result: unknown]>([
    ['nothing', null],
    ['a text', 'tokens'],
    ['no key', { tokens: { accessToken: 'a' }, fresh: true }],
    ['a token that no header can hold', { tokens: { accessToken: 'a\nb' }, key: 'k', fresh: true }],
    ['tokens that are none', { tokens: 1, key: 'k', fresh: true }],
  ])('has no tokens that could be sent: %s', async (_, result) => {
    const network = inProcess(
      ({ headers }) =>
        new Response('', { status: headers.get('authorization') === 'Bearer new' ? 200 : 401 }),
    );
    const lock = webLock('login');
    const session = open({
      baseUrl: 'http://app.test/',
      transport: network,
      auth: refresh({
        load: () => ({ accessToken: 'old' }),
        renew: async () => ({ accessToken: 'new' }),
        lock,
      }),
    });
    forge({ ...news, replacedKeys: [JSON.stringify(['old', undefined])], result });
    const error = await rejection(session.get(''), InvalidRequestError);
    expect(error.message).toContain('refresh.lock');
    expect(network.seen).toHaveLength(1);
  });
});
