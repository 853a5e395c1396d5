/** One exchange on a stream of an HTTP/2 connection. */
import { type ClientHttp2Stream, constants } from 'node:http2';
import { getHeader } from '../../request/headers.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeChannel, ExchangeController } from '../exchange/exchange-channel.ts';
import type { Opening } from '../connect/opening.ts';
import { isMisdirected, RefusedError } from '../exchange/resend.ts';
import { fieldOf, type ResponseHeaders } from '../response/undici-response.ts';
import { RequestDiagnostics } from './diagnostics.ts';
import { toHttp2Headers } from './headers.ts';
import type { StreamConnection } from './stream-connection.ts';
import { listen, listenToData, type StreamListener } from './stream-events.ts';
import { isWholeByLength, resetCode, deferReset } from './node-workarounds.ts';
import { writeBody } from './upload.ts';
import { isBytes } from '../../request/host/brand.ts';

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_REFUSED_STREAM } = constants;
const none = new Uint8Array();

export class Http2Stream implements ExchangeChannel<Exchange>, ExchangeController, StreamListener {
  exchange: Exchange | undefined;
  /** END_STREAM was seen: the response is complete. */
  isComplete = false;
  readonly opening: Opening | undefined;
  readonly authorized: boolean;
  readonly #connection: StreamConnection<Http2Stream>;
  #nodeStream: ClientHttp2Stream | undefined;
  #uploads = false;
  /** Where somebody observes. */
  #diagnostics: RequestDiagnostics | undefined;
  #error: Error | undefined;
  /** What the connection had sent when this stream began. */
  #sentBefore = 0;
  /** What the connection had received when this stream began, and when something came for it. */
  #receivedAtLastSign = 0;
  #headers: ResponseHeaders | undefined;
  rawHeaders: string[] | undefined;
  rawTrailers: string[] | undefined;
  /** Bytes of the body. */
  #size = 0;
  /** It keeps the process alive. */
  #alive = true;

  constructor(connection: StreamConnection<Http2Stream>) {
    this.#connection = connection;
    this.opening = connection.opening;
    this.authorized = connection.socket.authorized;
  }

  get served(): number {
    return this.#connection.served;
  }

  // From the exchange.

  run(exchange: Exchange): void {
    this.exchange = exchange;
    exchange.channel = this;
    const { socket } = this.#connection;
    this.#sentBefore = socket.bytesWritten;
    this.#receivedAtLastSign = socket.bytesRead;
    const { dispatchOptions } = exchange;
    const given = dispatchOptions.body as
      string | Uint8Array | AsyncIterable<Uint8Array | string> | null;
    const body = typeof given === 'string' ? Buffer.from(given) : (given ?? none);
    const whole = isBytes(body) ? body : undefined;
    const said = getHeader(dispatchOptions.headers, 'content-length');
    const length = said === undefined ? whole?.length : Number(said);
    this.#uploads = whole?.length !== 0;
    try {
      this.#nodeStream = this.#open(exchange, length, whole?.length === 0);
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    listen(this.#nodeStream, this);
    exchange.onRequestStart(this);
    this.#send(this.#nodeStream, body);
  }

  #open(exchange: Exchange, length: number | undefined, isEmpty: boolean): ClientHttp2Stream {
    const { dispatchOptions, context } = exchange;
    const { authority, socket } = this.#connection;
    // Who observes has a context to be told in.
    const diagnostics = context && RequestDiagnostics.of(exchange);
    this.#diagnostics = diagnostics;
    const given = diagnostics?.headers ?? dispatchOptions.headers;
    const headers = toHttp2Headers(dispatchOptions, given, authority, length);
    const nodeStream = this.#connection.request(headers, isEmpty);
    diagnostics?.onHeadersSent(headers, socket);
    return nodeStream;
  }

  #send(
    nodeStream: ClientHttp2Stream,
    body: Uint8Array | AsyncIterable<Uint8Array | string>,
  ): void {
    if (!isBytes(body)) {
      writeBody(nodeStream, body, this.#diagnostics).catch((error: Error) => this.#fail(error));
      return;
    }
    try {
      if (body.length) {
        nodeStream.end(body);
        this.#diagnostics?.onChunkSent(body);
      }
      this.#diagnostics?.onBodySent();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  release(): void {
    this.#connection.served++;
    // What is still to be sent is of no use: the server has answered without it.
    if (this.#nodeStream?.writableFinished) this.#leave();
    else this.#reset(NGHTTP2_CANCEL);
  }

  retire(): void {
    if (!this.exchange) return;
    if (!this.#heard) this.#connection.checkAlive();
    this.#reset(resetCode(this.#nodeStream, this.#uploads));
  }

  /** Something has come since this stream began, or since something came for it. */
  get #heard(): boolean {
    return this.#connection.socket.bytesRead !== this.#receivedAtLastSign;
  }

  /** Its place is another's when the server is told that it is over. */
  #reset(code: number): void {
    const nodeStream = this.#nodeStream;
    if (!nodeStream || nodeStream.closed) return this.#leave();
    this.#detach();
    deferReset(nodeStream, code, () => this.#connection.leaveReset(this));
  }

  /** The exchange ends its channel itself, after it has aborted. */
  abort(reason: Error): void {
    this.#diagnostics?.onError(reason);
  }

  pause(): void {
    this.#nodeStream?.pause();
  }

  resume(): void {
    this.#nodeStream?.resume();
  }

  heldUp(): void {
    this.#connection.heldUp();
  }

  ref(alive: boolean): void {
    if (!this.exchange || alive === this.#alive) return;
    this.#alive = alive;
    this.#connection.hold(alive);
  }

  #detach(): void {
    this.ref(false);
    this.exchange = undefined;
  }

  #leave(): void {
    this.#detach();
    this.#connection.leave(this);
  }

  #fail(error: Error): void {
    const { exchange } = this;
    if (!exchange) return;
    this.#diagnostics?.onError(error);
    if (isMisdirected(error)) this.#connection.retire();
    this.retire();
    exchange.fail(error);
  }

  // From Node's stream.

  onHeaders(headers: ResponseHeaders, raw: string[]): void {
    const { exchange } = this;
    if (!exchange) return;
    this.#receivedAtLastSign = this.#connection.socket.bytesRead;
    this.#headers = headers;
    // Without `:status`, which comes first (RFC 9113, section 8.3).
    this.rawHeaders = raw.slice(2);
    const status = Number(raw[1]);
    this.#diagnostics?.onHeaders(status, this.rawHeaders);
    try {
      exchange.onResponseStarted();
      exchange.onResponseStart(this, status, headers);
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    if (status >= 200 && this.exchange && this.#nodeStream) listenToData(this.#nodeStream);
  }

  onData(chunk: Uint8Array): void {
    this.#size += chunk.length;
    this.#receivedAtLastSign = this.#connection.socket.bytesRead;
    this.#diagnostics?.onChunk(chunk);
    this.exchange?.onResponseData(this, chunk);
  }

  onTrailers(raw: string[]): void {
    this.rawTrailers = raw;
  }

  onError(error: Error): void {
    this.#error ??= error;
  }

  /** Nothing more comes. */
  onEnd(): void {
    if (!this.#isWhole) return this.onClose();
    this.#diagnostics?.onEnd(this.rawTrailers);
    this.exchange?.onResponseEnd(this);
  }

  get #isWhole(): boolean {
    const length = fieldOf(this.#headers ?? {}, 'content-length');
    return this.isComplete || isWholeByLength(this.#nodeStream, length, this.#size);
  }

  onClose(): void {
    // Also of a response whose end has come, when its stream was reset before it was read so far.
    if (this.exchange) this.#fail(this.#reason());
  }

  /**
   * It was never sent: streams have no more numbers, or the connection was closed in this moment or
   * has broken off, as Node writes in the next turn of the loop.
   */
  get #isUnsent(): boolean {
    const { id, rstCode } = this.#nodeStream as ClientHttp2Stream;
    const { socket } = this.#connection;
    if (id === undefined || (rstCode === NGHTTP2_REFUSED_STREAM && !this.#heard)) return true;
    return socket.destroyed && socket.bytesWritten === this.#sentBefore;
  }

  /** Why it broke off. */
  #reason(): Error {
    const { id, rstCode } = this.#nodeStream as ClientHttp2Stream;
    const isRefused = rstCode === NGHTTP2_REFUSED_STREAM;
    const isUnsent = this.#isUnsent;
    if (isUnsent) this.#connection.retire();
    if (rstCode === NGHTTP2_ENHANCE_YOUR_CALM && !this.#headers) this.#connection.countExcess();
    if (isUnsent || isRefused || id === undefined || id > this.#connection.lastStreamId)
      return new RefusedError('the server has refused the request', { cause: this.#error });
    if (this.#error) return this.#error;
    if (this.#connection.socket.destroyed)
      return Object.assign(new Error('the server has closed the connection'), {
        code: 'ECONNRESET',
      });
    // For these Node makes no error of its own.
    const code = rstCode === NGHTTP2_CANCEL ? 'CANCEL' : 'NO_ERROR';
    return Object.assign(new Error(`Stream closed with error code NGHTTP2_${code}`), {
      code: 'ERR_HTTP2_STREAM_ERROR',
    });
  }
}
