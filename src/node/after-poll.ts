/** Runs after the event loop has taken in what is waiting on its sockets. It keeps no process alive. */
export function afterPoll(callback: () => void): void {
  setImmediate(callback).unref();
}
