/** Sockets without a proxy in between: to an origin, or to a proxy itself. */
import { lookup as lookupByName } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { nullPrototype } from '../../options/null-prototype.ts';
import type { ConnectCallback, Connector, Endpoint } from './connector.ts';
import type { Guard } from './guard.ts';
import { addressesOf, Opening } from './opening.ts';
import { openTcpSocket } from './tcp-socket.ts';
import { type TlsConnectOptions, TlsSockets } from './tls-sockets.ts';

/** How sockets are opened, whatever their endpoint. */
export interface SocketSettings {
  readonly socketPath?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly lookup?: LookupFunction | undefined;
  readonly guard?: Guard | undefined;
}

/** Opens sockets to whatever endpoint it is given, without a proxy in between. */
export function directConnector(
  settings: SocketSettings,
  tlsOptions: TlsConnectOptions = {},
): Connector {
  const { guard, socketPath, localAddress } = settings;
  const lookup = guard ? guard.lookup(settings.lookup ?? lookupByName) : settings.lookup;
  const route = { path: socketPath, localAddress, lookup };
  const tlsSockets = new TlsSockets(route, tlsOptions);

  const connect: Connector = (given, callback) => {
    const endpoint = nullPrototype<Endpoint>(given);
    const isSecure = endpoint.protocol === 'https:';
    const socket = isSecure ? tlsSockets.open(endpoint) : openTcpSocket(endpoint, route);
    Opening.begin(socket, endpoint.httpSocket);
    callWhenOpen(socket, isSecure ? 'secureConnect' : 'connect', callback);
    return () => socket.destroy();
  };
  return guard ? guardedConnector(guard, connect) : connect;
}

function callWhenOpen(socket: Socket, event: string, callback: ConnectCallback): void {
  let isSettled = false;
  const settle = (error: Error | null): void => {
    // Whoever has the socket by then listens to its errors, too.
    if (isSettled) return;
    isSettled = true;
    if (error) callback(error);
    else callback(null, socket);
  };
  socket.once(event, () => settle(null)).on('error', settle);
}

/**
 * Refuses the addresses that the guard does not let through. Names are judged by the guard's
 * `lookup`, which Node asks for no address; what was connected to in the end is judged once more,
 * as a `lookup` of the user's or a system's resolver may answer as it likes.
 */
function guardedConnector(guard: Guard, connect: Connector): Connector {
  return (endpoint, callback) => {
    const { hostname } = endpoint;
    if (isIP(hostname) !== 0) {
      const refusal = guard.refusal(hostname, hostname);
      if (refusal) {
        callback(refusal);
        return () => {};
      }
    }
    return connect(endpoint, (error, socket) => {
      const refusal = socket && guard.refusal(addressesOf(socket).remoteAddress ?? '', hostname);
      if (refusal) {
        socket.destroy();
        callback(refusal);
      } else callback(error, socket);
    });
  };
}
