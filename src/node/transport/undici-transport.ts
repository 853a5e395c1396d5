/** Node's default transport: undici's `dispatch()` with our own handler, pools and clocks. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { SessionClosedError } from '../../errors/session-closed-error.ts';
import { sentOf } from '../../request/sent-request.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { discardWhenCollected, whenAttached } from '../../response/wrap-response.ts';
import { defaults } from '../../options/defaults.ts';
import { readLength } from '../../transports/framing.ts';
import {
  type InternalTransport,
  isInternal,
  sendInternal,
} from '../../transports/internal-transport.ts';
import type { Transport, TransportCapabilities, TransportRequest } from '../../types/transport.ts';
import type { UrlParts } from '../../request/url.ts';
import type { Outgoing } from '../../model.ts';
import { verifyIntegrity } from '../body/integrity.ts';
import { Upload } from '../upload/upload.ts';
import type { Guard } from '../connect/guard.ts';
import { contextOf } from '../exchange/call-context.ts';
import { dispatchOptions } from '../exchange/dispatch-options.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { RoutePool } from '../http1/pool.ts';
import { forwardedBy, ForwardedExchange } from '../proxy/forwarded-exchange.ts';
import { forwards } from '../proxy/schemes.ts';
import type { ProxyServer } from '../proxy/server.ts';
import type { ProxySettings } from '../proxy/settings.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';
import { certifiedFor, type ConnectionInit, hasFunctions, tlsFor } from './connection-options.ts';
import { CustomDispatcherExchange, CustomDispatcherQueue } from './custom-dispatcher.ts';
import { globalDispatcher } from './global-dispatcher.ts';
import { type DispatcherLike, readUndiciOptions, type UndiciTransportOptions } from './options.ts';
import { headersByInit } from './fetch-init.ts';
import { refuseWithDispatcher, refuseWithProxy } from './refuse-options.ts';
import {
  completeHeaders,
  type FoundHeaders,
  scanHeaders,
  withoutProxyAuthorization,
} from './request-headers.ts';
import { routeKey, Routes } from './routes.ts';
import { attachToCall, standaloneRequest, withBoundCallbacks } from './standalone-request.ts';

const noUpload = new Upload(null);

/** Whether no init and no condition of the caller's can ask for further headers, as with most. */
const asksAsUsual = ({ options, call }: Outgoing): boolean =>
  options.init === defaults.init && !call.given?.headers;

class UndiciTransport implements InternalTransport {
  readonly #routes: Routes;
  readonly #dispatcher: DispatcherLike | undefined;
  readonly #proxy: ProxySettings | false | undefined;
  readonly #tls: TlsSettings | undefined;
  readonly #guard: Guard | undefined;
  readonly #socketPath: string | undefined;
  /** Functions of the caller's run as a connection is opened. */
  readonly #hasFunctions: boolean;
  /** It stands for a session that was given none. */
  readonly #isDefault: boolean;
  #closed = false;

  constructor(options: UndiciTransportOptions, isDefault = false) {
    this.#isDefault = isDefault;
    const settings = readUndiciOptions(options);
    this.#routes = new Routes(settings);
    this.#dispatcher = settings.dispatcher;
    this.#proxy = settings.proxy;
    this.#tls = settings.tls;
    this.#guard = settings.guard;
    this.#socketPath = settings.socketPath;
    this.#hasFunctions = hasFunctions(settings);
  }

  async send(given: TransportRequest): Promise<Response> {
    const request = standaloneRequest(given);
    whenAttached(request.call, attachToCall);
    const response = await this[sendInternal](request);
    discardWhenCollected(response);
    return response;
  }

  [sendInternal](given: Outgoing): Promise<SessionResponse> {
    if (this.#closed) throw new SessionClosedError();
    const { body, options } = given;
    const { onUploadProgress, integrity } = options;
    const headers = asksAsUsual(given) ? given.headers : headersByInit(given);
    const found = scanHeaders(given);
    const said = found.contentLength;
    const length = said === undefined ? undefined : readLength(said, body);
    const upload =
      body === null && !onUploadProgress ? noUpload : new Upload(body, onUploadProgress, length);
    const completed = completeHeaders(headers, found, upload);
    const hasCallbacks = options.onDownloadProgress ?? options.onInformation;
    const bound = hasCallbacks ? withBoundCallbacks(given) : given;
    const request = completed === given.headers ? bound : { ...bound, headers: completed };
    const exchange = this.#exchange(request, upload, found);
    exchange.context = contextOf(this.#hasFunctions || hasFunctions(options.init));
    const sending = exchange.send();
    if (!integrity) return sending;
    return sending.then((response) => verifyIntegrity(response, integrity, request.cancellation));
  }

  /** The exchange of a request, on its way to the server. */
  #exchange(request: Outgoing, upload: Upload, found: FoundHeaders): Exchange {
    const { method, url, headers, options } = request;
    const init = options.init as ConnectionInit; // By `readConnection`.
    const dispatcher = init.dispatcher ?? this.#dispatcher ?? this.#globalDispatcher(init);
    const proxy = this.#proxyFor(request, init, dispatcher);
    const isForProxy = found.proxyAuthorization !== undefined;
    const dispatch = dispatchOptions({
      origin: url.origin,
      path: pathOf(url),
      method,
      headers: isForProxy && !proxy ? withoutProxyAuthorization(headers) : headers,
      body: upload.body,
      // undici would take the TLS name from a `host` header.
      servername: found.host !== undefined && url.protocol === 'https:' ? url.hostname : undefined,
    });
    if (dispatcher) {
      refuseWithDispatcher({ proxy, tls: init.tls, guard: this.#guard });
      const queue = new CustomDispatcherQueue(dispatcher);
      return new CustomDispatcherExchange(queue, request, upload, dispatch);
    }
    const pool = this.#poolFor(url, proxy, this.#tlsFor(request, init));
    if (proxy && forwards(proxy, url.protocol)) {
      const forwarded = forwardedBy(proxy, dispatch, url);
      return new ForwardedExchange(proxy, pool, request, upload, forwarded);
    }
    if (proxy && isForProxy)
      throw new InvalidRequestError(
        `The header "proxy-authorization" would reach ${url.origin}: ` +
          "put the proxy's credentials into its URL",
        { request: sentOf(request) },
      );
    return new Exchange(pool, request, upload, dispatch);
  }

  /** By the call or session, else the transport's own. */
  #tlsFor(request: Outgoing, { tls }: ConnectionInit): TlsSettings | undefined {
    if (tls) return tlsFor(request);
    if (!this.#tls) return undefined;
    // What is mounted, or given to a call, is where somebody wants it to be.
    const isOfSession = request.call.state?.connections.given === this;
    return certifiedFor(request, this.#tls, !isOfSession);
  }

  #poolFor(
    { origin, protocol }: UrlParts,
    proxy: ProxyServer | undefined,
    tls: TlsSettings | undefined,
  ): RoutePool {
    const key = proxy || tls ? routeKey({ origin, protocol, proxy, tls }) : origin;
    const { pools } = this.#routes;
    return pools.get(key) ?? this.#routes.open(key, { origin, protocol, proxy, tls });
  }

  /** The application's own, where nothing is said that would not reach it. */
  #globalDispatcher({ proxy, tls }: ConnectionInit): DispatcherLike | undefined {
    return this.#isDefault && !proxy && !tls ? globalDispatcher() : undefined;
  }

  /**
   * The proxy of a hop: by the call or session, else the transport's own, else the environment's.
   */
  #proxyFor(
    { call, url }: Outgoing,
    init: ConnectionInit,
    dispatcher: DispatcherLike | undefined,
  ): ProxyServer | undefined {
    let settings = init.proxy ?? this.#proxy;
    // The environment knows nothing of those that have a way of their own. Its proxy was read as
    // the option is.
    if (settings === undefined && !dispatcher && this.#socketPath === undefined)
      settings = call.state?.environment?.proxy as ProxySettings | undefined;
    const proxy = settings ? settings.choose(url) : undefined;
    if (proxy) refuseWithProxy(this.#guard, this.#socketPath);
    return proxy;
  }

  get capabilities(): TransportCapabilities {
    const dispatcher = this.#dispatcher ?? (this.#isDefault && globalDispatcher());
    return {
      proxy: !this.#dispatcher && !this.#guard && this.#socketPath === undefined,
      tls: !this.#dispatcher,
      decompress: true,
      uploadStreams: true,
      uploadProgress: true,
      timings: !dispatcher,
    };
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

/**
 * The transport of sessions that were given none. What an application has set by undici's
 * `setGlobalDispatcher` goes before its pools.
 */
export const defaultTransport = (): Transport => new UndiciTransport({}, true);

const isUndiciTransport = (transport: Transport): transport is UndiciTransport =>
  isInternal(transport) && 'stats' in transport;

/** What a transport of this kind holds; `undefined` for any other. */
export function transportStats(transport?: Transport): UndiciTransport['stats'] | undefined {
  return transport && isUndiciTransport(transport) ? transport.stats : undefined;
}

/** Path and query as a request names them: a `?` with nothing behind it is kept. */
function pathOf({ href, pathname, search }: UrlParts): string {
  return pathname + (search || (href.endsWith('?') ? '?' : ''));
}
