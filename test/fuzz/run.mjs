// @ts-check
/**
 * What servers send and what programs do at random, many times over, against the sources: each kind
 * in a process of its own, which it may end. `npm run fuzz -- [kind …] [--seed n] [--count n]
 * [--first n]`; the same numbers stand for the same bytes.
 *
 * A kind is a program `test/node/programs/fuzz-<kind>.ts`. It takes the seed, how many cases, and
 * the first of them; it writes `+<number>` as it begins a case and `-<number>` as it ends it, and
 * as its last line a JSON object whose `faults` are what was not as it should.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildProgram } from '../support/build-program.mjs';

const kinds = ['http1', 'http2', 'credentials'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '2' },
    count: { type: 'string', default: '20000' },
    first: { type: 'string', default: '0' },
  },
});

for (const kind of positionals) if (!kinds.includes(kind)) throw new Error(`No kind is "${kind}"`);
for (const kind of positionals.length ? positionals : kinds) {
  if (!(await runs(kind))) process.exitCode = 1;
}

/** @param {string} kind */
async function runs(kind) {
  const { folder, file } = await buildProgram(`fuzz-${kind}`);
  const { seed, count, first } = values;
  const args = ['--no-warnings', file, seed, count, first];
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  rmSync(folder, { recursive: true, force: true });
  const lines = stdout.split('\n').filter(Boolean);
  if (status === 0) {
    const { faults } = /** @type {{faults: string[]}} */ (JSON.parse(lines.at(-1) ?? ''));
    for (const fault of faults) console.error(`${kind} ${fault}`);
    console.log(`${kind}, seed ${seed}: ${count} cases from ${first} on, ${faults.length} faults`);
    return faults.length === 0;
  }
  const ended = new Set(lines.filter((line) => line.startsWith('-')).map((line) => line.slice(1)));
  const open = lines.filter((line) => line.startsWith('+') && !ended.has(line.slice(1)));
  console.error(stderr);
  console.error(`${kind}, seed ${seed}: ended by ${signal ?? status} in one of ${open.join(' ')}`);
  return false;
}
