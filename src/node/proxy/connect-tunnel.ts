/**
 * Sockets through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6). undici sends it, so that the
 * proxy's answer, its status and its challenge, is seen.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { buildConnector, Client as UndiciClient, Dispatcher } from 'undici';
import { SessionError } from '../../errors/session-error.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { getHeader } from '../../request/headers.ts';
import { userAgent } from '../../version.ts';
import type { CancelConnect, ConnectCallback, Connector } from '../connect/connector.ts';
import { loadClient } from '../dependencies/undici.ts';
import { dispatchOptions, type DispatchOptions } from '../exchange/dispatch-options.ts';
import { leaveOutInterim } from '../http1/interim-responses.ts';
import { destroyLater } from '../http1/undici-workarounds.ts';
import type { RawHeaders } from '../response/undici-response.ts';
import { brokenConnectError, refusalError } from './error.ts';
import { authorityOf, handOver, type TunnelSockets } from './proxy-socket.ts';
import type { ProxyServer } from './server.ts';

/** One CONNECT: undici's handler of it. */
class ConnectRequest {
  readonly #proxy: ProxyServer;
  readonly #authority: string;
  readonly #client: UndiciClient;
  /** Gets the socket that is connected to the target, or the error. */
  readonly #callback: ConnectCallback;
  #cancelConnect: CancelConnect | undefined;

  constructor(
    proxy: ProxyServer,
    toProxy: Connector,
    authority: string,
    callback: ConnectCallback,
  ) {
    this.#proxy = proxy;
    this.#authority = authority;
    this.#callback = callback;
    this.#client = this.#createClient(toProxy);
    this.#client.dispatch(this.#dispatchOptions() as Dispatcher.DispatchOptions, this);
  }

  #createClient(toProxy: Connector): UndiciClient {
    const connect: buildConnector.connector = (endpoint, callback) => {
      this.#cancelConnect = toProxy(endpoint, (error, socket) => {
        if (socket) leaveOutInterim(socket);
        // undici's callback is typed as one of two forms, ours as both in one.
        (callback as ConnectCallback)(error, socket);
      });
    };
    // The clocks are those of the exchange that waits for the tunnel.
    const options = { headersTimeout: 0, bodyTimeout: 0, connect };
    const Client = loadClient();
    return new Client(this.#proxy.origin, nullPrototype<UndiciClient.Options>(options));
  }

  #dispatchOptions(): DispatchOptions {
    const { origin, hostname, headers: own } = this.#proxy;
    const headers = ['host', this.#authority, ...own];
    // The connection is of many calls, each of which may have another.
    if (getHeader(own, 'user-agent') === undefined) headers.push('user-agent', userAgent);
    return dispatchOptions({
      origin,
      path: this.#authority,
      method: 'CONNECT',
      headers,
      body: null,
      servername: hostname,
    });
  }

  cancel(): void {
    this.#cancelConnect?.();
    this.#destroyClient();
  }

  #destroyClient(): void {
    // Not within a call of undici's: it counts on its queue when it has called us.
    void destroyLater(this.#client);
  }

  onRequestStart(): void {}

  onRequestUpgrade(
    { rawHeaders }: Dispatcher.DispatchController,
    status: number,
    _headers: object,
    socket: Duplex,
  ): void {
    // The socket is no longer the client's.
    this.#destroyClient();
    if (status >= 200 && status <= 299) {
      // What our connector has opened for the client.
      this.#callback(null, socket as Socket);
      return;
    }
    socket.on('error', () => {}).destroy();
    const answer = { status, rawHeaders: rawHeaders as RawHeaders };
    this.#callback(refusalError(this.#proxy, answer, `CONNECT ${this.#authority}`));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.cancel();
    // That the proxy cannot be reached is said already.
    const isTold = SessionError.is(error);
    this.#callback(isTold ? error : brokenConnectError(this.#proxy, this.#authority, error));
  }
}

/** Opens sockets by CONNECT. */
export function connectTunnel(
  proxy: ProxyServer,
  { toProxy, overTunnel }: TunnelSockets,
): Connector {
  return (target, callback) => {
    let cancel: CancelConnect;
    const request = new ConnectRequest(proxy, toProxy, authorityOf(target), (error, socket) => {
      if (socket) cancel = handOver(socket, target, overTunnel, callback);
      else callback(error);
    });
    cancel = () => request.cancel();
    return () => cancel();
  };
}
