/**
 * Sockets through a SOCKS5 proxy (RFC 1928), with a user name and password where it wants them (RFC
 * 1929), by undici's client of it.
 */
import { lookup as lookupByName } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { CancelConnect, Connector } from '../connect/connector.ts';
import { loadSocksClient } from '../dependencies/undici.ts';
import { socksError } from './error.ts';
import { authorityOf, handOver, portOf, type TunnelSockets } from './proxy-socket.ts';
import type { ProxyServer } from './server.ts';

/** `socks5h:`: the proxy is given names and resolves them (RFC 1928, section 4, `DOMAINNAME`). */
export function socksTunnel(proxy: ProxyServer, sockets: TunnelSockets): Connector {
  return tunnelTo(proxy, sockets, (hostname, callback) => callback(null, hostname));
}

/** `socks5:`: names are resolved here, and the proxy is given addresses. */
export function socksTunnelToAddress(proxy: ProxyServer, sockets: TunnelSockets): Connector {
  const { lookup = lookupByName } = sockets;
  return tunnelTo(proxy, sockets, (hostname, callback) => {
    if (isIP(hostname) === 0) resolveHost(hostname, lookup, callback);
    else callback(null, hostname);
  });
}

type HostCallback = (error: Error | null, host?: string) => void;

/** `hostFor` gives the name or address that the proxy is to connect to. */
function tunnelTo(
  proxy: ProxyServer,
  { toProxy, overTunnel }: TunnelSockets,
  hostFor: (hostname: string, callback: HostCallback) => void,
): Connector {
  // Here it throws into the call; later, nobody would catch it.
  loadSocksClient();
  return (target, callback) => {
    let cancel: CancelConnect | undefined;
    let isCancelled = false;

    hostFor(target.hostname, (lookupError, host) => {
      if (isCancelled) return;
      if (host === undefined) {
        callback(lookupError);
        return;
      }
      cancel = toProxy(target, (error, socket) => {
        if (!socket) {
          callback(error);
          return;
        }
        const destination = { host, port: portOf(target), authority: authorityOf(target) };
        negotiate(proxy, socket, destination, (refusal) => {
          if (refusal) callback(refusal);
          else cancel = handOver(socket, target, overTunnel, callback);
        });
      });
    });

    return () => {
      isCancelled = true;
      cancel?.();
    };
  };
}

/** The first address of a name: SOCKS5 is told of one only. */
function resolveHost(hostname: string, lookup: LookupFunction, callback: HostCallback): void {
  lookup(hostname, { all: true }, (error, addresses) => {
    if (error) {
      callback(error);
      return;
    }
    // All were asked for, whatever else the type allows.
    const found = typeof addresses === 'string' ? addresses : addresses[0]?.address;
    if (found === undefined) callback(noAddressError(hostname));
    else callback(null, found);
  });
}

function noAddressError(hostname: string): Error {
  return Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });
}

interface Destination {
  readonly host: string;
  readonly port: number;
  /** For messages: the name that was asked for, whatever the proxy is given. */
  readonly authority: string;
}

/** Has the proxy connect its end of the socket; `callback` is called once. */
function negotiate(
  proxy: ProxyServer,
  socket: Socket,
  { host, port, authority }: Destination,
  callback: (refusal: Error | null) => void,
): void {
  let isSettled = false;
  const settle = (error: Error | null): void => {
    if (isSettled) return;
    isSettled = true;
    if (error) {
      socket.destroy();
      callback(socksError(proxy, authority, error));
    } else callback(null);
  };
  const client = new (loadSocksClient())(socket, proxy)
    // The client stays on the socket for good, and what it emits must have a listener.
    .on('error', settle)
    .on('close', () => settle(new Error('it closed the connection')))
    .on('authenticated', () => client.connect(host, port))
    .on('connected', () => settle(null));
  client.handshake();
}
