/**
 * A client made of Node's own means alone, for the proof that the servers of the tests do what
 * other tests rely on.
 *
 * @module
 */
import { once } from 'node:events';
import type { IncomingMessage, request as requestHttp } from 'node:http';
import type { request as requestHttps, RequestOptions } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Sends a request; gives the status, body and headers that come back. */
export async function fetchText(
  send: typeof requestHttp | typeof requestHttps,
  url: string,
  options: RequestOptions = {},
): Promise<[status: number | undefined, body: string, headers: IncomingMessage['headers']]> {
  const request = send(url, { agent: false, ...options });
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage];
  return [
    response.statusCode,
    Buffer.concat((await response.toArray()) as Buffer[]).toString('latin1'),
    response.headers,
  ];
}

/**
 * Sends bytes and gives everything that comes until the other side ends, or until it contains
 * something.
 */
export async function talk(
  socket: Socket,
  bytes: string | number[],
  until?: string,
): Promise<string> {
  socket.write(typeof bytes === 'string' ? bytes : Uint8Array.from(bytes));
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (until !== undefined && text.includes(until)) break;
  }
  return text;
}

/** A connection to a port of this machine, which ends with its test. */
export async function dial(port: number): Promise<Socket> {
  // Who waits for it hears of an error; one after that is the end of a server.
  const socket = connectTcp(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A request for a tunnel. */
export const connectTo = (port: number, host = '127.0.0.1', authorization = ''): string =>
  [
    `CONNECT ${host}:${port} HTTP/1.1`,
    `host: ${host}:${port}`,
    ...(authorization ? [`proxy-authorization: ${authorization}`] : []),
    '',
    '',
  ].join('\r\n');

/** A request for a target, after which the server is to close. */
export const get = (target: string): string =>
  `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`;

/** The credentials that the proxies here ask for. */
export const login = { username: 'Ada', password: 'p:s ü' };

/** They with some password, as Basic has them. */
export const basic = (password: string): string =>
  `Basic ${Buffer.from(`${login.username}:${password}`).toString('base64')}`;

/** A text as SOCKS5 has it: its length in a byte, then its characters. */
export const text = (latin1: string): number[] => [latin1.length, ...Buffer.from(latin1)];

/** A port as SOCKS5 has it: two bytes, the high one first. */
export const big = (port: number): number[] => [port >> 8, port & 255];
