/** The two ends of a socket through a proxy, whatever the proxy speaks. */
import type { LookupFunction, Socket } from 'node:net';
import type { CancelConnect, ConnectCallback, Connector, Endpoint } from '../connect/connector.ts';
import { unreachableError } from './error.ts';
import type { ProxyServer } from './server.ts';

/** What a tunnel through a proxy is made with. */
export interface TunnelSockets {
  /** Opens a socket to the proxy itself, whatever endpoint it is given. */
  readonly toProxy: Connector;
  /** Speaks TLS with the target over a socket that the proxy has connected to it. */
  readonly overTunnel: Connector;
  /** Resolves the target's name where the proxy does not. */
  readonly lookup: LookupFunction | undefined;
}

/** Opens sockets to the proxy itself: whatever fails is the proxy's failure. */
export function proxyConnector(proxy: ProxyServer, connect: Connector): Connector {
  const { hostname, port, protocol } = proxy;
  return (_target, callback) =>
    connect({ hostname, port, protocol }, (error, socket) => {
      if (error) callback(unreachableError(proxy, error));
      else callback(null, socket);
    });
}

/** Hands over a socket that the proxy has connected to the target, with TLS where it has it. */
export function handOver(
  socket: Socket,
  target: Endpoint,
  overTunnel: Connector,
  callback: ConnectCallback,
): CancelConnect {
  if (target.protocol === 'https:') return overTunnel({ ...target, httpSocket: socket }, callback);
  callback(null, socket);
  return () => socket.destroy();
}

export function portOf({ port, protocol }: Endpoint): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/** `host:port`, as CONNECT has it (RFC 9112, section 3.2.3). */
export function authorityOf(endpoint: Endpoint): string {
  const { hostname } = endpoint;
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  return `${host}:${portOf(endpoint)}`;
}
