/** Node's default transport: undici's `dispatch()` with our own handler, pools and clocks. */
import type { buildConnector as BuildConnector } from 'undici';
import { InvalidRequestError, SessionClosedError, UnsupportedError } from '../errors.ts';
import { rulesOf, watch } from '../core/adopt.ts';
import { StreamBody } from '../core/body-source.ts';
import { getHeader, type HeaderList, readHeaders, withType } from '../core/headers.ts';
import { bare, defaults, type Given, mergeOptions, readTimeout } from '../core/options.ts';
import { type Outgoing, Sent } from '../core/request.ts';
import { type ResponseState, SessionResponse } from '../core/response.ts';
import { CallScope } from '../core/scope.ts';
import type { Hooks, Transport, TransportRequest } from '../types.ts';
import { type After, fastSend, type FastTransport } from '../transport/send.ts';
import { AnyExchange, type Carrier, Dispatch, Exchange } from './exchange.ts';
import { IncomingBody } from './incoming-body.ts';
import { verifyIntegrity } from './integrity.ts';
import { type ClientOptions, Pool } from './pool.ts';
import { buildConnector } from './undici.ts';
import { Upload } from './upload.ts';

/** Options of {@link undiciTransport}. Times in ms. */
export interface UndiciTransportOptions {
  /** The most sockets to one origin; further calls queue. Default 256. */
  connections?: number | undefined;
  /** How long an idle socket is kept when the server does not say. Default 4 000. */
  keepAliveTimeout?: number | undefined;
  /** The longest that a server's `Keep-Alive` hint is followed. Default 600 000. */
  keepAliveMaxTimeout?: number | undefined;
  /** Bytes of response headers. Default: Node's `--max-http-header-size`, 16 KiB. */
  maxHeaderSize?: number | undefined;
  /** A Unix domain socket or named pipe instead of TCP. Never taken from a URL. */
  socketPath?: string | undefined;
  /** The local IP address that connections come from. */
  localAddress?: string | undefined;
  /** Resolves host names in the place of `dns.lookup`. */
  lookup?: ((hostname: string, options: object, callback: (error: Error | null, address: string | { address: string; family: number }[], family?: number) => void) => void) | undefined;
  /** Any undici `Dispatcher` of any version (`Agent`, `ProxyAgent`, `MockAgent` …) instead of our own pools. It stays yours: closing the session does not close it. */
  dispatcher?: DispatcherLike | undefined;
}

/** The part of undici's `Dispatcher` that is used. */
export interface DispatcherLike {
  dispatch(options: never, handler: never): boolean;
}

/** Pools of origins that nobody has called for a while are dropped beyond this many. */
const maxIdleOrigins = 256;

/** RFC 9110, section 7.2, without the comma that several hosts would be joined by. */
const oneHost = /^(?:\[[\da-f:.]+\]|[\w.~%!$&'()*+;=-]*)(?::\d*)?$/i;

const noUpload = new Upload(null, undefined);

class UndiciTransport implements FastTransport {
  readonly #pools = new Map<string, Pool>();
  readonly #dispatcher: DispatcherLike | undefined;
  readonly #connections: number;
  readonly #client: ClientOptions;
  #closed = false;

  constructor(options: UndiciTransportOptions) {
    const { connections = 256, dispatcher, lookup, socketPath, localAddress, ...rest } = checked(options);
    this.#dispatcher = dispatcher;
    this.#connections = connections;
    // undici reads its options through the prototype chain: these have none. Its timeouts are off, since the exchange has clocks of its own.
    const connect = buildConnector(Object.assign(ownOptions(), { timeout: 0, ...(lookup && { lookup }), ...(socketPath && { socketPath }) }) as BuildConnector.BuildOptions);
    this.#client = bare<ClientOptions>({ pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect }, rest, localAddress ? { localAddress } : null);
  }

  async send(given: TransportRequest): Promise<Response> {
    const request = detached(given);
    const response = await this[fastSend](request, request.headers, (_, made) => made);
    SessionResponse.stateOf(response).join = function joinCall(to) {
      join(this, response.headers, to);
    };
    watch(response);
    return response;
  }

  [fastSend](request: Outgoing, headers: HeaderList, after: After): Promise<SessionResponse> {
    const { body, options } = request;
    if (this.#closed) throw new SessionClosedError();
    const { init } = options as { init: Record<string, unknown> };
    if (init !== defaults.init) refuseForeign(init);
    const verified: After = options.integrity ? async (hop, response) => after(hop, await verifyIntegrity(response, options.integrity as string)) : after;
    return this.#send(request, headers, body === null && !options.onUploadProgress ? noUpload : new Upload(body, options.onUploadProgress), verified);
  }

  #send(request: Outgoing, given: HeaderList, upload: Upload, after: After): Promise<SessionResponse> {
    const { method, url, options } = request;
    let headers = withType(given, upload.contentType);
    if (upload.contentLength !== undefined && getHeader(headers, 'content-length') === undefined) headers = [...headers, 'content-length', String(upload.contentLength)];

    const { origin } = url;
    // undici would take the TLS name from a `host` header.
    const host = getHeader(headers, 'host');
    if (host !== undefined && !oneHost.test(host)) throw new InvalidRequestError('The header "host" must be one host, with or without a port', { request: new Sent(method, url, headers) });
    const servername = url.protocol === 'https:' && host !== undefined ? url.hostname : undefined;
    const dispatch = new Dispatch(origin, url.pathname + url.search, method, headers, upload.body, servername);
    const sent = new Sent(method, url, headers);
    const dispatcher = (options.init as { dispatcher?: DispatcherLike }).dispatcher ?? this.#dispatcher;
    return (dispatcher ? new AnyExchange(new Foreign(dispatcher), request, sent, upload, dispatch, after) : new Exchange(this.#pool(origin), request, sent, upload, dispatch, after)).send();
  }

  #pool(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (!pool) {
      if (this.#pools.size >= maxIdleOrigins) for (const [key, old] of this.#pools) if (old.empty) this.#pools.delete(key);
      this.#pools.set(origin, pool = new Pool(origin, { connections: this.#connections, client: this.#client }));
    }
    return pool;
  }

  get stats(): { sockets: number; queued: number; unreadBodies: number } {
    const stats = { sockets: 0, queued: 0, unreadBodies: 0 };
    for (const pool of this.#pools.values()) {
      stats.sockets += pool.sockets;
      stats.queued += pool.queued;
      stats.unreadBodies += pool.unread;
    }
    return stats;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#pools.values(), (pool) => pool.close()));
  }

  async destroy(reason: unknown = new SessionClosedError()): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#pools.values(), (pool) => pool.destroy(reason)));
  }
}

/**
 * What Node's `net.connect` and `tls.connect` read, each an own property: undici copies them into an object that has a prototype, where somebody may
 * have left a certificate authority. What Node or undici set by themselves is not among them; neither is `timeout`, which undici keeps for itself.
 */
const socketOptions = [
  'allowHalfOpen', 'autoSelectFamily', 'autoSelectFamilyAttemptTimeout', 'blockList', 'family', 'fd', 'handle', 'hints', 'keepAlive', 'keepAliveInitialDelay', 'localPort', 'lookup',
  'manualStart', 'noDelay', 'onread', 'pauseOnCreate', 'signal',
  'construct', 'defaultEncoding', 'destroy', 'encoding', 'final', 'objectMode', 'read', 'readable', 'readableHighWaterMark', 'readableObjectMode', 'writable', 'writableHighWaterMark',
  'writableObjectMode', 'write', 'writev',
  'ALPNCallback', 'allowPartialTrustChain', 'ca', 'cert', 'clientCertEngine', 'crl', 'dhparam', 'ecdhCurve', 'enableTrace', 'honorCipherOrder', 'key', 'maxVersion', 'minVersion', 'passphrase',
  'pfx', 'privateKeyEngine', 'privateKeyIdentifier', 'pskCallback', 'requestOCSP', 'secureContext', 'secureOptions', 'secureProtocol', 'servername', 'sessionIdContext', 'sessionTimeout', 'sigalgs', 'ticketKeys',
];

function ownOptions(): object {
  return bare(Object.fromEntries(socketOptions.map((name) => [name, undefined])));
}

const known = ['connections', 'keepAliveTimeout', 'keepAliveMaxTimeout', 'maxHeaderSize', 'socketPath', 'localAddress', 'lookup', 'dispatcher'];

/** Own properties only, each of them known. */
function checked(options: UndiciTransportOptions): UndiciTransportOptions {
  const own = bare<Record<string, unknown>>(options);
  for (const name in own) {
    if (!known.includes(name)) throw new InvalidRequestError(`undiciTransport(): ${name} is not an option. It takes ${known.join(', ')}`);
    if (own[name] === undefined) delete own[name];
  }
  if (own['dispatcher'] !== undefined && typeof (own['dispatcher'] as DispatcherLike).dispatch !== 'function') throw new InvalidRequestError('undiciTransport(): dispatcher must have a dispatch() method');
  if (own['connections'] !== undefined && !((own['connections'] as number) >= 1)) throw new InvalidRequestError('undiciTransport(): connections must be a whole number above 0');
  return own as UndiciTransportOptions;
}

/** What changes the meaning of a call, and what undici does not know. */
function refuseForeign(init: Record<string, unknown>): void {
  for (const name of ['next', 'cf']) if (init[name] !== undefined) throw new UnsupportedError(`${name} is for a framework's fetch, which undici is not: use fetchTransport()`);
  const { cache } = init;
  if (cache !== undefined && cache !== 'default' && cache !== 'no-store') throw new UnsupportedError(`cache: '${String(cache)}' is not supported in Node: there is no HTTP cache, only 'default' and 'no-store' mean something`);
}

/** A dispatcher of the user's: it queues and connects by itself. */
class Foreign implements Carrier {
  readonly #dispatcher: DispatcherLike;

  constructor(dispatcher: DispatcherLike) {
    this.#dispatcher = dispatcher;
  }

  run(exchange: Exchange): void {
    try {
      this.#dispatcher.dispatch(exchange.dispatchOptions as never, exchange as never);
    } catch (error) {
      exchange.onError(error as Error);
    }
  }

  forget(): void {}
}

/** A request of the public form, outside any call. */
function detached({ method, url, headers, body, signal, timeout, init }: TransportRequest): Outgoing {
  const scope = new DetachedScope();
  if (signal) scope.follow(signal);
  const options = mergeOptions(defaults, { ...init, timeout: readTimeout(timeout), redirect: init.redirect ?? 'manual' } as Given);
  const call = { attempts: 1, context: {}, deadline: Infinity, hooks: bare<Hooks>(), given: undefined, asFetch: false };
  return { call, method, url, headers: [...readHeaders(headers)].flat() as HeaderList, body, options, scope, auth: undefined, cookies: undefined, spent: 0 };
}

/** A session's call takes over what a transport of the user's gave it: its limits, progress and deadlines hold from here, for what has come already too. */
function join(state: ResponseState, headers: Headers, to: Outgoing): void {
  const { call, options } = to;
  delete state.join;
  Object.assign(state, { call, attempts: call.attempts, parseJson: options.parseJson } satisfies Partial<ResponseState>);
  const { source, request } = state;
  if (!source) return;
  if (source.used || source.locked) throw new InvalidRequestError('A transport gave a Response whose body was read already: give response.clone()', { request });
  const rules = rulesOf(to, request, headers);
  if (source instanceof IncomingBody) source.join(rules);
  else state.source = new StreamBody(source.stream(), rules);
}

class DetachedScope extends CallScope {
  override onIdle(): void {
    this.release();
  }
}

/**
 * The transport of Node: connections are kept and reused, bodies are streamed with back-pressure, `gzip`, `deflate`, `br` and, where Node has it,
 * `zstd` are decoded.
 *
 * ```ts
 * import { Session } from 'isosession';
 * import { undiciTransport } from 'isosession/node';
 *
 * const api = new Session({ transport: undiciTransport({ connections: 16 }) });
 * ```
 *
 * @throws {InvalidRequestError} for an unknown option.
 */
export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  return new UndiciTransport(options);
}

/** What a transport of this kind holds; `undefined` for any other. */
export function statsOf(transport: Transport | undefined): { sockets: number; queued: number; unreadBodies: number } | undefined {
  return transport instanceof UndiciTransport ? transport.stats : undefined;
}
