/** CPU time that noise is given to settle in, in ms. */
const patience = 4000;
/**
 * Below so many ms for the longer text nothing can be quadratic: of 100,000 characters that is
 * 10,000,000,000 steps. What is faster measures pages of memory and the compiler.
 */
const instant = 20;

/** How many times as long the longer text is. */
export const factor = 16;

/**
 * Between what is linear, with the garbage of a large text, and what is quadratic: `JSON.parse()`
 * alone takes ten times as long for a mebibyte of brackets where memory is slow.
 */
export const linear = (factor * 3) / 4;

/**
 * How much longer `run` takes for one text of `factor` times `size` than for so many texts of
 * `size`: 1 for what is linear, `factor` for what is quadratic. It counts the CPU's time and not
 * the clock's, both sides are as much work, each is the fastest of several runs, and it is measured
 * until it is small: a busy machine slows some runs, a slow parser all of them.
 */
export async function growth(
  make: (size: number) => string,
  run: (text: string) => unknown,
  size = 6250,
): Promise<number> {
  const [short, long] = [make(size), make(size * factor)];
  let [bestShort, bestLong] = [Infinity, Infinity];
  for (let spent = 0; spent < patience;) {
    const shortTime = await cpu(run, short, factor);
    const longTime = await cpu(run, long, 1);
    spent += shortTime + longTime;
    bestShort = Math.min(bestShort, shortTime);
    bestLong = Math.min(bestLong, longTime);
    if (bestLong < instant) return 0;
    if (bestLong <= bestShort * linear) break;
  }
  return bestLong / bestShort;
}

/** ms of CPU time for so many runs. */
async function cpu(run: (text: string) => unknown, text: string, times: number): Promise<number> {
  const start = process.cpuUsage();
  for (let n = 0; n < times; n++) await run(text);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
