/**
 * Makes calls over HTTP/1.1 to a server that answers at random. Each call must come to its end, by
 * a response or by an error of ours; where nothing that was sent is broken, by what was sent. After
 * them the session must be of use still, and leave no socket.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { DecodeError, HTTPError, Session, type SessionResponse } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { expectTyped, faults, fuzz, OurReason, seed } from '../../support/fuzz.ts';
import { chaos, type Conduct } from '../../support/h1-chaos.ts';
import { Random } from '../../support/random.ts';

/** Of a case: `part` 0 for the whole, and from 1 on for each of its calls. */
const of = (number: number, part: number): Random =>
  new Random(seed * 2 ** 20 + number * 16 + part);
/** Each hop may hold a socket until what its answer has left is gone. */
const maxRedirects = 2;
/** Calls of a case. */
const maxCalls = 4;
/** Tries in which the session gets rid of connections that have something bad coming. */
const tries = 20;
/** ms after which nobody waits for a socket to close. */
const patience = 10_000;

/** How much of a case is broken: of most of them little, of some nothing. */
function shareOf(random: Random): number {
  return random.pick([0, 0, 0.02, 0.05, 0.1, 0.3]);
}

function isSound(number: number): boolean {
  return shareOf(of(number, 0)) === 0;
}

function conductOf(number: number, part: number, method: string): Conduct {
  return chaos(of(number, part), method, shareOf(of(number, 0)));
}

const open = new Set<Socket>();
const server = createServer((socket) => {
  open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)));
  // What it is sent when it has closed is an error to the socket alone.
  serve(socket.setNoDelay(true)).catch(() => socket.destroy());
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

async function serve(socket: Socket): Promise<void> {
  let received = '';
  for await (const chunk of socket) {
    received += (chunk as Buffer).toString('latin1');
    for (let head; (head = /^([A-Z]+) (\S+) [^]*?\r\n\r\n/.exec(received));) {
      const [raw, method = '', target = ''] = head;
      const [, number = '', part = ''] = /^\/(\d+)\/(\d+)/.exec(target) ?? [];
      const conduct = number ? conductOf(Number(number), Number(part), method) : undefined;
      const end = conduct?.early ? received.length : bodyEnd(received, raw);
      if (end === undefined) break;
      received = received.slice(end);
      if (conduct) await act(socket, conduct);
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood');
    }
  }
}

/** Where the body of a request ends, if it is all there. */
function bodyEnd(received: string, head: string): number | undefined {
  if (/^transfer-encoding:/im.test(head)) {
    const last = received.indexOf('0\r\n\r\n', head.length);
    return last < 0 ? undefined : last + 5;
  }
  const end = head.length + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  return end > received.length ? undefined : end;
}

async function act(socket: Socket, { segments, ending, stall }: Conduct): Promise<void> {
  for (const segment of segments) {
    socket.write(segment);
    await turn();
  }
  if (ending === 'fin') socket.end();
  else if (ending === 'rst') socket.resetAndDestroy();
  if (stall) await wait(stall);
}

type Call<T> = (session: Session, target: string, random: Random) => Promise<T>;
const decoder = new TextDecoder();

async function chunks(response: SessionResponse): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) all.push(chunk);
  return Buffer.concat(all).toString();
}

/** They read what comes to its end, and give its text. */
const readers: readonly [method: string, call: Call<string>][] = [
  ['GET', (session, target) => session.get(target).text()],
  ['GET', async (session, target) => JSON.stringify(await session.get(target).json())],
  ['GET', async (session, target) => decoder.decode(await session.get(target).bytes())],
  ['GET', async (session, target) => chunks(await session.get(target))],
  ['GET', async (session, target) => (await session.get(target)).text()],
  [
    'GET',
    async (session, target) => {
      const response = await session.get(target);
      const clone = response.clone();
      return (await Promise.all([chunks(response), clone.text()]))[1];
    },
  ],
  [
    'GET',
    async (session, target) => {
      const response = await session.get(target);
      await turn();
      await turn();
      return response.text();
    },
  ],
  ['HEAD', (session, target) => session.head(target).text()],
  ['POST', (session, target) => session.post(target, { body: 'x'.repeat(300_000) }).text()],
  ['POST', (session, target) => session.post(target, { json: { a: 1 } }).text()],
  ['POST', (session, target) => session.post(target, { body: pieces() }).text()],
];

/** They end it in another way. */
const enders: readonly Call<unknown>[] = [
  (session, target) => session.get(target),
  (session, target) => session.get(target).formData(),
  async (session, target) => (await session.get(target)).body?.cancel(),
  (session, target) => session.get(target, { maxResponseSize: 10 }).text(),
  (session, target) => session.get(target, { redirect: 'manual' }),
  async (session, target) => {
    for await (const chunk of (await session.get(target)).body ?? []) if (chunk.length) break;
  },
  async (session, target) => {
    for await (const event of session.get(target).events()) if (event.data === 'none') break;
  },
  async (session, target) => {
    const stop = new AbortController();
    const response = await session.get(target, { signal: stop.signal });
    stop.abort(new OurReason());
    await response.text();
  },
  async (session, target) => {
    const stop = new AbortController();
    const onDownloadProgress = (): void => stop.abort(new OurReason());
    await session.get(target, { signal: stop.signal, onDownloadProgress }).text();
  },
  (session, target, random) =>
    session.get(target, { signal: AbortSignal.timeout(random.below(20)) }).text(),
];

async function* pieces(): AsyncGenerator<string> {
  for (let i = 0; i < 5; i++) {
    await turn();
    yield 'x'.repeat(1000);
  }
}

async function call(session: Session, number: number, part: number): Promise<void> {
  const random = of(number, part + 1 + maxCalls);
  const target = `${number}/${part}`;
  if (random.chance(0.5)) {
    const end = random.pick(enders)(session, target, random);
    await end.catch((error: unknown) => expectTyped(number, error));
    return;
  }
  const [method, read] = random.pick(readers);
  const { status, text } = conductOf(number, part, method);
  try {
    const body = await read(session, target, random);
    if (isSound(number) && body !== text) faults.push(`${target}: another body`);
  } catch (error) {
    expectTyped(number, error);
    const isExpected =
      (error instanceof HTTPError && error.status === status) ||
      (error instanceof DecodeError && text === '');
    if (isSound(number) && !isExpected) faults.push(`${target}: ${String(error)}`);
  }
}

async function run(number: number): Promise<void> {
  const random = of(number, 15);
  const calls = 1 + random.below(maxCalls);
  const together = random.chance(0.4);
  // Where all is well nothing may be waited for in vain.
  const timeout = isSound(number) ? 20_000 : 300;
  const session = new Session({
    baseUrl: `http://127.0.0.1:${port}/`,
    trustEnv: false,
    retry: 0,
    maxRedirects,
    timeout: { response: timeout, body: timeout, total: 50_000 },
    transport: undiciTransport({ keepAliveTimeout: random.pick([1, 1000]) }),
  });
  const parts = Array.from({ length: calls }, (_, part) => part + 1);
  if (together) await Promise.all(parts.map((part) => call(session, number, part)));
  else for (const part of parts) await call(session, number, part);
  if (session.stats().sockets > calls * (1 + maxRedirects))
    faults.push(`${number}: ${session.stats().sockets} sockets of ${calls} calls`);
  if (!(await isUsable(session))) faults.push(`${number}: the session is of no use any more`);
  await (random.chance(0.5) ? session.close() : session.destroy());
  const { sockets, inFlight, queued, unreadBodies } = session.stats();
  if (sockets + inFlight + queued + unreadBodies) faults.push(`${number}: something is left`);
}

/** What comes late on a connection may yet be taken for an answer, which nobody can tell. */
async function isUsable(session: Session): Promise<boolean> {
  for (let n = 1; n <= tries; n++) {
    const timeout = n === tries ? 30_000 : 300;
    const text = await session
      .get('good', { timeout })
      .text()
      .catch((error: unknown) => void expectTyped(-1, error));
    if (text === 'good') return true;
  }
  return false;
}

await fuzz(run, async () => {
  server.close();
  const late = AbortSignal.timeout(patience);
  while (open.size && !late.aborted) await wait(10);
  if (open.size) faults.push(`${open.size} sockets are left`);
  for (const socket of open) socket.destroy();
});
