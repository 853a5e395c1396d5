import type { Lock } from '../../middleware/auth/refresh/lock.ts';
import { inTime } from '../base/in-time.ts';
import { StoreError } from '../base/store-error.ts';

/** A lock while it is held. */
export interface Hold {
  readonly fence: number;
  /** Throws when it is held no more. */
  check(): void;
}

/**
 * Runs a task under a lock of the user's: at most once, and never after it was given up.
 *
 * @throws {StoreError} for a lock that is not given in time, or resolves without running the task.
 */
export async function runUnder(
  lock: Lock,
  key: string,
  task: (hold: Hold) => Promise<void>,
): Promise<void> {
  let running: Promise<void> | undefined;
  let isOver = false;
  const lost = (cause?: unknown): StoreError =>
    new StoreError('lock', 'The lock of the store was lost before the session was saved', cause);
  const run = lock.run(key, async (signal, fence) => {
    const check = (): void => {
      if (isOver || signal.aborted) throw lost(signal.reason);
    };
    check();
    await (running ??= task({ fence, check }));
  });
  try {
    await inTime(run);
    if (!running) throw lost();
    await running;
  } finally {
    isOver = true;
  }
}
