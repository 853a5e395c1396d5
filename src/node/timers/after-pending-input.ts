import { setImmediate as nodeSetImmediate } from 'node:timers';

/** Jest's jsdom takes away the global one. */
const realSetImmediate = globalThis.setImmediate ?? nodeSetImmediate;

/**
 * Runs after the event loop has taken in what is waiting on its sockets. Not unref'd: an idle loop
 * would then wait for the next event before it ran.
 */
export function afterPendingInput(callback: () => void): void {
  let hasRun = false;
  const run = (): void => {
    if (hasRun) return;
    hasRun = true;
    callback();
  };
  realSetImmediate(run);
  // Where a test's clock stood when this was loaded, that one may be gone.
  const { setImmediate = realSetImmediate } = globalThis;
  if (setImmediate !== realSetImmediate) setImmediate(run);
}
