/** Node's default transport: undici's `dispatch()` with our own handler, pools and clocks. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { SessionClosedError } from '../../errors/session-closed-error.ts';
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import { discardWhenCollected } from '../../response/wrap-response.ts';
import { getHeader, type HeaderList, setHeader, withType } from '../../request/headers.ts';
import { defaults } from '../../options/options.ts';
import { SessionResponse } from '../../response/session-response.ts';
import type { Transport, TransportRequest } from '../../types/transport.ts';
import { type After, sendInternal, type InternalTransport } from '../../transports/send.ts';
import type { ConnectionInit } from './connection-options.ts';
import { acceptEncoding } from '../body/decode.ts';
import { standaloneRequest, attachToCall } from './standalone-request.ts';
import { Dispatch } from '../exchange/dispatch-options.ts';
import { Exchange } from '../exchange/exchange.ts';
import { CustomDispatcherQueue, CustomDispatcherExchange } from './custom-dispatcher.ts';
import { forwardedBy, ForwardedExchange } from '../proxy/forwarded-exchange.ts';
import type { Guard } from '../connect/guard.ts';
import { verifyIntegrity } from '../body/integrity.ts';
import type { ProxyServer } from '../proxy/server.ts';
import type { ProxySettings } from '../proxy/settings.ts';
import { forwards } from '../proxy/schemes.ts';
import { Routes } from './routes.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';
import { type DispatcherLike, readUndiciOptions, type UndiciTransportOptions } from './options.ts';
import { Upload } from '../body/upload.ts';
import type { Outgoing } from '../../model.ts';
import { Sent } from '../../request/sent-request.ts';

/** RFC 9110, section 7.2, without the comma that several hosts would be joined by. */
const oneHost = /^(?:\[[\da-f:.]+\]|[\w.~%!$&'()*+;=-]*)(?::\d*)?$/i;

const noUpload = new Upload(null, undefined);

class UndiciTransport implements InternalTransport {
  readonly #routes: Routes;
  readonly #dispatcher: DispatcherLike | undefined;
  readonly #proxy: ProxySettings | false | undefined;
  readonly #tls: TlsSettings | undefined;
  readonly #guard: Guard | undefined;
  readonly #socketPath: string | undefined;
  #closed = false;

  constructor(options: UndiciTransportOptions) {
    const settings = readUndiciOptions(options);
    this.#routes = new Routes(settings);
    this.#dispatcher = settings.dispatcher;
    this.#proxy = settings.proxy;
    this.#tls = settings.tls;
    this.#guard = settings.guard;
    this.#socketPath = settings.socketPath;
  }

  async send(given: TransportRequest): Promise<Response> {
    const request = standaloneRequest(given);
    const response = await this[sendInternal](request, request.headers, (_, made) => made);
    SessionResponse.stateOf(response).attachToCall = function joinCall(to) {
      attachToCall(this, response.headers, to);
    };
    discardWhenCollected(response);
    return response;
  }

  [sendInternal](request: Outgoing, headers: HeaderList, after: After): Promise<SessionResponse> {
    const { body, options } = request;
    if (this.#closed) throw new SessionClosedError();
    const { init } = options as { init: Record<string, unknown> };
    if (init !== defaults.init) refuseForeign(init);
    const verified: After = options.integrity
      ? async (hop, response) =>
          after(hop, await verifyIntegrity(response, options.integrity as string))
      : after;
    return this.#send(
      request,
      headers,
      body === null && !options.onUploadProgress
        ? noUpload
        : new Upload(body, options.onUploadProgress),
      verified,
    );
  }

  #send(
    request: Outgoing,
    given: HeaderList,
    upload: Upload,
    after: After,
  ): Promise<SessionResponse> {
    const { method, url, options } = request;
    let headers = withType(given, upload.contentType);
    if (upload.contentLength !== undefined && getHeader(headers, 'content-length') === undefined)
      headers = [...headers, 'content-length', String(upload.contentLength)];
    // A part of what is compressed cannot be decoded (Fetch standard, HTTP-network-or-cache fetch).
    if (
      getHeader(headers, 'range') !== undefined &&
      getHeader(headers, 'accept-encoding') === acceptEncoding
    )
      setHeader((headers = [...headers]), 'accept-encoding', 'identity');

    // undici would take the TLS name from a `host` header.
    const host = getHeader(headers, 'host');
    const sent = new Sent(method, url, headers);
    if (host !== undefined && !oneHost.test(host))
      throw new InvalidRequestError('The header "host" must be one host, with or without a port', {
        request: sent,
      });
    const servername = url.protocol === 'https:' && host !== undefined ? url.hostname : undefined;
    const dispatch = new Dispatch(
      url.origin,
      url.pathname + url.search,
      method,
      headers,
      upload.body,
      servername,
    );
    const init = options.init as ConnectionInit;
    const dispatcher = init.dispatcher ?? this.#dispatcher;
    const proxy = this.#proxyFor(request, init, dispatcher);
    if (dispatcher)
      return new CustomDispatcherExchange(
        this.#foreign(dispatcher, proxy, init),
        request,
        sent,
        upload,
        dispatch,
        after,
      ).send();
    const pool = this.#routes.find(url, proxy, init.tls ?? this.#tls);
    if (!proxy) return new Exchange(pool, request, sent, upload, dispatch, after).send();
    if (forwards(proxy, url.protocol))
      return new ForwardedExchange(
        proxy,
        pool,
        request,
        sent,
        upload,
        forwardedBy(proxy, dispatch, url),
        after,
      ).send();
    if (getHeader(headers, 'proxy-authorization') !== undefined) {
      throw new InvalidRequestError(
        `The header "proxy-authorization" would reach ${url.origin}: put the proxy's credentials into its URL`,
        { request: sent },
      );
    }
    return new Exchange(pool, request, sent, upload, dispatch, after).send();
  }

  /**
   * The proxy of a hop: by the call or session, else the transport's own, else the environment's.
   */
  #proxyFor(
    { call, url }: Outgoing,
    init: ConnectionInit,
    dispatcher: DispatcherLike | undefined,
  ): ProxyServer | undefined {
    // The environment knows nothing of those that have a way of their own.
    const settings =
      init.proxy ??
      this.#proxy ??
      (dispatcher || this.#socketPath !== undefined
        ? undefined
        : (call.state?.environment?.proxy as ProxySettings | undefined));
    const proxy = settings ? settings.choose(url) : undefined;
    if (proxy && this.#guard)
      throw new UnsupportedError(
        'guard does not see what a proxy connects to: set proxy: false, or leave it to the proxy',
      );
    if (proxy && this.#socketPath !== undefined)
      throw new UnsupportedError(
        'proxy does not go with a transport that has a socketPath: set proxy: false',
      );
    return proxy;
  }

  /**
   * Where a dispatcher's exchanges run. It connects by itself, so that what was asked of
   * connections would not be done.
   */
  #foreign(
    dispatcher: DispatcherLike,
    proxy: ProxyServer | undefined,
    { tls }: ConnectionInit,
  ): CustomDispatcherQueue {
    for (const [name, value] of Object.entries({ proxy, tls, guard: this.#guard }))
      if (value)
        throw new UnsupportedError(
          `${name} does not reach a dispatcher: give the dispatcher its own`,
        );
    return new CustomDispatcherQueue(dispatcher);
  }

  get stats(): { sockets: number; queued: number; unreadBodies: number } {
    return this.#routes.stats;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#routes.close();
  }

  async destroy(reason: unknown = new SessionClosedError()): Promise<void> {
    this.#closed = true;
    await this.#routes.destroy(reason);
  }
}

/** What changes the meaning of a call, and what undici does not know. */
function refuseForeign(init: Record<string, unknown>): void {
  for (const name of ['next', 'cf'])
    if (init[name] !== undefined)
      throw new UnsupportedError(
        `${name} is for a framework's fetch, which undici is not: use fetchTransport()`,
      );
  const { cache } = init;
  if (cache !== undefined && cache !== 'default' && cache !== 'no-store')
    throw new UnsupportedError(
      `cache: '${String(cache)}' is not supported in Node: there is no HTTP cache, only 'default' and 'no-store' mean something`,
    );
}

/**
 * The transport of Node: connections are kept and reused, bodies are streamed with back-pressure,
 * `gzip`, `deflate`, `br` and, from Node 24 on, `zstd` are decoded.
 *
 * ```ts
 * import { Session } from 'isosession';
 * import { undiciTransport } from 'isosession/node';
 *
 * const api = new Session({ transport: undiciTransport({ connections: 16 }) });
 * ```
 *
 * @throws {InvalidRequestError} for an option that does not exist, has a wrong value, or does not
 * go with another.
 */
export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  return new UndiciTransport(options);
}

/** What a transport of this kind holds; `undefined` for any other. */
export function statsOf(
  transport: Transport | undefined,
): { sockets: number; queued: number; unreadBodies: number } | undefined {
  return transport instanceof UndiciTransport ? transport.stats : undefined;
}
