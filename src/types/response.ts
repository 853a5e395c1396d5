/**
 * One entry of a `Link` header (RFC 8288).
 *
 * @example
 * ```ts
 * const { links } = await session.get('items');
 * const next = links['next']?.url; // of <items?page=2>; rel="next"
 * ```
 */
export interface Link {
  /** The target, absolute. */
  readonly url: string;
  /** The relation type, in lower case: the one that the entry stands under. */
  readonly rel: string;
  /** Any other parameter, such as `title` or `type`, by its name in lower case. */
  readonly [parameter: string]: string;
}

/** A server-sent event (HTML standard, section 9.2). */
export interface ServerSentEvent {
  /**
   * The name of the event.
   *
   * @default 'message'
   */
  type: string;
  /** Its lines of data, joined by line feeds. Never empty: such an event is left out. */
  data: string;
  /** The last event ID, of an earlier event if this one has none; `''` when there was none. */
  id: string;
  /** The reconnection time in ms, when the server has named one. */
  retry: number | undefined;
}
