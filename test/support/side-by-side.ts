/**
 * Two clients side by side: a behaviour is a function that is run with each of them, against a
 * server of its own, and what the runs have seen is compared.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server saw it. */
export interface Seen {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A status, a text, the parts of a response, or whatever this function writes. */
export type Reply =
  | number
  | string
  | {
      status?: number;
      headers?: Record<string, string | number>;
      json?: unknown;
      body?: string | Uint8Array;
    }
  | ((seen: Seen, response: ServerResponse, count: number) => Reply | void);

export interface Served {
  url: string;
  seen: Seen[];
}

/** What every behaviour is shown with. */
export interface Stage {
  /** A server that gives its replies in turn, and the last one from then on. */
  serve(...replies: Reply[]): Promise<Served>;
}

/** A reply that never comes. */
export const never = (): void => {};
/** The connection breaks. */
export const reset = (_: Seen, response: ServerResponse): void => {
  response.socket?.resetAndDestroy();
};
/** The request told back. */
export const echo = (seen: Seen): Reply => ({ json: seen });

/** What a call fails with, also where it throws. */
export async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return 'no failure';
}

/** What a behaviour gives or fails with, as data that can be compared. */
export async function show<Tools>(
  behaviour: (lab: Stage & Tools) => unknown,
  tools: Tools,
  plainError: (error: Error) => unknown,
): Promise<object> {
  const servers: ReturnType<typeof createServer>[] = [];
  const serve: Stage['serve'] = async (...replies) => {
    const seen: Seen[] = [];
    const server = createServer((request, response) => {
      answer(request, response, { replies, seen }).catch(() => response.destroy());
    });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
  };
  try {
    return { gives: plain(await behaviour({ ...tools, serve }), plainError) };
  } catch (error) {
    return { fails: plain(error, plainError) };
  } finally {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { replies, seen }: { replies: Reply[]; seen: Seen[] },
): Promise<void> {
  const { method = '', url = '' } = request;
  // Node 20's fetch loses a `?` with nothing behind it.
  const record: Seen = { method, url: url.replace(/\?$/, ''), headers: {}, body: '' };
  for (const [name, value] of Object.entries(request.headers)) record.headers[name] = String(value);
  const count = seen.push(record);
  for await (const chunk of request) record.body += String(chunk);
  const reply = replies[Math.min(count, replies.length) - 1];
  give(typeof reply === 'function' ? reply(record, response, count) : reply, response);
}

function give(reply: Reply | void, response: ServerResponse): void {
  if (reply === undefined || typeof reply === 'function') return;
  if (typeof reply === 'number') return give({ status: reply, body: `status ${reply}` }, response);
  if (typeof reply === 'string') return give({ body: reply }, response);
  const type = 'json' in reply ? { 'content-type': 'application/json' } : {};
  response.writeHead(reply.status ?? 200, { ...type, ...reply.headers });
  response.end('json' in reply ? JSON.stringify(reply.json) : reply.body);
}

/** Data to compare: ports are one, and errors what they say. */
export function plain(value: unknown, plainError: (error: Error) => unknown): unknown {
  const inside = (item: unknown): unknown => plain(item, plainError);
  if (typeof value === 'string') return value.replace(/127\.0\.0\.1:\d+/g, 'server');
  if (Array.isArray(value)) return value.map(inside);
  if (value instanceof Uint8Array) return [...value];
  if (value instanceof Response) return { status: value.status, type: value.type };
  if (value instanceof Error) return inside(plainError(value));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inside(item)]));
}
