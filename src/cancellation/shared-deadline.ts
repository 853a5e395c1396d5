/**
 * Deadlines for the path of every call: one timer serves all of a duration, so that arming one
 * costs a list insertion and no timer.
 */
import {
  type Clock,
  Deadline as TimerDeadline,
  type Expirable,
  longestTimer,
  type Timer,
} from './deadline.ts';

/** Deno's own timers are numbers; newer versions give objects as Node does. */
declare const Deno: { unrefTimer(id: number): void } | undefined;

function unref(timer: Timer): void {
  if (timer.unref) timer.unref();
  else if (typeof Deno !== 'undefined') Deno.unrefTimer(Number(timer));
}

/** Those of one duration, the first to expire first, as each was armed after the one before it. */
interface List {
  readonly duration: number;
  head: SharedDeadline | undefined;
  tail: SharedDeadline | undefined;
  running: boolean;
}

const lists = new Map<number, List>();

/*
 * The clock of the process. A test may put another one in its place, whole or in part, and take it
 * away with all its timers: none that calls share may hang on such a one, and no two clocks are
 * compared.
 */
const realSetTimeout = setTimeout;
const realNow = performance.now.bind(performance);
/** The clocks of Vitest, Jest and Sinon are marked so: one stood already when this was loaded. */
const wasLoadedUnderFake = 'clock' in setTimeout;

const isReal = (): boolean => setTimeout === realSetTimeout && !wasLoadedUnderFake;

/** Now, in ms, by the clock that deadlines are armed on. */
export const now = (): number => (isReal() ? realNow() : performance.now());

/**
 * A deadline that can be armed again and again, by the monotonic clock. It never keeps a process
 * alive. Not for hosts where a timer belongs to the request that has started it, as in workerd.
 */
export class SharedDeadline implements Clock {
  readonly #owner: Expirable;
  /** Of its own, on a clock that is not the process's. */
  #timer: TimerDeadline | undefined;
  #at = 0;
  #list: List | undefined;
  #before: SharedDeadline | undefined;
  #after: SharedDeadline | undefined;

  constructor(owner: Expirable) {
    this.#owner = owner;
  }

  get armed(): boolean {
    return this.#list !== undefined || this.#timer !== undefined;
  }

  /** `from`: a reading of {@link now} that the caller has already. */
  arm(ms: number, from = now()): void {
    this.disarm();
    if (!isReal()) {
      this.#armTimer(ms);
      return;
    }
    // What is left of a longer time may be any number: rounded up, there are not too many lists.
    const duration = ms > 1000 ? Math.ceil(ms / 100) * 100 : ms;
    let list = lists.get(duration);
    if (!list)
      lists.set(duration, (list = { duration, head: undefined, tail: undefined, running: false }));
    this.#at = from + duration;
    this.#list = list;
    this.#before = list.tail;
    if (list.tail) list.tail.#after = this;
    else list.head = this;
    list.tail = this;
    if (!list.running) SharedDeadline.#start(list, duration);
  }

  disarm(): void {
    const list = this.#list;
    if (!list) {
      this.#timer?.disarm();
      this.#timer = undefined;
      return;
    }
    if (this.#before) this.#before.#after = this.#after;
    else list.head = this.#after;
    if (this.#after) this.#after.#before = this.#before;
    else list.tail = this.#before;
    this.#list = this.#before = this.#after = undefined;
  }

  #armTimer(ms: number): void {
    const expire = (): void => {
      this.#timer = undefined;
      this.#owner.expire();
    };
    this.#timer = new TimerDeadline({ expire });
    this.#timer.arm(ms);
  }

  static #start(list: List, ms: number): void {
    list.running = true;
    // A timer that was begun is let run out, whatever is disarmed: it costs one wake-up.
    const timer: Timer = realSetTimeout(SharedDeadline.#tick, Math.min(ms, longestTimer), list);
    unref(timer);
  }

  static readonly #tick = (list: List): void => {
    list.running = false;
    // Timers may fire a little early.
    const due = realNow() + 1;
    for (let first; (first = list.head) && first.#at <= due;) {
      first.disarm();
      first.#owner.expire();
    }
    if (!list.head) lists.delete(list.duration);
    else if (!list.running) SharedDeadline.#start(list, list.head.#at - due + 1);
  };
}
