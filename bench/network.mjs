/**
 * Runs the bench of proxies and HTTP/2: `node bench/network.mjs [--smoke] [--node <path>] [--only
 * <tunnel,forward,http2>] [--rounds <n>]`. `README.md` beside it says what is measured.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from './certificates.mjs';
import { compareCalls, startNodeClient } from './compare.mjs';
import {
  describeRun,
  duration,
  generations,
  here,
  only,
  resultsFolder,
  rounds,
  smoke,
} from './plan.mjs';
import { callsTable } from './tables.mjs';

/** A process that says where it serves. */
async function startServer(file, ...args) {
  const child = fork(join(here, file), args);
  const [hello] = await once(child, 'message');
  return { ...hello, child };
}

const certificates = makeCertificates();
process.on('exit', () => rmSync(certificates, { recursive: true }));
const server = await startServer('server.mjs', certificates);
const proxy = await startServer('proxy.mjs');
const ca = join(certificates, 'cert.pem');

/** How many connections each client has made for 100 calls at a time of HTTP/2. */
const connections = new Map();

/**
 * The protocols of the connections that were made to the origin of HTTP/2 since this was asked
 * last.
 */
async function takeConnections() {
  server.child.send({});
  const [made] = await once(server.child, 'message');
  return made;
}

async function startHttp2Client(name) {
  // Those of others, which were idle for long.
  await takeConnections();
  const client = await startNodeClient(name, server.http2, { ca, http2: true });
  await client.ask({ calls: { concurrency: 100, duration } });
  const made = await takeConnections();
  if (made.some((protocol) => protocol !== 'h2')) throw new Error(`${name} does not speak HTTP/2`);
  if (name === 'isosession' && made.length !== 1)
    throw new Error(`isosession has made ${made.length} connections of HTTP/2 for one origin`);
  connections.set(name, made.length);
  return client;
}

const concurrencies = smoke ? [50] : [1, 50];
const comparisons = {
  tunnel: {
    title: 'https: through a proxy, by CONNECT',
    reference: 'ProxyAgent',
    concurrencies,
    names: ['isosession', 'ProxyAgent'],
    startClient: (name) => startNodeClient(name, server.secure, { proxy: proxy.url, ca }),
  },
  forward: {
    title: 'http: through a proxy',
    reference: 'ProxyAgent',
    concurrencies,
    names: ['isosession', 'ProxyAgent', 'ProxyAgent, no tunnel'],
    startClient: (name) => startNodeClient(name, server.origin, { proxy: proxy.url }),
  },
  http2: {
    title: 'HTTP/2',
    reference: 'Agent, allowH2',
    concurrencies: [100],
    names: ['isosession', 'Agent, allowH2', 'Agent, allowH2, 1 connection'],
    startClient: startHttp2Client,
    columns: [
      ['speed ratio', ({ speedRatio }) => speedRatio, 2],
      ['connections', ({ name }) => connections.get(name), 0],
    ],
  },
};

async function compare({ title, reference, concurrencies, names, startClient, columns }) {
  const { runtime, calls } = await compareCalls(title, {
    reference,
    concurrencies,
    async start() {
      const clients = [];
      for (const name of names) clients.push(await startClient(name));
      return clients;
    },
  });
  console.log(describeRun(runtime, reference));
  for (const concurrency of concurrencies)
    console.log(
      `\n${callsTable(`${title}, ${concurrency} at a time`, calls[concurrency], columns)}`,
    );
  console.log();
  return { runtime, reference, calls };
}

const wanted = only ?? Object.keys(comparisons);
for (const name of wanted)
  if (!(name in comparisons)) throw new Error(`There is no comparison named ${name}`);
const results = {};
for (const name of wanted) results[name] = await compare(comparisons[name]);
server.child.disconnect();
proxy.child.disconnect();

const folder = resultsFolder();
writeFileSync(
  join(folder, 'network.json'),
  `${JSON.stringify({ generations, rounds, duration, ...results, connections: Object.fromEntries(connections) }, null, 2)}\n`,
);
console.log(`Written: network.json in ${folder}`);
