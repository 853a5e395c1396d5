/** Node's default transport: undici's `dispatch()` with our own handler, pools and clocks. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { SessionClosedError } from '../../errors/session-closed-error.ts';
import { sentOf } from '../../request/sent-request.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { discardWhenCollected, whenAttached } from '../../response/wrap-response.ts';
import { type InternalTransport, sendInternal } from '../../transports/internal-transport.ts';
import type { Transport, TransportRequest } from '../../types/transport.ts';
import { filterHeaders, type HeaderList } from '../../request/headers.ts';
import type { UrlParts } from '../../request/url.ts';
import type { Outgoing } from '../../model.ts';
import { acceptEncoding } from '../body/codings.ts';
import { verifyIntegrity } from '../body/integrity.ts';
import { Upload } from '../upload/upload.ts';
import type { Guard } from '../connect/guard.ts';
import { currentContext, isObserved } from '../exchange/call-context.ts';
import { dispatchOptions } from '../exchange/dispatch-options.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { RoutePool } from '../http1/pool.ts';
import { forwardedBy, ForwardedExchange } from '../proxy/forwarded-exchange.ts';
import { forwards } from '../proxy/schemes.ts';
import type { ProxyServer } from '../proxy/server.ts';
import type { ProxySettings } from '../proxy/settings.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';
import { certifiedFor, type ConnectionInit, tlsFor } from './connection-options.ts';
import { CustomDispatcherExchange, CustomDispatcherQueue } from './custom-dispatcher.ts';
import { globalDispatcher } from './global-dispatcher.ts';
import { type DispatcherLike, readUndiciOptions, type UndiciTransportOptions } from './options.ts';
import { refuseFrameworkOptions, refuseWithDispatcher, refuseWithProxy } from './refuse-options.ts';
import { routeKey, Routes } from './routes.ts';
import { attachToCall, standaloneRequest, withBoundProgress } from './standalone-request.ts';
import { defaults } from '../../options/defaults.ts';

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
  readonly #hasLookup: boolean;
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
    this.#hasLookup = settings.lookup !== undefined;
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
    const { body, headers, options } = given;
    if (options.init !== defaults.init) refuseFrameworkOptions(options.init);
    const { onUploadProgress, integrity } = options;
    const upload =
      body === null && !onUploadProgress ? noUpload : new Upload(body, onUploadProgress);
    const found = scanHeaders(headers);
    const completed = completeHeaders(headers, found, upload);
    const bound = options.onDownloadProgress ? withBoundProgress(given) : given;
    const request = completed === headers ? bound : { ...bound, headers: completed };
    if (found.host !== undefined && !oneHost.test(found.host))
      throw new InvalidRequestError('The header "host" must be one host, with or without a port', {
        request: sentOf(request),
      });
    const exchange = this.#exchange(request, upload, found);
    if (this.#hasLookup || isObserved()) exchange.context = currentContext();
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
    const dispatch = dispatchOptions({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: proxy ? headers : withoutProxyAuthorization(headers, found),
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
    if (proxy && found.proxyAuthorization !== undefined)
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

/** What undici and the connection say themselves, or nobody does (RFC 9110, section 7.6.1). */
const ofConnection: ReadonlySet<string | undefined> = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);

/** What one pass over the headers has found. */
interface FoundHeaders {
  /** Some belong to one connection of HTTP/1.1. */
  isOfConnection: boolean;
  host: string | undefined;
  proxyAuthorization: string | undefined;
  hasRange: boolean;
  hasContentType: boolean;
  hasContentLength: boolean;
  /** The index of `accept-encoding`, where it is our own default. */
  defaultEncodingAt: number;
}

function scanHeaders(list: HeaderList): FoundHeaders {
  const found: FoundHeaders = {
    isOfConnection: false,
    host: undefined,
    proxyAuthorization: undefined,
    hasRange: false,
    hasContentType: false,
    hasContentLength: false,
    defaultEncodingAt: -1,
  };
  for (let i = 0; i < list.length; i += 2) {
    switch (list[i]) {
      case 'host':
        found.host = list[i + 1];
        break;
      case 'proxy-authorization':
        found.proxyAuthorization = list[i + 1];
        break;
      case 'range':
        found.hasRange = true;
        break;
      case 'content-type':
        found.hasContentType = true;
        break;
      case 'content-length':
        found.hasContentLength = true;
        break;
      case 'accept-encoding':
        if (list[i + 1] === acceptEncoding) found.defaultEncodingAt = i;
        break;
      default:
        if (ofConnection.has(list[i])) found.isOfConnection = true;
    }
  }
  return found;
}

/** The list with what the transport adds, or the same list. */
function completeHeaders(
  list: HeaderList,
  found: FoundHeaders,
  { contentType, contentLength }: Upload,
): HeaderList {
  let headers = list;
  if (contentType !== undefined && !found.hasContentType)
    headers = [...headers, 'content-type', contentType];
  if (contentLength !== undefined && !found.hasContentLength)
    headers = [...headers, 'content-length', String(contentLength)];
  // A part of what is compressed cannot be decoded (Fetch standard, HTTP-network-or-cache fetch).
  if (found.hasRange && found.defaultEncodingAt >= 0) {
    headers = [...headers];
    headers[found.defaultEncodingAt + 1] = 'identity';
  }
  return found.isOfConnection ? filterHeaders(headers, (name) => !ofConnection.has(name)) : headers;
}

/** Where no proxy stands between, the origin would see what is meant for one. */
function withoutProxyAuthorization(list: HeaderList, found: FoundHeaders): HeaderList {
  if (found.proxyAuthorization === undefined) return list;
  return filterHeaders(list, (name) => name !== 'proxy-authorization');
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

/** What a transport of this kind holds; `undefined` for any other. */
export function transportStats(
  transport: Transport | undefined,
): { sockets: number; queued: number; unreadBodies: number } | undefined {
  return transport instanceof UndiciTransport ? transport.stats : undefined;
}
