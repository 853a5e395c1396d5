/** Runs one task at a time, as far as it reaches: a tab, a process, many hosts. */
export interface Lock {
  /**
   * Runs `task` while nobody else within reach runs one.
   *
   * @param key tells one set of tokens from all others, and holds them: a secret.
   * @param task gets a signal that aborts when the lock is lost, and a fence: a number that grows
   * with each holder, whatever its key. Who was paused may learn too late that the lock was lost;
   * what refuses a smaller fence than the last one it saw keeps such a holder out.
   * @returns what the task resolves to. Where somebody else has run a task for the same key, a lock
   * may resolve to their result, a record that can be cloned.
   */
  run<T>(key: string, task: (signal: AbortSignal, fence: number) => Promise<T>): Promise<T>;
}

/** The next fence: the time, so that a lock that has forgotten the last one goes on from there. */
export const nextFence = (last: number): number => Math.max(last + 1, Date.now());

/** A lock that reaches as far as itself. It is never lost, so its signal never aborts. */
export function inProcessLock(): Lock {
  let fence = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(_, task) {
      const running = last.then(() =>
        task(new AbortController().signal, (fence = nextFence(fence))),
      );
      last = running.catch(() => {});
      return running;
    },
  };
}
