/**
 * Measures a session beside the `fetch` of Deno, Bun, workerd and Chromium: `node bench/edge.mjs
 * [--smoke] [--only <deno,bun,workerd,chromium>] [--rounds <n>] [--against <folder>]`. `README.md`
 * beside it says what is measured and how to read it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareRuns } from './against.mjs';
import { cost, runRounds, speed } from './compare.mjs';
import { bundle } from './edge/bundle.mjs';
import { prepareRuntimes, runtimes } from './edge/runtimes.mjs';
import { against, duration, here, only, resultsFolder, rounds, smoke } from './plan.mjs';
import { edgeTable } from './tables.mjs';

const concurrency = 25;
/** Of each client: two processes of one client differ by some per cent. */
const processes = smoke ? 1 : 8;
const reference = 'fetch';

const wanted = prepareRuntimes(only ?? Object.keys(runtimes));
const folder = mkdtempSync(join(tmpdir(), 'isosession-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const server = fork(join(here, 'edge/server.mjs'));
const [{ origin }] = await once(server, 'message');

/** The clients of one runtime, each with the bundle that it runs. */
async function prepare(runtime) {
  const { program } = runtimes[runtime];
  const file = await bundle(program, join(here, '..'), join(folder, 'now'));
  const clients = [
    { name: 'isosession', what: 'session', file },
    { name: reference, what: 'fetch', file },
  ];
  if (against) {
    const other = await bundle(program, against, join(folder, 'before'));
    clients.push({ name: 'isosession (before)', what: 'session', file: other });
  }
  return { runtime, clients, runs: new Map(clients.map(({ name }) => [name, []])) };
}

async function runProcesses({ runtime, clients, runs }) {
  const started = [];
  for (const client of clients) started.push(await runtimes[runtime].start({ ...client, origin }));
  await runRounds(started, concurrency, runs);
  for (const client of started) await client.end();
}

const prepared = [];
for (const runtime of wanted) prepared.push(await prepare(runtime));
for (let process = 1; process <= processes; process++) {
  for (const runtime of prepared) {
    console.error(`${runtimes[runtime.runtime].title}: process ${process} of ${processes} …`);
    await runProcesses(runtime);
  }
}
server.disconnect();

const results = Object.fromEntries(
  prepared.map(({ runtime, runs }) => {
    const base = runs.get(reference);
    const rows = Array.from(runs, ([name, own]) => {
      const cpu = compareRuns(base, own, cost);
      return { name, cpu, more: cpu.now - cpu.before, speed: compareRuns(base, own, speed) };
    });
    return [runtime, rows];
  }),
);

console.log(
  `${cpus().length} × ${cpus()[0]?.model} · ${processes} processes of each client, ${rounds} rounds ` +
    `of ${duration} ms in each, ${concurrency} calls at a time; medians of all rounds; ratios are ` +
    `to ${reference}, and the middle half is that of the ratios within the rounds`,
);
for (const [runtime, rows] of Object.entries(results))
  console.log(`\n${edgeTable(runtimes[runtime].title, rows)}`);

const file = join(resultsFolder(), 'edge.json');
writeFileSync(
  file,
  `${JSON.stringify({ processes, rounds, duration, concurrency, reference, runtimes: results }, null, 2)}\n`,
);
console.log(`\nWritten: ${file}`);
