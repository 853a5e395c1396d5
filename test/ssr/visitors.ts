/** Servers of pages, and who visits them. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

type Page = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server of pages; it ends with its test. */
export async function pages(page: Page): Promise<number> {
  const server = createServer((request, response) => void page(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A visitor who has sent so many bytes, and waits. */
export async function visit(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** The request of a visitor that no server has read. */
export const madeUp = (headers: Record<string, unknown>) => ({
  headers,
  socket: new EventEmitter(),
});
