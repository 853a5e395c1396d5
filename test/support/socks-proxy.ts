/**
 * A SOCKS5 server (RFC 1928, RFC 1929) that records what it was asked, and fails at the step and in
 * the way that it is told.
 *
 * @module
 */
import { type Peer, rawServer, type RawServer } from './raw-server.ts';
import type { Login } from './real-proxies.ts';
import { openTarget, tunnel } from './tunnel.ts';

/** What one connection asked for; a client that gave up half-way has asked for less. */
export interface SocksRequest {
  /** The connection, from 1. */
  connection: number;
  /** The methods that the client offered: 0 is none, 2 is a password. */
  methods: number[];
  /** The one that was chosen; 255 is none of them. */
  method?: number;
  username?: string;
  password?: string;
  command?: number;
  /** A `name` was left to us to resolve; an address was resolved by the client. */
  type?: 'ipv4' | 'name' | 'ipv6';
  host?: string;
  port?: number;
}

/** What the server is to do. It works when nothing is told. */
export interface SocksScript {
  /** Demands a password; a wrong one ends the connection. */
  auth?: Login;
  /**
   * What it does instead of its answer to the greeting (which offers methods), the password or the
   * request. A number is the code of its answer: 255 accepts no method, 1 no password, and 1 to 8
   * say why there is no connection.
   */
  fault?: {
    at: 'greeting' | 'password' | 'request';
    how: number | 'silence' | 'garbage' | 'fin' | 'rst';
  };
}

/** A running server. */
export interface SocksServer extends RawServer {
  readonly asked: SocksRequest[];
}

/** Starts a server. It closes with its test. */
export async function socksProxy(script: SocksScript = {}): Promise<SocksServer> {
  const asked: SocksRequest[] = [];
  const server = await rawServer((peer) => serve(peer, script, asked));
  return { ...server, asked };
}

async function serve(
  peer: Peer,
  { auth, fault }: SocksScript,
  asked: SocksRequest[],
): Promise<void> {
  let read = 0;
  const take = async (length: number): Promise<Buffer> => {
    if (!(await peer.expect(read + length))) throw new Done();
    read += length;
    return Buffer.from(peer.received.slice(read - length, read), 'latin1');
  };
  const takeByte = async (): Promise<number> => (await take(1))[0] as number;
  const takeText = async (): Promise<string> => (await take(await takeByte())).toString();
  /** Answers with a code, which is the end when it is not the good one. */
  const step = async (at: keyof typeof answers, code: number, good: number): Promise<void> => {
    const how = fault?.at === at ? fault.how : code;
    if (typeof how === 'number') await peer.write(Uint8Array.from(answers[at](how)));
    if (how === good) return;
    if (how === 'garbage') await peer.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    else if (how === 'rst') peer.rst();
    else if (how !== 'silence') await peer.fin();
    throw new Done();
  };

  try {
    await take(1);
    const request: SocksRequest = {
      connection: peer.id,
      methods: [...(await take(await takeByte()))],
    };
    asked.push(request);
    const wanted = auth ? 2 : 0;
    request.method = request.methods.includes(wanted) ? wanted : 255;
    await step('greeting', request.method, wanted);
    if (auth) {
      await take(1);
      request.username = await takeText();
      request.password = await takeText();
      await step(
        'password',
        request.username === auth.username && request.password === auth.password ? 0 : 1,
        0,
      );
    }
    await take(1);
    request.command = await takeByte();
    await take(1);
    const type = types[await takeByte()];
    if (type === undefined) return await step('request', 8, 0);
    request.type = type;
    request.host =
      type === 'name' ? await takeText() : readAddress(await take(type === 'ipv4' ? 4 : 16));
    request.port = (await take(2)).readUInt16BE();
    const target =
      fault?.at === 'request'
        ? undefined
        : await openTarget(request.host, request.port).catch(() => undefined);
    await step('request', target ? 0 : 5, 0);
    if (target) tunnel(peer, target, read);
  } catch (error) {
    if (!(error instanceof Done)) throw error;
  }
}

/** There is no more to say on this connection. */
class Done extends Error {}

const answers = {
  greeting: (code: number) => [5, code],
  password: (code: number) => [1, code],
  // The bound address, which nobody reads, is 0.0.0.0:0.
  request: (code: number) => [5, code, 0, 1, 0, 0, 0, 0, 0, 0],
};

const types: Record<number, SocksRequest['type']> = { 1: 'ipv4', 3: 'name', 4: 'ipv6' };

/** An IPv6 address is written in full. */
function readAddress(bytes: Buffer): string {
  return bytes.length === 4
    ? bytes.join('.')
    : Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
}
