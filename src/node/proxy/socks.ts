/** Sockets through a SOCKS5 proxy (RFC 1928, RFC 1929), by undici's client of it. */
import { lookup as lookupByName } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { ProxyError } from '../../errors/proxy-error.ts';
import type { Connector, ConnectCallback } from '../connect/connector.ts';
import type { ProxyServer } from './server.ts';
import { authorityOf, through } from './proxy-socket.ts';
import { Socks5Client } from '../connect/undici.ts';

/**
 * `connect` opens sockets to the proxy, `secure` speaks TLS over them; `lookup` resolves names for
 * `socks5:`, where `socks5h:` leaves it to the proxy.
 */
export function socksConnector(
  proxy: ProxyServer,
  connect: Connector,
  secure: Connector,
  lookup: LookupFunction = lookupByName,
): Connector {
  return (to, callback) => {
    let giveUp = (): void => {};
    let given = false;
    const authority = authorityOf(to);
    const reach = (address: string): void => {
      giveUp = connect(to, (error, socket) => {
        if (error || !socket) {
          callback(error);
          return;
        }
        negotiate(proxy, socket, address, authority, (refused) => {
          if (refused) callback(refused);
          else giveUp = through(to, socket, secure, callback);
        });
      });
    };
    if (proxy.protocol === 'socks5h:' || isIP(to.hostname)) {
      reach(to.hostname);
    } else {
      lookup(to.hostname, { all: true }, (error, addresses) => {
        // What was given up opens nothing any more.
        if (given) return;
        const [first] = error ? [] : (addresses as { address: string }[]);
        if (first) reach(first.address);
        else
          callback(
            error ??
              Object.assign(new Error(`${to.hostname} has no address`), { code: 'ENOTFOUND' }),
          );
      });
    }
    return () => {
      given = true;
      giveUp();
    };
  };
}

/** Has the proxy connect its end of the socket; `done` is called once. */
function negotiate(
  proxy: ProxyServer,
  socket: Socket,
  address: string,
  authority: string,
  done: ConnectCallback,
): void {
  let settled = false;
  const settle = (error: Error | null): void => {
    if (settled) return;
    settled = true;
    if (error) socket.destroy();
    done(
      error &&
        new ProxyError(
          `The proxy ${proxy.origin} did not connect to ${authority}: ${error.message}`,
          { cause: error },
        ),
    );
  };
  const client = new Socks5Client(socket, proxy)
    // The client stays on the socket for good, and what it emits must have a listener.
    .on('error', settle)
    .on('close', () => settle(new Error('it closed the connection')))
    .on('authenticated', () =>
      client.connect(address, Number(authority.slice(authority.lastIndexOf(':') + 1))),
    )
    .on('connected', () => settle(null));
  client.handshake();
}
