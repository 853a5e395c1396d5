import type { ConnectionInfo, HopTrace, ResponseTimings } from '../../types/response.ts';
import type { Opening } from '../connect/opening.ts';
import type { RawHeaders } from '../response/undici-response.ts';
import { now } from '../../cancellation/shared-deadline.ts';
import { TrailerSection } from './trailer-section.ts';

const noPhases = { dns: 0, connect: 0, tls: 0 };

/**
 * What is left of an exchange: readings of the clock, most of which its deadlines need as well, and
 * how its connection was opened. The rest is worked out for who asks.
 */
export class ExchangeTrace implements HopTrace {
  // To V8 a number here is a box of its own: what most do not have is none.
  /** Began to wait for a connection; `undefined`: there was one. */
  queuedAt: number | undefined = undefined;
  /** Began to be written. */
  sentAt = 0;
  /** A body that is written piece by piece was taken to its end, or so far. */
  uploadedAt: number | undefined = undefined;
  /** Its headers came. */
  answeredAt = 0;
  /** The last byte of its body came. */
  endedAt: number | undefined = undefined;
  /** Of its connection; `undefined` where a dispatcher of the user's has opened it. */
  opening: Opening | undefined;
  /** Its connection has carried a response, or it was sent behind another request. */
  reused = false;
  /** Made where somebody asks for it, and of what is to be remembered for who asks later. */
  trailerSection: TrailerSection | undefined = undefined;

  /** There is no connection for it yet. */
  wait(): void {
    this.queuedAt ??= now();
  }

  /** It is to be sent again: what was lost is a part of the wait for a connection that serves. */
  restart(): void {
    this.queuedAt ??= this.sentAt;
    this.uploadedAt = undefined;
  }

  /** It is being written, on a connection that was opened so; gives the time. */
  sent(opening: Opening | undefined): number {
    this.opening = opening;
    return (this.sentAt = now());
  }

  /** Its headers have come; gives the ms since its first byte. */
  answered(): number {
    this.answeredAt = now();
    return this.responseTime;
  }

  /** Its body is complete, behind which these have come. */
  ended(trailers: RawHeaders | undefined): void {
    this.endedAt = now();
    if (trailers?.length) this.trailerSection ??= new TrailerSection();
    this.trailerSection?.end(trailers);
  }

  /** Its body does not come to its end. */
  broke(reason: unknown): void {
    if (this.endedAt === undefined) (this.trailerSection ??= new TrailerSection()).fail(reason);
  }

  get trailers(): Promise<Headers> {
    if (!this.trailerSection) {
      this.trailerSection = new TrailerSection();
      if (this.endedAt !== undefined) this.trailerSection.end(undefined);
    }
    return this.trailerSection.fields;
  }

  /** ms from its first byte to the headers of its response. */
  get responseTime(): number {
    return this.answeredAt - this.sentAt;
  }

  get elapsed(): number {
    return openedFor(this) + this.responseTime;
  }

  get timings(): ResponseTimings | undefined {
    if (!this.opening) return undefined;
    const { queuedAt, sentAt, uploadedAt, answeredAt, endedAt, responseTime } = this;
    const queued = Math.max(sentAt - (queuedAt ?? sentAt) - openedFor(this), 0);
    const request = Math.min(uploadedAt ?? sentAt, answeredAt) - sentAt;
    const body = endedAt === undefined ? undefined : endedAt - answeredAt;
    return { queued, ...phasesOf(this), request, wait: responseTime - request, body };
  }

  get connection(): ConnectionInfo | undefined {
    if (!this.opening?.facts) return undefined;
    const { httpVersion, ...addresses } = this.opening.facts;
    return { httpVersion, reused: openedFor(this) === 0, ...addresses };
  }
}

// Private members would cost each call what it takes V8 to mark an object as one that has them.

/** What it has waited for of the opening of its connection. */
function phasesOf({ reused, opening, queuedAt }: ExchangeTrace): typeof noPhases {
  return reused || !opening || queuedAt === undefined ? noPhases : opening.phasesSince(queuedAt);
}

/** ms that it has waited for a connection to be opened. */
function openedFor(trace: ExchangeTrace): number {
  const { dns, connect, tls } = phasesOf(trace);
  return dns + connect + tls;
}
