/** The pace of one key: when the next of its requests may be sent. */
import type { Cancellable, Cancellation } from '../../cancellation/cancellation.ts';
import { longestTimer } from '../../cancellation/deadline.ts';
import type { Quota } from '../../middleware/retry-after.ts';
import { WaitingLine } from '../../cancellation/waiting-line.ts';

/** What a pace keeps to. */
export interface PaceRules {
  /** Requests at a time. */
  readonly concurrency: number;
  /** At most `count` requests in any `per` ms. */
  readonly rate: { readonly count: number; readonly per: number } | undefined;
}

/**
 * How long a request is taken to be on its way, in ms and as a part of `per`: the longer counts.
 * Its answer tells that it has come before. Counted from its start, one that was slow on its way
 * would stand beside later ones at the server.
 */
const onItsWay = { ms: 100, part: 0.1 };

/** One that waits for its turn. */
interface Waiting extends Cancellable {
  readonly cancellation: Cancellation;
  readonly start: (turn: number) => void;
}

export class Pace {
  readonly #rules: PaceRules;
  readonly #waiting = new WaitingLine<Waiting>();
  /** When each of the last `count` requests has been seen, by the number of its turn. */
  readonly #seenAt: number[] = [];
  #running = 0;
  /** Turns that were given so far. */
  #turns = 0;
  /** What the server still takes before {@link #moreAt}, as it says. */
  #left = Infinity;
  #moreAt = 0;
  /** The turn whose answer has said so. */
  #toldBy = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(rules: PaceRules) {
    this.#rules = rules;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  /** Whether it is as a new one would be. */
  isIdle(now: number): boolean {
    const { rate } = this.#rules;
    if (this.#running > 0 || this.#waiting.size > 0 || this.#moreAt > now) return false;
    return !rate || this.#turns === 0 || this.#seenAt.every((at) => at + rate.per <= now);
  }

  /** The number of the request's turn, at once or when it has come; first come, first served. */
  enter(cancellation: Cancellation): number | Promise<number> {
    const now = performance.now();
    if (this.#waiting.size === 0 && this.#opensAt() <= now) return this.#start(now);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        cancellation,
        start: resolve,
        cancel: (reason) => {
          this.#waiting.delete(waiting);
          this.#startWaiting();
          reject(reason);
        },
      };
      this.#waiting.add(waiting);
      cancellation.attach(waiting);
      this.#startWaiting();
    });
  }

  /** The request of this turn is on its way now: to make it ready has taken its time. */
  send(turn: number): void {
    this.#count(turn, performance.now());
  }

  /** The request of this turn has been answered, or has failed. */
  leave(turn: number): void {
    const { rate } = this.#rules;
    this.#running--;
    // Its place may have been taken since.
    if (rate && turn + rate.count >= this.#turns) {
      const at = turn % rate.count;
      this.#seenAt[at] = Math.min(this.#seenAt[at], performance.now());
    }
    if (this.#waiting.size > 0) this.#startWaiting();
  }

  /**
   * What the answer to a turn, which is still running, says of the quota. Others that are running
   * count as not yet seen. A quota that is used up stays so until its time: answers to what was
   * sent before may say otherwise.
   */
  hear(turn: number, { remaining, reset }: Quota): void {
    const now = performance.now();
    const isUsedUp = this.#left <= 0 && this.#moreAt > now;
    if (remaining > 0 && (isUsedUp || turn < this.#toldBy)) return;
    this.#left = Math.max(0, remaining - (this.#running - 1));
    this.#moreAt = isUsedUp ? Math.max(this.#moreAt, now + reset) : now + reset;
    this.#toldBy = turn;
  }

  /** When the next request may start; `Infinity`: when one has ended. */
  #opensAt(): number {
    const { concurrency, rate } = this.#rules;
    if (this.#running >= concurrency) return Infinity;
    const byQuota = this.#left > 0 ? 0 : this.#moreAt;
    if (!rate || this.#turns < rate.count) return byQuota;
    return Math.max(byQuota, this.#seenAt[this.#turns % rate.count] + rate.per);
  }

  #start(now: number): number {
    const turn = this.#turns++;
    this.#running++;
    if (this.#moreAt > now) this.#left--;
    else this.#left = Infinity;
    this.#count(turn, now);
    return turn;
  }

  #count(turn: number, sentAt: number): void {
    const { rate } = this.#rules;
    if (!rate) return;
    this.#seenAt[turn % rate.count] = sentAt + Math.max(onItsWay.ms, rate.per * onItsWay.part);
  }

  /** Gives every turn that has come, and waits for the next one. */
  #startWaiting(): void {
    const now = performance.now();
    clearTimeout(this.#timer);
    for (let first; (first = this.#waiting.first);) {
      const opensAt = this.#opensAt();
      if (opensAt > now) {
        this.#wakeAt(opensAt, now);
        return;
      }
      this.#waiting.delete(first);
      first.cancellation.detach(first);
      first.start(this.#start(now));
    }
  }

  #wakeAt(time: number, now: number): void {
    if (time === Infinity) return;
    // A timer may be a part of a ms early.
    const ms = Math.min(Math.ceil(time - now), longestTimer);
    this.#timer = setTimeout(() => this.#startWaiting(), ms);
  }
}
