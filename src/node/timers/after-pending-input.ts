/**
 * Runs after the event loop has taken in what is waiting on its sockets. Not unref'd: an idle loop
 * would then wait for the next event before it ran.
 */
export function afterPendingInput(callback: () => void): void {
  setImmediate(callback);
}
