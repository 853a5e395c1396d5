/** Runs one task at a time, as far as it reaches: a tab, a process, many hosts. */
export interface Lock {
  /**
   * Runs `task` while nobody else within reach runs one.
   *
   * @param key tells one set of tokens from all others, and holds them: a secret.
   * @param task gets a signal that aborts when the lock is lost.
   * @returns what the task resolves to. Where somebody else has run a task for the same key, a lock
   * may resolve to their result, a record that can be cloned.
   */
  run<T>(key: string, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/**
 * The lock of one `refresh()`, whose calls share a renewal in any case. It is never lost, so its
 * signal never aborts.
 */
export const inProcessLock: Lock = {
  run: (_, task) => task(new AbortController().signal),
};
