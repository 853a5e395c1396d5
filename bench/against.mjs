/** Compares two builds of the library by runs that were measured in the same rounds. */
import { cost, median, speed } from './compare.mjs';

/**
 * A row for each figure: its medians before and now and their ratio; then the median of the ratios
 * of each round, and between what bounds the middle half of those lies, which says how far to trust
 * it.
 */
export function compareBuilds(concurrency, runs) {
  const before = runs.get('isosession (before)');
  const now = runs.get('isosession');
  const compare = (what, figure) => {
    const ratios = now.map((run, round) => figure(run) / figure(before[round]));
    const sorted = ratios.toSorted((a, b) => a - b);
    return {
      concurrency,
      what,
      before: median(before.map(figure)),
      now: median(now.map(figure)),
      ratio: median(now.map(figure)) / median(before.map(figure)),
      paired: median(ratios),
      middle: [sorted[sorted.length >> 2], sorted[(sorted.length * 3) >> 2]],
      rounds: ratios.length,
    };
  };
  return [compare('CPU µs/call', cost), compare('calls/s', speed)];
}
