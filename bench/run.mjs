/**
 * Runs the bench: `node bench/run.mjs [--smoke] [--node <path>] [--only <a,b>] [--rounds <n>]
 * [--against <folder>]`. `README.md` beside it says what is measured and how to read it.
 */
import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chart } from './chart.mjs';
import { compareBuilds } from './against.mjs';
import { compareCalls, median, startNodeClient } from './compare.mjs';
import {
  against,
  describeRun,
  duration,
  generations,
  here,
  only,
  resultsFolder,
  rounds,
  smoke,
} from './plan.mjs';
import { preparePeers } from './prepare-peers.mjs';
import { buildsTable, callsTable, streamsTable } from './tables.mjs';

const reference = 'undici.request';
const everyone = [
  'isosession',
  reference,
  'dispatch',
  'fetch',
  'fetch-cookie',
  'ky',
  'ky + fetch-cookie',
  'ky + isosession',
  'ofetch',
  'got + jar',
  'axios + jar',
  'requests (Python)',
];
const builds = against ? ['isosession', 'isosession (before)'] : [];
const wanted = [...new Set([...builds, ...(only ?? everyone)])];
const concurrencies = [1, 50];
const MiB = 1024 * 1024;
const download = (smoke ? 64 : 1024) * MiB;
const upload = (smoke ? 32 : 200) * MiB;

async function startPythonClient(name, origin) {
  const child = spawn('python3', [join(here, 'client-process.py'), origin], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  const hello = await next();
  return {
    name,
    hello,
    end: () => child.stdin.end(),
    ask(message) {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      return next();
    },
  };
}

async function startClients(origin) {
  const clients = [];
  for (const name of wanted) {
    if (name === 'requests (Python)') {
      if (spawnSync('python3', ['-c', 'import requests']).status !== 0)
        console.log("Without Python's requests: `import requests` does not work here.");
      else clients.push(await startPythonClient(name, origin));
    } else clients.push(await startNodeClient(name, origin));
  }
  return clients;
}

/** A warm-up transfer tells where the memory stands; the others tell what is taken beyond it. */
async function compareStreams(clients, kind, length) {
  const able = clients.filter(({ name }) =>
    ['isosession', 'isosession (before)', reference, 'fetch'].includes(name),
  );
  const runs = new Map();
  for (const client of able) {
    const { rss } = await client.ask({ [kind]: length / 4 });
    runs.set(client.name, { rss, transfers: [] });
  }
  for (let round = 0; round < (smoke ? 1 : 5); round++) {
    for (let i = 0; i < able.length; i++) {
      const client = able[(i + round) % able.length];
      runs.get(client.name).transfers.push(await client.ask({ [kind]: length }));
    }
  }
  const speed = ({ wall }) => ((length / MiB) * 1000) / wall;
  const base = runs.get(reference)?.transfers;
  return able.map(({ name }) => {
    const { rss, transfers } = runs.get(name);
    return {
      name,
      kind,
      MiB: length / MiB,
      speed: median(transfers.map(speed)),
      ratio: base && median(transfers.map((run, round) => speed(run) / speed(base[round]))),
      cpuRatio: base && median(transfers.map((run, round) => run.cpu / base[round].cpu)),
      extraMiB: Math.max(...transfers.map(({ peak }) => peak - rss)) / MiB,
    };
  });
}

preparePeers();
const server = fork(join(here, 'server.mjs'));
const [{ origin }] = await once(server, 'message');
let streams = [];
const { runtime, runs, calls } = await compareCalls('Calls', {
  reference,
  concurrencies,
  start: () => startClients(origin),
  async last(clients) {
    streams = [
      ...(await compareStreams(clients, 'download', download)),
      ...(await compareStreams(clients, 'upload', upload)),
    ];
  },
});
server.disconnect();

console.log(describeRun(runtime, reference));
for (const concurrency of concurrencies)
  console.log(
    `\n${callsTable(`GET of 1 kB of JSON, ${concurrency} at a time`, calls[concurrency])}`,
  );
const comparison =
  against && concurrencies.map((concurrency) => compareBuilds(concurrency, runs[concurrency]));
if (comparison)
  console.log(`\n${buildsTable(`This build as against that of ${against}`, comparison)}`);
if (streams.length)
  console.log(
    `\n${streamsTable('Streams, and the memory they take beyond that of a warm-up transfer', streams)}`,
  );

const folder = resultsFolder();
writeFileSync(
  join(folder, 'results.json'),
  `${JSON.stringify({ runtime, generations, rounds, duration, reference, calls, streams, comparison }, null, 2)}\n`,
);
writeFileSync(join(folder, 'chart.svg'), chart(calls, runtime));
console.log(`\nWritten: results.json and chart.svg in ${folder}`);
