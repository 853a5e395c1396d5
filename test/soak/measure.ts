/**
 * What the parts of `npm run soak` have in common.
 *
 * @module
 */
import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';

/** Something measured, and the most that it may be. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
}

export interface Task {
  /** The share of the whole that is to be run. */
  readonly scale: number;
  readonly origin: string;
}

/** Closes its sessions before it ends. */
export type Part = (task: Task) => Promise<Row[]>;

/** ms in which what is being closed is gone. */
const patience = 15_000;
const MB = 1e6;

const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(String(warning)));

/** Runs so many calls, so many at a time; gives how many failed, and the first failure's reason. */
export async function repeat(
  count: number,
  width: number,
  call: (n: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  let failed = 0;
  const run = async (): Promise<void> => {
    while (next < count) {
      try {
        await call(next++);
      } catch (error) {
        if (failed++ === 0) console.error(error);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, run));
  return failed;
}

/** MB of the heap that live. */
export async function heap(): Promise<number> {
  // What a finalizer lets go of is for the next collection.
  for (let n = 0; n < 3; n++) {
    globalThis.gc?.();
    await turn();
  }
  return process.memoryUsage().heapUsed / MB;
}

/** Waits, in vain at worst, until something is 0; gives what it is then. */
export async function settled(measure: () => number | Promise<number>): Promise<number> {
  const until = performance.now() + patience;
  for (;;) {
    const value = await measure();
    if (value === 0 || performance.now() > until) return value;
    await wait(20);
  }
}

/** What the server says of itself, by a call without the library. */
export async function stateOf(origin: string): Promise<{ sockets: number; twice: number }> {
  return new Promise((resolve, reject) => {
    const answered = (response: NodeJS.ReadableStream): void =>
      void json(response).then((state) => resolve(state as { sockets: number; twice: number }));
    get(`${origin}state`, { agent: false }, answered).on('error', reject);
  });
}

/** What no part may leave behind. */
export async function leftovers(origin: string): Promise<Row[]> {
  const held = (pattern: RegExp): number =>
    process.getActiveResourcesInfo().filter((name) => pattern.test(name)).length;
  const sockets = await settled(async () => (await stateOf(origin)).sockets);
  // A turn of the loop for what the last call has left, which is not the library's.
  await turn();
  return [
    { name: 'sockets left', value: sockets, limit: 0 },
    { name: 'handles left', value: await settled(() => held(/^(?:TCP|TLS|GetAddr)/)), limit: 0 },
    { name: 'timers left', value: held(/^Timeout$/), limit: 0 },
    { name: 'warnings', value: warnings.length, limit: 0 },
  ];
}
