/** A run is measured until it takes so many ms of CPU time in all: noise settles meanwhile. */
const patience = 4000;

/** Of a text that is 16 times as long: 16 times as slow is linear, 256 times quadratic. */
export const factor = 16;

/**
 * How much longer `run` takes, for each character, for a text of `factor` times the size: 1 for
 * what is linear, `factor` for what is quadratic. CPU time, the fastest of several runs, measured
 * until it is small.
 */
export async function slowdown(
  make: (size: number) => string,
  size: number,
  run: (text: string) => unknown,
): Promise<number> {
  const [short, long] = [make(size), make(size * factor)];
  let [bestShort, bestLong] = [Infinity, Infinity];
  for (let spent = 0; spent < patience;) {
    const shortTime = await cpu(run, short, factor);
    const longTime = await cpu(run, long, 1);
    spent += shortTime + longTime;
    bestShort = Math.min(bestShort, shortTime);
    bestLong = Math.min(bestLong, longTime);
    // Below a few ms nothing of this size is quadratic.
    if (bestLong <= bestShort * tolerated || bestLong < 3) break;
  }
  return bestLong / Math.max(bestShort, 3 / tolerated);
}

/** Between what is linear, with the garbage of a large text, and what is quadratic. */
export const tolerated = factor / 2;

/** ms of CPU time for so many runs. */
async function cpu(run: (text: string) => unknown, text: string, times: number): Promise<number> {
  const start = process.cpuUsage();
  for (let n = 0; n < times; n++) await run(text);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
