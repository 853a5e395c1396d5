/** One request and its response on one connection: the handler that undici calls. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { NetworkError } from '../../errors/network-error.ts';
import { SessionError } from '../../errors/session-error.ts';
import { TimeoutError } from '../../errors/timeout-error.ts';
import { newState } from '../../response/wrap-response.ts';
import { isReplayable } from '../../request/body.ts';
import { bodyTimeout } from '../../options/timeout.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { Deadline } from '../timers/shared-deadline.ts';
import { describeError } from './describe-error.ts';
import type { Dispatch } from './dispatch-options.ts';
import type { Cancellation, Cancellable } from '../../cancellation/cancellation.ts';
import type { CallContext } from '../../types/context.ts';
import type { ProgressCallback } from '../../types/progress.ts';
import type { BodyRules } from '../../response/body-source.ts';
import { IncomingBody, type Wire } from '../body/incoming-body.ts';
import { afterPendingInput } from '../timers/after-pending-input.ts';
import { Framing, type RawHeaders, UndiciResponse } from './undici-response.ts';
import type { Upload } from '../body/upload.ts';
import { isRedirect } from '../../transports/redirects.ts';
import type { After } from '../../transports/send.ts';
import type { Outgoing } from '../../model.ts';
import type { Sent } from '../../request/sent-request.ts';

/** Interim responses that are let pass; curl and browsers stop too. */
const maxInformational = 100;
/**
 * Times that a call is repeated on reused sockets that the server had closed, before it gets a new
 * connection.
 */
const maxResends = 3;
/**
 * Times that a call is sent again when the server says that it has not looked at it: 100 at once
 * may meet a server that closes after every ten.
 */
const maxRefusals = 10;
const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']);
const noLines: readonly string[] = [];
const nobody = (): void => {};
// What undici refuses before it writes a byte.
const invalid = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/** Where an exchange runs or waits. */
export interface ExchangeQueue {
  /** Runs it, or queues it; `fresh`: not on a socket that was used before. */
  run(exchange: Exchange, fresh: boolean): void;
  /** Takes it out of the queue. */
  forget(exchange: Exchange): void;
}

/** What an exchange runs on: a connection, or a stream of one. */
export interface ExchangeChannel {
  /** Responses that the connection has carried. */
  readonly served: number;
  /** Whose answer comes next. */
  readonly exchange: Exchange | undefined;
  run(exchange: Exchange): void;
  /** The exchange has ended, or was given up before it was written: the line can carry another. */
  release(exchange: Exchange): void;
  /** The exchange has failed. */
  retire(): void;
  ref(alive: boolean): void;
}

/**
 * The server has not looked at the request, as it says itself: it may be sent again, whatever its
 * method (RFC 9113, section 8.7).
 */
export class RefusedError extends Error {}

/** Methods of undici's handlers up to version 7: the cheaper ones, as headers come raw. */
export class Exchange implements Cancellable, Wire, BodyRules {
  readonly dispatchOptions: Dispatch;
  body: IncomingBody | undefined;
  /** The request was written, so that the server may have seen it. */
  written = false;
  readonly #outgoing: Outgoing;
  /** What was sent. */
  readonly request: Sent;
  readonly #carrier: ExchangeQueue;
  readonly #upload: Upload;
  readonly #after: After;
  #connection: ExchangeChannel | undefined;
  #reused = false;
  #displaced = false;
  /** Headers have come, or never will. */
  #settled = false;
  #ended = false;
  #answered = false;
  #abort: ((error: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #framing: Framing | undefined;
  readonly #deadline = new Deadline(this);
  #startedAt = 0;
  #informational = 0;
  #resends = 0;
  #resolve!: (response: SessionResponse | Promise<SessionResponse>) => void;
  #reject!: (reason: unknown) => void;

  constructor(
    carrier: ExchangeQueue,
    request: Outgoing,
    sent: Sent,
    upload: Upload,
    options: Dispatch,
    after: After,
  ) {
    this.#carrier = carrier;
    this.#outgoing = request;
    this.request = sent;
    this.#upload = upload;
    this.#after = after;
    this.dispatchOptions = options;
  }

  /**
   * Runs it, or queues it. Nothing here keeps the promise: a connection would hold the response by
   * it, which could never be collected.
   */
  send(): Promise<SessionResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#outgoing.cancellation.attach(this);
      if (!this.#settled) this.#carrier.run(this, false);
    });
  }

  // From the pool.

  start(connection: ExchangeChannel): void {
    this.#connection = connection;
    connection.run(this);
  }

  /** A connection is being opened for it. */
  connecting(): void {
    const { connect } = this.#outgoing.options.timeout;
    if (connect && !this.#deadline.armed) this.#deadline.arm(connect);
  }

  /**
   * A connection stands for it; that it has to wait for its turn there is no matter of connecting.
   */
  connected(): void {
    if (!this.written) this.#deadline.disarm();
  }

  expire(): void {
    const phase = this.written ? 'response' : 'connect';
    // The loop may have been blocked: what has come meanwhile counts.
    afterPendingInput(() => {
      if (this.#settled || this.#deadline.armed) return;
      this.#fail(
        new TimeoutError(phase, this.#outgoing.options.timeout[phase] as number, {
          request: this.request,
        }),
      );
    });
  }

  /** The connection that it was queued on behind others has gone, not by its own fault. */
  displace(): void {
    this.#displaced = true;
  }

  // From the scope.

  cancel(reason: unknown): void {
    this.#fail(reason);
  }

  /** Ends it from our side: nobody waits for the connection's answer. */
  #fail(reason: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(reason);
    this.#upload.discard();
    // Behind another, it must not take that one's socket: its answer is dropped when it comes.
    if (this.#connection && this.#connection.exchange !== this) return;
    if (this.#abort) this.drop();
    else if (this.#connection) this.#end(false);
    else this.#carrier.forget(this);
  }

  #settle(): void {
    this.#settled = true;
    this.#deadline.disarm();
    this.#outgoing.cancellation.detach(this);
  }

  #end(reusable: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    if (reusable) this.#connection?.release(this);
    else this.#connection?.retire();
  }

  // From the body.

  resume(): void {
    this.#resume?.();
  }

  ref(alive: boolean): void {
    this.#connection?.ref(alive);
  }

  drop(): void {
    this.#abort?.(new DOMException('The response is not wanted any more', 'AbortError'));
    this.#end(false);
  }

  // What holds while the body is read; it is worked out only for a body that somebody has to wait
  // for.

  get timeout(): number {
    return bodyTimeout(this.#outgoing.options.timeout, this.#framing?.contentType);
  }

  get limit(): number | undefined {
    return this.#outgoing.options.maxResponseSize;
  }

  get progress(): ProgressCallback | undefined {
    return this.#outgoing.options.onDownloadProgress;
  }

  get total(): number {
    return this.#framing?.contentLength ?? 0;
  }

  get cancellation(): Cancellation {
    return this.#outgoing.cancellation;
  }

  get context(): CallContext {
    return this.#outgoing.call.context;
  }

  // From undici.

  onConnect(abort: (error: Error) => void): void {
    if (this.#settled) {
      const left = this.#ended;
      this.#ended = true;
      abort(new DOMException('The call has ended', 'AbortError'));
      if (!left) this.#connection?.release(this);
      return;
    }
    this.#abort = abort;
    this.written = true;
    this.#reused =
      this.#connection !== undefined &&
      (this.#connection.served > 0 || this.#connection.exchange !== this);
    this.#startedAt = performance.now();
    this.#startClock(this.#startedAt);
  }

  #startClock(now: number): void {
    const { options, responseTimeUsed: spent } = this.#outgoing;
    if (options.timeout.response)
      this.#deadline.arm(Math.max(options.timeout.response - spent, 1), now);
    else this.#deadline.disarm();
  }

  onBodySent(chunk: Uint8Array): void {
    // While a body is being sent, only silence counts; that the clock has just run out does not
    // matter where the loop was blocked.
    if (!this.#settled && this.#outgoing.options.timeout.response)
      this.#startClock(performance.now());
    this.#upload.sent(chunk);
  }

  onResponseStarted(): void {
    this.#answered = true;
  }

  onHeaders(status: number, raw: RawHeaders, resume: () => void, statusText: string): boolean {
    if (status < 200) {
      if (++this.#informational > maxInformational)
        throw new Error(`more than ${maxInformational} interim responses`);
      return true;
    }
    if (this.#settled) {
      this.drop();
      return true;
    }
    this.#resume = resume;
    const { options, method } = this.#outgoing;
    const framing = (this.#framing = new Framing(raw));
    const state = newState(
      this.#outgoing,
      this.request,
      performance.now() - this.#startedAt,
      framing.setCookies ?? noLines,
    );
    if (method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304) {
      const { contentEncoding } = framing;
      // A redirect's body is not read, and so not decoded.
      const followed = framing.redirects && isRedirect(status) && options.redirect !== 'manual';
      try {
        state.source = this.body = new IncomingBody(
          this,
          this,
          followed ? undefined : contentEncoding,
        );
      } catch (error) {
        this.#fail(error);
        return true;
      }
    }
    this.#settled = true;
    this.#deadline.disarm();
    if (this.body) this.#outgoing.cancellation.replace(this, this.body);
    else this.#outgoing.cancellation.detach(this);
    try {
      this.#resolve(
        this.#after(this.#outgoing, new UndiciResponse(status, statusText, raw, state)),
      );
    } catch (error) {
      this.#reject(error);
    }
    this.#resolve = this.#reject = nobody;
    return true;
  }

  onData(chunk: Uint8Array): boolean {
    return this.body?.push(chunk) ?? true;
  }

  onComplete(): void {
    this.#end(true);
    this.body?.finish();
  }

  onError(error: Error & { code?: string }): void {
    const { method, body, url } = this.#outgoing;
    const reusable = !this.written && invalid.has(String(error.code));
    if (this.#settled) {
      this.#end(false);
      this.body?.fail(
        this.#upload.failure
          ? this.#upload.failure.error
          : new NetworkError(
              `The response of ${method} ${url.origin} broke off: ${error.message}`,
              { ...this.body.details, cause: error },
            ),
      );
      return;
    }
    // What nobody has looked at may be sent again whatever its method; what may have been, where
    // twice is as good as once.
    const unseen = error instanceof RefusedError || (this.#displaced && !this.written);
    const stale =
      (this.#displaced || (this.#reused && this.written && isClosedSocket(error))) &&
      idempotent.has(method);
    const again = (unseen && this.#resends < maxRefusals) || (stale && this.#resends <= maxResends);
    if (again && !this.#answered && !this.#upload.failure && isReplayable(body)) {
      this.#connection?.retire();
      this.#connection = undefined;
      this.#abort = undefined;
      this.written = this.#displaced = false;
      this.#deadline.disarm();
      this.dispatchOptions.body = this.#upload.again();
      this.#carrier.run(this, ++this.#resends > maxResends);
      return;
    }
    this.#settle();
    this.#upload.discard();
    this.#end(reusable);
    if (this.#upload.failure) this.#reject(this.#upload.failure.error);
    else if (SessionError.is(error)) this.#reject(error);
    else if (invalid.has(String(error.code)))
      this.#reject(
        new InvalidRequestError(`${method} ${url.origin}: ${error.message}`, {
          request: this.request,
          cause: error,
        }),
      );
    else
      this.#reject(
        new NetworkError(`${method} ${url.origin} failed: ${describeError(error)}`, {
          request: this.request,
          cause: error,
        }),
      );
  }
}

/** The server closed the socket, before or while the request went out. */
function isClosedSocket(error: Error & { code?: string }): boolean {
  return error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
