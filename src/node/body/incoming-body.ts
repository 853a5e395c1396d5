/**
 * A response body as it comes off the wire in Node: collected until somebody reads, held back
 * beyond that.
 */
import { DecodeError } from '../../errors/decode-error.ts';
import { ResponseTooLargeError } from '../../errors/response-too-large-error.ts';
import { SessionClosedError } from '../../errors/session-closed-error.ts';
import { type ErrorDetails, SessionError } from '../../errors/session-error.ts';
import { TimeoutError } from '../../errors/timeout-error.ts';
import type { Cancellable } from '../../cancellation/cancellation.ts';
import { sentOf } from '../../request/sent-request.ts';
import { type Bytes, concat, streamOf } from '../../request/streams.ts';
import { type BodySource, notifyWhenCollected, report } from '../../response/body-source.ts';
import { teeOf } from '../../response/stream-body.ts';
import type { Outgoing } from '../../model.ts';
import { fieldOf, type ResponseHeaders } from '../exchange/undici-response.ts';
import { afterPendingInput } from '../timers/after-pending-input.ts';
import { Deadline } from '../timers/shared-deadline.ts';
import { bombSize, sizeError } from './body-limits.ts';
import { CompressedBody } from './compressed-body.ts';
import type { DecoderSink } from './decoder-stage.ts';
import { bodyTimeout } from '../../options/timeout.ts';

/** An unread body is taken off the wire up to this many bytes, which frees its socket. */
const unreadBuffer = 1024 * 1024;
/** How far a reader of the stream is served ahead. */
const readAhead = 1024 * 1024;
/**
 * What is left of a body that nobody wants is drained up to this many bytes; more costs the
 * connection.
 */
const drainLimit = 64 * 1024;
/** … and for so many ms: it may never end. */
const drainTime = 1000;
/** No chunks; never pushed to. */
const none: Uint8Array[] = [];

/** The exchange below, as its body sees it. */
export interface Wire {
  resume(): void;
  /** Whether it keeps the process alive. */
  ref(alive: boolean): void;
  /** Drops the connection: the body will not be read to its end. */
  drop(): void;
}

/** Its owner hangs it on the call's cancellation, from which it takes itself. */
export class IncomingBody implements BodySource, Cancellable, DecoderSink {
  used = false;
  /** Every byte has come, and what was read of it is right. */
  ended = false;
  readonly #wire: Wire;
  readonly #headers: ResponseHeaders;
  /** What was asked for by this response. */
  readonly #sent: Outgoing;
  /** The request of the call whose limits, progress and deadlines hold. */
  #request: Outgoing;
  readonly #compressed: CompressedBody | undefined;
  #chunks: Uint8Array[] = none;
  #buffered = 0;
  #received = 0;
  #wireBytes = 0;
  #wantsAll = false;
  /** The wire is held back. */
  #paused = false;
  #failed = false;
  #reason: unknown;
  #waiter: { resolve: () => void; reject: (reason: unknown) => void } | undefined;
  #deadline: Deadline | undefined;
  #stream: WeakRef<ReadableStream<Bytes>> | undefined;

  /** `contentEncoding`: what is to be undone of the headers' own. */
  constructor(
    wire: Wire,
    sent: Outgoing,
    headers: ResponseHeaders,
    contentEncoding: string | undefined,
  ) {
    this.#wire = wire;
    this.#sent = this.#request = sent;
    this.#headers = headers;
    if (contentEncoding !== undefined)
      this.#compressed = CompressedBody.of(contentEncoding, this, () => this.#flow());
  }

  /** It holds a connection because nobody reads it. */
  get unread(): boolean {
    return this.#paused && !this.used;
  }

  get url(): string {
    return this.#sent.url.href;
  }

  /** What an error tells of the call. */
  get errorDetails(): ErrorDetails {
    return { request: sentOf(this.#sent), context: this.#request.call.context };
  }

  get locked(): boolean {
    return this.#stream?.deref()?.locked ?? false;
  }

  /** Bytes as they are read, 0 when unknown: the length of what is compressed is another. */
  get #total(): number {
    const isCompressed = fieldOf(this.#headers, 'content-encoding') !== undefined;
    return isCompressed ? 0 : Number(fieldOf(this.#headers, 'content-length')) || 0;
  }

  /** ms without a byte while somebody reads; 0 for none. */
  get #timeout(): number {
    return bodyTimeout(this.#request.options.timeout, fieldOf(this.#headers, 'content-type'));
  }

  /**
   * Goes on under the rules of another call, which count for what is here already; what ended it
   * before still does.
   */
  attachToCall(request: Outgoing): void {
    this.#request = request;
    if (this.#failed) return;
    const { maxResponseSize: limit, onDownloadProgress: progress } = request.options;
    if (limit !== undefined && this.#received > limit) {
      // Also where the last byte has come, and the connection is another's.
      if (this.ended) {
        this.ended = false;
        this.fail(new ResponseTooLargeError(limit, this.errorDetails));
      } else this.#checkSize(limit);
      return;
    }
    let transferredBytes = 0;
    for (const chunk of this.#chunks) {
      transferredBytes += chunk.length;
      report(progress, transferredBytes, this.#total, chunk);
    }
    if (!this.ended) request.cancellation.attach(this);
  }

  #leave(): void {
    this.#request.cancellation.detach(this);
    if (this.#request !== this.#sent) this.#sent.cancellation.detach(this);
  }

  unref(): void {
    if (!this.used) this.#wire.ref(false);
  }

  /** Somebody reads: from now on the process has something to wait for. */
  #read(): void {
    if (!this.used && !this.ended) this.#wire.ref(true);
    this.used = true;
  }

  // From the wire.

  /** Wire bytes; false holds the sender back. */
  push(chunk: Uint8Array): boolean {
    this.#wireBytes += chunk.length;
    if (this.#failed) {
      if (this.#wireBytes > drainLimit) this.#wire.drop();
      return true;
    }
    let takesMore = true;
    if (this.#compressed) takesMore = this.#compressed.push(chunk);
    else this.data(chunk);
    this.#paused = !takesMore || this.#full;
    return !this.#paused;
  }

  /** The wire has ended as it should. */
  finish(): void {
    if (this.#failed) this.#deadline?.disarm();
    if (this.#compressed && !this.#failed)
      this.#compressed.finish(this.#request.options.maxResponseSize);
    else this.end();
  }

  // From the decoder, or straight from the wire.

  data(chunk: Uint8Array): void {
    if (this.#failed) return;
    // Most bodies are one chunk: an array that grows would take room for many.
    if (this.#chunks.length) this.#chunks.push(chunk);
    else this.#chunks = [chunk];
    this.#buffered += chunk.length;
    this.#received += chunk.length;
    const { maxResponseSize: limit, onDownloadProgress: progress } = this.#request.options;
    if (this.#received > (limit ?? bombSize)) this.#checkSize(limit);
    if (progress) {
      try {
        report(progress, this.#received, this.#total, chunk);
      } catch (error) {
        this.cancel(error);
      }
    }
    if (this.#compressed && this.#full) this.#compressed.pause();
    if (this.#deadline?.armed) this.#startClock();
    if (!this.#wantsAll) this.#waken();
  }

  end(): void {
    if (this.ended || this.#failed) return;
    this.ended = true;
    this.#leave();
    this.#waken();
  }

  error(error: Error): void {
    const details = this.errorDetails;
    if (SessionError.is(error)) {
      this.fail(Object.assign(error, details));
    } else {
      const message = 'The response body is not what its content-encoding says';
      this.fail(new DecodeError(message, { ...details, cause: error }));
    }
    this.#wire.drop();
  }

  /** Readers reject; what was collected is dropped, as a body never ends short without an error. */
  fail(reason: unknown): void {
    if (this.ended || this.#failed) return;
    this.#failed = true;
    this.#reason = reason;
    this.#chunks = none;
    this.#compressed?.destroy();
    this.#leave();
    this.#deadline?.disarm();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(reason);
  }

  cancel(reason: unknown): void {
    if (this.ended || this.#failed) return;
    this.fail(reason);
    this.#wire.drop();
  }

  /** Nobody wants it: what little is left is drained, which keeps the connection. */
  discard(): void {
    if (this.ended) {
      this.used = true;
      this.#chunks = none;
    }
    if (this.ended || this.#failed) return;
    this.fail(new SessionClosedError('The body was discarded'));
    if (this.#wireBytes + this.#total > drainLimit) this.#wire.drop();
    else {
      this.#wire.ref(false);
      (this.#deadline ??= new Deadline(this)).arm(drainTime);
      this.#flow();
    }
  }

  /** The connections are being closed: a body that nobody reads does not hold them up. */
  close(): void {
    if (this.#failed) this.#wire.drop();
    else if (!this.used && !this.locked)
      this.cancel(new SessionClosedError('The session was closed before this body was read'));
  }

  onCollected(): void {
    if (!this.#wantsAll && !this.#stream?.deref()) this.discard();
  }

  get #full(): boolean {
    return !this.#wantsAll && this.#buffered >= (this.used ? readAhead : unreadBuffer);
  }

  #checkSize(limit: number | undefined): void {
    const isCompressed = this.#compressed !== undefined;
    const [wireBytes, decodedBytes] = [this.#wireBytes, this.#received];
    const error = sizeError({ limit, isCompressed, wireBytes, decodedBytes });
    if (error) this.error(error);
  }

  #flow(): void {
    if (this.#full && !this.#failed) return;
    if (!this.#failed) this.#compressed?.resume();
    if (!this.#paused) return;
    this.#paused = false;
    this.#wire.resume();
  }

  // To the reader.

  #waken(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    this.#waiter = undefined;
    this.#deadline?.disarm();
    waiter.resolve();
  }

  #startClock(): void {
    const timeout = this.#timeout;
    if (timeout) (this.#deadline ??= new Deadline(this)).arm(timeout);
  }

  expire(): void {
    if (this.#failed) return this.#wire.drop();
    const received = this.#received;
    // The loop may have been blocked: what has come meanwhile counts.
    afterPendingInput(() => {
      if (!this.#waiter) return;
      if (this.#received !== received) this.#startClock();
      else this.cancel(new TimeoutError('body', this.#timeout, this.errorDetails));
    });
  }

  /** Waits for a chunk, or with `wantsAll` for the end. */
  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      if (this.#compressed && !this.#compressed.flush()) this.#paused = true;
      this.#startClock();
      this.#flow();
    });
  }

  #take(): Bytes | undefined {
    const chunk = this.#chunks.shift();
    if (!chunk) return undefined;
    this.#buffered -= chunk.length;
    if (this.#paused && this.#buffered < readAhead / 2) this.#flow();
    const { buffer, byteLength } = chunk;
    // One that lies among others, headers or what a decoder writes next is copied: whoever
    // transfers it must not take them along.
    return byteLength === buffer.byteLength
      ? new Uint8Array(buffer as ArrayBuffer)
      : new Uint8Array(chunk);
  }

  #next(): Bytes | undefined | Promise<Bytes | undefined> {
    if (this.#failed) return Promise.reject(this.#reason);
    if (this.#chunks.length) return this.#take();
    return this.ended ? undefined : this.#more().then(() => this.#next());
  }

  async #all(): Promise<Uint8Array[]> {
    this.#read();
    this.#wantsAll = true;
    while (!this.ended) {
      if (this.#failed) throw this.#reason;
      await this.#more();
    }
    const chunks = this.#chunks;
    this.#chunks = none;
    return chunks;
  }

  async bytes(): Promise<Bytes> {
    return concat(await this.#all());
  }

  text(): string | Promise<string> {
    if (!this.ended) return this.#all().then(decode);
    this.used = true;
    const chunks = this.#chunks;
    this.#chunks = none;
    return decode(chunks);
  }

  async peek(limit: number): Promise<Uint8Array | undefined> {
    if (!this.ended) this.#wire.ref(true);
    while (!this.ended && this.#buffered <= limit) {
      if (this.#failed) throw this.#reason;
      if (this.#full) break;
      await this.#more();
    }
    return this.ended && this.#buffered <= limit ? concat(this.#chunks) : undefined;
  }

  stream(): ReadableStream<Bytes> {
    let stream = this.#stream?.deref();
    if (!stream) {
      stream = streamOf(
        () => {
          this.#read();
          return this.#next();
        },
        (reason) => {
          this.used = true;
          this.cancel(reason);
        },
      );
      notifyWhenCollected(stream, this);
      this.#stream = new WeakRef(stream);
    }
    return stream;
  }

  tee(): [BodySource, BodySource] {
    const { cancellation, call } = this.#request;
    const request = sentOf(this.#sent);
    return teeOf(this.stream(), {
      timeout: 0,
      total: 0,
      cancellation,
      request,
      context: call.context,
    });
  }
}

function decode(chunks: readonly Uint8Array[]): string {
  const bytes = (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)) as Buffer;
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    ? toText(bytes.subarray(3))
    : toText(bytes);
}

function toText(bytes: Uint8Array): string {
  // What undici gives is a Buffer; what a decoder gives may be any bytes.
  return (
    Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  ).toString();
}
