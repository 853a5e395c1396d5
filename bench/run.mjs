/**
 * `npm run bench`: every client against one loopback server, in one go. What is measured and how to read it stands in README.md beside this file.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChart } from './chart.mjs';
import { installPeers, peerVersion } from './peers.mjs';
import { hasPythonRequests, startNodeClient, startPythonClient, startServer } from './processes.mjs';
import { printReport } from './report.mjs';
import { shuffled } from './statistics.mjs';
import { summarize } from './summary.mjs';

const MiB = 2 ** 20;
const base = 'undici.request';
const subject = 'isosession';
const concurrencies = [50, 1];
const sessionCookie = 'session=7f3a9c51e2d84b06';

const usage = `npm run bench -- [--smoke] [--only <names>] [--rounds <n>] [--node <path>]
  --smoke         a few seconds, to see that everything works; its figures mean nothing
  --only <names>  some clients alone, by commas: --only ${subject},got (${base} always runs)
  --rounds <n>    how often each client has its turn
  --node <path>   another Node binary for the clients`;

/** `peer` names the package in `peers/` whose version is shown; `stream` says what a client moves besides calls. */
const roster = [
  { name: subject, streams: ['download', 'upload'] },
  { name: base, streams: ['download', 'upload'] },
  { name: 'dispatch', streams: [] },
  { name: 'fetch', streams: ['download', 'upload'] },
  { name: 'fetch-cookie', peer: 'fetch-cookie', streams: [] },
  { name: 'ky', peer: 'ky', streams: ['upload'] },
  { name: 'ky + fetch-cookie', peer: 'ky', streams: [] },
  { name: 'ofetch', peer: 'ofetch', streams: [] },
  { name: 'got + jar', peer: 'got', streams: [] },
  { name: 'axios + jar', peer: 'axios', streams: [] },
  { name: 'requests', python: true, streams: [] },
];

const full = {
  warmUp: { 50: 3000, 1: 2000 },
  duration: 700,
  rounds: 12,
  streamRounds: 5,
  streams: { download: { length: 1024 * MiB, warmUp: 256 * MiB }, upload: { length: 200 * MiB, warmUp: 32 * MiB } },
};
const smoke = {
  warmUp: { 50: 150, 1: 100 },
  duration: 120,
  rounds: 2,
  streamRounds: 2,
  streams: { download: { length: 64 * MiB, warmUp: 16 * MiB }, upload: { length: 16 * MiB, warmUp: 4 * MiB } },
};

function readOptions() {
  const { values } = parseArgs({
    options: { smoke: { type: 'boolean' }, only: { type: 'string' }, rounds: { type: 'string' }, node: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(usage);
    process.exit();
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) throw new Error(`--rounds takes a whole number above 0\n${usage}`);
  const plan = { ...(values.smoke ? smoke : full), ...(rounds && { rounds, streamRounds: Math.min(rounds, full.streamRounds) }) };
  const names = values.only?.split(',').map((name) => name.trim());
  const known = (name) => roster.some((client) => matches(client, name));
  const unknown = names?.find((name) => !known(name));
  if (unknown !== undefined) throw new Error(`There is no client ${unknown}: ${roster.map((client) => client.name).join(', ')}`);
  const selected = roster.filter((client) => client.name === base || !names || names.some((name) => matches(client, name)));
  return { plan, selected, smoke: values.smoke ?? false, partial: names !== undefined, node: values.node };
}

function matches(client, name) {
  return client.name === name || client.name.split(' ')[0] === name;
}

function versionOf(client, ready) {
  if (client.name === subject) return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
  if (client.peer) return peerVersion(client.peer);
  if (client.python) return ready.version;
  return client.name === 'fetch' ? ready.runtime.replace('Node ', '') : createRequire(import.meta.url)('undici/package.json').version;
}

/** A random order in which the two clients that matter most run one right after the other, in either order. */
function orderOf(clients) {
  const order = shuffled(clients.filter((client) => client.name !== subject));
  const ours = clients.find((client) => client.name === subject);
  if (ours) order.splice(order.findIndex((client) => client.name === base) + Math.round(Math.random()), 0, ours);
  return order;
}

function say(text) {
  console.error(text);
}

/** Starts one process for each client and checks that it sends the cookie it should. */
async function startClients(selected, origin, node, helpers) {
  const clients = [];
  for (const client of selected) {
    const helper = client.python ? startPythonClient(client.name, origin) : startNodeClient(client.name, origin, node ?? process.execPath);
    helpers.push(helper);
    const ready = await helper.next();
    checkCookie(client.name, ready, ready.cookie);
    clients.push({ ...client, helper, jar: ready.jar, runtime: ready.runtime, version: versionOf(client, ready) });
  }
  return clients;
}

function checkCookie(name, { jar }, cookie) {
  const expected = jar ? sessionCookie : '';
  if (cookie !== expected) throw new Error(`${name} sent the cookie ${JSON.stringify(cookie)} and should have sent ${JSON.stringify(expected)}`);
}

async function runCalls(clients, plan) {
  const samples = Object.fromEntries(clients.map(({ name }) => [name, Object.fromEntries(concurrencies.map((concurrency) => [concurrency, []]))]));
  for (const { name, helper } of clients) {
    say(`warming up: ${name}`);
    for (const concurrency of concurrencies) await helper.ask({ calls: { concurrency, duration: plan.warmUp[concurrency] } });
  }
  for (let round = 1; round <= plan.rounds; round += 1) {
    say(`calls: round ${round} of ${plan.rounds}`);
    const order = orderOf(clients);
    for (const concurrency of shuffled(concurrencies)) {
      for (const { name, helper } of order) samples[name][concurrency].push(await helper.ask({ calls: { concurrency, duration: plan.duration } }));
    }
  }
  for (const { name, helper, jar } of clients) checkCookie(name, { jar }, await helper.ask({ verify: true }));
  return samples;
}

async function runStreams(direction, clients, { length, warmUp }, rounds) {
  const samples = {};
  for (const { name, helper } of clients) {
    say(`warming up: ${direction} by ${name}`);
    samples[name] = { baseline: (await helper.ask({ [direction]: warmUp })).rss, transfers: [] };
  }
  for (let round = 1; round <= rounds; round += 1) {
    say(`${direction}: round ${round} of ${rounds}`);
    for (const { name, helper } of orderOf(clients)) samples[name].transfers.push(await helper.ask({ [direction]: length }));
  }
  return samples;
}

/** Streams run in fresh processes: what calls left on the heap would hide what a stream takes. */
async function measure({ plan, selected, node }, helpers) {
  const server = startServer();
  helpers.push(server);
  const { origin } = await server.next();
  const clients = await startClients(selected, origin, node, helpers);
  const calls = await runCalls(clients, plan);
  for (const { helper } of clients) helper.stop();
  const streams = {};
  for (const direction of Object.keys(plan.streams)) {
    const movers = await startClients(selected.filter((client) => client.streams.includes(direction)), origin, node, helpers);
    streams[direction] = await runStreams(direction, movers, plan.streams[direction], plan.streamRounds);
    for (const { helper } of movers) helper.stop();
  }
  return { clients: clients.map(({ name, version, runtime, jar }) => ({ name, version, runtime, jar })), calls, streams };
}

/** The committed results are those of a whole run; a run on another Node stands beside them. */
function outputFolder({ smoke: short, partial }) {
  return short || partial ? mkdtempSync(join(tmpdir(), 'isosession-bench-')) : fileURLToPath(new URL('.', import.meta.url));
}

const options = readOptions();
if (options.selected.some((client) => client.peer)) installPeers();
if (!hasPythonRequests()) options.selected = options.selected.filter((client) => !client.python);

const helpers = [];
const started = performance.now();
try {
  const measured = await measure(options, helpers);
  const { plan } = options;
  const machine = { cpu: cpus()[0].model.trim(), cores: cpus().length, platform: `${process.platform} ${process.arch}` };
  const date = new Date().toISOString().slice(0, 10);
  const summary = summarize({ ...measured, machine, date, plan, base, subject, seconds: Math.round((performance.now() - started) / 1000) });
  printReport(summary);
  const folder = outputFolder(options);
  const suffix = options.node ? `-node${summary.node.split('.')[0]}` : '';
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `results${suffix}.json`), `${JSON.stringify(summary, null, 1)}\n`);
  writeFileSync(join(folder, `chart${suffix}.svg`), drawChart(summary));
  console.log(`\nWritten: ${join(folder, `results${suffix}.json`)} and chart${suffix}.svg`);
} finally {
  for (const helper of helpers) helper.stop();
}
