import { UnsupportedError } from '../../errors/unsupported-error.ts';
import type { Lock } from './refresh.ts';

/** What one tab tells the others. */
interface News {
  /** Counted over all tabs. */
  readonly generation: number;
  /** The keys that the result has taken the place of. */
  readonly spent: readonly string[];
  readonly result: unknown;
}

/** Keys that are kept: a tab that has heard nothing for so many renewals is not there. */
const memory = 100;

/**
 * A lock for `refresh()` that reaches every tab and worker of the origin. One of them renews and
 * tells the others over a `BroadcastChannel`, so that they need no store in common.
 *
 * ```ts
 * const auth = refresh({ load, renew, lock: webLock(`api ${userId}`) });
 * ```
 *
 * Web Locks see to it that one tab renews at a time, and free the lock of a tab that dies. No tab
 * renews while another one lives that knows newer tokens: each holds a second, shared lock whose
 * name counts the renewals, and whoever is granted the first one sees by it whether there is
 * something to ask for. Tokens are lost only with a tab that dies between the answer of the server
 * and its telling. It listens as long as the page lives: make one for each login and `refresh()`,
 * with a name that tells whose it is. Tokens must be data that can be cloned.
 *
 * @throws {UnsupportedError} where there are no Web Locks or no BroadcastChannel.
 */
export function webLock(name: string): Lock {
  const { locks } = globalThis.navigator ?? {};
  if (!locks || !globalThis.BroadcastChannel) {
    throw new UnsupportedError(
      'webLock() needs Web Locks and BroadcastChannel, which browsers have on https: pages only: leave out lock where there are no tabs',
    );
  }
  const place = `isosession ${name}`;
  const channel = new BroadcastChannel(place);
  let known: News = { generation: 0, spent: [], result: undefined };
  /** Whether who asks here has the result. */
  let taken = true;
  let letGo = (): void => {};

  /** Resolves when every tab can see that this one knows it. */
  const learn = (news: News): Promise<void> =>
    new Promise((resolve) => {
      if (news.generation <= known.generation) return resolve();
      known = news;
      taken = false;
      // A page that is going away is refused.
      locks
        .request(`${news.generation} ${place}`, { mode: 'shared' }, () => {
          letGo();
          resolve();
          return new Promise<void>((end) => (letGo = end));
        })
        .catch(resolve);
    });

  /** The generation of the tab that knows most. */
  const newest = async (): Promise<number> => {
    const { held = [] } = await locks.query();
    return Math.max(
      0,
      ...held.map(
        ({ name: other = '' }) => (other.replace(/^\d+ /, '') === place && parseInt(other)) || 0,
      ),
    );
  };

  channel.onmessage = ({ data }: MessageEvent<News | number>) => {
    if (typeof data !== 'number') void learn(data);
    else if (data < known.generation) channel.postMessage(known);
  };
  // In Node it must keep no process alive.
  (channel as { unref?(): void }).unref?.();

  return {
    async run<T>(key: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
      const take = (): T => {
        taken = true;
        return known.result as T;
      };
      if (known.spent.includes(key)) return take();
      return await locks.request(place, async () => {
        // What a tab has told may come later than the lock that it has released.
        for (let ms = 10; (await newest()) > known.generation; ms = Math.min(2 * ms, 1000)) {
          channel.postMessage(known.generation);
          await new Promise((resolve) => setTimeout(resolve, ms));
        }
        if (known.spent.includes(key)) return take();
        const result = await task(new AbortController().signal);
        // Tokens of another login do not take the place of these.
        const news = {
          generation: known.generation + 1,
          spent: [...(taken ? known.spent : []), key].slice(-memory),
          result,
        };
        await learn(news);
        channel.postMessage(news);
        return take();
      });
    },
  };
}
