/**
 * Finds out that a connection has ended of which nothing tells: the path to the server is cut, or
 * Node's session has broken off by itself.
 */
import type { ClientHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { afterPendingInput } from '../timers/after-pending-input.ts';
import { SharedDeadline } from '../../cancellation/shared-deadline.ts';
import { sendsNoMore } from './node-workarounds.ts';

/** Somebody waits and nothing has come for so many ms: the server is asked if it lives. */
const silence = 1000;
/** A server that has not answered a ping for so many ms may be gone: it gets no new calls. */
const pingTimeout = 1000;
/** Pings that are sent without an answer to the one before. */
const mostUnanswered = 2;

/** The connection. */
export interface Mortal {
  /** Somebody waits for an answer. */
  readonly busy: boolean;
  /** Takes no more streams. */
  retire(): void;
  /** Ends, and with it its calls. */
  fail(error: Error): void;
}

export class Liveness {
  readonly #connection: Mortal;
  readonly #nodeSession: ClientHttp2Session;
  readonly #socket: TLSSocket;
  readonly #unanswered = new SharedDeadline(this);
  #timer: NodeJS.Timeout | undefined;
  /** By which the timer was begun. */
  #clock = setTimeout;
  /** Bytes that had come when the timer began, and when the last ping was answered. */
  #received = 0;
  #receivedAtPong = -1;
  #pings = 0;
  /** Bytes that had been sent before the last ping. */
  #sentBeforePing = 0;
  #alive = false;

  constructor(connection: Mortal, nodeSession: ClientHttp2Session, socket: TLSSocket) {
    this.#connection = connection;
    this.#nodeSession = nodeSession;
    this.#socket = socket;
  }

  /** Somebody waits from now on. */
  watch(): void {
    if (this.#timer) {
      if (this.#clock === setTimeout) return;
      // A test may have put in another clock since, or taken one away with its timers.
      this.stop();
      this.#pings = 0;
    }
    this.#received = this.#socket.bytesRead;
    this.#clock = setTimeout;
    const timer = setTimeout(() => {
      if (this.#timer === timer) this.#onTime();
    }, silence);
    this.#timer = timer;
    if (!this.#alive) this.#timer.unref();
  }

  /** Whether the process is to live for it: a session that has broken off keeps none alive. */
  hold(alive: boolean): void {
    this.#alive = alive;
    if (alive) this.#timer?.ref();
    else this.#timer?.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#unanswered.disarm();
  }

  #onTime(): void {
    this.#timer = undefined;
    if (!this.#connection.busy) return;
    const { bytesRead } = this.#socket;
    // Where a ping was answered since anything else came, it is the answer that is slow.
    if (bytesRead === this.#received && bytesRead !== this.#receivedAtPong) this.check();
    this.watch();
  }

  /** Asks the server if it lives. */
  check(): void {
    if (this.#pings < mostUnanswered) this.ping(() => {});
  }

  /** The same; `onAnswer` is told when it has answered. */
  ping(onAnswer: () => void): void {
    const { destroyed, closed } = this.#nodeSession;
    if (destroyed || closed) return;
    this.#pings++;
    this.#sentBeforePing = this.#socket.bytesWritten;
    if (!this.#unanswered.armed) this.#unanswered.arm(pingTimeout);
    this.#nodeSession.ping((error) => {
      if (error) return;
      this.#pings = 0;
      this.#unanswered.disarm();
      this.#receivedAtPong = this.#socket.bytesRead;
      onAnswer();
    });
  }

  expire(): void {
    // The loop may have been blocked: what has come meanwhile counts.
    afterPendingInput(() => {
      if (this.#pings === 0) return;
      if (sendsNoMore(this.#socket, this.#sentBeforePing)) this.#connection.fail(brokenOff());
      else this.#connection.retire();
    });
  }
}

/** As newer Node says it. */
function brokenOff(): Error {
  return Object.assign(new Error('the server has sent a frame that breaks the protocol'), {
    code: 'ERR_HTTP2_ERROR',
  });
}
