/**
 * Deadlines: what one is, and the plain kind with a timer of its own, for browsers and the edge and
 * wherever only some calls have one.
 */

/** What is told that its time is over. */
export interface Expirable {
  expire(): void;
}

/** What tells it, once. It never keeps a Node process alive. */
export interface Clock {
  /** Expires in `ms`; what was armed before is forgotten. */
  arm(ms: number): void;
  disarm(): void;
}

/** A kind of them. */
export type ClockClass = new (owner: Expirable) => Clock;

/** The longest time in ms that a timer can hold; with a longer one it fires at once. */
export const longestTimer = 2 ** 31 - 1;

/** Node's can be kept from keeping the process alive. */
export type Timer = ReturnType<typeof setTimeout> & { unref?(): void };

/** A deadline that can be armed again and again. It never keeps a Node process alive. */
export class Deadline implements Clock {
  readonly #owner: Expirable;
  #timer: Timer | undefined;

  constructor(owner: Expirable) {
    this.#owner = owner;
  }

  arm(ms: number): void {
    this.disarm();
    const timer: Timer = setTimeout(
      () => {
        // A test may have put in another clock since, which does not clear the timers of this one.
        if (this.#timer === timer) this.#owner.expire();
      },
      Math.min(ms, longestTimer),
    );
    this.#timer = timer;
    timer.unref?.();
  }

  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
