/**
 * A TLS server that speaks HTTP/2 frame by frame as a script tells it: Node's own server would tidy
 * up what must go wrong. It greets, acknowledges settings and pings, and keeps every frame that
 * comes; the rest is the script's.
 *
 * @module
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { identities } from './certificates.ts';
import {
  encode,
  endHeaders,
  endStream,
  errorCode,
  frameOf,
  frameType,
  number,
} from './h2-frames.ts';

const ack = 1;
const initialWindowSize = 4;
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** One frame as it came. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export type H2Script = (peer: H2Peer) => void | Promise<void>;

/** The server's end of one connection. */
export class H2Peer {
  /** Counts connections from 1. */
  readonly id: number;
  readonly socket: TLSSocket;
  /** All that has come but acknowledgements. */
  readonly frames: Frame[] = [];
  ended = false;
  #buffer = Buffer.alloc(0);
  #greeted = false;
  #read = 0;
  /** Bytes of bodies by stream; 0 has those of all. */
  readonly #sent = new Map<number, number>();

  constructor(id: number, socket: TLSSocket, settings: readonly [id: number, value: number][]) {
    this.id = id;
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.ended = true;
        socket.emit('more');
      });
    }
    this.settings(settings);
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    if (!this.#greeted) {
      if (this.#buffer.length < preface.length) return;
      this.#buffer = this.#buffer.subarray(preface.length);
      this.#greeted = true;
    }
    while (this.#buffer.length >= 9) {
      const length = this.#buffer.readUIntBE(0, 3);
      if (this.#buffer.length < 9 + length) break;
      const frame = {
        type: this.#buffer[3] as number,
        flags: this.#buffer[4] as number,
        stream: this.#buffer.readUInt32BE(5),
        payload: this.#buffer.subarray(9, 9 + length),
      };
      this.#buffer = this.#buffer.subarray(9 + length);
      const isAck =
        (frame.type === frameType.settings || frame.type === frameType.ping) && frame.flags & ack;
      if (isAck) continue;
      if (frame.type === frameType.settings || frame.type === frameType.ping)
        this.write(frame.type, ack, 0, frame.type === frameType.ping ? frame.payload : '');
      this.frames.push(frame);
    }
    this.socket.emit('more');
  }

  /** The first frame from here on that passes, or `undefined` when the other side has closed. */
  async frame(passes: (frame: Frame) => unknown): Promise<Frame | undefined> {
    for (;;) {
      while (this.#read < this.frames.length) {
        const frame = this.frames[this.#read++] as Frame;
        if (passes(frame)) return frame;
      }
      if (this.ended) return undefined;
      await once(this.socket, 'more');
    }
  }

  /** The stream of the next request, as soon as its headers have come. */
  async request(): Promise<number | undefined> {
    return (await this.frame(({ type }) => type === frameType.headers))?.stream;
  }

  /** Streams whose requests have come. */
  get requests(): number[] {
    return this.frames.filter(({ type }) => type === frameType.headers).map(({ stream }) => stream);
  }

  /** The frames of one kind that have come on a stream. */
  on(type: number, stream: number): Frame[] {
    return this.frames.filter((frame) => frame.type === type && frame.stream === stream);
  }

  write(type: number, flags: number, stream: number, payload: Uint8Array | string = ''): void {
    if (!this.socket.destroyed) this.socket.write(frameOf(type, flags, stream, payload));
  }

  settings(settings: readonly [id: number, value: number][] = []): void {
    this.write(
      frameType.settings,
      0,
      0,
      Buffer.concat(
        settings.map(([id, value]) => Buffer.concat([number(id, 2), number(value, 4)])),
      ),
    );
  }

  /** The head of a response, 200 by default. */
  headers(
    stream: number,
    fields: readonly [name: string, value: string][] = [[':status', '200']],
    end = false,
  ): void {
    this.write(frameType.headers, endHeaders | (end ? endStream : 0), stream, encode(fields));
  }

  data(stream: number, text: string | Uint8Array = '', end = false): void {
    this.write(frameType.data, end ? endStream : 0, stream, text);
    for (const id of [0, stream]) this.#sent.set(id, (this.#sent.get(id) ?? 0) + text.length);
  }

  /** So many bytes of a body, as fast as the client's windows let them through. */
  async flow(stream: number, bytes: number): Promise<void> {
    for (let left = bytes; left > 0;) {
      const size = Math.min(left, 16_384, this.#room(0), this.#room(stream));
      if (size > 0) this.data(stream, new Uint8Array(size));
      else if (this.ended) return;
      else await once(this.socket, 'more');
      left -= size;
    }
  }

  /** What may be sent on a stream, or with 0 on the connection. */
  #room(stream: number): number {
    const settings = this.on(frameType.settings, 0).flatMap(({ payload }) =>
      Array.from(
        { length: payload.length / 6 },
        (_, i) => [payload.readUInt16BE(i * 6), payload.readUInt32BE(i * 6 + 2)] as const,
      ),
    );
    const initial =
      (stream === 0 ? undefined : settings.findLast(([id]) => id === initialWindowSize)?.[1]) ??
      65_535;
    return (
      this.on(frameType.windowUpdate, stream).reduce(
        (sum, { payload }) => sum + payload.readUInt32BE(),
        initial,
      ) - (this.#sent.get(stream) ?? 0)
    );
  }

  /** A whole response. */
  answer(stream: number, body = 'ok'): void {
    this.headers(stream);
    this.data(stream, body, true);
  }

  reset(stream: number, code: number): void {
    this.write(frameType.rst, 0, stream, number(code, 4));
  }

  goaway(lastStream: number, code: number = errorCode.noError): void {
    this.write(frameType.goaway, 0, 0, Buffer.concat([number(lastStream, 4), number(code, 4)]));
  }

  /** Lets the client send more. */
  window(stream: number, bytes: number): void {
    this.write(frameType.windowUpdate, 0, stream, number(bytes, 4));
  }

  /** Resolves when the connection has ended. */
  async closed(): Promise<void> {
    while (!this.ended) await once(this.socket, 'more');
  }
}

/** A running server. */
export interface H2Server {
  readonly origin: string;
  readonly peers: H2Peer[];
  /** Resolves when so many connections were made. */
  connections(count: number): Promise<void>;
}

/**
 * Starts a server that runs a script for each connection; its certificate is for `localhost` and
 * 127.0.0.1. It closes with its test.
 */
export async function h2Server(
  script: H2Script,
  settings: readonly [id: number, value: number][] = [],
): Promise<H2Server> {
  const peers: H2Peer[] = [];
  const server = createServer(
    { ...identities.good, ALPNProtocols: ['h2'], allowHalfOpen: true },
    (socket) => {
      socket.setNoDelay(true);
      const peer = new H2Peer(peers.length + 1, socket, settings);
      peers.push(peer);
      server.emit('peer');
      void Promise.resolve(script(peer)).catch((error: Error) => socket.destroy(error));
    },
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    for (const { socket } of peers) socket.destroy();
    await once(server, 'close');
  });
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    peers,
    async connections(count) {
      while (peers.length < count) await once(server, 'peer');
    },
  };
}

/** Answers every request of a connection. */
export function alwaysOn(
  answer: (peer: H2Peer, stream: number) => void | Promise<void> = (peer, stream) =>
    peer.answer(stream),
): H2Script {
  return async (peer) => {
    for (let stream = await peer.request(); stream !== undefined; stream = await peer.request())
      void Promise.resolve(answer(peer, stream)).catch((error: Error) =>
        peer.socket.destroy(error),
      );
  };
}
