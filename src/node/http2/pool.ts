/**
 * Connections to one origin of https that may speak HTTP/2: one at a time, as RFC 9113 asks for
 * (section 9.1), beside those that end.
 */
import type { TLSSocket } from 'node:tls';
import { runWithin } from '../exchange/call-context.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { WaitingLine } from '../../cancellation/waiting-line.ts';
import { warnOfUnread } from '../exchange/unread-warning.ts';
import { Http2Connection } from './connection.ts';
import { publishConnection } from './diagnostics.ts';
import type { RoutePool } from '../http1/pool.ts';

/** How connections are made. */
export interface Http2PoolOptions {
  /**
   * Opens a TLS socket that offers h2 and http/1.1, calls back once and later, and gives what ends
   * the attempt.
   */
  open(callback: (error: Error | null, socket?: TLSSocket) => void): () => void;
  /** Connections of HTTP/1.1, the first of which has the socket that was opened. */
  fallback(first: TLSSocket): RoutePool;
  /** How long an idle connection is kept, in ms. */
  readonly keepAliveTimeout: number;
  /** ms after which a connection takes no more calls, or `Infinity`. */
  readonly maxConnectionAge: number;
  /** Bytes of response headers. */
  readonly maxHeaderSize: number;
}

/** An attempt to connect. */
interface Attempt {
  /** Gives it up. */
  stop: () => void;
}

export class Http2Pool implements RoutePool {
  readonly #origin: URL;
  readonly #options: Http2PoolOptions;
  readonly #connections = new Set<Http2Connection>();
  readonly #waiting = new WaitingLine<Exchange>();
  /** The one for new calls. */
  #current: Http2Connection | undefined;
  /** The connection that is being opened. */
  #attempt: Attempt | undefined;
  #http1: RoutePool | undefined;
  #closed = false;
  #warned = false;
  #drained: (() => void) | undefined;

  constructor(origin: string, options: Http2PoolOptions) {
    this.#origin = new URL(origin);
    this.#options = options;
  }

  get sockets(): number {
    return this.#http1?.sockets ?? this.#connections.size;
  }

  get queued(): number {
    return this.#http1?.queued ?? this.#waiting.size;
  }

  get unread(): number {
    let unread = this.#http1?.unread ?? 0;
    for (const { streams } of this.#connections)
      for (const { exchange } of streams) if (exchange?.body?.unread) unread++;
    return unread;
  }

  get busy(): boolean {
    return (
      this.#http1?.busy ??
      (this.#waiting.size > 0 || [...this.#connections].some(({ streams }) => streams.size > 0))
    );
  }

  /** Runs an exchange on a stream, or as soon as there is one. */
  run(exchange: Exchange, fresh: boolean): void {
    if (this.#http1) this.#http1.run(exchange, fresh);
    else if (this.#waiting.size === 0 && this.#current?.room) this.#current.run(exchange);
    else {
      exchange.trace.wait();
      this.#waiting.add(exchange);
      if (this.#attempt) exchange.connecting();
      else this.#startWaiting();
      this.heldUp();
    }
  }

  /** Takes an exchange out of the queue. */
  forget(exchange: Exchange): void {
    if (this.#http1) return this.#http1.forget(exchange);
    this.#waiting.delete(exchange);
    if (this.#waiting.size) return;
    this.#attempt?.stop();
    this.#attempt = undefined;
    this.#settle();
  }

  /** Starts what waits, as far as there is room. */
  #startWaiting(): void {
    for (let first; (first = this.#waiting.first) && this.#current?.room;) {
      const [exchange, current] = [first, this.#current];
      this.#waiting.delete(exchange);
      runWithin(exchange.context, () => current.run(exchange));
    }
    const { first } = this.#waiting;
    if (!first || this.#current?.usable) return;
    this.#connect(first);
    for (const exchange of this.#waiting) exchange.connecting();
  }

  /** Opens a connection, by what is to run for its first exchange. */
  #connect(first: Exchange): void {
    if (this.#attempt) return;
    runWithin(first.context, () => this.#open());
  }

  #open(): void {
    publishConnection('beforeConnect', this.#origin);
    // What was given up may still fail, and that is no failure of the next.
    const attempt: Attempt = { stop: () => {} };
    this.#attempt = attempt;
    attempt.stop = this.#options.open((error, socket) => {
      if (this.#attempt !== attempt) return;
      this.#attempt = undefined;
      if (socket) this.#tryOpened(socket);
      else this.#failed(error as Error);
      this.#settle();
    });
  }

  #failed(error: Error): void {
    publishConnection('connectError', this.#origin, { error });
    for (const exchange of this.#takeWaiting()) exchange.fail(error);
  }

  /** Node checks what it is given for a connection, and throws: that fails the calls that wait. */
  #tryOpened(socket: TLSSocket): void {
    try {
      this.#opened(socket);
    } catch (error) {
      socket.destroy();
      this.#failed(error as Error);
    }
  }

  #opened(socket: TLSSocket): void {
    publishConnection('connected', this.#origin, { socket });
    for (const exchange of this.#waiting) exchange.connected();
    if (socket.alpnProtocol === 'h2') {
      const { keepAliveTimeout, maxConnectionAge, maxHeaderSize } = this.#options;
      this.#current = new Http2Connection({
        origin: this.#origin,
        socket,
        keepAliveTimeout,
        maxConnectionAge,
        maxHeaderListSize: maxHeaderSize,
        owner: this,
      });
      this.#connections.add(this.#current);
      this.#startWaiting();
      if (this.#closed) this.#current.close();
    } else {
      this.#http1 = this.#options.fallback(socket);
      for (const exchange of this.#takeWaiting()) this.#http1.run(exchange, false);
    }
  }

  /** All that wait. */
  #takeWaiting(): Exchange[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  // From the connections.

  onRoom(): void {
    this.#startWaiting();
  }

  heldUp(): void {
    if (this.#warned || this.#waiting.size === 0) return;
    const { origin } = this.#origin;
    for (const { streams } of this.#connections) this.#warned ||= warnOfUnread(origin, streams);
  }

  onClose(connection: Http2Connection): void {
    this.#connections.delete(connection);
    this.#settle();
  }

  #settle(): void {
    if (this.#connections.size === 0 && this.#waiting.size === 0) this.#drained?.();
  }

  async destroy(reason: unknown): Promise<void> {
    for (const exchange of this.#waiting) exchange.cancel(reason);
    await this.#end((connection) => connection.destroy(reason));
    await this.#http1?.destroy(reason);
  }

  /** Lets what runs or waits end, then closes every socket. */
  async close(): Promise<void> {
    await this.#end((connection) => connection.close());
    await this.#http1?.close();
  }

  async #end(how: (connection: Http2Connection) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      const before = this.#drained;
      this.#drained = () => {
        before?.();
        resolve();
      };
      this.#closed = true;
      this.#connections.forEach(how);
      this.#settle();
    });
  }
}
