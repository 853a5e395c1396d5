/** One request and its response on one connection: the handler that undici calls. */
import type { AsyncResource } from 'node:async_hooks';
import { TimeoutError } from '../../errors/timeout-error.ts';
import { newResponseState } from '../../response/wrap-response.ts';
import { isReplayable } from '../../request/body.ts';
import { sentOf } from '../../request/sent-request.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { now, SharedDeadline } from '../timers/shared-deadline.ts';
import type { Cancellable } from '../../cancellation/cancellation.ts';
import { IncomingBody } from '../body/incoming-body.ts';
import type { Wire } from '../body/wire.ts';
import { afterPendingInput } from '../timers/after-pending-input.ts';
import type { Upload } from '../upload/upload.ts';
import type { Outgoing } from '../../model.ts';
import { runWithin } from './call-context.ts';
import type { DispatchOptions } from './dispatch-options.ts';
import { ExchangeTrace } from './exchange-trace.ts';
import type { ExchangeChannel, ExchangeController, ExchangeQueue } from './exchange-channel.ts';
import {
  type CodedError,
  isInvalidRequest,
  noteUnsent,
  requestError,
  responseError,
} from './exchange-error.ts';
import { learnHsts } from './learn-hsts.ts';
import { checkInterim, tellInterim } from './interim.ts';
import { isRefusal, Resends } from './resend.ts';
import {
  locationLines,
  mayHaveBody,
  type ResponseHeaders,
  setCookiesOf,
  UndiciResponse,
} from '../response/undici-response.ts';

const nobody = (): void => {};

export class Exchange implements Cancellable, Wire {
  /** The request as it is sent. */
  readonly request: Outgoing;
  readonly dispatchOptions: DispatchOptions;
  /** What it runs on: set by what runs it. */
  channel: ExchangeChannel<Exchange> | undefined;
  body: IncomingBody | undefined;
  /** Where what runs for the call has to run; `undefined` where nobody can tell. */
  context: AsyncResource | undefined;
  /** The request was written, so that the server may have seen it. */
  written = false;
  readonly trace = new ExchangeTrace();
  readonly #queue: ExchangeQueue<Exchange>;
  readonly #upload: Upload;
  #controller: ExchangeController | undefined;
  #deadline: SharedDeadline | undefined;
  #displaced = false;
  /** Headers have come, or never will. */
  #settled = false;
  /** The channel is another's again, or gone. */
  #ended = false;
  #answered = false;
  #informational = 0;
  #resends: Resends | undefined;
  #resolve: (response: SessionResponse) => void = nobody;
  #reject: (reason: unknown) => void = nobody;

  constructor(
    queue: ExchangeQueue<Exchange>,
    request: Outgoing,
    upload: Upload,
    options: DispatchOptions,
  ) {
    this.#queue = queue;
    this.request = request;
    this.#upload = upload;
    this.dispatchOptions = options;
    if (upload.isIterable) upload.onSent = () => this.#bodySent();
  }

  /**
   * Runs it, or queues it. Nothing here keeps the promise: a connection would hold the response by
   * it, which could never be collected.
   */
  send(): Promise<SessionResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.request.cancellation.attach(this);
      if (!this.#settled) this.#queue.run(this, false);
    });
  }

  // From the pool.

  /** A connection is being opened for it. */
  connecting(): void {
    this.trace.wait();
    const { connect } = this.request.options.timeout;
    if (connect && !this.#deadline?.armed)
      (this.#deadline ??= new SharedDeadline(this)).arm(connect);
  }

  /** A connection stands for it: to wait for a turn there is no matter of connecting. */
  connected(): void {
    if (!this.written) this.#deadline?.disarm();
  }

  expire(): void {
    const phase = this.written ? 'response' : 'connect';
    // The loop may have been blocked: what has come meanwhile counts.
    afterPendingInput(() => {
      if (this.#settled || this.#deadline?.armed) return;
      const ms = Number(this.request.options.timeout[phase]);
      const error = new TimeoutError(phase, ms, { request: sentOf(this.request) });
      this.cancel(this.written ? error : noteUnsent(error, this.request));
    });
  }

  /** The connection that it was queued on behind others has gone, not by its own fault. */
  displace(): void {
    this.#displaced = true;
  }

  /** Ends it from our side: nobody waits for the connection's answer. */
  cancel(reason: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(reason);
    this.#upload.discard();
    // Behind another, it must not take that one's socket: its answer is dropped when it comes.
    if (this.channel && this.channel.exchange !== this) return;
    if (this.#controller) this.drop();
    else if (this.channel) this.#end('retire');
    else this.#queue.forget(this);
  }

  #settle(): void {
    this.#settled = true;
    this.#deadline?.disarm();
    this.request.cancellation.detach(this);
  }

  /** Gives its channel back, or gives it up. */
  #end(how: 'release' | 'retire'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.channel?.[how](this);
  }

  // From the body.

  resume(): void {
    runWithin(this.context, () => this.#controller?.resume());
  }

  ref(alive: boolean): void {
    this.channel?.ref(alive);
  }

  drop(): void {
    const reason = new DOMException('The response is not wanted any more', 'AbortError');
    this.trace.broke(this.body?.failure?.reason ?? reason);
    runWithin(this.context, () => this.#controller?.abort(reason));
    this.#end('retire');
  }

  // From undici, or from a stream of HTTP/2.

  onRequestStart(controller: ExchangeController): void {
    if (this.#settled) {
      // Marked before undici tells of the abortion, which is no failure of the connection.
      const wasEnded = this.#ended;
      this.#ended = true;
      controller.abort(new DOMException('The call has ended', 'AbortError'));
      if (!wasEnded) this.channel?.release(this);
      return;
    }
    const { channel, trace } = this;
    this.#controller = controller;
    this.written = true;
    trace.reused = channel !== undefined && (channel.served > 0 || channel.exchange !== this);
    this.#startClock(trace.sent(channel?.opening));
  }

  /** While a body is being sent, only silence counts. */
  #bodySent(): void {
    // That the clock has just run out does not matter where the loop was blocked.
    if (!this.#settled && this.written) this.#startClock((this.trace.uploadedAt = now()));
  }

  #startClock(from: number): void {
    const { options, responseTimeUsed } = this.request;
    const { response } = options.timeout;
    if (!response) return this.#deadline?.disarm();
    const timeLeft = Math.max(response - responseTimeUsed, 1);
    (this.#deadline ??= new SharedDeadline(this)).arm(timeLeft, from);
  }

  onResponseStarted(): void {
    this.#answered = true;
  }

  onResponseStart(
    controller: ExchangeController,
    status: number,
    headers: ResponseHeaders,
    statusText = '',
  ): void {
    if (status < 200) return this.#interim(status, controller);
    if (this.#settled) return this.drop();
    const { request, trace } = this;
    if (isRefusal(status)) this.#resent.refuse(status);
    const locations = locationLines(status, controller.rawHeaders);
    // A redirect's body is not read, and so not decoded.
    const isFollowed = request.options.redirect !== 'manual' && locations.some(Boolean);
    try {
      if (mayHaveBody(request.method, status))
        this.body = new IncomingBody(this, request, headers, !isFollowed);
    } catch (error) {
      this.cancel(error);
      return;
    }
    this.#settled = true;
    this.#deadline?.disarm();
    request.cancellation.replace(this, this.body);
    if (request.call.state?.hsts) learnHsts(request, this.channel, headers);
    const state = newResponseState(request, trace.answered(), setCookiesOf(headers), locations);
    state.trace = trace;
    state.source = this.body ?? null;
    this.#resolve(new UndiciResponse(status, statusText, controller.rawHeaders, state));
    this.#resolve = this.#reject = nobody;
  }

  #interim(status: number, controller: ExchangeController): void {
    checkInterim(status, ++this.#informational);
    if (!this.#settled) tellInterim(this, status, controller);
  }

  onResponseData(controller: ExchangeController, chunk: Uint8Array): void {
    if (!this.body || this.body.push(chunk)) return;
    controller.pause();
    if (this.body.unread) this.channel?.heldUp();
  }

  onResponseEnd({ rawTrailers }: ExchangeController): void {
    this.trace.ended(rawTrailers);
    this.#end('release');
    this.body?.finish();
  }

  onResponseError(_: unknown, error: CodedError): void {
    this.fail(error);
  }

  /** The connection has failed, or undici refuses the request. */
  fail(error: CodedError): void {
    const { failure } = this.#upload;
    if (this.#settled) {
      this.#end('retire');
      const { body, request } = this;
      if (failure) body?.fail(failure.error);
      else body?.fail(responseError(error, body.errorDetails, request.call));
      this.trace.broke(body?.failure?.reason ?? error);
      return;
    }
    if (this.#mayResend(error)) return this.#resend();
    this.#settle();
    this.#upload.discard();
    this.#end(!this.written && isInvalidRequest(error) ? 'release' : 'retire');
    this.#reject(failure ? failure.error : requestError(error, this.request, this.written));
  }

  #mayResend(error: CodedError): boolean {
    if (this.#upload.failure) return false;
    const { written, channel } = this;
    return this.#resent.may({
      error,
      written,
      isWhole: isReplayable(this.request.body) || !this.#upload.isBegun,
      answered: this.#answered,
      reused: written ? this.trace.reused : channel !== undefined && channel.served > 0,
      displaced: this.#displaced,
    });
  }

  get #resent(): Resends {
    return (this.#resends ??= new Resends(this.request));
  }

  #resend(): void {
    this.channel?.retire();
    this.channel = undefined;
    this.#controller = undefined;
    this.written = this.#displaced = this.#answered = false;
    this.trace.restart();
    this.#deadline?.disarm();
    this.dispatchOptions.body = this.#upload.again();
    this.#queue.run(this, this.#resent.count());
  }
}
