/** Many visitors who go away while their pages are rendered, and then a look at what is left. */
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { Session } from 'isosession';
import { forwardSession } from 'isosession/ssr';

const pages = Number(process.argv[2]);
const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));
const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));

const sockets = new Set<Socket>();
const events = new EventTarget();
const server = createServer((request, response) => {
  if (request.url === '/body') response.writeHead(200).write('first');
  events.dispatchEvent(new Event(request.headers['x-request-id'] as string));
}).on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket)).on('error', () => {});
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;

const api = new Session({ baseUrl: origin, retry: 0 });
let settled = 0;

/** The visitor goes away at once, when the backend has the request, or while the body comes. */
async function page(n: number): Promise<void> {
  const visit = new AbortController();
  const request = new Request('https://www.example.com/', {
    signal: visit.signal,
    headers: { cookie: `sid=${n}`, 'x-request-id': String(n) },
  });
  const session = forwardSession(api, request, { to: [origin] });
  const fate = n % 3;
  if (fate === 1) events.addEventListener(String(n), () => visit.abort(), { once: true });
  const call = session.get(fate === 2 ? 'body' : 'never');
  if (fate === 0) visit.abort();
  try {
    const response = await call;
    const text = response.text();
    visit.abort();
    await text;
  } catch {
    settled++;
  }
}

const heap = async () => {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    gc?.();
  }
  return process.memoryUsage().heapUsed / 1024;
};

async function run(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 50)
    await Promise.all(Array.from({ length: Math.min(50, to - n) }, (_, i) => page(n + i)));
}

await run(0, pages / 2);
const before = await heap();
await run(pages / 2, pages);
const growth = (await heap()) - before;
while (sockets.size) await new Promise((resolve) => setTimeout(resolve, 5));
console.log(
  JSON.stringify({
    settled,
    stats: api.stats(),
    backendSockets: sockets.size,
    unhandled,
    warnings,
    growth,
  }),
);
server.close();
