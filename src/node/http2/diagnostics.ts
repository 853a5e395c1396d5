/**
 * What undici tells of its requests on channels of `node:diagnostics_channel`, told of those over
 * HTTP/2 in the same words, so that what observes one observes the other.
 */
import { channel } from 'node:diagnostics_channel';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { isObserved, runWithin } from '../exchange/call-context.ts';
import type { Exchange } from '../exchange/exchange.ts';

const channels = {
  create: channel('undici:request:create'),
  sendHeaders: channel('undici:client:sendHeaders'),
  bodyChunkSent: channel('undici:request:bodyChunkSent'),
  bodySent: channel('undici:request:bodySent'),
  headers: channel('undici:request:headers'),
  bodyChunkReceived: channel('undici:request:bodyChunkReceived'),
  trailers: channel('undici:request:trailers'),
  error: channel('undici:request:error'),
  beforeConnect: channel('undici:client:beforeConnect'),
  connected: channel('undici:client:connected'),
  connectError: channel('undici:client:connectError'),
};

/** The members of undici's request that its documentation names. */
class ObservedRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  /** Names and values in turn; what is added before it is sent, is sent. */
  readonly headers: string[];
  completed = false;
  aborted = false;

  constructor({ origin, path, method, headers }: Exchange['dispatchOptions']) {
    this.origin = origin;
    this.path = path;
    this.method = method;
    this.headers = [...headers];
  }

  /** @throws {TypeError} for a name or a value that no header has. */
  addHeader(name: string, value: string): this {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    const lowerCase = name.toLowerCase();
    const at = this.headers.findIndex((given, i) => i % 2 === 0 && given === lowerCase);
    // One list of both (RFC 9110, section 5.3).
    if (at < 0) this.headers.push(lowerCase, value);
    else this.headers[at + 1] += `, ${value}`;
    return this;
  }
}

/** One sending of a request, as those see it who observe. */
export class RequestDiagnostics {
  readonly #exchange: Exchange;
  readonly #request: ObservedRequest;

  /** Of an exchange that is about to be sent; `undefined` where nobody observes. */
  static of(exchange: Exchange): RequestDiagnostics | undefined {
    return isObserved() ? new RequestDiagnostics(exchange) : undefined;
  }

  private constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#request = new ObservedRequest(exchange.dispatchOptions);
    this.#publish('create');
  }

  /** The headers to send. */
  get headers(): readonly string[] {
    return this.#request.headers;
  }

  #publish(name: keyof typeof channels, more?: object): void {
    const { [name]: to } = channels;
    if (!to.hasSubscribers) return;
    runWithin(this.#exchange.context, () => to.publish({ request: this.#request, ...more }));
  }

  onHeadersSent(sent: OutgoingHttpHeaders, socket: TLSSocket): void {
    const lines = Object.entries(sent).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    this.#publish('sendHeaders', { headers: lines.join(''), socket });
  }

  onChunkSent(chunk: Uint8Array | string): void {
    this.#publish('bodyChunkSent', { chunk });
  }

  onBodySent(): void {
    this.#publish('bodySent');
  }

  /** HTTP/2 has no reason phrase. */
  onHeaders(statusCode: number, raw: readonly string[]): void {
    this.#publish('headers', { response: { statusCode, headers: toBytes(raw), statusText: '' } });
  }

  onChunk(chunk: Uint8Array): void {
    this.#publish('bodyChunkReceived', { chunk });
  }

  onEnd(trailers: readonly string[] = []): void {
    if (this.#request.aborted) return;
    this.#request.completed = true;
    this.#publish('trailers', { trailers: toBytes(trailers) });
  }

  onError(error: unknown): void {
    const { completed, aborted } = this.#request;
    if (completed || aborted) return;
    this.#publish('error', { error });
    this.#request.aborted = true;
  }
}

/** As undici has what it receives. */
function toBytes(raw: readonly string[]): Buffer[] {
  return raw.map((text) => Buffer.from(text, 'latin1'));
}

/** Tells of a connection on its way to an origin. */
export function publishConnection(
  name: 'beforeConnect' | 'connected' | 'connectError',
  { host, hostname, protocol, port }: URL,
  outcome: { readonly socket?: TLSSocket; readonly error?: Error } = {},
): void {
  const { [name]: to } = channels;
  if (!to.hasSubscribers) return;
  const { socket } = outcome;
  const version = socket && (socket.alpnProtocol === 'h2' ? 'h2' : 'h1');
  const connectParams = { host, hostname, protocol, port, version, servername: hostname };
  to.publish({ connectParams, ...outcome });
}
