/**
 * Sockets through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6), by undici, so that the proxy's
 * answer is seen.
 */
import type { Socket } from 'node:net';
import type { buildConnector, Client as UndiciClient, Dispatcher } from 'undici';
import { ProxyError } from '../../errors/proxy-error.ts';
import { SessionError } from '../../errors/session-error.ts';
import { nullPrototype } from '../../options/options.ts';
import type { Connector, ConnectCallback } from '../connect/connector.ts';
import { describeError } from '../exchange/describe-error.ts';
import { Dispatch } from '../exchange/dispatch-options.ts';
import type { ProxyServer } from './server.ts';
import { authorityOf, through } from './proxy-socket.ts';
import { refusedBy } from './error.ts';
import { Client } from '../connect/undici.ts';
import type { RawHeaders } from '../exchange/undici-response.ts';

/** One CONNECT: undici's handler of it. */
class Tunnel {
  readonly #proxy: ProxyServer;
  readonly #authority: string;
  readonly #client: UndiciClient;
  readonly #opened: (socket: Socket) => void;
  readonly #failed: (error: Error) => void;
  #giveUp: (() => void) | undefined;

  constructor(
    proxy: ProxyServer,
    connect: Connector,
    authority: string,
    opened: (socket: Socket) => void,
    failed: (error: Error) => void,
  ) {
    this.#proxy = proxy;
    this.#authority = authority;
    this.#opened = opened;
    this.#failed = failed;
    const options = {
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: ((to, callback) => {
        this.#giveUp = connect(to, callback as ConnectCallback);
      }) as buildConnector.connector,
    };
    this.#client = new Client(proxy.origin, nullPrototype<UndiciClient.Options>(options));
    const headers = [
      'host',
      authority,
      ...(proxy.authorization ? ['proxy-authorization', proxy.authorization] : []),
    ];
    this.#client.dispatch(
      new Dispatch(
        proxy.origin,
        authority,
        'CONNECT',
        headers,
        null,
        proxy.hostname,
      ) as Dispatcher.DispatchOptions,
      this as unknown as Dispatcher.DispatchHandler,
    );
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
    this.#failed(
      SessionError.is(error)
        ? error
        : new ProxyError(
            `The proxy ${this.#proxy.origin} broke off CONNECT ${this.#authority}: ${describeError(error)}`,
            { cause: error },
          ),
    );
  }
}

/** `connect` opens sockets to the proxy, `secure` speaks TLS over them. */
export function tunnelConnector(
  proxy: ProxyServer,
  connect: Connector,
  secure: Connector,
): Connector {
  return (to, callback) => {
    let giveUp: () => void;
    const tunnel = new Tunnel(
      proxy,
      connect,
      authorityOf(to),
      (socket) => {
        giveUp = through(to, socket, secure, callback);
      },
      callback,
    );
    giveUp = () => tunnel.cancel();
    return () => giveUp();
  };
}
