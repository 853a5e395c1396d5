import { UnsupportedError } from '../../../errors/unsupported-error.ts';
import { nullPrototype } from '../../../options/null-prototype.ts';
import { type Lock, nextFence } from './lock.ts';

/** What one tab tells the others: the outcome of a task. */
interface News {
  /** Counted over all tabs, around the ring of {@link generations}. */
  readonly generation: number;
  /** The keys that the result has taken the place of. */
  readonly replacedKeys: readonly string[];
  readonly result: unknown;
  readonly fence: number;
}

/** Keys that are kept: a tab that has heard nothing for so many renewals is not there. */
const mostReplacedKeys = 100;

/** After the last one comes 0 again, so that none is so high that there is no newer one. */
const generations = 4_294_967_296;

/** Whether one is ahead of another, by the shorter way around the ring. */
function isNewer(one: number, other: number): boolean {
  const ahead = (one - other + generations) % generations;
  return ahead > 0 && ahead < generations / 2;
}

const isGeneration = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < generations;

/** Fences are times, or little more: one far ahead would keep all later holders from saving. */
const isFence = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < Date.now() + 86_400_000;

/** What came over the channel, if a lock can have sent it: every script of the origin may post. */
function readNews(message: unknown): News | undefined {
  const news = nullPrototype<Partial<News>>(Object(message));
  const { generation, replacedKeys, result, fence } = news;
  const isWhole =
    isGeneration(generation) &&
    isFence(fence) &&
    Array.isArray(replacedKeys) &&
    replacedKeys.length <= mostReplacedKeys &&
    replacedKeys.every((key) => typeof key === 'string') &&
    'result' in news;
  return isWhole ? { generation, replacedKeys, result, fence } : undefined;
}

/**
 * A lock for `refresh()` that reaches every tab and worker of the origin. One of them renews and
 * tells the others over a `BroadcastChannel`, so that they need no store in common.
 *
 * Tokens are lost only with a tab that dies between the answer of the server and its telling. The
 * lock listens as long as the page lives: make one for each login and `refresh()`, with a name that
 * tells whose it is. Tokens must be data that can be cloned.
 *
 * Every script of the origin can hold these locks and post on this channel, as it can read what the
 * page has stored: it can keep renewals waiting, and hand out tokens of its own. What no lock can
 * have sent is ignored.
 *
 * @example
 * ```ts
 * import { type Auth, refresh, type RefreshOptions, webLock } from 'isosession';
 *
 * export function authOf(userId: string, options: RefreshOptions): Auth {
 *   return refresh({ ...options, lock: webLock(`api ${userId}`) });
 * }
 * ```
 *
 * @throws {UnsupportedError} where there are no Web Locks or no BroadcastChannel.
 */
export function webLock(name: string): Lock {
  // Web Locks see to it that one tab runs a task at a time, and free the lock of a tab that dies.
  // No tab runs one while another one lives that knows newer results: each holds a second, shared
  // lock whose name counts the generations, and whoever is granted the first one sees by it whether
  // there is something to ask for.
  const { locks } = globalThis.navigator ?? {};
  if (!locks || !globalThis.BroadcastChannel) {
    throw new UnsupportedError(
      'webLock() needs Web Locks and BroadcastChannel, which browsers have on https: pages only: ' +
        'leave out lock where there are no tabs',
    );
  }
  const lockName = `isosession ${name}`;
  const channel: BroadcastChannel & { unref?(): void } = new BroadcastChannel(lockName);
  let known: News = { generation: 0, replacedKeys: [], result: undefined, fence: 0 };
  /** Whether who asks here has the result. */
  let taken = true;
  let releaseGeneration = (): void => {};

  /** Resolves when every tab can see that this one knows it. */
  const learn = (news: News): Promise<void> =>
    new Promise((resolve) => {
      if (!isNewer(news.generation, known.generation)) return resolve();
      known = news;
      taken = false;
      const holdGeneration = (): Promise<void> => {
        releaseGeneration();
        resolve();
        return new Promise((release) => (releaseGeneration = release));
      };
      locks
        .request(`${news.generation} ${lockName}`, { mode: 'shared' }, holdGeneration)
        // A page that is going away is refused, and needs to be seen by nobody.
        .catch(resolve);
    });

  /** The `3` in `3 isosession name`; that of this tab for any other lock. */
  const generationOf = ({ name: held = '' }: LockInfo): number => {
    const generation = parseInt(held);
    const isOne = isGeneration(generation) && held === `${generation} ${lockName}`;
    return isOne ? generation : known.generation;
  };

  const isBehind = async (): Promise<boolean> => {
    const { held = [] } = await locks.query();
    return held.some((lock) => isNewer(generationOf(lock), known.generation));
  };

  /** What a tab has told may come later than the lock that it has released. */
  const hearNews = async (): Promise<void> => {
    let ms = 10;
    while (await isBehind()) {
      channel.postMessage(known.generation);
      await new Promise((resolve) => setTimeout(resolve, ms));
      ms = Math.min(2 * ms, 1000);
    }
  };

  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    const news = readNews(data);
    if (news) void learn(news);
    // A number asks for what is newer than that generation.
    else if (isGeneration(data) && isNewer(known.generation, data)) channel.postMessage(known);
  };
  // In Node, whose channels have `unref`, it must keep no process alive.
  channel.unref?.();

  return {
    async run<T>(
      key: string,
      task: (signal: AbortSignal, fence: number) => Promise<T>,
    ): Promise<T> {
      const take = (): T => {
        taken = true;
        return known.result as T; // A task for the same key has had this result.
      };
      if (known.replacedKeys.includes(key)) return take();
      return await locks.request(lockName, async () => {
        await hearNews();
        if (known.replacedKeys.includes(key)) return take();
        const fence = nextFence(known.fence);
        const result = await task(new AbortController().signal, fence);
        const news = {
          generation: (known.generation + 1) % generations,
          // Tokens of another login do not take the place of these.
          replacedKeys: [...(taken ? known.replacedKeys : []), key].slice(-mostReplacedKeys),
          result,
          fence,
        };
        await learn(news);
        channel.postMessage(news);
        return take();
      });
    },
  };
}
