/** The visitor's request, as the rest of this entry needs it, whatever server it came to. */
export interface VisitorRequest {
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
  /** The host that was called, as the visitor has written it, and `http:` or `https:`. */
  target(): { readonly protocol: string; readonly host: string };
  /**
   * Calls `leave` when the visitor goes away before the answer is complete; at once when that has
   * happened.
   *
   * @returns what ends the watch.
   */
  watch(leave: (reason?: unknown) => void): () => void;
}
