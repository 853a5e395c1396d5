/** CPU time that noise is given to settle in, in ms. */
const patience = 4000;
/** Below so many ms for 100 KB nothing can be quadratic. */
const instant = 0.5;

/**
 * How much longer `run` takes for a text of 100 KB than for four of a quarter of it: 1 for what is
 * linear, 4 for what is quadratic. It counts the CPU's time and not the clock's, both sides are as
 * much work, each is the fastest of several runs, and it is measured until it is small: a busy
 * machine slows some runs, a slow parser all of them.
 */
export function growth(make: (size: number) => string, run: (text: string) => unknown): number {
  const short = make(25_000);
  const long = make(100_000);
  let bestShort = Infinity;
  let bestLong = Infinity;
  for (let spent = 0; spent < patience;) {
    const shortTime = cpu(() => {
      for (let n = 0; n < 4; n++) run(short);
    });
    const longTime = cpu(() => run(long));
    spent += shortTime + longTime;
    bestShort = Math.min(bestShort, shortTime);
    bestLong = Math.min(bestLong, longTime);
    if (bestLong < instant) return 0;
    if (bestLong <= bestShort * linear) break;
  }
  return bestLong / bestShort;
}

/** Between what is linear and what is quadratic. */
export const linear = 2.5;

function cpu(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
