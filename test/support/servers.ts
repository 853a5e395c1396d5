/**
 * Real HTTP servers on a free port of 127.0.0.1 for the contract tests. Every test works in a
 * folder of its own, `/t/<id>/…`, so counters, gates and (by their default path) cookies of one
 * test are invisible to all others, and `/journal?id=<id>` tells what went over the wire.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Journal, JournalEntry } from './provided.ts';
import { routes } from './routes.ts';

/** What a server knows of one test. */
export interface Folder {
  entries: JournalEntry[];
  sockets: Set<Socket>;
  counts: Map<string, number>;
  /** Emits `change` after each new or ended exchange, and `release` with the key of a gate. */
  events: EventEmitter;
  released: Set<string>;
}

/** One exchange, as a route is given it. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  query: URLSearchParams;
  entry: JournalEntry;
  folder: Folder;
  /** Sends status and headers, with what a cross-origin script needs to see them. */
  head(status: number, headers?: HeaderLines, statusText?: string): void;
  /** Sends a whole response. */
  reply(status: number, headers: HeaderLines, body?: string | Uint8Array): void;
  json(data: unknown, status?: number, headers?: HeaderLines): void;
  /** Resolves when the gate is released or the connection ends. */
  gate(key: string): Promise<void>;
}

/** Header lines; a name may repeat. */
export type HeaderLines = [name: string, value: string][];

/** A running server. */
export interface TestServer {
  origin: string;
  close(): Promise<void>;
}

/** Starts a server at 127.0.0.1 on a free port. */
export async function startServer(): Promise<TestServer> {
  const folders = new Map<string, Folder>();
  const socketIds = new WeakMap<Socket, number>();
  let sockets = 0;

  const server = createServer(
    { keepAliveTimeout: 60_000, requestTimeout: 0, joinDuplicateHeaders: false },
    (request, response) => {
      void answer(request, response);
    },
  );
  server.on('connection', (socket) => socketIds.set(socket, ++sockets));
  server.on('clientError', (_error, socket) => socket.destroy());

  const folderOf = (id: string): Folder => {
    let folder = folders.get(id);
    if (!folder) {
      folder = {
        entries: [],
        sockets: new Set(),
        counts: new Map(),
        events: new EventEmitter().setMaxListeners(0),
        released: new Set(),
      };
      folders.set(id, folder);
    }
    return folder;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server.invalid');
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'])
      return preflight(request, response);
    const [, folderName, id, ...rest] = url.pathname.split('/');
    if (folderName === 'journal') return journal(request, response, url.searchParams);
    if (folderName !== 't' || !id) return void response.writeHead(404, cors(request, [])).end();

    const folder = folderOf(id);
    const route = rest.join('/');
    const entry: JournalEntry = {
      method: request.method ?? '',
      route,
      search: url.search,
      headers: pairs(request.rawHeaders),
      body: '',
      bytes: 0,
      sha256: '',
      socket: socketIds.get(request.socket) ?? 0,
      end: undefined,
    };
    if (route !== 'release') folder.entries.push(entry);
    folder.sockets.add(request.socket);
    folder.events.emit('change');
    response.once('close', () => {
      entry.end = response.writableFinished ? 'finished' : 'aborted';
      folder.events.emit('change');
    });
    if (!(await readBody(request, entry))) return;
    const handler = routes[route.split('/')[0] ?? ''];
    const exchange = exchangeOf(request, response, url, entry, folder);
    if (!handler) return exchange.json({ error: 'no such route' }, 404);
    try {
      await handler(exchange);
    } catch (error) {
      response.destroy(error as Error);
    }
  }

  async function journal(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
  ): Promise<void> {
    const folder = folderOf(query.get('id') ?? '');
    const wanted = Number(query.get('requests') ?? 0);
    const aborted = Number(query.get('aborted') ?? 0);
    const isDone = () =>
      folder.entries.length >= wanted &&
      folder.entries.filter((entry) => entry.end === 'aborted').length >= aborted;
    // The asker may give up first (its test timed out): then nobody waits for this answer.
    const gone = new Promise((resolve) => response.once('close', resolve));
    while (!isDone() && !response.destroyed)
      await Promise.race([once(folder.events, 'change'), gone]);
    const body: Journal = {
      entries: folder.entries,
      openSockets: [...folder.sockets].filter((socket) => !socket.destroyed).length,
    };
    response
      .writeHead(
        200,
        cors(request, [
          ['content-type', 'application/json'],
          ['cache-control', 'no-store'],
        ]),
      )
      .end(JSON.stringify(body));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  entry: JournalEntry,
  folder: Folder,
): Exchange {
  const exchange: Exchange = {
    request,
    response,
    url,
    query: url.searchParams,
    entry,
    folder,
    head(status, headers = [], statusText) {
      const lines = cors(request, headers);
      if (!headers.some(([name]) => name.toLowerCase() === 'cache-control'))
        lines.push('cache-control', 'no-store');
      if (statusText === undefined) response.writeHead(status, lines);
      else response.writeHead(status, statusText, lines);
    },
    reply(status, headers, body = '') {
      const bytes = Buffer.from(body);
      const isBodyless = status === 204 || status === 205 || status === 304;
      const isFramed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
      exchange.head(
        status,
        isBodyless || isFramed ? headers : [...headers, ['content-length', String(bytes.length)]],
      );
      response.end(request.method === 'HEAD' || isBodyless ? undefined : bytes);
    },
    json(data, status = 200, headers = []) {
      exchange.reply(
        status,
        [['content-type', 'application/json'], ...headers],
        JSON.stringify(data),
      );
    },
    async gate(key) {
      while (!folder.released.has(key) && !response.destroyed)
        await Promise.race([once(folder.events, 'release'), once(response, 'close')]);
    },
  };
  return exchange;
}

async function readBody(request: IncomingMessage, entry: JournalEntry): Promise<boolean> {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      hash.update(chunk);
      if (entry.bytes < 65_536) kept.push(chunk);
      entry.bytes += chunk.length;
    }
  } catch {
    return false;
  }
  entry.sha256 = hash.digest('hex');
  entry.body = Buffer.concat(kept).subarray(0, 65_536).toString();
  return true;
}

/**
 * Header lines for Node's flat form, with the permissions that a script of another origin needs.
 * Values go out as UTF-8 bytes.
 */
function cors(request: IncomingMessage, headers: HeaderLines): string[] {
  const lines = headers.flatMap(([name, value]) => [name, Buffer.from(value).toString('latin1')]);
  const { origin } = request.headers;
  if (origin === undefined) return lines;
  // With credentials `*` is not a wildcard (Fetch, CORS protocol): each name is listed.
  const names = [
    ...new Set([...headers.map(([name]) => name.toLowerCase()), 'content-length', 'date']),
  ];
  return [
    ...lines,
    'access-control-allow-origin',
    origin,
    'access-control-allow-credentials',
    'true',
    'access-control-expose-headers',
    names.join(', '),
    'vary',
    'origin',
  ];
}

function preflight(request: IncomingMessage, response: ServerResponse): void {
  const { headers } = request;
  response
    .writeHead(204, {
      'access-control-allow-origin': headers.origin ?? '*',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': headers['access-control-request-method'],
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
      'access-control-allow-private-network': 'true',
      vary: 'origin, access-control-request-method, access-control-request-headers',
    })
    .end();
}

function pairs(raw: string[]): HeaderLines {
  return Array.from({ length: raw.length / 2 }, (_, index) => [
    raw[index * 2] ?? '',
    raw[index * 2 + 1] ?? '',
  ]);
}
