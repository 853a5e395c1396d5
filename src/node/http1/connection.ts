/** One connection of HTTP/1.1: a socket under one of undici's clients. */
import type { AsyncResource } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { buildConnector, Client as UndiciClient, Dispatcher } from 'undici';
import { nullPrototype } from '../../options/null-prototype.ts';
import type { ConnectCallback, Connector } from '../connect/connector.ts';
import { Opening } from '../connect/opening.ts';
import type { Expirable } from '../../cancellation/deadline.ts';
import { loadClient } from '../dependencies/undici.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeChannel } from '../exchange/exchange-channel.ts';
import { afterPendingInput, isLoopReal } from '../timers/after-pending-input.ts';
import { SharedDeadline } from '../../cancellation/shared-deadline.ts';
import { beginsFinalResponse, InterimResponses } from './interim-responses.ts';
import {
  destroyLater,
  emitWithin,
  neverBlocking,
  startQueue,
  watchForReset,
} from './undici-workarounds.ts';

/**
 * Options of undici's `Client`, and what opens a socket. `pipelining`: exchanges that may be under
 * way on one connection when all are in use.
 */
export type ClientOptions = Omit<UndiciClient.Options, 'connect' | 'pipelining'> & {
  readonly connect: Connector;
  readonly pipelining: number;
};

/** What a connection belongs to. */
export interface ConnectionOwner {
  /** It can carry another exchange. */
  free(connection: Http1Connection): void;
  /** It carries no more. */
  remove(connection: Http1Connection): void;
  /** It is held by a body that nobody reads. */
  heldUp(): void;
}

/** One socket, or one that is being opened, under one undici `Client`. */
export class Http1Connection implements ExchangeChannel<Exchange>, Expirable {
  readonly client: UndiciClient;
  readonly #owner: ConnectionOwner;
  /** Responses that its socket has carried. */
  served = 0;
  connected = false;
  opening: Opening | undefined;
  /** Whose answer comes next. */
  exchange: Exchange | undefined;
  /** Those that were sent, or are to be sent, without waiting for it. */
  readonly #behind: Exchange[] = [];
  /** No final response has begun to the exchange. */
  #awaitsResponse = false;
  /** It is too old to carry another exchange. */
  aged = false;
  readonly #maxAge: number;
  readonly #age = new SharedDeadline(this);
  #retired = false;
  #lastContext: AsyncResource | undefined;
  /** Events of the socket run in the context of whose exchange it is. */
  #keepsContext = false;

  #socket: Socket | undefined;
  #giveUp: (() => void) | undefined;
  #destroyed: Promise<void> | undefined;

  /** `maxAge`: ms after which it carries what it has, and no more; or `Infinity`. */
  constructor(
    owner: ConnectionOwner,
    origin: string,
    { connect, ...options }: ClientOptions,
    maxAge: number,
  ) {
    this.#owner = owner;
    this.#maxAge = maxAge;
    const Client = loadClient();
    this.client = new Client(
      origin,
      nullPrototype<UndiciClient.Options>(options, {
        connect: ((to, callback) => {
          this.#giveUp = connect(to, (error, socket) => {
            if (socket) this.#opened(socket);
            (callback as ConnectCallback)(error, socket);
          });
        }) as buildConnector.connector,
      }),
    );
    this.client.on('connect', () => {
      this.connected = true;
      this.aged = false;
      if (this.#maxAge !== Infinity) this.#age.arm(this.#maxAge);
      for (const exchange of this.exchanges) exchange.connected();
    });
    this.client.on('disconnect', () => {
      this.connected = false;
      this.served = 0;
      // undici opens a new socket by itself when a request waits that was not written yet.
      if (this.exchange && !this.exchange.written) this.exchange.connecting();
      else if (!this.exchange) this.retire();
    });
  }

  /** A socket is there, which undici has not seen yet. */
  #opened(socket: Socket): void {
    this.#socket = socket;
    this.opening = Opening.end(socket);
    this.#watchReads(socket);
    this.#keepsContext = false;
    if (this.exchange?.context) this.#keepContext();
    watchForReset(socket, (broken) => {
      if (this.exchange?.body) this.exchange.fail(broken);
    });
  }

  /** Looks for interim responses in what a new socket reads, below all who read from it. */
  #watchReads(socket: Socket): void {
    const interim = new InterimResponses();
    this.#awaitsResponse = true;
    const push = socket.push.bind(socket);
    socket.push = (chunk: Uint8Array | null, encoding) => {
      if (this.#awaitsResponse && chunk)
        this.#awaitsResponse =
          (interim.at > 0 || !beginsFinalResponse(chunk)) && interim.pass(chunk);
      return push(chunk, encoding);
    };
  }

  /** From the first exchange on that has a context: most sockets never see one. */
  #keepContext(): void {
    if (!this.#socket || this.#keepsContext) return;
    this.#keepsContext = true;
    emitWithin(this.#socket, () => this.exchange?.context ?? this.#lastContext);
  }

  get authorized(): boolean {
    return this.#socket instanceof TLSSocket && this.#socket.authorized;
  }

  get load(): number {
    return this.exchange ? 1 + this.#behind.length : 0;
  }

  get exchanges(): readonly Exchange[] {
    return this.exchange ? [this.exchange, ...this.#behind] : [];
  }

  /** `afterAnother`: within the end of an exchange that it has carried. */
  run(exchange: Exchange, afterAnother = false): void {
    exchange.channel = this;
    if (this.exchange) {
      exchange.trace.wait();
      this.#behind.push(exchange);
    } else {
      this.exchange = exchange;
      this.#awaitsResponse = true;
    }
    if (!this.connected) exchange.connecting();
    exchange.dispatchOptions.blocking = neverBlocking;
    const { context } = exchange;
    if (context) this.#keepContext();
    if (!context) this.#dispatch(exchange);
    // undici would write it in the next turn of the loop, which it has asked for in the context of
    // the other.
    else if (afterAnother)
      context.runInAsyncScope(() => afterPendingInput(() => this.#dispatch(exchange)));
    else context.runInAsyncScope(() => this.#dispatch(exchange));
  }

  #dispatch(exchange: Exchange): void {
    // Its types have an `onBodySent` that undici has never called like this.
    const handler = exchange as unknown as Dispatcher.DispatchHandler;
    this.client.dispatch(exchange.dispatchOptions as Dispatcher.DispatchOptions, handler);
    if (!isLoopReal()) startQueue(this.client);
  }

  /**
   * The exchange has ended, or was given up before it was written: the socket can carry another.
   */
  release(exchange: Exchange): void {
    if (exchange.written) this.served++;
    if (this.exchange === exchange) this.exchange = this.#behind.shift();
    else this.#behind.splice(this.#behind.indexOf(exchange), 1);
    // Of one that was sent already, the answer may be among the bytes that are here.
    if (this.exchange?.written === false) this.#awaitsResponse = true;
    this.#owner.free(this);
  }

  /** The exchange has failed, or the connection is of no use any more. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#age.disarm();
    // undici tells of the failure when the socket has closed.
    this.#lastContext = this.exchange?.context;
    this.exchange = undefined;
    for (const exchange of this.#behind.splice(0)) exchange.displace();
    // undici does not end a connection that is still being opened.
    if (!this.connected) this.#giveUp?.();
    this.#destroyed = destroyLater(this.client);
    this.#owner.remove(this);
  }

  expire(): void {
    this.aged = true;
    if (!this.exchange) this.retire();
  }

  heldUp(): void {
    this.#owner.heldUp();
  }

  /** Resolves when the socket of a retired connection is closed. */
  get gone(): Promise<void> | undefined {
    return this.#destroyed;
  }

  ref(alive: boolean): void {
    if (alive) this.#socket?.ref();
    else this.#socket?.unref();
  }
}
