import { setImmediate as nodeSetImmediate } from 'node:timers';

/** Jest's jsdom takes away the global one. */
const presentSetImmediate = (): typeof nodeSetImmediate =>
  globalThis.setImmediate ?? nodeSetImmediate;

const realSetImmediate = presentSetImmediate();
const realQueueMicrotask = queueMicrotask;
/** The clocks of Vitest, Jest and Sinon are marked so: one stood already when this was loaded. */
const wasLoadedUnderFake = 'clock' in realSetImmediate;

/**
 * Whether what is to run later is the process's own to run, and does not wait for a test to say so.
 */
export const isLoopReal = (): boolean =>
  presentSetImmediate() === realSetImmediate &&
  queueMicrotask === realQueueMicrotask &&
  !wasLoadedUnderFake;

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
  const present = presentSetImmediate();
  if (present !== realSetImmediate) present(run);
}
