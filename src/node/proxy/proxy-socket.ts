/** The two ends of a socket through a proxy, whatever the proxy speaks. */
import type { Socket } from 'node:net';
import { ProxyError } from '../../errors/proxy-error.ts';
import type { Connector, ConnectCallback, Endpoint } from '../connect/connector.ts';
import { describeError } from '../exchange/describe-error.ts';
import type { ProxyServer } from './server.ts';

/** To the proxy itself: whatever fails is the proxy's failure. */
export function connectorTo(proxy: ProxyServer, connect: Connector): Connector {
  const { hostname, port, protocol } = proxy;
  // Its name, whoever the request is for.
  return (_, callback) =>
    connect({ hostname, port, protocol }, (error, socket) =>
      callback(
        error &&
          new ProxyError(`The proxy ${proxy.origin} cannot be reached: ${describeError(error)}`, {
            cause: error,
          }),
        socket,
      ),
    );
}

/**
 * Hands over a socket that a proxy has connected to the target, with TLS over it where the target
 * has it.
 */
export function through(
  to: Endpoint,
  socket: Socket,
  secure: Connector,
  callback: ConnectCallback,
): () => void {
  if (to.protocol === 'https:') return secure({ ...to, httpSocket: socket }, callback);
  callback(null, socket);
  return () => socket.destroy();
}

/** `host:port`, as CONNECT has it. */
export function authorityOf({ hostname, port, protocol }: Endpoint): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
