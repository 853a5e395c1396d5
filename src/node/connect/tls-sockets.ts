import { isIP } from 'node:net';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { nullPrototype } from '../../options/null-prototype.ts';
import type { Endpoint } from './connector.ts';
import { onread } from './read-buffer.ts';
import { type SocketRoute, tuneSocket } from './tcp-socket.ts';

/** How TLS is spoken on the sockets of one connector. */
export interface TlsConnectOptions {
  /** For `tls.connect()`; without them Node's defaults hold. */
  readonly options?: ConnectionOptions | undefined;
  /** HTTP/2 is offered by ALPN beside HTTP/1.1. */
  readonly offersHttp2?: boolean;
}

/** Endpoints whose last session is kept, so that the next handshake is a short one. */
const maxSessions = 100;
/** Bytes that may wait unread: those of one TLS record. */
const highWaterMark = 16 * 1024;

/**
 * Opens TLS sockets under one setting, and resumes the sessions that were begun under it (RFC 8446,
 * section 2.2). Sessions are never shared between settings: a resumed one is not verified again.
 */
export class TlsSockets {
  readonly #route: SocketRoute;
  readonly #options: ConnectionOptions;
  readonly #protocols: string[];
  /** By endpoint, the oldest first. */
  readonly #sessions = new Map<string, Buffer>();

  constructor(route: SocketRoute, { options, offersHttp2 = false }: TlsConnectOptions) {
    this.#route = route;
    this.#options = nullPrototype(options);
    this.#protocols = offersHttp2 ? ['http/1.1', 'h2'] : ['http/1.1'];
  }

  /** Begins to open a socket with TLS on it. */
  open({ hostname, port, servername, httpSocket }: Endpoint): TLSSocket {
    const name = this.#options.servername ?? serverNameOf(hostname, servername);
    const key = `${name ?? hostname}:${port}`;
    const options = nullPrototype<ConnectionOptions>(this.#route, this.#options, {
      host: hostname,
      port: port || 443,
      servername: name,
      socket: httpSocket,
      session: this.#sessions.get(key),
      secureContext: this.#options.secureContext ?? defaultContext(),
      ALPNProtocols: this.#protocols,
      highWaterMark,
      onread,
      // The exchange keeps the time.
      timeout: 0,
    });
    const socket = tls.connect(options);
    socket.on('session', (session) => this.#keep(key, session));
    return tuneSocket(socket);
  }

  #keep(key: string, session: Buffer): void {
    this.#sessions.delete(key);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size < maxSessions) break;
      this.#sessions.delete(oldest);
    }
    this.#sessions.set(key, session);
  }
}

/** An address is verified as what it is, and not sent as a name (RFC 6066, section 3). */
function serverNameOf(hostname: string, servername: string | null | undefined): string | undefined {
  return isIP(hostname) === 0 ? servername || hostname : undefined;
}

/**
 * Node's own context for `tls.connect()`. Node would make it from a copy of the options that has a
 * prototype, where a polluted `ca` would be trusted. It is made for each socket, as Node does: the
 * program may change Node's defaults at any time.
 */
function defaultContext(): tls.SecureContext {
  return tls.createSecureContext(nullPrototype({ ciphers: tls.DEFAULT_CIPHERS }));
}
