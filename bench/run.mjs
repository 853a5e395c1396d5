/**
 * Runs the bench: `node bench/run.mjs [--smoke] [--node <path>] [--only <a,b>] [--rounds <n>]`. `README.md` beside it says what is measured and how to read it.
 */
import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chart } from './chart.mjs';
import { callsTable, streamsTable } from './tables.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values: flags } = parseArgs({ options: { smoke: { type: 'boolean', default: false }, node: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string' } } });
const { smoke } = flags;
const reference = 'undici.request';
const everyone = ['isosession', reference, 'dispatch', 'fetch', 'fetch-cookie', 'ky', 'ky + fetch-cookie', 'ofetch', 'got + jar', 'axios + jar', 'requests (Python)'];
const wanted = flags.only ? flags.only.split(',') : everyone;
/** Rounds of each generation of processes: two processes of one client differ by some per cent, whatever it is, so that one alone says little. */
const rounds = Number(flags.rounds ?? (smoke ? 2 : 4));
const generations = smoke ? 1 : 3;
/** ms of one measurement: some 40,000 calls of a fast client. */
const duration = smoke ? 250 : 1000;
/** ms that a client runs before the first measurement, so that its code is compiled. */
const warmUp = smoke ? 500 : 4000;
const concurrencies = [1, 50];
const MiB = 1024 * 1024;
const download = (smoke ? 64 : 1024) * MiB;
const upload = (smoke ? 32 : 200) * MiB;

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** A client in a process of its own; `ask(message)` resolves to its answer. */
async function startNodeClient(name, origin) {
  const child = fork(join(here, 'client-process.mjs'), [name, origin], { ...(flags.node && { execPath: flags.node }) });
  const failed = once(child, 'exit').then(([code]) => { throw new Error(`${name} ended with code ${code}`); });
  failed.catch(() => {});
  const [hello] = await Promise.race([once(child, 'message'), failed]);
  return {
    name, hello, end: () => child.disconnect(),
    async ask(message) {
      child.send(message);
      const [answer] = await Promise.race([once(child, 'message'), failed]);
      return answer;
    },
  };
}

async function startPythonClient(name, origin) {
  const child = spawn('python3', [join(here, 'client-process.py'), origin], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  const hello = await next();
  return {
    name, hello, end: () => child.stdin.end(),
    ask(message) {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      return next();
    },
  };
}

function preparePeers() {
  if (existsSync(join(here, 'peers/node_modules'))) return;
  console.log('Installing the peers …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', join(here, 'peers')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The peers could not be installed');
}

async function startClients(origin) {
  const clients = [];
  for (const name of wanted) {
    if (name === 'requests (Python)') {
      if (spawnSync('python3', ['-c', 'import requests']).status !== 0) console.log('Without Python\'s requests: `import requests` does not work here.');
      else clients.push(await startPythonClient(name, origin));
    } else clients.push(await startNodeClient(name, origin));
  }
  for (const { name, hello } of clients) {
    if (hello.jar !== Boolean(hello.cookie)) throw new Error(`${name} should${hello.jar ? '' : ' not'} send a cookie and sent "${hello.cookie}"`);
  }
  return clients;
}

/** Rounds of every client in turn, each round begun by another; what is compared was measured in the same round. */
async function runCalls(clients, concurrency, runs) {
  for (const client of clients) await client.ask({ calls: { concurrency, duration: warmUp } });
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < clients.length; i++) {
      const client = clients[(i + round) % clients.length];
      runs.get(client.name).push(await client.ask({ calls: { concurrency, duration } }));
    }
  }
}

function compareCalls(runs) {
  const cost = (run) => run.cpu * 1000 / run.calls;
  const base = runs.get(reference);
  return Array.from(runs, ([name, own]) => ({
    name,
    cpu: median(own.map(cost)),
    ratio: base && median(own.map((run, round) => cost(run) / cost(base[round]))),
    perSecond: median(own.map(({ calls, wall }) => calls * 1000 / wall)),
    gcPer10k: own[0].gc === undefined ? undefined : median(own.map(({ gc, calls }) => gc * 10_000 / calls)),
    perScavenge: own[0].gc === undefined ? undefined : median(own.map(({ scavenge, scavenges }) => (scavenges ? scavenge / scavenges : 0))),
  }));
}

/** A warm-up transfer tells where the memory stands; the others tell what is taken beyond it. */
async function compareStreams(clients, kind, length) {
  const able = clients.filter(({ name }) => ['isosession', reference, 'fetch'].includes(name));
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
  const speed = ({ wall }) => length / MiB * 1000 / wall;
  const base = runs.get(reference)?.transfers;
  return able.map(({ name }) => {
    const { rss, transfers } = runs.get(name);
    return {
      name, kind, MiB: length / MiB,
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
const runs = Object.fromEntries(concurrencies.map((concurrency) => [concurrency, new Map()]));
let runtime;
let streams = [];
for (let generation = 1; generation <= generations; generation++) {
  const clients = await startClients(origin);
  runtime ??= clients.find(({ name }) => name !== 'requests (Python)')?.hello.runtime;
  for (const concurrency of concurrencies) {
    for (const { name } of clients) if (!runs[concurrency].has(name)) runs[concurrency].set(name, []);
    process.stderr.write(`Calls, ${concurrency} at a time: generation ${generation} of ${generations} …\n`);
    await runCalls(clients, concurrency, runs[concurrency]);
  }
  if (generation === generations) streams = [...await compareStreams(clients, 'download', download), ...await compareStreams(clients, 'upload', upload)];
  for (const client of clients) client.end();
}
server.disconnect();

console.log(`${runtime} · ${cpus().length} × ${cpus()[0]?.model} · ${generations} × ${rounds} rounds of ${duration} ms a client, medians; ratios are to ${reference} in the same round`);
const calls = Object.fromEntries(concurrencies.map((concurrency) => [concurrency, compareCalls(runs[concurrency])]));
for (const concurrency of concurrencies) console.log(`\n${callsTable(`GET of 1 kB of JSON, ${concurrency} at a time`, calls[concurrency])}`);
if (streams.length) console.log(`\n${streamsTable('Streams, and the memory they take beyond that of a warm-up transfer', streams)}`);

const folder = smoke || flags.only || flags.node ? mkdtempSync(join(tmpdir(), 'isosession-bench-')) : here;
writeFileSync(join(folder, 'results.json'), `${JSON.stringify({ runtime, generations, rounds, duration, reference, calls, streams }, null, 2)}\n`);
writeFileSync(join(folder, 'chart.svg'), chart(calls, runtime));
console.log(`\nWritten: results.json and chart.svg in ${folder}`);
