/**
 * What the contract imports as `vitest` in Deno, Bun and workerd.
 *
 * Vitest itself needs the process that starts it, and Node. The packages that it is made of do not,
 * so these are put together here: its runner, matchers and spies, and the fake timers it bundles.
 * Only `inject` and the stubs of globals are ours, as Vitest has them in no package.
 *
 * @module
 */
import { install } from '@sinonjs/fake-timers';
import {
  chai,
  customMatchers,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
} from '@vitest/expect';
import { fn, spyOn } from '@vitest/spy';
import { getSafeTimers, setSafeTimers } from '@vitest/utils/timers';
import type { ExpectStatic } from 'vitest';

export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  onTestFinished,
  test,
} from '@vitest/runner';

// A test may put others in the place of the timers by which the runner keeps its own time.
setSafeTimers();

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

// chai's type does not know what the plugins add.
export const expect = chai.expect as unknown as ExpectStatic;
(expect.extend as unknown as (expect: ExpectStatic, matchers: object) => void)(
  expect,
  customMatchers,
);

/** What `inject` gives. */
export const provided = new Map<string, unknown>();

export function inject(name: string): unknown {
  return provided.get(name);
}

type Clock = ReturnType<typeof install>;

let clock: Clock | undefined;

function installedClock(): Clock {
  if (!clock) throw new Error('Call vi.useFakeTimers() first.');
  return clock;
}

/** What each stubbed global was before. */
const stubbed = new Map<string, PropertyDescriptor | undefined>();

export const vi = {
  fn,
  spyOn,

  useFakeTimers(options: Parameters<typeof install>[0]): void {
    clock ??= install(options);
  },

  useRealTimers(): void {
    clock?.uninstall();
    clock = undefined;
  },

  setSystemTime(time: number | Date): void {
    installedClock().setSystemTime(time);
  },

  advanceTimersByTime(ms: number): void {
    installedClock().tick(ms);
  },

  async waitFor<T>(check: () => T | Promise<T>): Promise<T> {
    const { setTimeout: wait } = getSafeTimers();
    for (let left = 100; ; left--) {
      try {
        return await check();
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => wait(resolve, 10));
      }
    }
  },

  async advanceTimersByTimeAsync(ms: number): Promise<void> {
    await installedClock().tickAsync(ms);
  },

  async runAllTimersAsync(): Promise<void> {
    await installedClock().runAllAsync();
  },

  stubGlobal(name: string, value: unknown): void {
    if (!stubbed.has(name)) stubbed.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  },

  unstubAllGlobals(): void {
    for (const [name, descriptor] of stubbed) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else Reflect.deleteProperty(globalThis, name);
    }
    stubbed.clear();
  },
};
