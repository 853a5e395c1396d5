import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CallDeadline } from '../../src/cancellation/call-deadline.ts';

/** Resolves to what a deadline of 20 ms sees in the context that it was made in. */
function contextOf(storage: AsyncLocalStorage<string>, name: string): Promise<unknown> {
  return storage.run(
    name,
    () =>
      new Promise((resolve) => {
        const deadline = new CallDeadline({ expire: () => resolve(storage.getStore()) });
        deadline.arm(20);
      }),
  );
}

test('those who share a timer are each told in the async context of their own', async () => {
  const storage = new AsyncLocalStorage<string>();
  const names = ['one', 'two', 'three'];
  // Nobody else holds the process, as in a program that waits for its calls alone.
  const hold = setTimeout(() => {}, 10_000);
  onTestFinished(() => clearTimeout(hold));
  expect(await Promise.all(names.map((name) => contextOf(storage, name)))).toEqual(names);
});

test('a runtime whose timers are numbers is told that one keeps no process alive', async () => {
  const unrefTimer = vi.fn();
  vi.stubGlobal('Deno', { unrefTimer });
  const started: unknown[] = [];
  const realSetTimeout = setTimeout;
  vi.stubGlobal('setTimeout', (...given: Parameters<typeof setTimeout>) => {
    const timer = Number(realSetTimeout(...given));
    started.push(timer);
    return timer;
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  vi.resetModules();
  const fresh = await import('../../src/cancellation/shared-deadline.ts');
  const deadline = new fresh.SharedDeadline({ expire: () => {} });
  deadline.arm(5);
  expect(unrefTimer.mock.calls).toEqual([[started[0]]]);
  deadline.disarm();
});
