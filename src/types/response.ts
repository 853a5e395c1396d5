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

/**
 * Where the time of one hop went, in ms. `dns` to `wait` add up to `elapsed`. On a connection that
 * was open already `dns`, `connect` and `tls` are 0.
 */
export interface ResponseTimings {
  /** It waited for a connection: beyond the limit, or on one that turned out to be dead. */
  readonly queued: number;
  /** The name was resolved: that of the proxy, where there is one. */
  readonly dns: number;
  /** The connection was opened; through a proxy with all that the proxy wants to hear. */
  readonly connect: number;
  /** TLS with the server; where a proxy forwards the request, with the proxy. */
  readonly tls: number;
  /** The body was sent, where it is streamed; what is in memory is handed over at once: 0. */
  readonly request: number;
  /** From there to the headers of the response. */
  readonly wait: number;
  /** From the headers to the last byte of the body; `undefined` until it has come. */
  readonly body: number | undefined;
}

/** The connection that a hop ran on. Behind a proxy, the addresses are those of the proxy. */
export interface ConnectionInfo {
  /** That was agreed on: `'1.1'`, or `'2'`. */
  readonly httpVersion: '1.1' | '2';
  /** Whether it was open before this hop, which has waited for none of its opening. */
  readonly reused: boolean;
  /** The address of the other end; `undefined` for a Unix domain socket. */
  readonly remoteAddress: string | undefined;
  /** The port of the other end. */
  readonly remotePort: number | undefined;
  /** The port of this end. */
  readonly localPort: number | undefined;
  /** What TLS has agreed on by ALPN (RFC 7301): `'h2'`, `'http/1.1'`, or nothing. */
  readonly alpn: string | undefined;
  /** `'TLSv1.3'`, say; `undefined` without TLS. */
  readonly tlsVersion: string | undefined;
}

/** What the platform tells of how a response came. */
export interface HopTrace {
  /**
   * Where the time of this hop went; each of `history` has its own. Node's own transport knows,
   * unless a `dispatcher` connects; elsewhere `undefined`.
   */
  readonly timings?: ResponseTimings | undefined;
  /** The connection that this hop ran on, where {@link timings} are known. */
  readonly connection?: ConnectionInfo | undefined;
  /**
   * The fields behind the body (RFC 9110, section 6.5), mostly none, when it has ended; rejects
   * where it does not come to its end. A body beyond 1 MiB has to be read for that. Node's own
   * transport; elsewhere `undefined`.
   */
  readonly trailers?: Promise<Headers> | undefined;
}

/** A response before the final one (RFC 9110, section 15.2). */
export interface InterimResponse {
  /** From 100 to 199: 103 of early hints (RFC 8297). */
  readonly status: number;
  /** Such as the `link` of early hints. */
  readonly headers: Headers;
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
