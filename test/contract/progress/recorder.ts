import type { Progress } from 'isosession';
import { expect } from 'vitest';

/**
 * Records every report, and checks what holds for all. A browser tells of an upload without its
 * chunks.
 */
export function recorder(withChunks = true) {
  const reports: Progress[] = [];
  let bytes = 0;
  const record = (progress: Progress, chunk: Uint8Array) => {
    expect(chunk).toBeInstanceOf(Uint8Array);
    bytes += chunk.length;
    expect(bytes).toBe(withChunks ? progress.transferredBytes : 0);
    expect(progress.percent).toBeGreaterThanOrEqual(0);
    expect(progress.percent).toBeLessThanOrEqual(1);
    reports.push({ ...progress });
  };
  return { reports, record };
}
