/**
 * Makes a session for each of many requests and drops it: how long one takes, in µs of CPU, beside
 * what it takes to make a `Request` of Fetch, and how many KiB 10,000 leave behind.
 */
import { EventEmitter } from 'node:events';
import { Session } from 'isosession';
import { forwardSession } from 'isosession/ssr';

const api = new Session({ baseUrl: 'https://api.example.com/v1/' });
const options = { to: ['https://api.example.com'] };
const socket = new EventEmitter();
// As a browser's request is: some headers are forwarded, most are not.
const headers = {
  host: 'www.example.com',
  connection: 'keep-alive',
  accept: 'text/html',
  'accept-language': 'de',
  'user-agent': 'Mozilla/5.0',
  cookie: 'sid=0123456789abcdef; theme=dark; _ga=GA1.2.3',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'x-request-id': '4711',
};
const kinds = {
  node: () => ({ socket, headers }),
  web: () => new Request('https://www.example.com/', { headers }),
};

const sessionFor = (incoming: Parameters<typeof forwardSession>[1]) =>
  forwardSession(api, incoming, options);

/** Some a turn, as requests come: what a WeakRef was made for lives until the end of its turn. */
async function repeat(count: number, task: () => unknown): Promise<void> {
  for (let n = 0; n < count; n++) {
    task();
    if (n % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
  }
}

const sessionsARun = 2000;

/** The µs of CPU that one task takes in one run. */
async function measure(task: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await repeat(sessionsARun, task);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / sessionsARun;
}

/**
 * What each task takes, in its best run of many. The tasks take turns, so that what slows a busy
 * machine down slows all of them down, and their ratio stays.
 */
async function measureAll<K extends string>(
  tasks: Record<K, () => unknown>,
): Promise<Record<K, number>> {
  const best = {} as Record<K, number>;
  const names = Object.keys(tasks) as K[];
  for (const name of names) await repeat(10_000, tasks[name]);
  for (let run = 0; run < 20; run++)
    for (const name of names)
      best[name] = Math.min(best[name] ?? Infinity, await measure(tasks[name]));
  return best;
}

const heap = () => {
  gc?.();
  return process.memoryUsage().heapUsed / 1024;
};

const best = await measureAll({
  nodeRequest: kinds.node,
  nodeSession: () => sessionFor(kinds.node()),
  webRequest: kinds.web,
  webSession: () => sessionFor(kinds.web()),
});
// Without what the request itself costs.
const micros = {
  node: best.nodeSession - best.nodeRequest,
  web: best.webSession - best.webRequest,
};
const before = heap();
await repeat(10_000, () => sessionFor(kinds.node()));
const growth = heap() - before;
console.log(
  JSON.stringify({ micros, request: best.webRequest, growth, inFlight: api.stats().inFlight }),
);
