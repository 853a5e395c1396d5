import { connect, type LookupFunction, type NetConnectOpts, type Socket } from 'node:net';
import { nullPrototype } from '../../options/null-prototype.ts';
import type { Endpoint } from './connector.ts';
import { onread } from './read-buffer.ts';

/** The way of a socket that does not depend on where it goes. */
export interface SocketRoute {
  /** A Unix domain socket or named pipe instead of TCP. */
  readonly path: string | undefined;
  readonly localAddress: string | undefined;
  readonly lookup: LookupFunction | undefined;
}

/** ms of silence after which the system asks an idle connection's peer whether it is there. */
const keepAliveDelay = 60_000;
/** As file streams have it: bytes that may wait unread. */
const highWaterMark = 64 * 1024;

/** Begins to open a socket without TLS. */
export function openTcpSocket({ hostname, port }: Endpoint, route: SocketRoute): Socket {
  const options = nullPrototype<NetConnectOpts>(route, {
    host: hostname,
    port: port || 80,
    highWaterMark,
    onread,
    // The exchange keeps the time.
    timeout: 0,
  });
  return tuneSocket(connect(options));
}

/** Requests go out at once (no Nagle), and a dead peer is noticed. */
export function tuneSocket<T extends Socket>(socket: T): T {
  return socket.setNoDelay(true).setKeepAlive(true, keepAliveDelay);
}
