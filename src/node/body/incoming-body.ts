/**
 * A response body as it comes off the wire in Node: collected until somebody reads, held back
 * beyond that.
 */
import { DecodeError } from '../../errors/decode-error.ts';
import { ResponseTooLargeError } from '../../errors/response-too-large-error.ts';
import { SessionClosedError } from '../../errors/session-closed-error.ts';
import { assignCall, type ErrorDetails, SessionError } from '../../errors/session-error.ts';
import { terminated } from '../../errors/terminated.ts';
import { TimeoutError } from '../../errors/timeout-error.ts';
import { bodyTimeout } from '../../options/timeout.ts';
import type { Cancellable, Cancellation } from '../../cancellation/cancellation.ts';
import { sentOf } from '../../request/sent-request.ts';
import { type BodyRules, report, reportEnd } from '../../response/body/body-source.ts';
import type { Outgoing } from '../../model.ts';
import { fieldOf, type ResponseHeaders } from '../response/undici-response.ts';
import { afterPendingInput } from '../timers/after-pending-input.ts';
import { SharedDeadline } from '../../cancellation/shared-deadline.ts';
import { append, queueing } from './chunk-queues.ts';
import { bombSize, drainLimit, drainTime, sizeError, unreadBuffer } from './body-limits.ts';
import { BodyReader, noChunks, readAhead } from './body-reader.ts';
import { CompressedBody } from './compressed-body.ts';
import type { DecoderSink } from './decoder-stage.ts';
import { refuseTransferCoding } from '../response/transfer-coding.ts';
import type { Wire } from './wire.ts';

/** Any but the call's own follows a signal that was given it on the way. */
const followsSignal = ({ call, cancellation }: Outgoing): boolean =>
  Boolean(call.given?.signal) || cancellation !== (call as object);

/** Its owner hangs it on the call's cancellation, from which it takes itself. */
export class IncomingBody extends BodyReader implements Cancellable, DecoderSink {
  readonly #wire: Wire;
  readonly #headers: ResponseHeaders;
  /** What was asked for by this response. */
  readonly #sent: Outgoing;
  /** The request of the call whose limits, progress and deadlines hold. */
  #request: Outgoing;
  protected cancellation: Cancellation;
  protected followsSignal: boolean;
  readonly #compressed: CompressedBody | undefined;
  /** Bytes off the wire, and of them when decoded. */
  #wireBytes = 0;
  #received = 0;
  /** The wire is held back. */
  #paused = false;
  #deadline: SharedDeadline | undefined;

  /**
   * `isRead`: somebody may read it, and gets it decoded unless the call has `decompress: false`.
   *
   * @throws {DecodeError} for codings that cannot be undone.
   */
  constructor(wire: Wire, sent: Outgoing, headers: ResponseHeaders, isRead: boolean) {
    super();
    this.#wire = wire;
    this.#sent = this.#request = sent;
    this.cancellation = sent.cancellation;
    this.followsSignal = followsSignal(sent);
    this.#headers = headers;
    const transferCoding = fieldOf(headers, 'transfer-encoding');
    if (transferCoding && transferCoding !== 'chunked') refuseTransferCoding(sent, transferCoding);
    const contentEncoding = fieldOf(headers, 'content-encoding');
    if (isRead && contentEncoding !== undefined && sent.options.init.decompress !== false)
      this.#compressed = CompressedBody.of(contentEncoding, this, () => this.#flow());
  }

  /** It holds a connection because nobody reads it. */
  get unread(): boolean {
    return this.#paused && !this.used;
  }

  /** What an error tells of the call. */
  get errorDetails(): ErrorDetails {
    return { request: sentOf(this.#sent), context: this.#request.call.context };
  }

  /** Bytes as they are read, 0 when unknown: the length of what is compressed is another. */
  get #total(): number {
    return this.#compressed ? 0 : Number(fieldOf(this.#headers, 'content-length')) || 0;
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
    this.cancellation = request.cancellation;
    this.followsSignal = followsSignal(request);
    if (this.failure) return;
    const { maxResponseSize: limit, onDownloadProgress: progress } = request.options;
    if (limit !== undefined && this.#received > limit) {
      // Also where the last byte has come, and the connection is another's.
      if (this.ended) this.failLate(new ResponseTooLargeError(limit, this.errorDetails));
      else this.#checkSize(limit);
      return;
    }
    let transferredBytes = 0;
    for (const chunk of this.chunks) {
      transferredBytes += chunk.length;
      report(progress, transferredBytes, this.#total, chunk);
    }
    if (this.ended) reportEnd(progress, transferredBytes, this.#total);
    else request.cancellation.attach(this);
  }

  #leave(): void {
    this.cancellation.detach(this);
    if (this.#request !== this.#sent) this.#sent.cancellation.detach(this);
  }

  unref(): void {
    if (!this.used) this.#wire.ref(false);
  }

  // From the wire.

  /** Wire bytes; false holds the sender back. */
  push(chunk: Uint8Array): boolean {
    this.#wireBytes += chunk.length;
    if (this.failure) {
      if (this.#wireBytes > drainLimit) this.#wire.drop();
      return true;
    }
    let takesMore = true;
    if (this.#compressed) takesMore = this.#compressed.push(chunk);
    else this.data(chunk);
    this.#paused = !takesMore || this.isFull;
    return !this.#paused;
  }

  /** The wire has ended as it should. */
  finish(): void {
    if (this.failure) this.#deadline?.disarm();
    if (this.#compressed && !this.failure)
      this.#compressed.finish(this.#request.options.maxResponseSize);
    else this.end();
  }

  // From the decoder, or straight from the wire.

  data(chunk: Uint8Array): void {
    if (this.failure) return;
    // Most bodies are one chunk: an array that grows would take room for many.
    if (this.chunks.length) append(this.chunks, chunk);
    else this.chunks = [chunk];
    this.buffered += chunk.length;
    this.#received += chunk.length;
    const { maxResponseSize: limit, onDownloadProgress: progress } = this.#request.options;
    if (this.#received > (limit ?? bombSize)) this.#checkSize(limit);
    if (progress) this.#tryTo(() => report(progress, this.#received, this.#total, chunk));
    if (this.#compressed && this.isFull) this.#compressed.pause();
    if (this.#deadline?.armed) this.#startClock();
    if (!this.wantsAll) this.#wake();
  }

  /** What a callback of the caller's throws ends the body. */
  #tryTo(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.cancel(error);
    }
  }

  end(): void {
    if (this.ended || this.failure) return;
    const progress = this.#request.options.onDownloadProgress;
    if (progress) this.#tryTo(() => reportEnd(progress, this.#received, this.#total));
    if (this.failure) return;
    this.ended = true;
    this.#leave();
    this.#wake();
  }

  error(error: Error): void {
    const details = this.errorDetails;
    const message = 'The response body is not what its content-encoding says';
    const failure = SessionError.is(error)
      ? error
      : new DecodeError(message, { ...details, cause: error });
    assignCall(failure, details);
    const isDecode = failure.code === 'ERR_DECODE';
    this.fail(isDecode ? terminated(failure, this.#request.call) : failure);
    this.#wire.drop();
  }

  /** Readers reject; what was collected is dropped, as a body never ends short without an error. */
  fail(reason: unknown): void {
    if (this.ended || this.failure) return;
    this.failure = { reason };
    this.chunks = noChunks;
    this.#compressed?.destroy();
    this.#leave();
    this.#deadline?.disarm();
    this.#wake();
  }

  cancel(reason: unknown): void {
    if (this.ended || this.failure) return;
    this.fail(reason);
    this.#wire.drop();
  }

  /** Nobody wants it: what little is left is drained, which keeps the connection. */
  discard(): void {
    if (this.ended) {
      this.used = true;
      this.chunks = noChunks;
    }
    if (this.ended || this.failure) return;
    this.fail(new SessionClosedError('The body was discarded', this.errorDetails));
    if (this.#wireBytes + this.#total > drainLimit) this.#wire.drop();
    else {
      this.#wire.ref(false);
      (this.#deadline ??= new SharedDeadline(this)).arm(drainTime);
      this.#flow();
    }
  }

  /** The connections are being closed: a body that nobody reads does not hold them up. */
  close(): void {
    if (this.failure) this.#wire.drop();
    else if (!this.used && !this.locked) {
      const message = 'The session was closed before this body was read';
      this.cancel(new SessionClosedError(message, this.errorDetails));
    }
  }

  protected get isFull(): boolean {
    return !this.wantsAll && this.buffered >= (this.used ? readAhead : unreadBuffer);
  }

  #checkSize(limit: number | undefined): void {
    const isCompressed = this.#compressed !== undefined;
    const decodedBytes = this.#received;
    const error = sizeError({ limit, isCompressed, wireBytes: this.#wireBytes, decodedBytes });
    if (error) this.error(error);
  }

  #flow(): void {
    if (this.isFull && !this.failure) return;
    if (!this.failure) this.#compressed?.resume();
    if (!this.#paused) return;
    this.#paused = false;
    this.#wire.resume();
  }

  #wake(): void {
    const { waiter } = this;
    if (!waiter) return;
    this.waiter = undefined;
    this.#deadline?.disarm();
    waiter();
  }

  #startClock(): void {
    const timeout = this.#timeout;
    if (timeout) (this.#deadline ??= new SharedDeadline(this)).arm(timeout);
  }

  expire(): void {
    if (this.failure) return this.#wire.drop();
    const received = this.#received;
    // The loop may have been blocked: what has come meanwhile counts.
    afterPendingInput(() => {
      if (!this.waiter) return;
      if (this.#received !== received) this.#startClock();
      else this.cancel(new TimeoutError('body', this.#timeout, this.errorDetails));
    });
  }

  protected onRead(): void {
    // From now on the process has something to wait for.
    this.#wire.ref(true);
  }

  protected onWait(): void {
    if (this.#compressed && !this.#compressed.flush()) this.#paused = true;
    this.#startClock();
    this.#flow();
  }

  protected onTaken(): void {
    if (this.#paused && this.buffered < readAhead / 2) this.#flow();
  }

  protected get restRules(): BodyRules {
    const { cancellation, call } = this.#request;
    const request = sentOf(this.#sent);
    return { timeout: 0, total: 0, cancellation, request, context: call.context, queueing };
  }
}
