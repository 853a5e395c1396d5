/** One HTTP/2 connection, which carries many exchanges at a time. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  connect,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
  type Settings,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { nullPrototype } from '../../options/null-prototype.ts';
import { Opening } from '../connect/opening.ts';
import { afterPendingInput } from '../timers/after-pending-input.ts';
import { SharedDeadline } from '../../cancellation/shared-deadline.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { Http2Stream } from './stream.ts';
import type { StreamConnection } from './stream-connection.ts';
import { Liveness } from './liveness.ts';
import { deferDestroy, maxOriginSetSize, maxSessionMemory } from './node-workarounds.ts';

/** What a server may have sent of one body before it must wait. */
const streamWindow = 256 * 1024;
/** Streams at a time before the server has said how many it takes. */
const initialStreams = 100;
/**
 * Of all bodies: what their own windows let through, as small answers would wait behind large ones,
 * and Node's servers reset what waits for its end. Not without end: it is renewed every so often,
 * and only as it sends does Node notice that a connection has ended on which it holds bodies back.
 */
const connectionWindow = initialStreams * streamWindow;
/** Header lines of one response, as Node's HTTP/1.1 has it. */
const maxHeaderListPairs = 2000;
/** Origins that a server may name for a connection (RFC 8336), as Node keeps them. */
const mostOrigins = 1000;
/** Who has made a connection. */
export interface Http2ConnectionOwner {
  /** A stream has ended, or the server takes more of them. */
  onRoom(): void;
  /** A stream is held by a body that nobody reads. */
  heldUp(): void;
  onClose(connection: Http2Connection): void;
}

// Without a prototype: Node reads what it does not find through `Object.prototype`.
const withoutBody = nullPrototype<ClientSessionRequestOptions>({ endStream: true });
const withBody = nullPrototype<ClientSessionRequestOptions>({ endStream: false });

/** What a connection is made of. */
export interface Http2ConnectionInit {
  readonly origin: URL;
  readonly socket: TLSSocket;
  readonly keepAliveTimeout: number;
  /** ms after which it takes no more streams, or `Infinity`. */
  readonly maxConnectionAge: number;
  readonly maxHeaderListSize: number;
  readonly owner: Http2ConnectionOwner;
}

export class Http2Connection implements StreamConnection<Http2Stream> {
  readonly authority: string;
  readonly socket: TLSSocket;
  readonly opening: Opening | undefined;
  readonly streams = new Set<Http2Stream>();
  /** Responses that it has carried. */
  served = 0;
  /** The last stream that the server has looked at, as it says when it wants no more. */
  lastStreamId = Infinity;
  readonly #owner: Http2ConnectionOwner;
  readonly #nodeSession: ClientHttp2Session;
  readonly #keepAliveTimeout: number;
  readonly #idle = new SharedDeadline(this);
  readonly #age = new SharedDeadline({ expire: () => this.#retireOld() });
  readonly #liveness: Liveness;
  /** What it had served when a stream was last reset as one too many. */
  #servedAtExcess: number | undefined;
  #maxStreams = initialStreams;
  #origins = 0;
  /** Streams that were reset, and that the server may still count. */
  #countedResets = 0;
  /** Streams that keep the process alive. */
  #holders = 0;
  #retired = false;
  #closing = false;

  constructor(init: Http2ConnectionInit) {
    const { origin, socket, keepAliveTimeout, maxConnectionAge, maxHeaderListSize, owner } = init;
    this.authority = origin.host;
    this.#owner = owner;
    this.socket = socket;
    this.opening = Opening.end(socket);
    this.#keepAliveTimeout = keepAliveTimeout;
    this.#nodeSession = connect(
      origin,
      nullPrototype<SecureClientSessionOptions & { maxOriginSetSize: number }>({
        createConnection: () => socket,
        peerMaxConcurrentStreams: initialStreams,
        maxHeaderListPairs,
        maxSessionMemory,
        maxOriginSetSize,
        settings: nullPrototype<Settings>({
          enablePush: false,
          initialWindowSize: streamWindow,
          maxHeaderListSize,
        }),
      }),
    );
    deferDestroy(this.#nodeSession, () => this.retire());
    this.#liveness = new Liveness(this, this.#nodeSession, socket);
    this.#nodeSession.setLocalWindowSize(connectionWindow);
    this.#nodeSession.unref();
    // Its streams fail with the same error.
    this.#nodeSession.on('error', () => {});
    this.#nodeSession.on('remoteSettings', ({ maxConcurrentStreams = initialStreams }) => {
      this.#maxStreams = maxConcurrentStreams;
      owner.onRoom();
    });
    this.#nodeSession.on('goaway', (_code, lastStreamId) => {
      this.lastStreamId = lastStreamId;
      this.retire();
    });
    this.#nodeSession.on('origin', ({ length }) => this.#countOrigins(length));
    if (maxConnectionAge !== Infinity) this.#age.arm(maxConnectionAge);
    socket.on('close', () => {
      this.#idle.disarm();
      this.#age.disarm();
      this.#liveness.stop();
      owner.onClose(this);
    });
  }

  /** It takes new streams, now or when others have ended. */
  get usable(): boolean {
    return !this.#retired && !this.#nodeSession.closed && !this.#nodeSession.destroyed;
  }

  /** Streams are open. */
  get busy(): boolean {
    return this.streams.size > 0;
  }

  /** It takes a stream now. */
  get room(): boolean {
    return this.streams.size + this.#countedResets < this.#maxStreams && this.usable;
  }

  run(exchange: Exchange): void {
    const stream = new Http2Stream(this);
    this.#idle.disarm();
    this.streams.add(stream);
    this.hold(true);
    this.#liveness.watch();
    stream.run(exchange);
  }

  // From its streams.

  request(headers: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream {
    return this.#nodeSession.request(headers, endStream ? withoutBody : withBody);
  }

  hold(alive: boolean): void {
    this.#holders += alive ? 1 : -1;
    if (this.#holders === 0) this.#nodeSession.unref();
    else if (alive && this.#holders === 1) this.#nodeSession.ref();
    else return;
    this.#liveness.hold(alive);
  }

  leave(stream: Http2Stream): void {
    this.streams.delete(stream);
    this.#owner.onRoom();
    if (this.streams.size === 0) this.#onEmpty();
  }

  leaveReset(stream: Http2Stream): void {
    const isFull = this.usable && !this.room;
    if (isFull && this.#countedResets++ === 0) this.#awaitResets();
    this.leave(stream);
  }

  /**
   * A server may count a stream on until it has done with all that it has read: Node's (22 to 26)
   * refuse the request that comes in one segment with the reset of the stream before it. Its answer
   * to a ping that follows the resets says that it has done with them.
   */
  #awaitResets(): void {
    // Node hands a reset to nghttp2 in the next turn, which would send the ping before it.
    afterPendingInput(() => {
      const sent = this.#countedResets;
      this.#liveness.ping(() => {
        this.#countedResets -= sent;
        if (this.#countedResets > 0) this.#awaitResets();
        this.#owner.onRoom();
      });
    });
  }

  /** Takes no more streams: what waits for one goes elsewhere. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#owner.onRoom();
  }

  /**
   * A call was given up, and nothing has come since it was sent, or since the last of its answer.
   * Where nothing is heard of the end of a connection, calls would time out on it for ever, one
   * after the other.
   */
  checkAlive(): void {
    if (this.usable) this.#liveness.check();
  }

  /** Ends, and with it its calls. */
  fail(error: Error): void {
    this.#nodeSession.destroy(error);
    afterPendingInput(() => this.socket.destroySoon());
  }

  /**
   * A stream was reset before its headers, as one too many. Twice in a row, and calls go elsewhere:
   * Node's servers go on counting what was still to be sent on streams that were reset, and from 10
   * MB on reset every stream of the connection.
   */
  countExcess(): void {
    if (this.#servedAtExcess === this.served) this.retire();
    this.#servedAtExcess = this.served;
  }

  heldUp(): void {
    this.#owner.heldUp();
  }

  #countOrigins(named: number): void {
    this.#origins += named;
    if (this.#origins <= mostOrigins) return;
    this.fail(new Error(`the server has named more than ${mostOrigins} origins (ORIGIN frames)`));
  }

  /** It has no streams. */
  #onEmpty(): void {
    if (this.#closing || !this.usable) this.#end();
    else this.#idle.arm(this.#keepAliveTimeout);
  }

  expire(): void {
    this.#end();
  }

  /** What runs on it goes on to its end. */
  #retireOld(): void {
    this.retire();
    if (!this.busy) this.#end();
  }

  // From the pool.

  /** Closes when it has no streams any more. */
  close(): void {
    this.#closing = true;
    for (const { exchange } of this.streams) exchange?.body?.close();
    if (this.streams.size === 0) this.#end();
  }

  destroy(reason: unknown): void {
    this.#retired = true;
    for (const { exchange } of this.streams) {
      exchange?.cancel(reason);
      exchange?.body?.cancel(reason);
    }
    this.#nodeSession.destroy();
    afterPendingInput(() => this.socket.destroy());
  }

  #end(): void {
    this.retire();
    // Node's session would wait for the server to close its end.
    this.#nodeSession.destroy();
    afterPendingInput(() => this.socket.destroySoon());
  }
}
