/**
 * The ms of the fastest of 5 runs, so that a busy machine does not fail a test that is about
 * growth.
 */
export function fastest(run: () => unknown): number {
  return Math.min(
    ...Array.from({ length: 5 }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    }),
  );
}
