/**
 * Fake time, as far as the contract needs it: timers, `Date` and `performance`. Promises and
 * sockets go on by themselves.
 *
 * @module
 */

interface Timer {
  at: number;
  every: number | undefined;
  run: () => void;
}

const names = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'Date',
  'performance',
] as const;
const real = { setTimeout: globalThis.setTimeout, Date: globalThis.Date };

let originals: Map<string, PropertyDescriptor | undefined> | undefined;
let timers = new Map<number, Timer>();
let now = 0;
let monotonic = 0;
let lastId = 0;

function add(
  run: (...args: unknown[]) => void,
  ms: number | undefined,
  repeats: boolean,
  args: unknown[],
): number {
  const wait = Math.max(Number(ms) || 0, repeats ? 1 : 0);
  timers.set(++lastId, {
    at: monotonic + wait,
    every: repeats ? wait : undefined,
    run: () => run(...args),
  });
  return lastId;
}

function remove(id: unknown): void {
  timers.delete(id as number);
}

class FakeDate extends real.Date {
  constructor(...args: [] | [string | number | Date]) {
    super(...((args.length ? args : [now]) as [number]));
  }

  static override now(): number {
    return now;
  }
}

/**
 * Everything that has been promised by now has run: a real timer is a turn of the runtime's own
 * loop.
 */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++)
    await new Promise<void>((resolve) => real.setTimeout.call(globalThis, resolve, 0));
}

/** Runs the next timer that is due until `end`; false when there is none. */
function step(end: number): boolean {
  const [next] = [...timers].sort(([, a], [, b]) => a.at - b.at);
  if (next === undefined || next[1].at > end) return false;
  const [id, timer] = next;
  pass(timer.at);
  if (timer.every === undefined) timers.delete(id);
  else timer.at += timer.every;
  timer.run();
  return true;
}

function pass(until: number): void {
  now += until - monotonic;
  monotonic = until;
}

/** The part of `vi` that is about time. */
export const clock = {
  useFakeTimers(): void {
    if (originals) return;
    originals = new Map(
      names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]),
    );
    timers = new Map();
    now = real.Date.now();
    monotonic = 0;
    const fakes = {
      setTimeout: (run: () => void, ms?: number, ...args: unknown[]) => add(run, ms, false, args),
      setInterval: (run: () => void, ms?: number, ...args: unknown[]) => add(run, ms, true, args),
      clearTimeout: remove,
      clearInterval: remove,
      Date: FakeDate,
      performance: { now: () => monotonic, timeOrigin: now },
    };
    for (const name of names)
      Object.defineProperty(globalThis, name, {
        value: fakes[name],
        configurable: true,
        writable: true,
      });
  },

  useRealTimers(): void {
    for (const [name, descriptor] of originals ?? []) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else Reflect.deleteProperty(globalThis, name);
    }
    originals = undefined;
  },

  setSystemTime(time: number | Date): void {
    now = Number(time);
  },

  async advanceTimersByTimeAsync(ms: number): Promise<void> {
    const end = monotonic + ms;
    await settle();
    while (step(end)) await settle();
    pass(end);
    await settle();
  },

  async runAllTimersAsync(): Promise<void> {
    await settle();
    while (step(Infinity)) await settle();
  },
};
