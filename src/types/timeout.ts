/**
 * Times in ms above 0; `false` turns one off. Each phase has a clock of its own. The call, or the
 * reading of its body, rejects with a {@link TimeoutError}, which names the phase.
 *
 * @example
 * ```ts
 * const api = new Session({ timeout: { connect: 3_000, total: 60_000 } });
 * await api.get('https://example.com/', { timeout: 5_000 }); // connect, response and body
 * ```
 */
export interface TimeoutOptions {
  /**
   * From the moment a connection is opened for the call until it stands; to wait for a free one is
   * not in it. Node only, inert elsewhere. A call that ends by it may be retried.
   *
   * @default 10_000
   */
  connect?: number | false | undefined;
  /**
   * From the request being written (other transports than undici's: from `send()`) to its final
   * headers, redirects included; while a body is being sent, in Node, only silence counts.
   *
   * @default 120_000; in browsers and at the edge off for bodies above 64 KiB or of unknown length
   */
  response?: number | false | undefined;
  /**
   * Somebody reads and no byte comes; it stands still while the sender is held back.
   *
   * @default 30_000; off for `text/event-stream`
   */
  body?: number | false | undefined;
  /**
   * The whole call until its last byte: queueing, retries, waits, redirects and body.
   *
   * @default false
   */
  total?: number | false | undefined;
}
