/**
 * Times in ms above 0; `false` turns one off. Each phase has a clock of its own; a {@link
 * TimeoutError} names the phase.
 */
export interface TimeoutOptions {
  /**
   * From the moment a connection is opened for the call until it stands. Node only. Default 10 000.
   */
  connect?: number | false | undefined;
  /**
   * From the request being written (other transports than undici's: from `send()`) to its final
   * headers, redirects included; while a body is being sent, in Node, only silence counts. Default
   * 120 000; in browsers and at the edge off for bodies above 64 KiB or of unknown length unless
   * the call sets it.
   */
  response?: number | false | undefined;
  /**
   * Somebody reads and no byte comes; it stands still while the sender is held back. Default 30
   * 000; off for `text/event-stream` unless set.
   */
  body?: number | false | undefined;
  /**
   * The whole call until its last byte: queueing, retries, waits, redirects and body. Default off.
   */
  total?: number | false | undefined;
}
