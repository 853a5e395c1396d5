/** Rounds that noise is given to settle in. */
const rounds = 12;
/** Below these ms for 100 KB nothing can be quadratic. */
const instant = 0.5;

/**
 * How many times longer `run` takes when its text is four times as long, at 100 KB: 4 for what is linear, 16 for what is quadratic. Both sides of the
 * ratio are the fastest of several runs, and it is measured until it is small: a busy machine slows single runs, a slow parser all of them.
 */
export function growth(make: (size: number) => string, run: (text: string) => unknown): number {
  const short = make(25_000);
  const long = make(100_000);
  const best = [Infinity, Infinity] as [number, number];
  for (let round = 0; round < rounds; round++) {
    for (const [i, text] of [short, long].entries()) {
      const start = performance.now();
      run(text);
      best[i as 0 | 1] = Math.min(best[i as 0 | 1], performance.now() - start);
    }
    if (best[1] < instant || best[1] / best[0] <= linear) break;
  }
  return best[1] < instant ? 0 : best[1] / best[0];
}

/** Well above what is linear, well below what is quadratic. */
export const linear = 8;
