import type { ConnectionInfo, HopTrace, ResponseTimings } from '../../types/response.ts';
import type { Opening } from '../connect/opening.ts';
import { now } from '../timers/shared-deadline.ts';

const noPhases = { dns: 0, connect: 0, tls: 0 };

/**
 * What is left of an exchange: readings of the clock, most of which its deadlines need as well, and
 * how its connection was opened. The rest is worked out for who asks.
 */
export class ExchangeTrace implements HopTrace {
  /** Began to wait for a connection; 0: there was one. */
  queuedAt = 0;
  /** Began to be written. */
  sentAt = 0;
  /** A body that is written piece by piece was taken to its end, or so far. */
  uploadedAt = 0;
  /** Its headers came. */
  answeredAt = 0;
  /** The last byte of its body came; 0: not yet. */
  endedAt = 0;
  /** Of its connection; `undefined` where a dispatcher of the user's has opened it. */
  opening: Opening | undefined;
  /** Its connection has carried a response, or it was sent behind another request. */
  reused = false;

  /** There is no connection for it yet. */
  wait(): void {
    this.queuedAt ||= now();
  }

  /** It is to be sent again: what was lost is a part of the wait for a connection that serves. */
  restart(): void {
    this.queuedAt ||= this.sentAt;
    this.uploadedAt = 0;
  }

  /** What it has waited for of the opening of its connection. */
  get #phases(): { dns: number; connect: number; tls: number } {
    if (this.reused || !this.opening || this.queuedAt === 0) return noPhases;
    return this.opening.phasesSince(this.queuedAt);
  }

  /** ms that it has waited for a connection to be opened. */
  get #opened(): number {
    const { dns, connect, tls } = this.#phases;
    return dns + connect + tls;
  }

  /** ms from its first byte to the headers of its response. */
  get responseTime(): number {
    return this.answeredAt - this.sentAt;
  }

  get elapsed(): number {
    return this.#opened + this.responseTime;
  }

  get timings(): ResponseTimings | undefined {
    if (!this.opening) return undefined;
    const { queuedAt, sentAt, uploadedAt, answeredAt, endedAt, responseTime } = this;
    const queued = queuedAt && Math.max(sentAt - queuedAt - this.#opened, 0);
    const request = uploadedAt && Math.min(uploadedAt, answeredAt) - sentAt;
    const body = endedAt ? endedAt - answeredAt : undefined;
    return { queued, ...this.#phases, request, wait: responseTime - request, body };
  }

  get connection(): ConnectionInfo | undefined {
    if (!this.opening?.facts) return undefined;
    const { httpVersion, ...addresses } = this.opening.facts;
    return { httpVersion, reused: this.#opened === 0, ...addresses };
  }
}
