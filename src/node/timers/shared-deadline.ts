/**
 * Deadlines for the path of every call: one timer serves all of a duration, so that arming one
 * costs a list insertion and no timer.
 */
import { type Clock, type Expirable, longestTimer } from '../../cancellation/deadline.ts';
import { unref } from '../../cancellation/unref.ts';

/** Those of one duration, the first to expire first, as each was armed after the one before it. */
interface List {
  readonly duration: number;
  head: SharedDeadline | undefined;
  tail: SharedDeadline | undefined;
  running: boolean;
}

const lists = new Map<number, List>();

/**
 * A deadline that can be armed again and again, by the monotonic clock. It never keeps a Node
 * process alive.
 */
export class SharedDeadline implements Clock {
  readonly #owner: Expirable;
  #at = 0;
  #list: List | undefined;
  #before: SharedDeadline | undefined;
  #after: SharedDeadline | undefined;

  constructor(owner: Expirable) {
    this.#owner = owner;
  }

  get armed(): boolean {
    return this.#list !== undefined;
  }

  /** Expires in `ms` from `now`, by `performance.now()`; what was armed before is forgotten. */
  arm(ms: number, now = performance.now()): void {
    this.disarm();
    // What is left of a longer time may be any number: rounded up, there are not too many lists.
    const duration = ms > 1000 ? Math.ceil(ms / 100) * 100 : ms;
    let list = lists.get(duration);
    if (!list)
      lists.set(duration, (list = { duration, head: undefined, tail: undefined, running: false }));
    this.#at = now + duration;
    this.#list = list;
    this.#before = list.tail;
    if (list.tail) list.tail.#after = this;
    else list.head = this;
    list.tail = this;
    if (!list.running) SharedDeadline.#start(list, duration);
  }

  disarm(): void {
    const list = this.#list;
    if (!list) return;
    if (this.#before) this.#before.#after = this.#after;
    else list.head = this.#after;
    if (this.#after) this.#after.#before = this.#before;
    else list.tail = this.#before;
    this.#list = this.#before = this.#after = undefined;
  }

  static #start(list: List, ms: number): void {
    list.running = true;
    // A timer that was begun is let run out, whatever is disarmed: it costs one wake-up.
    unref(setTimeout(SharedDeadline.#tick, Math.min(ms, longestTimer), list));
  }

  static readonly #tick = (list: List): void => {
    list.running = false;
    // Timers may fire a little early.
    const now = performance.now() + 1;
    for (let first; (first = list.head) && first.#at <= now;) {
      first.disarm();
      first.#owner.expire();
    }
    if (!list.head) lists.delete(list.duration);
    else if (!list.running) SharedDeadline.#start(list, list.head.#at - now + 1);
  };
}
