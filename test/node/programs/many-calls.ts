/** Ten thousand calls of every fate over one session, and then a look at what is left. */
import { createServer } from 'node:http';
import { Session } from 'isosession';

const calls = Number(process.argv[2]);
const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));
const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));

const server = createServer((request, response) => {
  const route = request.url?.split('?')[0];
  if (route === '/reset') return void request.socket.resetAndDestroy();
  if (route === '/never') return;
  if (route === '/large') return void response.end(Buffer.alloc(2_000_000));
  if (route === '/cut')
    return void response
      .writeHead(200, { 'content-length': 100 })
      .write('part', () => response.destroy());
  if (route === '/503') return void response.writeHead(503).end('busy');
  if (route === '/redirect')
    return void response
      .writeHead(302, { location: '/ok', 'set-cookie': `hop=${request.url?.length ?? 0}` })
      .end();
  if (route === '/drip') return void response.writeHead(200).write('first');
  request.resume();
  response.end('{"ok":true}');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;

const session = new Session({
  baseUrl,
  retry: { limit: 1, delay: () => 0 },
  timeout: { total: 30_000 },
});
const shared = new AbortController();
const fates: (() => Promise<unknown>)[] = [
  () => session.get('ok').json(),
  () => session.get('ok', { signal: shared.signal }).text(),
  () => session.post('ok', { json: { a: 1 } }).json(),
  () => session.get('redirect').json(),
  () => session.get('503').json(),
  () => session.get('reset'),
  () => session.get('cut').text(),
  () => session.get('never', { signal: AbortSignal.timeout(5) }),
  () => session.get('never', { timeout: { response: 5 } }),
  async () => {
    const stop = new AbortController();
    const call = session.get('ok', { signal: stop.signal });
    stop.abort();
    await call;
  },
  async () => {
    const stop = new AbortController();
    const response = await session.get('drip', { signal: stop.signal });
    const text = response.text();
    stop.abort(new Error('enough'));
    await text;
  },
  async () => {
    const response = await session.get('large');
    await response.body?.cancel();
  },
  () => session.get('ok', { headers: { 'bad name': '1' } }),
  () => session.get('ok').then((response) => response.status),
  () => session.get('large', { maxResponseSize: 10 }).text(),
  async () => {
    for await (const line of session.get('large').lines()) if (line) break;
  },
];

let settled = 0;
let next = 0;
await Promise.all(
  Array.from({ length: 20 }, async () => {
    while (next < calls) {
      const fate = fates[next++ % fates.length] as () => Promise<unknown>;
      await fate().catch(() => {});
      settled++;
    }
  }),
);

const { inFlight, queued, unreadBodies, sockets } = session.stats();
const { default: events } = await import('node:events');
const listeners = events.getEventListeners(shared.signal, 'abort').length;
await session.close();
server.closeAllConnections();
await new Promise((resolve) => server.close(resolve));
// What was closed is gone after a turn or two of the loop.
for (let turn = 0; turn < 50 && resources().length; turn++) await new Promise(setImmediate);

/** What keeps the process alive, but for its own pipes. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => !/^(?:PipeWrap|TTYWrap|Immediate|FSReqPromise|CloseReq)$/.test(name));
}
console.log(
  JSON.stringify({
    settled,
    inFlight,
    queued,
    unreadBodies,
    sockets,
    listeners,
    unhandled,
    warnings,
    resources: resources(),
    after: session.stats(),
  }),
);
