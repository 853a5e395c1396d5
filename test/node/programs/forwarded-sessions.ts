/**
 * Makes a session for each of many requests and drops it: how long one takes, in µs of CPU, and how
 * many KiB 10,000 leave behind.
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

/** The best of several runs, since a busy machine slows some of them down. */
async function measure(task: () => unknown): Promise<number> {
  await repeat(10_000, task);
  let best = Infinity;
  for (let run = 0; run < 15; run++) {
    const start = process.cpuUsage();
    await repeat(2000, task);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 2000);
  }
  return best;
}

/** Without what the request itself costs. */
async function cost(incoming: () => Parameters<typeof forwardSession>[1]): Promise<number> {
  const without = await measure(incoming);
  return (await measure(() => sessionFor(incoming()))) - without;
}

const heap = () => {
  gc?.();
  return process.memoryUsage().heapUsed / 1024;
};

const micros = [await cost(kinds.node), await cost(kinds.web)];
const before = heap();
await repeat(10_000, () => sessionFor(kinds.node()));
const growth = heap() - before;
console.log(JSON.stringify({ micros, growth, inFlight: api.stats().inFlight }));
