/** CPU time that noise is given to settle in, in ms. */
const patience = 4000;
/** Below so many ms for the longer text nothing can be quadratic. */
const instant = 0.5;

/**
 * How much longer `run` takes for one long text than for short ones of that length together, by
 * default for 100 KB and sixteen of a sixteenth of it: 1 for what is linear, 16 for what is
 * quadratic. It counts the CPU's time and not the clock's, both sides are as much work, each is the
 * fastest of several runs, and it is measured until it is small: a busy machine slows some runs, a
 * slow parser all of them.
 */
export function growth(
  make: (size: number) => string,
  run: (text: string) => unknown,
  { shortLength = 6250, longLength = 100_000, enough = linear } = {},
): number {
  const short = make(shortLength);
  const long = make(longLength);
  let bestShort = Infinity;
  let bestLong = Infinity;
  for (let spent = 0; spent < patience;) {
    const shortTime = cpu(() => {
      for (let n = 0; n < longLength / shortLength; n++) run(short);
    });
    const longTime = cpu(() => run(long));
    spent += shortTime + longTime;
    bestShort = Math.min(bestShort, shortTime);
    bestLong = Math.min(bestLong, longTime);
    if (bestLong < instant) return 0;
    if (bestLong <= bestShort * enough) break;
  }
  return bestLong / bestShort;
}

/** Between what is linear, with the garbage of a large text, and what is quadratic. */
export const linear = 8;

function cpu(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
