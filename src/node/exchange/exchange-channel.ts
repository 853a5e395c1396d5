/** Where exchanges wait and what they run on. Generic, as an exchange knows both by these alone. */

import type { Dispatcher } from 'undici';
import type { Opening } from '../connect/opening.ts';
import type { RawHeaders } from '../response/undici-response.ts';

/** Where an exchange runs or waits. */
export interface ExchangeQueue<E> {
  /** Runs it, or queues it; `fresh`: not on a socket that was used before. */
  run(exchange: E, fresh: boolean): void;
  /** Takes it out of the queue. */
  forget(exchange: E): void;
}

/** What an exchange runs on: a connection of HTTP/1.1, or a stream of HTTP/2. */
export interface ExchangeChannel<E> {
  /** Responses that the connection has carried. */
  readonly served: number;
  /** How its connection was opened. */
  readonly opening: Opening | undefined;
  /** It speaks by TLS, and who answers has shown a good certificate. */
  readonly authorized: boolean;
  /** Whose answer comes next. */
  readonly exchange: E | undefined;
  /** The exchange has ended, or was given up before it was written: another can take its place. */
  release(exchange: E): void;
  /** The exchange has failed. */
  retire(): void;
  /** Nobody reads its body, which holds the connection. */
  heldUp(): void;
  /** Whether it keeps the process alive. */
  ref(alive: boolean): void;
}

/** What an exchange uses of undici's controller of a request; a stream of HTTP/2 has the same. */
export interface ExchangeController extends Pick<
  Dispatcher.DispatchController,
  'abort' | 'pause' | 'resume'
> {
  // Not every dispatcher's tells them.
  readonly rawHeaders?: RawHeaders | undefined;
  readonly rawTrailers?: RawHeaders | undefined;
}
