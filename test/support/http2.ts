/**
 * Sessions and servers of HTTP/2 for tests; frame by frame: `h2-raw.ts`.
 *
 * @module
 */
import { once } from 'node:events';
import {
  createSecureServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Session, SessionOptions } from 'isosession';
import { undiciTransport, type UndiciTransportOptions } from 'isosession/node';
import { onTestFinished } from 'vitest';
import { authority, identities } from './certificates.ts';
import { open } from './contract.ts';

/** A session that speaks HTTP/2, trusts the authority of the tests and does not retry by itself. */
export function openHttp2(
  options: SessionOptions = {},
  transport: UndiciTransportOptions = {},
): Session {
  return open({
    retry: 0,
    transport: undiciTransport({ http2: true, tls: { ca: authority }, ...transport }),
    ...options,
  });
}

/** Resolves as soon as something holds that no event tells of. */
export async function until(holds: () => unknown): Promise<void> {
  while (!holds()) await turn();
}

/** A running server, and what has come to it. */
export interface Http2Server {
  readonly origin: string;
  readonly sessions: ServerHttp2Session[];
  connections(): number;
}

/** Node's server for `localhost`. It closes with its test. */
export async function serveHttp2(
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  options: SecureServerOptions = {},
): Promise<Http2Server> {
  const sessions: ServerHttp2Session[] = [];
  let connections = 0;
  const server = createSecureServer({ ...identities.good, ...options });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    answer(stream, headers);
  });
  server
    .on('session', (session) => void sessions.push(session))
    .on('secureConnection', () => void connections++)
    .on('sessionError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    sessions,
    connections: () => connections,
  };
}

/** Answers with a text. */
export function reply(
  stream: ServerHttp2Stream,
  body: string | Uint8Array = 'ok',
  headers: Record<string, string | number> = {},
): void {
  stream.respond({ ':status': 200, ...headers });
  stream.end(body);
}

/** All bytes of a request's body. */
export async function bodyOf(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
