/**
 * Makes calls over HTTP/2 to a server that sends frames at random, in a process of its own, as what
 * goes wrong in Node's HTTP/2 may end it. A case is a connection; each call must come to its end,
 * by a response or by an error of ours.
 */
import { channel } from 'node:diagnostics_channel';
import { connect, createServer as createTcpServer } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import { once } from 'node:events';
import type { AddressInfo, LookupFunction } from 'node:net';
import { Session } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { identities } from '../../support/certificates.ts';
import { expectTyped, fuzz, OurReason, seed } from '../../support/fuzz.ts';
import { chaos } from '../../support/h2-chaos.ts';
import { Random } from '../../support/random.ts';

const of = (number: number, part: number): Random => new Random(seed * 2 ** 20 + number * 2 + part);

const server = createServer({ ...identities.good, ALPNProtocols: ['h2'] }, (socket) => {
  void serve(socket, Number(String(socket.servername).split('.')[0]?.slice(1)));
});
server.on('tlsClientError', () => {});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

async function serve(socket: TLSSocket, number: number): Promise<void> {
  const { atOnce, segments, ending } = chaos(of(number, 0));
  socket.on('error', () => {}).setNoDelay(true);
  // The preface, settings and the headers of a first request come in one or two pieces.
  if (!atOnce) await once(socket, 'data').catch(() => {});
  socket.resume();
  for (const segment of segments) {
    socket.write(segment);
    await turn();
  }
  if (ending === 'fin') socket.end();
  else if (ending === 'rst') socket.destroy();
}

/** Leads to the server, whatever it is asked for: by CONNECT, or by SOCKS5. */
const proxy = createTcpServer((client) => {
  const target = connect(port, '127.0.0.1');
  client.on('error', () => target.destroy()).on('close', () => target.destroy());
  target.on('error', () => client.destroy()).on('close', () => client.destroy());
  client.once('data', (first) => {
    if (first[0] === 5) {
      client.write(Uint8Array.of(5, 0));
      client.once('data', () => {
        client.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
        client.pipe(target).pipe(client);
      });
    } else {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(target).pipe(client);
    }
  });
});
proxy.listen(0, '127.0.0.1');
await once(proxy, 'listening');
const { port: proxyPort } = proxy.address() as AddressInfo;
const proxies = [
  undefined,
  undefined,
  `http://127.0.0.1:${proxyPort}`,
  `socks5h://127.0.0.1:${proxyPort}`,
];

/** Does it from within a message of diagnostics, which comes as frames are received. */
async function whenTold(
  name: 'headers' | 'bodyChunkReceived' | 'error' | 'sendHeaders',
  session: Session,
  act: () => unknown,
): Promise<void> {
  const told = channel(`undici:request:${name}`);
  const base = String(session.baseUrl).replace(/\/$/, '');
  const listener = (message: unknown): void => {
    const { request } = message as { request: { origin: string } };
    if (request.origin === base) act();
  };
  told.subscribe(listener);
  try {
    await session.get('').text();
  } finally {
    told.unsubscribe(listener);
  }
}

type Fate = (session: Session, random: Random) => Promise<unknown>;
const fates: readonly Fate[] = [
  (session) => session.get('').text(),
  (session) => session.get('').text(),
  async (session) => {
    await session.get('').text();
    await session.close();
  },
  (session) => session.post('', { body: 'x'.repeat(100_000) }).text(),
  (session) => session.put('', { body: pieces() }).text(),
  (session) => session.get(''),
  async (session) => void (await (await session.get('')).body?.cancel()),
  (session) => session.get('', { maxResponseSize: 10 }).text(),
  async (session) => {
    for await (const chunk of (await session.get('')).body ?? [])
      if (chunk.length) await session.destroy(new OurReason());
  },
  async (session) => {
    const stop = new AbortController();
    const onDownloadProgress = (): void => stop.abort(new OurReason());
    await session.get('', { signal: stop.signal, onDownloadProgress }).text();
  },
  async (session) => {
    const stop = new AbortController();
    const response = await session.get('', { signal: stop.signal });
    stop.abort(new OurReason());
    await response.text();
  },
  (session, random) => session.get('', { signal: AbortSignal.timeout(random.below(20)) }).text(),
  async (session) => {
    const onDownloadProgress = (): void => void session.destroy(new OurReason());
    await session.get('', { onDownloadProgress }).text();
  },
  async (session) => {
    const onDownloadProgress = (): void => void session.close();
    await session.get('', { onDownloadProgress }).text();
  },
  async (session, random) => {
    let more: Promise<unknown> | undefined;
    const onDownloadProgress = (): void => {
      more ??= session.get('', { signal: AbortSignal.timeout(random.below(20)) }).text();
      more.catch(() => {});
    };
    await session.get('', { onDownloadProgress }).text();
    await more;
  },
  async (session, random) => {
    const name = random.pick(['headers', 'bodyChunkReceived', 'error', 'sendHeaders'] as const);
    await whenTold(name, session, () => void session.destroy(new OurReason()));
  },
  async (session, random) => {
    const name = random.pick(['headers', 'bodyChunkReceived', 'error', 'sendHeaders'] as const);
    await whenTold(name, session, () => void session.close());
  },
  (session) => session.get('', { retry: { limit: 2, delay: () => 0 } }).text(),
];

async function* pieces(): AsyncGenerator<string> {
  for (let i = 0; i < 5; i++) {
    await turn();
    yield 'x'.repeat(1000);
  }
}

const lookup: LookupFunction = (_name, { all }, callback) => {
  if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

async function run(number: number): Promise<void> {
  const random = of(number, 1);
  const session = new Session({
    baseUrl: `https://c${number}.test:${port}/`,
    trustEnv: false,
    retry: 0,
    timeout: { response: 100, body: 100 },
    transport: undiciTransport({
      http2: true,
      tls: { verify: false },
      keepAliveTimeout: random.pick([1, 1000]),
      maxConnectionAge: random.pick([1, 600_000]),
      proxy: random.pick(proxies),
      lookup,
    }),
  });
  const calls = Array.from({ length: 1 + random.below(3) }, () =>
    random
      .pick(fates)(session, random)
      .catch((error: unknown) => expectTyped(number, error)),
  );
  await Promise.all(calls);
  await (random.chance(0.5) ? session.close() : session.destroy());
}

await fuzz(run, () => {
  server.close();
  proxy.close();
});
