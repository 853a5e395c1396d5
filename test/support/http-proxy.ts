/**
 * Scripts by which a raw server is an HTTP proxy, in order or out of it: `rawServer(relay())`,
 * `rawServer(refuse(403))`, with an identity an HTTPS proxy. The server records each CONNECT and
 * each absolute-form request byte for byte, and in `peers` what went through its tunnels.
 *
 * @module
 */
import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { answer, type Peer, type RawRequest, type Script } from './raw-server.ts';
import type { Login } from './real-proxies.ts';
import { openTarget, tunnel } from './tunnel.ts';

/**
 * Works: tunnels and forwards. With a login it demands that first, by Basic. A target that cannot
 * be reached is a 502.
 */
export function relay(login?: Login): Script {
  return async (peer) => {
    let read = 0;
    for (let request = await peer.request(); request; request = await peer.request()) {
      read += request.raw.length;
      if (login && !knows(login, request)) await peer.write(challenge);
      else if (request.method === 'CONNECT') return connectTo(peer, request, read);
      else await forward(peer, request);
    }
  };
}

/** Answers each request with a status, and keeps the connection. */
export function refuse(status: number, headers = ''): Script {
  return async (peer) => {
    while (await peer.request())
      await peer.write(answer('refused', `HTTP/1.1 ${status} Refused\r\n${headers}`));
  };
}

/** Reads requests and says nothing. */
export async function stayMute(peer: Peer): Promise<void> {
  while (await peer.request());
}

/** Reads a request and ends the connection in the way told, after this much of an answer. */
export function breakOff(how: 'fin' | 'rst', after = ''): Script {
  return async (peer) => {
    if (!(await peer.request())) return;
    await peer.write(after);
    await peer[how]();
  };
}

/** What a proxy says when a tunnel stands. */
export const established = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** Reads a request and answers what is no HTTP. */
export async function talkGarbage(peer: Peer): Promise<void> {
  if (await peer.request()) await peer.write('\x00\xff\x16\x03 this is no HTTP \r\n\r\n');
}

/** The values of a header, in their order. */
export function headerOf(request: RawRequest, name: string): string[] {
  return pairs(request)
    .filter(([field]) => field.toLowerCase() === name)
    .map(([, value]) => value);
}

const challenge = answer(
  'who are you?',
  'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="isosession"\r\n',
);

function knows({ username, password }: Login, request: RawRequest): boolean {
  return (
    headerOf(request, 'proxy-authorization').join() ===
    `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  );
}

function pairs({ lines }: RawRequest): [name: string, value: string][] {
  return lines.map((line) => [
    line.slice(0, line.indexOf(':')),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
}

const unreachable = answer('', 'HTTP/1.1 502 Bad Gateway\r\n');

async function connectTo(peer: Peer, request: RawRequest, read: number): Promise<void> {
  const { hostname, port } = new URL(`http://${request.target}`);
  const target = await openTarget(hostname.replace(/^\[|\]$/g, ''), Number(port || 80)).catch(
    () => undefined,
  );
  if (!target) return peer.write(unreachable);
  void peer.write(established);
  tunnel(peer, target, read);
}

/** Takes the whole answer before it gives it on: what a test asks of a proxy is small. */
async function forward(peer: Peer, request: RawRequest): Promise<void> {
  try {
    const { hostname, port, pathname, search } = new URL(request.target);
    const socket = await openTarget(hostname.replace(/^\[|\]$/g, ''), Number(port || 80));
    const headers = pairs(request)
      .filter(([name]) => !hopByHop.test(name))
      .flat();
    const upstream = send({
      createConnection: () => socket,
      method: request.method,
      path: pathname + search,
      headers: [...headers, 'connection', 'close'],
    });
    upstream.end(Buffer.from(request.body, 'latin1'));
    const [response] = (await once(upstream, 'response')) as [IncomingMessage];
    const body = Buffer.concat((await response.toArray()) as Buffer[]);
    const lines = Array.from({ length: response.rawHeaders.length / 2 }, (_, index) =>
      response.rawHeaders.slice(index * 2, index * 2 + 2),
    )
      .filter(([name = '']) => !hopByHop.test(name))
      .map((pair) => `${pair.join(': ')}\r\n`);
    const isFramed =
      request.method === 'HEAD' ||
      response.statusCode === 204 ||
      response.statusCode === 304 ||
      response.headers['content-length'] !== undefined;
    if (!isFramed) lines.push(`content-length: ${body.length}\r\n`);
    const status = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n`;
    const head = `${status}${lines.join('')}\r\n`;
    await peer.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
  } catch {
    await peer.write(unreachable);
  }
}

const hopByHop = /^(?:connection|keep-alive|transfer-encoding|te|trailer|upgrade|proxy-.*)$/i;
