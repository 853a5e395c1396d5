/** How a connection came to be: when each phase was over, and what it leads to. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ConnectionInfo } from '../../types/response.ts';
import { now } from '../../cancellation/shared-deadline.ts';

/** What is known of a connection whoever uses it. */
type Facts = Omit<ConnectionInfo, 'reused'>;

/** By socket: TLS over a proxy's tunnel goes on with that of the socket below. */
const openings = new WeakMap<Socket, Opening>();

/** The opening of one connection, from the lookup of a name to the end of TLS. */
export class Opening {
  readonly #startedAt = now();
  #lookedUpAt = this.#startedAt;
  /** Connected, and what is left is TLS. */
  #connectedAt = 0;
  #readyAt = 0;
  /** Known since it was ready for a request. */
  facts: Facts | undefined;

  /** That of a socket that is being opened, `below` which there may be another one's tunnel. */
  static begin(socket: Socket, below: Socket | undefined): void {
    const opening = (below && openings.get(below)) ?? new Opening();
    openings.set(socket, opening);
    if (below) opening.#connectedAt = now();
    else opening.#watch(socket);
  }

  /** That of a socket that is ready for a request. */
  static end(socket: Socket): Opening | undefined {
    const opening = openings.get(socket);
    if (opening && !opening.facts) opening.#complete(socket);
    return opening;
  }

  #watch(socket: Socket): void {
    socket.once('lookup', () => (this.#lookedUpAt = now()));
    socket.once('connect', () => (this.#connectedAt = now()));
  }

  #complete(socket: Socket): void {
    this.#readyAt = now();
    const { remoteAddress, remotePort, localPort } = addressesOf(socket);
    const secure = socket instanceof TLSSocket ? socket : undefined;
    // A proxy's answers come after its own TLS.
    if (!secure) this.#connectedAt = this.#readyAt;
    const alpn = secure?.alpnProtocol || undefined;
    this.facts = {
      httpVersion: alpn === 'h2' ? '2' : '1.1',
      remoteAddress,
      remotePort,
      localPort,
      alpn,
      tlsVersion: secure?.getProtocol() ?? undefined,
    };
  }

  /** What of it has passed since somebody began to wait, in ms. */
  phasesSince(moment: number): { dns: number; connect: number; tls: number } {
    const since = (from: number, to: number): number => Math.max(to - Math.max(from, moment), 0);
    return {
      dns: since(this.#startedAt, this.#lookedUpAt),
      connect: since(this.#lookedUpAt, this.#connectedAt),
      tls: since(this.#connectedAt, this.#readyAt),
    };
  }
}

/**
 * A socket remembers the addresses that it is asked for, on itself. It is to be asked once more
 * when it has ended, as one that was reset has none: what it would remember is kept beside it. An
 * object that has the socket as its prototype would do, but that slows down every later access to
 * the socket (3 µs a call).
 */
export function addressesOf(
  socket: Socket,
): Pick<ConnectionInfo, 'remoteAddress' | 'remotePort' | 'localPort'> {
  const notes = {};
  const view = new Proxy(socket, {
    get: (_, name, receiver) =>
      Object.hasOwn(notes, name) ? Reflect.get(notes, name) : Reflect.get(socket, name, receiver),
    set: (_, name, value) => Reflect.set(notes, name, value),
  });
  const { remoteAddress, remotePort, localPort } = view;
  return { remoteAddress, remotePort, localPort };
}
