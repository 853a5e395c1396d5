/**
 * What the contract imports as `vitest` in a runtime where Vitest itself does not run: its own
 * runner, matchers and spies, put together.
 *
 * @module
 */
import {
  chai,
  customMatchers,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
} from '@vitest/expect';
import { fn, spyOn } from '@vitest/spy';
import type { ExpectStatic } from 'vitest';
import { clock } from './clock.ts';

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

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

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

const stubbed = new Map<string, PropertyDescriptor | undefined>();

export const vi = {
  ...clock,
  fn,
  spyOn,

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
