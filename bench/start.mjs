/**
 * Measures what a program pays before its first call, and a command line for one call: `node
 * bench/start.mjs [--smoke] [--node <path>] [--only <a,b>] [--rounds <n>] [--against <folder>]`.
 * `README.md` beside it says what is measured and how to read it.
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './compare.mjs';
import { against, here, node, only, processes, smoke } from './plan.mjs';
import { preparePeers } from './prepare-peers.mjs';
import { startsTable } from './tables.mjs';

const reference = 'undici';
const everyone = ['isosession', reference, 'fetch', 'ky', 'ofetch', 'got', 'axios'];
const builds = against ? ['isosession', 'isosession (before)'] : [];
const wanted = [...new Set([...builds, reference, ...(only ?? everyone)])];

/** Runs a client once, from the start of its process to the end. */
async function run(name, url) {
  const begun = performance.now();
  const { stdout } = await promisify(execFile)(node ?? process.execPath, [
    join(here, 'start-process.mjs'),
    name,
    url,
    against ?? '',
  ]);
  return { ...JSON.parse(stdout), lifetime: performance.now() - begun };
}

/** Each client in turn, each round begun by another; `url`: what each calls, `''` for nothing. */
async function runRounds(url) {
  const runs = new Map(wanted.map((name) => [name, []]));
  // Files that nobody has read yet are slow: the first round is not counted.
  for (let round = smoke ? 0 : -1; round < processes; round++) {
    for (let i = 0; i < wanted.length; i++) {
      const name = wanted.at((i + round) % wanted.length);
      const measured = await run(name, url);
      if (round >= 0) runs.get(name).push(measured);
    }
  }
  return runs;
}

/** The median of what two clients have measured in the same round, put together. */
function beside(runs, name, combine) {
  const base = runs.get(reference);
  return median(runs.get(name).map((own, round) => combine(own, base[round])));
}

preparePeers();
const server = fork(join(here, 'server.mjs'));
const [{ origin }] = await once(server, 'message');
const imports = await runRounds('');
const calls = await runRounds(`${origin}/items/1`);
server.disconnect();

const rows = wanted.map((name) => ({
  name,
  cpu: median(imports.get(name).map(({ cpu }) => cpu)),
  wall: median(imports.get(name).map(({ wall }) => wall)),
  ratio: beside(imports, name, (own, base) => own.cpu / base.cpu),
  whole: median(calls.get(name).map(({ whole }) => whole)),
  lifetime: median(calls.get(name).map(({ lifetime }) => lifetime)),
  later: beside(calls, name, (own, base) => own.lifetime - base.lifetime),
}));
console.log(
  `${node ?? `Node ${process.versions.node}`} · ${cpus().length} × ${cpus()[0]?.model} · ` +
    `${processes} processes of each client, medians; ratios and differences are to ${reference}`,
);
console.log(`\n${startsTable('Import and first session; a program that makes one call', rows)}`);
