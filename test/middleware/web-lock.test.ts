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
  readonly death = deferred();
  dead = false;
}

type Answer = (event: { data: unknown }) => void;

/** Web Locks and channels in which everything that goes between two tabs takes its time, and overtakes everything else as the scheduler likes. */
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
    vi.stubGlobal('BroadcastChannel', class {
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
          if (other.name === this.name && other !== this) void later('message').then(() => !other.tab.dead && other.onmessage({ data }));
        }
      }
    });
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

  kill(tab: Tab): void {
    tab.dead = true;
    tab.death.resolve();
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
      if (this.#held.some((other) => other.name === asked.name && !(other.shared && asked.shared))) continue;
      this.#waiting.splice(this.#waiting.indexOf(asked), 1);
      this.#held.push(asked);
      asked.grant();
    }
  }
}

test('A5: in whatever order locks, messages and answers come, no refresh token is used twice, and no token that holds is renewed', async () => {
  const plan = fc.record({
    scheduler: fc.scheduler(),
    calls: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 4 }),
    expiries: fc.integer({ min: 0, max: 3 }),
    /** The renewal in which its tab dies, before the server has rotated. */
    death: fc.option(fc.integer({ min: 1, max: 3 }), { nil: 0 }),
  });

  await fc.assert(fc.asyncProperty(plan, async ({ scheduler, calls, expiries, death }) => {
    const browser = new Browser(scheduler);
    let newest = 0;
    let valid = 0;
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
            const status = valid > 0 && headers.get('authorization') === `Bearer a${valid}` ? 200 : 401;
            await browser.later('answer');
            return new Response(null, { status });
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
            spent.push(tokens?.refreshToken);
            valid = ++newest;
            const renewed = { accessToken: `a${newest}`, refreshToken: `r${newest}` };
            await browser.later('tokens');
            return renewed;
          },
          lock: webLock('login'),
        }),
      });
      return Object.assign(tab, { session });
    });

    let expired = 0;
    for (let i = 0; i < expiries; i++) {
      void browser.later('expiry').then(() => {
        if (valid) expired++;
        valid = 0;
      });
    }
    await scheduler.waitFor(Promise.all(tabs.map(async (tab, index) => {
      for (let i = 0; i < (calls[index] as number); i++) await Promise.race([tab.session.get('http://api.test/'), tab.death.promise]);
    })));
    // When all is quiet, each tab that is left gets through.
    await scheduler.waitAll();
    for (const tab of tabs) {
      if (!tab.dead) expect((await scheduler.waitFor(tab.session.get('http://api.test/'))).status).toBe(200);
    }
    expect(spent).toEqual(spent.map((_, index) => `r${index}`));
    expect(spent.length).toBeLessThanOrEqual(expired + 1);
  }), { numRuns: 200 });
});
