/**
 * How a program of `npm run fuzz` goes through its cases: see `test/fuzz/run.mjs` for its arguments
 * and for what it writes.
 *
 * @module
 */
import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { SessionError } from 'isosession';

/** Cases at a time. */
const atOnce = 32;
/** No case lasts so many ms, by the clocks of its calls. */
const limit = 60_000;
const [seed = 1, count = 2000, first = 0] = process.argv.slice(2).map(Number);
export { seed };

/** What was not as it should. */
export const faults: string[] = [];
for (const event of ['unhandledRejection', 'uncaughtException'] as const)
  process.on(event, (error: unknown) => void faults.push(`${event}: ${describe(error)}`));

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What a call is ended with that its caller does not want any more. */
export class OurReason extends Error {}

/**
 * Takes what a call may reject with: an error of the library's, which tells of no assertion, or the
 * caller's own.
 */
export function expectTyped(number: number, error: unknown): void {
  if (SessionError.is(error) && !/assert|falsy/.test(error.message)) return;
  if (error instanceof OurReason) return;
  if (error instanceof DOMException && error.name === 'TimeoutError') return;
  faults.push(`${number}: ${describe(error)}`);
}

/** Runs all cases, then ends what they ran against, and says what was found. */
export async function fuzz(
  run: (number: number) => Promise<void>,
  end: () => unknown,
): Promise<void> {
  let next = first;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      while (next < first + count) {
        const number = next++;
        writeSync(1, `+${number}\n`);
        const late = wait(limit, 'late', { ref: false });
        if ((await Promise.race([run(number), late])) === 'late') faults.push(`${number}: no end`);
        writeSync(1, `-${number}\n`);
      }
    }),
  );
  await end();
  console.log(JSON.stringify({ cases: count, faults }));
}
