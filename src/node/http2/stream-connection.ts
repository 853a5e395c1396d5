/** A connection of HTTP/2, as its streams see it. Generic, as it knows them by this alone. */
import type { ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Opening } from '../connect/opening.ts';

export interface StreamConnection<S> {
  /** Host and port of the origin. */
  readonly authority: string;
  readonly socket: TLSSocket;
  /** How it was opened. */
  readonly opening: Opening | undefined;
  /** The last stream that the server has looked at, as it says when it wants no more. */
  readonly lastStreamId: number;
  /** Responses that it has carried. */
  served: number;
  /** Opens Node's stream of a request; `endStream`: it has no body. */
  request(headers: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream;
  /** One stream more, or fewer, keeps the process alive. */
  hold(alive: boolean): void;
  /** Takes no more streams: what waits for one goes elsewhere. */
  retire(): void;
  /** Finds out whether the server still answers. */
  checkAlive(): void;
  /** A stream is held by a body that nobody reads. */
  heldUp(): void;
  /** A stream was reset as one too many. */
  countExcess(): void;
  /** A stream has ended: another can take its place. */
  leave(stream: S): void;
  /** The same of one that we have reset: when the server counts it no more. */
  leaveReset(stream: S): void;
}
