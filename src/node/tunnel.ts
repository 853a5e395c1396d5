/** Sockets through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6), by undici, so that the proxy's answer is seen. */
import type { Socket } from 'node:net';
import type { buildConnector, Client as UndiciClient, Dispatcher } from 'undici';
import { ProxyError, SessionError } from '../errors.ts';
import { bare } from '../core/options.ts';
import type { Connector, Opened, Target } from './connector.ts';
import { describe, Dispatch } from './exchange.ts';
import type { ProxyServer } from './proxy-server.ts';
import { Client } from './undici.ts';
import { type RawHeaders, readHead } from './undici-response.ts';

/** What a proxy answered, as an error. */
export function refusedBy({ origin, authorization }: ProxyServer, status: number, raw: RawHeaders, what: string): ProxyError {
  const mend = status !== 407 ? '' : authorization ? ': it does not take the credentials of its URL' : ': put its credentials into its URL, http://user:password@host';
  const challenge = readHead(raw).get('proxy-authenticate');
  return Object.assign(new ProxyError(`The proxy ${origin} answered ${status} to ${what}${mend}`), { status }, challenge === null ? null : { challenge });
}

/** That a proxy cannot be reached, as an error. */
export function unreachable({ origin }: ProxyServer, error: Error): ProxyError {
  return new ProxyError(`The proxy ${origin} cannot be reached: ${describe(error)}`, { cause: error });
}

/** To the proxy itself: whatever fails is the proxy's failure. */
export function connectorTo(proxy: ProxyServer, connect: Connector): Connector {
  const { hostname, port, protocol } = proxy;
  // Its name, whoever the request is for.
  return (_, callback) => connect({ hostname, port, protocol, host: hostname, servername: undefined }, (error, socket) => callback(error && unreachable(proxy, error), socket));
}

/** One CONNECT: undici's handler of it. */
class Tunnel {
  readonly #proxy: ProxyServer;
  readonly #authority: string;
  readonly #client: UndiciClient;
  readonly #opened: (socket: Socket) => void;
  readonly #failed: (error: Error) => void;
  #giveUp: (() => void) | undefined;

  constructor(proxy: ProxyServer, connect: Connector, authority: string, opened: (socket: Socket) => void, failed: (error: Error) => void) {
    this.#proxy = proxy;
    this.#authority = authority;
    this.#opened = opened;
    this.#failed = failed;
    const options = {
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: ((to, callback) => {
        this.#giveUp = connect(to, callback as Opened);
      }) as buildConnector.connector,
    };
    this.#client = new Client(proxy.origin, bare<UndiciClient.Options>(options));
    const headers = ['host', authority, ...proxy.authorization ? ['proxy-authorization', proxy.authorization] : []];
    this.#client.dispatch(new Dispatch(proxy.origin, authority, 'CONNECT', headers, null, proxy.hostname) as Dispatcher.DispatchOptions, this as unknown as Dispatcher.DispatchHandler);
  }

  cancel(): void {
    this.#giveUp?.();
    this.#end();
  }

  #end(): void {
    // Not within a call of undici's: it counts on its queue when it has called us.
    queueMicrotask(() => void this.#client.destroy());
  }

  onConnect(): void {}

  onUpgrade(status: number, raw: RawHeaders, socket: Socket): void {
    // The socket is no longer the client's.
    this.#end();
    if (status >= 200 && status <= 299) {
      this.#opened(socket);
    } else {
      socket.on('error', () => {}).destroy();
      this.#failed(refusedBy(this.#proxy, status, raw, `CONNECT ${this.#authority}`));
    }
  }

  onError(error: Error): void {
    this.cancel();
    this.#failed(SessionError.is(error) ? error : new ProxyError(`The proxy ${this.#proxy.origin} broke off CONNECT ${this.#authority}: ${describe(error)}`, { cause: error }));
  }
}

/** `connect` opens sockets to the proxy, `secure` speaks TLS over them. */
export function tunnelConnector(proxy: ProxyServer, connect: Connector, secure: Connector): Connector {
  return (to, callback) => {
    let giveUp: () => void;
    const tunnel = new Tunnel(proxy, connect, authorityOf(to), (socket) => {
      giveUp = through(to, socket, secure, callback);
    }, callback);
    giveUp = () => tunnel.cancel();
    return () => giveUp();
  };
}

/** Hands over a socket that a proxy has connected to the target, with TLS over it where the target has it. */
export function through(to: Target, socket: Socket, secure: Connector, callback: Opened): () => void {
  if (to.protocol === 'https:') return secure({ ...to, httpSocket: socket }, callback);
  callback(null, socket);
  return () => socket.destroy();
}

/** `host:port`, as CONNECT has it. */
export function authorityOf({ hostname, port, protocol }: Target): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
