/** What a run of a bench is told, and how much it measures. */
import { mkdtempSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    node: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string' },
    against: { type: 'string' },
  },
});

export const here = fileURLToPath(new URL('.', import.meta.url));
export const { smoke, node } = flags;
/** Names of what is wanted, `undefined` when that is everything. */
export const only = flags.only?.split(',');
/** The folder of another build of the library, which is measured beside this one. */
export const against = flags.against && resolve(flags.against);
/**
 * Rounds of each generation of processes: two processes of one client differ by some per cent,
 * whatever it is, so that one alone says little.
 */
export const rounds = Number(flags.rounds ?? (smoke ? 2 : 4));
/** Processes of each client that are started, where that is what is measured. */
export const processes = Number(flags.rounds ?? (smoke ? 1 : 9));
export const generations = smoke ? 1 : 3;
/** ms of one measurement: some 40,000 calls of a fast client. */
export const duration = smoke ? 250 : 1000;
/** ms that a client runs before the first measurement, so that its code is compiled. */
export const warmUp = smoke ? 500 : 4000;

/** The first line of the results. */
export function describeRun(runtime, reference) {
  return `${runtime} · ${cpus().length} × ${cpus()[0]?.model} · ${generations} × ${rounds} rounds of ${duration} ms a client, medians; ratios are to ${reference} in the same round`;
}

/** Where results are written: only those of a full run are kept. */
export function resultsFolder() {
  return smoke || only || node || against ? mkdtempSync(join(tmpdir(), 'isosession-bench-')) : here;
}
