/** Lets a timer or a channel of Node's keep no process alive; those of other hosts keep none. */
export function unref(handle: unknown): void {
  Object(handle).unref?.();
}
