import fc from 'fast-check';
import { refresh, Session, type Tokens, webLock } from 'isosession';
import { afterEach, expect, test, vi } from 'vitest';
import { deferred } from '../support/contract.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What a tab has asked of the lock manager. */
interface Asked {
  tab: Tab;
  name: string;
  shared: boolean;
  grant: () => void;
}

/** A tab of a {@link Browser}. */
class Tab {
  readonly death = deferred<undefined>();
  /** Messages under way. */
  readonly sent = new Set<() => void>();
  dead = false;
}

type Answer = (event: { data: unknown }) => void;

/**
 * Web Locks and channels in which everything that goes between two tabs takes its time, and
 * overtakes everything else as the scheduler likes.
 */
class Browser {
  readonly #scheduler: fc.Scheduler;
  readonly #channels = new Set<{ tab: Tab; name: string; onmessage: Answer }>();
  #waiting: Asked[] = [];
  #held: Asked[] = [];

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  later(what: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), what);
  }

  /** What a tab finds in its global scope. */
  open(tab: Tab): void {
    const [channels, later] = [this.#channels, this.later.bind(this)];
    vi.stubGlobal(
      'BroadcastChannel',
      class {
        readonly tab = tab;
        readonly name: string;
        onmessage: Answer = () => {};

        constructor(name: string) {
          this.name = name;
          channels.add(this);
        }

        postMessage(message: unknown): void {
          const data = structuredClone(message);
          for (const other of channels) {
            if (other.name !== this.name || other === this) continue;
            const arrive = (): void => {
              if (tab.sent.delete(arrive) && !other.tab.dead) other.onmessage({ data });
            };
            tab.sent.add(arrive);
            void later('message').then(arrive);
          }
        }
      },
    );
    vi.stubGlobal('navigator', {
      locks: {
        query: async () => {
          await later('query');
          const held = this.#held.map(({ name }) => ({ name }));
          await later('snapshot');
          return { held };
        },
        request: async (name: string, ...rest: unknown[]) => {
          const task = rest.at(-1) as () => Promise<unknown>;
          await later('request');
          if (tab.dead) return new Promise(() => {});
          // Only the lock that is held as long as a tab lives is asked for with options.
          const asked = { tab, name, shared: rest.length > 1, grant: () => {} };
          const granted = new Promise<void>((resolve) => (asked.grant = resolve));
          this.#waiting.push(asked);
          this.#grant();
          await granted;
          await later('grant');
          if (tab.dead) return new Promise(() => {});
          try {
            return await task();
          } finally {
            await later('release');
            this.#forget((other) => other === asked);
          }
        },
      },
    });
  }

  /** What it has said before comes before the news of its death. */
  kill(tab: Tab): void {
    tab.dead = true;
    for (const arrive of tab.sent) arrive();
    tab.death.resolve(undefined);
    this.#forget((asked) => asked.tab === tab);
  }

  #forget(which: (asked: Asked) => boolean): void {
    this.#waiting = this.#waiting.filter((asked) => !which(asked));
    this.#held = this.#held.filter((asked) => !which(asked));
    this.#grant();
  }

  /** In the order in which they were asked for. */
  #grant(): void {
    for (const asked of [...this.#waiting]) {
      if (this.#held.some((other) => other.name === asked.name && !(other.shared && asked.shared)))
        continue;
      this.#waiting.splice(this.#waiting.indexOf(asked), 1);
      this.#held.push(asked);
      asked.grant();
    }
  }
}

test(
  'in whatever order locks, messages and answers come, ' +
    'no refresh token is used twice, and no token that holds is renewed',
  { timeout: 60_000 },
  async () => {
    const plan = fc.record({
      scheduler: fc.scheduler(),
      calls: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 4 }),
      /** How many calls an access token is good for. */
      lives: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }),
      closed: fc.integer({ min: 0, max: 4 }),
      /** The renewal in which its tab dies, before the server has rotated. */
      death: fc.option(fc.integer({ min: 1, max: 3 }), { nil: 0 }),
    });

    await fc.assert(
      fc.asyncProperty(plan, async ({ scheduler, calls, lives, death, closed }) => {
        const browser = new Browser(scheduler);
        /** Calls that the newest access token is still good for. */
        let left = 0;
        let needless = 0;
        let started = 0;
        const spent: (string | undefined)[] = [];
        const tabs: (Tab & { session: Session })[] = calls.map(() => {
          const tab = new Tab();
          browser.open(tab);
          const session = new Session({
            retry: 0,
            transport: {
              async send({ headers }) {
                await browser.later('call');
                const isGood =
                  left > 0 && headers.get('authorization') === `Bearer a${spent.length}`;
                if (isGood) left--;
                await browser.later('answer');
                return new Response(null, { status: isGood ? 200 : 401 });
              },
            },
            auth: refresh({
              load: () => ({ accessToken: 'a0', refreshToken: 'r0' }),
              async renew(tokens): Promise<Tokens> {
                await browser.later('renewal');
                if (++started === death) {
                  browser.kill(tab);
                  return new Promise(() => {});
                }
                if (left > 0) needless++;
                left = lives[spent.length] ?? Infinity;
                const n = spent.push(tokens?.refreshToken);
                await browser.later('tokens');
                return { accessToken: `a${n}`, refreshToken: `r${n}` };
              },
              lock: webLock('login'),
            }),
          });
          return Object.assign(tab, { session });
        });

        await scheduler.waitFor(
          Promise.all(
            tabs.map(async (tab, index) => {
              for (let i = 0; i < (calls[index] as number); i++)
                await Promise.race([tab.session.get('http://api.test/'), tab.death.promise]);
            }),
          ),
        );
        // When all is quiet, a tab may be closed, and each one that is left gets through.
        await scheduler.waitAll();
        if (closed < tabs.length - 1) browser.kill(tabs[closed] as Tab);
        for (const tab of tabs) {
          if (tab.dead) continue;
          const response = await scheduler.waitFor(
            Promise.race([tab.session.get('http://api.test/'), tab.death.promise]),
          );
          expect(tab.dead || response?.status).toBe(tab.dead || 200);
          await scheduler.waitAll();
        }
        expect(spent).toEqual(spent.map((_, index) => `r${index}`));
        expect(needless).toBe(0);
      }),
      { numRuns: 200 },
    );
  },
);
