/** Compares clients by runs that were measured in the same rounds. */
import { cost, median, speed } from './compare.mjs';

/**
 * The medians of a figure of two clients and their ratio; then the median of the ratios of each
 * round, and between what bounds the middle half of those lies, which says how far to trust it.
 */
export function compareRuns(before, now, figure) {
  const ratios = now.map((run, round) => figure(run) / figure(before[round]));
  const sorted = ratios.toSorted((a, b) => a - b);
  return {
    before: median(before.map(figure)),
    now: median(now.map(figure)),
    ratio: median(now.map(figure)) / median(before.map(figure)),
    paired: median(ratios),
    middle: [sorted[sorted.length >> 2], sorted[(sorted.length * 3) >> 2]],
    rounds: ratios.length,
  };
}

/** A row for each figure of this build as against another one. */
export function compareBuilds(concurrency, runs) {
  const compare = (what, figure) => ({
    concurrency,
    what,
    ...compareRuns(runs.get('isosession (before)'), runs.get('isosession'), figure),
  });
  return [compare('CPU µs/call', cost), compare('calls/s', speed)];
}
