/**
 * Where calls run: a pool for each origin and each way of getting there, so that no call gets a
 * socket that was opened under other terms.
 */
import { maxHeaderSize as defaultHeaderSize } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectCallback, Connector } from '../connect/connector.ts';
import { directConnector } from '../connect/direct-connector.ts';
import { Http2Pool } from '../http2/pool.ts';
import type { ClientOptions } from '../http1/connection.ts';
import { Http1Pool, type RoutePool } from '../http1/pool.ts';
import type { ProxyServer } from '../proxy/server.ts';
import { proxyConnector } from '../proxy/proxy-socket.ts';
import { forwards, proxySchemes } from '../proxy/schemes.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';
import { warnUnverified } from '../tls/warn-unverified.ts';
import type { UndiciSettings } from './options.ts';

/** Beyond so many pools, the one that was made first among those that nobody uses makes room. */
const maxPools = 256;

/** ms; as long as undici follows a server's hint at most. */
const defaultConnectionAge = 600_000;

const withHttp2 = 'h2';
const http1Only = 'http/1.1';
/** By no function of the host's that a test may replace. */
const oneMicrotask = Promise.resolve();

/** An origin and the way of getting there. */
export interface Route {
  readonly origin: string;
  readonly protocol: string;
  readonly proxy: ProxyServer | undefined;
  readonly tls: TlsSettings | undefined;
}

/** What tells the pools of two routes apart: of a plain one its origin. */
export function routeKey({ origin, protocol, proxy, tls }: Route): string {
  let key = origin;
  // No origin is written like this: one that is where the proxy is may be connected to under
  // other terms.
  if (proxy) key = `${forwards(proxy, protocol) ? '*' : origin} ${proxy.key}`;
  if (tls && (protocol === 'https:' || proxy?.protocol === 'https:')) key += ` ${tls.id}`;
  return key;
}

export class Routes {
  /** By the keys of their routes. */
  readonly pools = new Map<string, RoutePool>();
  readonly #settings: UndiciSettings;
  /** Of undici's `Client`. Its timeouts are off, since the exchange has clocks of its own. */
  readonly #client: Omit<ClientOptions, 'connect'>;
  /** Of every origin that is reached directly, under Node's own TLS settings. */
  readonly #direct: Connector;
  readonly #maxConnectionAge: number;

  constructor(settings: UndiciSettings) {
    this.#settings = settings;
    const { pipelining = 1, keepAliveTimeout, keepAliveMaxTimeout, maxHeaderSize } = settings;
    this.#client = {
      pipelining,
      ...(keepAliveTimeout !== undefined && { keepAliveTimeout }),
      ...(keepAliveMaxTimeout !== undefined && { keepAliveMaxTimeout }),
      ...(maxHeaderSize !== undefined && { maxHeaderSize }),
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.#direct = directConnector(settings);
    this.#maxConnectionAge = settings.maxConnectionAge ?? defaultConnectionAge;
  }

  /** A pool for a route; of the proxy, where the proxy forwards the request itself. */
  open(key: string, route: Route): RoutePool {
    if (this.pools.size >= maxPools) this.#makeRoom();
    const { origin, protocol, tls } = route;
    if (tls?.verify === false && protocol === 'https:') warnUnverified(origin);
    const pool =
      this.#settings.http2 === true && protocol === 'https:'
        ? this.#http2Pool(route)
        : this.#http1Pool(route);
    this.pools.set(key, pool);
    return pool;
  }

  #http1Pool(route: Route): Http1Pool {
    const { origin, protocol, proxy, tls } = route;
    const isPlain = !proxy && (!tls || protocol === 'http:');
    const connect = isPlain ? this.#direct : this.#connector(route, http1Only);
    return this.#pool(proxy && forwards(proxy, protocol) ? proxy.origin : origin, connect);
  }

  #pool(origin: string, connect: Connector): Http1Pool {
    return new Http1Pool(origin, {
      connections: this.#settings.connections ?? 256,
      maxConnectionAge: this.#maxConnectionAge,
      client: { ...this.#client, connect },
    });
  }

  /**
   * One connection that many calls share, or as many as there are calls: the first one's TLS says
   * which. What connects those offers no HTTP/2, which undici would take up.
   */
  #http2Pool(route: Route): Http2Pool {
    const { origin } = route;
    const { hostname, port, protocol } = new URL(origin);
    const connect = this.#connector(route, withHttp2);
    const { keepAliveTimeout = 4000, maxHeaderSize = defaultHeaderSize } = this.#settings;
    return new Http2Pool(origin, {
      keepAliveTimeout,
      maxConnectionAge: this.#maxConnectionAge,
      maxHeaderSize,
      open(callback) {
        // An address that is refused and a lookup of the user's may be quicker. To an `https:`
        // origin every socket speaks TLS, and what fails to open one throws an error.
        const later: ConnectCallback = (error, socket) =>
          void oneMicrotask.then(() => callback(error, socket as TLSSocket | undefined));
        try {
          return connect({ hostname: hostname.replace(/^\[|\]$/g, ''), port, protocol }, later);
        } catch (error) {
          later(error as Error);
          return () => {};
        }
      },
      fallback: (first) =>
        this.#pool(origin, startingWith(first, this.#connector(route, http1Only))),
    });
  }

  /** What opens sockets to the origin of a route; `offer`: what TLS offers by ALPN. */
  #connector(
    { protocol, proxy, tls }: Route,
    offer: typeof withHttp2 | typeof http1Only,
  ): Connector {
    const settings = this.#settings;
    const toOrigin = directConnector(settings, {
      options: tls?.connectOptions(),
      offersHttp2: offer === withHttp2,
    });
    if (!proxy) return toOrigin;
    const toProxy = proxyConnector(
      proxy,
      directConnector(settings, { options: tls?.proxyOptions() }),
    );
    if (forwards(proxy, protocol)) return toProxy;
    const sockets = { toProxy, overTunnel: toOrigin, lookup: settings.lookup };
    return proxySchemes[proxy.protocol].tunnel(proxy, sockets);
  }

  #makeRoom(): void {
    for (const [key, pool] of this.pools) {
      if (pool.busy) continue;
      this.pools.delete(key);
      void pool.close();
      return;
    }
  }

  /** What all pools hold. */
  get stats(): { sockets: number; queued: number; unreadBodies: number } {
    const stats = { sockets: 0, queued: 0, unreadBodies: 0 };
    for (const pool of this.pools.values()) {
      stats.sockets += pool.sockets;
      stats.queued += pool.queued;
      stats.unreadBodies += pool.unread;
    }
    return stats;
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.pools.values(), (pool) => pool.close()));
  }

  async destroy(reason: unknown): Promise<void> {
    await Promise.all(Array.from(this.pools.values(), (pool) => pool.destroy(reason)));
  }
}

/** Gives a socket that is open already, before it opens others. */
function startingWith(socket: Socket, connect: Connector): Connector {
  let first: Socket | undefined = socket;
  return (to, callback) => {
    if (!first) return connect(to, callback);
    const given = first;
    first = undefined;
    // A connector calls back later.
    void oneMicrotask.then(() => callback(null, given));
    return () => given.destroy();
  };
}
