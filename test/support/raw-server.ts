/**
 * A TCP server that speaks exactly the bytes that a script tells it: for faults and attacks that no
 * HTTP server would produce. It records every request byte for byte, and which connection it came
 * on.
 *
 * @module
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Identity } from './certificates.ts';

/** One request as it came, in latin1: one character a byte. */
export interface RawRequest {
  /** From the request line to the empty line. */
  head: string;
  /** The body without its framing. */
  body: string;
  /** Everything, framing included. */
  raw: string;
  method: string;
  target: string;
  /** Header lines as they came. */
  lines: string[];
  /** The connection, from 1. */
  connection: number;
}

/**
 * What one connection does. It ends when the script does; the connection stays until one side
 * closes it.
 */
export type Script = (peer: Peer) => void | Promise<void>;

/** The server's end of one connection. */
export class Peer {
  /** Counts connections from 1. */
  readonly id: number;
  readonly socket: Socket;
  /** Everything that has come, in latin1. */
  received = '';
  readonly #requests: RawRequest[];
  #read = 0;
  #ended = false;

  constructor(id: number, socket: Socket, requests: RawRequest[]) {
    this.id = id;
    this.socket = socket;
    this.#requests = requests;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      socket.emit('more');
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.#ended = true;
        socket.emit('more');
      });
    }
  }

  /** Whether the other side has closed its end. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The next request, or `undefined` when the other side has closed. */
  async request(): Promise<RawRequest | undefined> {
    const head = await this.#until(() => {
      const end = this.received.indexOf('\r\n\r\n', this.#read);
      return end < 0 ? undefined : end + 4;
    });
    if (head === undefined) return undefined;
    const start = this.#read;
    const text = this.received.slice(start, head);
    const [requestLine = '', ...lines] = text.slice(0, -4).split('\r\n');
    const [method = '', target = ''] = requestLine.split(' ');
    const request: RawRequest = {
      head: text,
      body: '',
      raw: text,
      method,
      target,
      lines,
      connection: this.id,
    };
    this.#requests.push(request);
    const framing = (name: string) =>
      lines
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim();
    let end: number | undefined = head;
    if (framing('transfer-encoding') === 'chunked') {
      end = await this.#until(() => chunkedEnd(this.received, head));
      request.body = dechunk(this.received.slice(head, end ?? this.received.length));
    } else {
      const length = Number(framing('content-length') ?? 0);
      end = await this.#until(() =>
        this.received.length >= head + length ? head + length : undefined,
      );
      request.body = this.received.slice(head, end ?? this.received.length);
    }
    request.raw = this.received.slice(start, end ?? this.received.length);
    if (end === undefined) return undefined;
    this.#read = end;
    return request;
  }

  /** Resolves when so many bytes have come in all; false when the other side closed before. */
  async expect(bytes: number): Promise<boolean> {
    return (await this.#until(() => (this.received.length >= bytes ? true : undefined))) ?? false;
  }

  /** Writes latin1 text; resolves when it is handed to the system. */
  async write(latin1: string | Uint8Array): Promise<void> {
    if (this.socket.destroyed) return;
    await new Promise<void>((resolve) =>
      this.socket.write(typeof latin1 === 'string' ? Buffer.from(latin1, 'latin1') : latin1, () =>
        resolve(),
      ),
    );
  }

  /**
   * Writes the same piece again and again, as fast as it is taken, until the connection ends; gives
   * the bytes written.
   */
  async flood(piece: string | Uint8Array): Promise<number> {
    const bytes = Buffer.from(piece as string, 'latin1');
    let written = 0;
    while (!this.socket.destroyed && !this.#ended) {
      written += bytes.length;
      if (!this.socket.write(bytes))
        await Promise.race([once(this.socket, 'drain'), once(this.socket, 'close')]).catch(
          () => {},
        );
    }
    return written;
  }

  /** Writes a piece every so many ms, for ever. */
  drip(piece: string, ms: number): void {
    const timer = setInterval(() => this.socket.write(Buffer.from(piece, 'latin1')), ms);
    this.socket.once('close', () => clearInterval(timer));
  }

  /** Closes our end after what was written; still reads. */
  halfClose(): void {
    this.socket.end();
  }

  /** Closes the connection after what was written. */
  async fin(): Promise<void> {
    if (this.socket.destroyed) return;
    this.socket.end();
    await once(this.socket, 'finish').catch(() => {});
    this.socket.destroy();
  }

  /** Resets the connection. */
  rst(): void {
    this.socket.resetAndDestroy();
  }

  /** Resolves when the connection has ended. */
  async closed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close').catch(() => {});
  }

  async #until<T>(look: () => T | undefined): Promise<T | undefined> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#ended) return undefined;
      await once(this.socket, 'more');
    }
  }
}

/** A running raw server. */
export interface RawServer {
  readonly origin: string;
  readonly port: number;
  readonly peers: Peer[];
  readonly requests: RawRequest[];
  /** Resolves when so many connections were made. */
  connections(count: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a server that runs a script for each connection; with an identity, within TLS. It closes
 * with its test.
 */
export async function rawServer(
  script: Script,
  identity?: Identity & Pick<SecureContextOptions, 'maxVersion' | 'secureOptions'>,
): Promise<RawServer> {
  const peers: Peer[] = [];
  const requests: RawRequest[] = [];
  const sockets: Socket[] = [];
  const run = (socket: Socket): void => {
    const peer = new Peer(peers.length + 1, socket, requests);
    peers.push(peer);
    server.emit('peer');
    void Promise.resolve(script(peer)).catch((error: Error) => socket.destroy(error));
    // Half-open is for scripts: one that has nothing to say closes with the other side.
    socket.on('end', () => void (socket.writableEnded || socket.end()));
  };
  const settings = { allowHalfOpen: true, noDelay: true };
  const server = identity
    ? createTlsServer({ ...settings, ...identity }, run)
    : createServer(settings, run);
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const raw: RawServer = {
    origin: `${identity ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    peers,
    requests,
    async connections(count) {
      while (peers.length < count) await once(server, 'peer');
    },
    async close() {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
  onTestFinished(() => raw.close());
  return raw;
}

/** A status line and header lines, each with its line break: what `answer` begins with. */
export function headLines(status: string, ...lines: string[]): string {
  return [`HTTP/1.1 ${status}`, ...lines, ''].join('\r\n');
}

/** A response with its content-length. */
export function answer(body = '', head = 'HTTP/1.1 200 OK\r\n'): string {
  return `${head}content-length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`;
}

/** Answers every request of a connection the same way. */
export function always(
  response: string | Uint8Array | ((request: RawRequest, peer: Peer) => string | undefined),
): Script {
  return async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      const text = typeof response === 'function' ? response(request, peer) : response;
      if (text !== undefined) await peer.write(text);
    }
  };
}

/** Answers the first `uses - 1` requests of each connection and resets it at the next. */
export function resetOnUse(uses: number): Script {
  return async (peer) => {
    for (let use = 1; await peer.request(); use++) {
      if (use === uses) return peer.rst();
      await peer.write(answer('ok'));
    }
  };
}

/**
 * Answers, and closes each connection so many ms after its last answer, without saying so before.
 */
export function idleCloser(ms: number): Script {
  return async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      await peer.write(answer('ok'));
      const timer = setTimeout(() => peer.socket.destroy(), ms);
      const stop = () => clearTimeout(timer);
      peer.socket.once('data', stop).once('close', stop);
    }
  };
}

function chunkedEnd(text: string, start: number): number | undefined {
  for (let at = start; ;) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = parseInt(text.slice(at, line), 16);
    at = line + 2 + size + 2;
    if (size === 0) return text.length >= at ? at : undefined;
    if (text.length < at) return undefined;
  }
}

function dechunk(text: string): string {
  let body = '';
  for (let at = 0; at < text.length;) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) break;
    const size = parseInt(text.slice(at, line), 16);
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
  return body;
}
