/**
 * An HTTPS server that remembers, for each request, the connection and the identities of both
 * sides: what proves that no setting lent its socket to another.
 *
 * @module
 */
import { once } from 'node:events';
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
} from 'node:http2';
import { createServer, type ServerOptions } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Identity } from './certificates.ts';

/** One request as it came. The server answers with it, as JSON, or by a redirect to its `?to=`. */
export interface TlsRequest {
  /** The connection, from 1, in the order of their TCP handshakes. */
  connection: number;
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  /** What the client sent as SNI. */
  serverName: string | undefined;
  /** The common name of the client's certificate. */
  client: string | undefined;
  alpn: string | undefined;
}

/** A running server. */
export interface TlsServer {
  /** `https://127.0.0.1:<port>` */
  readonly origin: string;
  readonly port: number;
  readonly requests: TlsRequest[];
  /** The codes of handshakes that failed, as the server saw them. */
  readonly failures: string[];
  /** How many connections were made. */
  connections(): number;
  /** How many of them are open. */
  open(): number;
  close(): Promise<void>;
}

/**
 * Node's own options of a server (`requestCert`, `ca`, `rejectUnauthorized`, `maxVersion`, …), and
 * whether it offers `h2` beside `http/1.1`.
 */
export type TlsServerOptions = Pick<
  ServerOptions,
  | 'requestCert'
  | 'rejectUnauthorized'
  | 'ca'
  | 'minVersion'
  | 'maxVersion'
  | 'ciphers'
  | 'SNICallback'
> & { h2?: boolean };

/** Starts a server. It closes with its test. */
export async function tlsServer(
  identity: Identity,
  { h2 = false, ...options }: TlsServerOptions = {},
): Promise<TlsServer> {
  const requests: TlsRequest[] = [];
  const failures: string[] = [];
  const sockets = new Set<Socket>();
  // HTTP/2 shows its socket through a proxy, which is no key; the client's port is the same on both
  // sides of it.
  const numbers = new Map<number | undefined, number>();
  let connections = 0;

  const listener = (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ): void => {
    const socket = request.socket as TLSSocket;
    const certificate = socket.getPeerCertificate() as PeerCertificate | Record<string, never>;
    const record: TlsRequest = {
      connection: numbers.get(socket.remotePort) ?? 0,
      method: request.method ?? '',
      path: request.url ?? '',
      headers: { ...request.headers },
      serverName: socket.servername || undefined,
      client: certificate.subject?.CN?.toString(),
      alpn: socket.alpnProtocol || undefined,
    };
    requests.push(record);
    const to = new URL(record.path, 'https://server').searchParams.get('to');
    if (to) {
      response.statusCode = 307;
      response.setHeader('location', to);
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(record));
    request.resume();
  };

  const settings: ServerOptions & SecureServerOptions = { ...identity, ...options };
  const server: Server = h2
    ? createSecureServer({ ...settings, allowHTTP1: true }, listener)
    : createServer(settings, listener);
  server.on('connection', (socket: Socket) => {
    numbers.set(socket.remotePort, ++connections);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) =>
    failures.push(error.code ?? error.message),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const running: TlsServer = {
    origin: `https://127.0.0.1:${port}`,
    port,
    requests,
    failures,
    connections: () => connections,
    open: () => sockets.size,
    async close() {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
  onTestFinished(() => running.close());
  return running;
}
