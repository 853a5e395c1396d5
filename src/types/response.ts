/** One entry of a `Link` header (RFC 8288), its URL absolute. */
export interface Link {
  readonly url: string;
  readonly rel: string;
  readonly [parameter: string]: string;
}

/** A server-sent event. */
export interface ServerSentEvent {
  /** Default `message`. */
  type: string;
  data: string;
  /** The last event ID, `''` when there was none. */
  id: string;
  /** The reconnection time in ms, when the server named one. */
  retry: number | undefined;
}
