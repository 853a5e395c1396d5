/** A lock that is held for a time, and kept by extending it. */
import type { Lock } from '../../middleware/auth/refresh/lock.ts';
import { inTime } from './in-time.ts';
import { StoreError } from './store-error.ts';

/** What a holder has: it ends by itself when nobody extends it. */
export interface Lease {
  readonly fence: number;
  /** Whether it is still held; if so, it starts anew. */
  extend(): Promise<boolean>;
  /** Gives it back, if it is still held. */
  release(): Promise<void>;
}

/** Takes the lease if nobody has it. To be called again and again, as it may watch the holder. */
export type Attempt = () => Promise<Lease | undefined>;

/** In ms. A holder whose task never ends does not keep all others out for ever. */
const longestHold = 60_000;
/** In ms, with a random part, so that many who wait do not ask at once. */
const [shortestWait, longestWait] = [2, 120];

/**
 * @param ttl in ms: how long a lease lasts without being extended
 * @param contend begins to wait for the lease of a key
 */
export function leaseLock(ttl: number, contend: (key: string) => Attempt): Lock {
  return {
    async run<T>(
      key: string,
      task: (signal: AbortSignal, fence: number) => Promise<T>,
    ): Promise<T> {
      const lease = await acquire(contend(key));
      const keeper = keepLease(lease, ttl);
      try {
        return await task(keeper.signal, lease.fence);
      } finally {
        keeper.stop();
        // One that cannot be given back ends by itself.
        await inTime(lease.release(), ttl).catch(() => {});
      }
    },
  };
}

/**
 * Waits for the lease of whoever has it.
 *
 * @param longest the longest pause between two attempts, in ms
 */
export async function acquire(attempt: Attempt, longest = longestWait): Promise<Lease> {
  for (;;) {
    const attempted = attempt();
    const lease = await inTime(attempted).catch((error: unknown) => {
      // One that comes too late is nobody's.
      attempted.then((late) => late?.release()).catch(() => {});
      throw error;
    });
    if (lease) return lease;
    const ms = shortestWait + Math.random() * (longest - shortestWait);
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

/** Extends a lease three times within its life, and tells by the signal when it was lost. */
function keepLease(lease: Lease, ttl: number): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const start = performance.now();
  let extended = start;
  let timer: ReturnType<typeof setTimeout>;

  const lose = (why: string, cause?: unknown): void => {
    controller.abort(new StoreError('lock', `The lock was lost: ${why}`, cause));
  };
  const extend = async (): Promise<void> => {
    const asked = performance.now();
    // A process that was paused learns of it here.
    if (asked - extended >= ttl) return lose('its holder was paused for longer than it lasts');
    if (asked - start >= longestHold) return lose('it was held for 60 s');
    try {
      const isHeld = await inTime(lease.extend(), extended + ttl - asked);
      if (!isHeld) return lose('somebody else has it');
      extended = asked;
    } catch (error) {
      const next = performance.now() + ttl / 3;
      if (next - extended >= ttl) return lose('its store does not answer', error);
    }
    plan();
  };
  const plan = (): void => {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => void extend(), ttl / 3);
  };
  let stopped = false;
  plan();
  return {
    signal: controller.signal,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
