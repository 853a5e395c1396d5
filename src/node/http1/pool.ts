/**
 * Connections to one origin. undici's own pools open two sockets for calls in sequence and cannot
 * drop a queued request; this one reuses the last used first.
 */
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeQueue } from '../exchange/exchange-channel.ts';
import { WaitingLine } from '../../cancellation/waiting-line.ts';
import { warnOfUnread } from '../exchange/unread-warning.ts';
import { type ClientOptions, type ConnectionOwner, Http1Connection } from './connection.ts';
import { maySocketsBeReused } from './undici-workarounds.ts';

/** The connections of one route, whatever they speak. */
export interface RoutePool extends ExchangeQueue<Exchange> {
  readonly sockets: number;
  /** Calls that wait for a connection. */
  readonly queued: number;
  /** Bodies that hold a connection because nobody reads them. */
  readonly unread: number;
  /** A call runs or waits, or a body is open. */
  readonly busy: boolean;
  /** Lets what runs or waits end, then closes every socket. */
  close(): Promise<void>;
  destroy(reason: unknown): Promise<void>;
}

/** How connections are made and kept. */
export interface PoolOptions {
  readonly connections: number;
  /** ms after which a connection takes no more calls, or `Infinity`. */
  readonly maxConnectionAge: number;
  readonly client: ClientOptions;
}

export class Http1Pool implements RoutePool, ConnectionOwner {
  readonly #origin: string;
  readonly #options: PoolOptions;
  readonly #all = new Set<Http1Connection>();
  /** Last used last. */
  readonly #idle: Http1Connection[] = [];
  readonly #waiting = new WaitingLine<Exchange>();
  #closed = false;
  #warned = false;
  #drained: (() => void) | undefined;

  constructor(origin: string, options: PoolOptions) {
    this.#origin = origin;
    this.#options = options;
  }

  get sockets(): number {
    let open = 0;
    for (const connection of this.#all) if (connection.connected) open++;
    return open;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  get unread(): number {
    let unread = 0;
    for (const connection of this.#all) if (connection.exchange?.body?.unread) unread++;
    return unread;
  }

  get busy(): boolean {
    return this.#all.size > this.#idle.length || this.#waiting.size > 0;
  }

  get #empty(): boolean {
    return this.#all.size === 0 && this.#waiting.size === 0;
  }

  /**
   * Runs an exchange on an idle connection, on a new one, or as soon as one is free. `fresh`: not
   * on one that was used before.
   */
  run(exchange: Exchange, fresh: boolean): void {
    fresh ||= !maySocketsBeReused();
    const idle = fresh ? undefined : this.#idle.pop();
    if (idle) {
      idle.run(exchange);
      return;
    }
    if (fresh && this.#all.size >= this.#options.connections) this.#idle.shift()?.retire();
    if (this.#all.size < this.#options.connections) {
      this.#open().run(exchange);
      return;
    }
    const shared = fresh ? undefined : this.#leastLoaded();
    if (shared) {
      shared.run(exchange);
      return;
    }
    exchange.trace.wait();
    this.#waiting.add(exchange);
    this.#warn();
  }

  heldUp(): void {
    if (this.#waiting.size > 0) this.#warn();
  }

  /** The one to send on behind others. */
  #leastLoaded(): Http1Connection | undefined {
    const { pipelining } = this.#options.client;
    // Calls that queue by default need not look at each of 256 busy connections.
    if (pipelining === 1) return undefined;
    let least: Http1Connection | undefined;
    for (const connection of this.#all)
      if (!connection.aged && connection.load < (least?.load ?? pipelining)) least = connection;
    return least;
  }

  /** Once a pool. */
  #warn(): void {
    this.#warned ||= warnOfUnread(this.#origin, this.#all);
  }

  /** The exchange that has waited longest. */
  #next(): Exchange | undefined {
    if (this.#waiting.size === 0) return undefined;
    const { first } = this.#waiting;
    if (first) this.#waiting.delete(first);
    return first;
  }

  #open(): Http1Connection {
    const { client, maxConnectionAge } = this.#options;
    const connection = new Http1Connection(this, this.#origin, client, maxConnectionAge);
    this.#all.add(connection);
    return connection;
  }

  /** Takes an exchange out of the queue. */
  forget(exchange: Exchange): void {
    this.#waiting.delete(exchange);
  }

  free(connection: Http1Connection): void {
    if (connection.aged || !maySocketsBeReused()) {
      if (!connection.exchange) connection.retire();
      return;
    }
    const next = this.#next();
    if (next) connection.run(next, true);
    else if (connection.exchange) return;
    else if (this.#closed) connection.retire();
    else this.#idle.push(connection);
  }

  remove(connection: Http1Connection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    const next = this.#next();
    if (next) this.#open().run(next);
    if (this.#closed && this.#empty) this.#drained?.();
  }

  async destroy(reason: unknown): Promise<void> {
    this.#closed = true;
    for (const exchange of this.#waiting) exchange.cancel(reason);
    for (const exchange of [...this.#all].flatMap((connection) => connection.exchanges)) {
      exchange.cancel(reason);
      exchange.body?.cancel(reason);
    }
    const all = [...this.#all];
    for (const connection of all) connection.retire();
    await Promise.all(all.map(async (connection) => connection.gone));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#all];
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      for (const connection of all) {
        if (connection.exchange) connection.exchange.body?.close();
        else connection.retire();
      }
      if (this.#empty) resolve();
    });
    await Promise.all(all.map(async (connection) => connection.gone));
  }
}
