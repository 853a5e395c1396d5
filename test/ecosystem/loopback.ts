/**
 * Servers on loopback that a test answers for.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A running server. */
export interface Loopback extends AsyncDisposable {
  readonly origin: string;
  /** Method and path of each request so far. */
  readonly received: readonly string[];
  readonly server: Server;
}

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Reads the body. */
  text(): Promise<string>;
  /** Sends data. */
  json(data: unknown, status?: number, headers?: Record<string, string | string[]>): void;
}

/** Starts a server that answers each request by a function. */
export async function serve(answer: (exchange: Exchange) => unknown): Promise<Loopback> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    received.push(`${request.method} ${request.url}`);
    const exchange: Exchange = {
      request,
      response,
      url: new URL(request.url ?? '/', origin),
      text: async () => Buffer.concat(await request.toArray()).toString(),
      json: (data, status = 200, headers = {}) =>
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(data)),
    };
    void (async () => answer(exchange))().catch((error: Error) => response.destroy(error));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    received,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
