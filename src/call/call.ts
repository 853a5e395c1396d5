/** One call, from its input to its final response and the end of its body. */
import { type Cancellable, Cancellation } from '../cancellation/cancellation.ts';
import { isDevelopment } from '../development.ts';
import type { Clock } from '../cancellation/deadline.ts';
import { SessionClosedError } from '../errors/session-closed-error.ts';
import {
  assignCall,
  type ErrorDetails,
  SessionError,
  tellWaiters,
} from '../errors/session-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import type {
  CallerOptions,
  GivenOptions,
  Outgoing,
  RunningCall,
  SessionState,
  Trail,
} from '../model.ts';
import { isLazy } from '../request/body.ts';
import { sentOf } from '../request/sent-request.ts';
import { toSessionRequest } from '../request/session-request.ts';
import type { BodySource } from '../response/body/body-source.ts';
import { readErrorData } from '../response/read-error-data.ts';
import { HTTPError, type SessionResponse } from '../response/session-response.ts';
import { discardWhenCollected } from '../response/wrap-response.ts';
import type { CallContext } from '../types/context.ts';
import { cancelBody } from './prepare-body.ts';
import { describeInput, prepare } from './prepare.ts';
import { nullPrototype } from '../options/null-prototype.ts';

/** What a caller asked for. */
export interface CallInput {
  readonly input: string | URL | Request;
  /** As the caller gave them. */
  readonly options: CallerOptions | undefined;
  /** The verb that was called, before a `method` among the options. */
  readonly method?: string | undefined;
  /** By `session.fetch`: it fails as fetch does. */
  readonly asFetch?: boolean | undefined;
  /** Its request is made out of a response: what has led to that. */
  readonly trail?: Trail | undefined;
  /** Made on behalf of a running call, which a session that is being closed waits for. */
  readonly isPartOfCall?: boolean | undefined;
}

const oneMicrotask = Promise.resolve();

/**
 * The process's own, in whose place a test may put a clock that it never moves. Where such a one,
 * which is marked so, stood already when this was loaded, it may be gone since.
 */
const loadedSetTimeout = globalThis.setTimeout;

/** Whether later calls are refused. A child ends with the session whose connections it shares. */
export function isClosed({ closed, connections }: SessionState): boolean {
  return closed || connections.closed;
}

/** Nothing runs any more, where a closed session lets what runs go on to its end. */
export const hasEnded = ({ ended, connections }: SessionState): boolean =>
  ended || connections.closed;

/** A call is the cancellation of everything that is done for it. */
export class Call extends Cancellation implements RunningCall {
  // The constructor sets these: as fields they would be set twice.
  declare readonly state: SessionState;
  declare readonly input: string | URL | Request;
  declare readonly options: CallerOptions | undefined;
  declare readonly method: string | undefined;
  declare readonly asFetch: boolean;
  declare readonly trail: Trail | undefined;
  given: GivenOptions | undefined;
  attempts = 1;
  /** The media types that a shortcut such as `json()` accepts, when no `accept` is set. */
  accept: string | undefined;
  /** A shortcut reads the body whole, as soon as it is here. */
  isRead = false;
  deadline = Infinity;
  settled = false;
  /** The request as it entered the pipeline. */
  request: Outgoing | undefined;
  // A list linked in both directions: a Set would allocate and rehash as calls come and go.
  older: Call | undefined;
  #newer: Call | undefined;
  readonly #isRefused: boolean;
  #isListed = false;
  #context: CallContext | undefined;
  #total: Clock | undefined;
  #failure: Promise<unknown> | undefined;

  constructor(state: SessionState, given: CallInput) {
    super();
    this.state = state;
    this.input = given.input;
    this.options = given.options;
    this.method = given.method;
    this.asFetch = given.asFetch === true;
    this.trail = given.trail;
    this.#isRefused = given.isPartOfCall === true ? hasEnded(state) : isClosed(state);
  }

  get context(): CallContext {
    const own = this.options?.context;
    const inherited = own === null ? null : this.state.context;
    return (this.#context ??= nullPrototype<CallContext>(inherited, own));
  }

  async run(): Promise<SessionResponse> {
    const { state } = this;
    if (!this.#isRefused) this.#enlist();
    // One microtask later a shortcut has said what it accepts, and no call ever throws.
    await oneMicrotask;
    try {
      if (this.#isRefused) throw new SessionClosedError();
      const request = (this.request = prepare(this));
      const { total } = request.options.timeout;
      if (total) this.#startTotal(total);
      if (this.aborted) throw this.reason;
      const sending = state.send(request);
      let response = await (mayOutliveCall(request, state) ? this.within(sending) : sending);
      if (request.options.throwHttpErrors !== undefined) response = await this.checkData(response);
      // With nothing under way, no body is open.
      if (!this.idle && !this.isRead) discardWhenCollected(response);
      return response;
    } catch (error) {
      throw await this.fail(error);
    } finally {
      this.settled = true;
      if (this.idle) this.onIdle();
      else if (state.closed) this.#cancelUnreadLater();
    }
  }

  /** Whoever awaited the call still gets to read its body when the session is being closed. */
  #cancelUnreadLater(): void {
    const start = 'clock' in loadedSetTimeout ? setTimeout : loadedSetTimeout;
    start(() => this.cancelUnread());
  }

  #enlist(): void {
    const { state } = this;
    this.#isListed = true;
    // Every running call of a session is one of this class.
    this.older = state.newest as Call | undefined;
    if (this.older) this.older.#newer = this;
    state.newest = this;
  }

  #delist(): void {
    const { state } = this;
    this.#isListed = false;
    if (this.#newer) this.#newer.older = this.older;
    else state.newest = this.older;
    if (this.older) this.older.#newer = this.#newer;
    this.#newer = this.older = undefined;
    state.onCallEnd?.();
  }

  #startTotal(total: number): void {
    this.deadline = performance.now() + total;
    this.#total = new this.state.platform.Deadline(this);
    this.#total.arm(total);
  }

  /** The total deadline is over. */
  expire(): void {
    const total = this.request?.options.timeout.total || 0;
    this.cancel(new TimeoutError('total', total, this.#details()));
  }

  /**
   * Gives the response, or throws {@link HTTPError} where `throwHttpErrors` says so; by default to
   * a caller who asked for data, which an HTTP error is not.
   */
  async checkData(response: SessionResponse): Promise<SessionResponse> {
    if (response.status < 400 || this.asFetch) return response;
    const rule = this.request?.options.throwHttpErrors ?? true;
    const throws = typeof rule === 'function' ? rule(response.status) : rule;
    if (!throws) return response;
    throw new HTTPError(response, await readErrorData(response), this.#details());
  }

  #details(): ErrorDetails {
    const request = this.request ? sentOf(this.request) : describeInput(this);
    return { request, context: this.context };
  }

  /** The error that the call rejects with: it tells whose it is, and has passed the hooks, once. */
  fail(error: unknown): Promise<unknown> {
    if (this.aborted) cancelBody(this);
    return (this.#failure ??= this.#toldError(this.aborted ? this.reason : error));
  }

  async #toldError(error: unknown): Promise<unknown> {
    // What a caller gave as a reason may be that of many calls.
    const given = [this.given?.signal?.reason, this.state.failure?.reason];
    if (SessionError.is(error) && !given.includes(error)) {
      assignCall(error, this.#details());
      // One for a status is thrown by who is waited for, and is not rare.
      if (!(error instanceof HTTPError)) tellWaiters(error);
    }
    const { beforeError } = this.state.hooks;
    if (!this.request || !beforeError) return error;
    const request = toSessionRequest(this.request);
    for (const hook of beforeError) {
      error = (await hook({ request, error, context: this.context })) ?? error;
    }
    return error;
  }

  override onIdle(): void {
    if (!this.settled) return;
    this.#total?.disarm();
    if (this.given?.signal) this.release();
    if (this.#isListed) this.#delist();
  }

  override catchUp(): void {
    if (this.given?.signal) super.catchUp();
    const failure = this.state.failure ?? this.state.connections.failure;
    if (failure) this.cancel(failure.reason);
    else if (this.deadline < Infinity && this.deadline <= performance.now()) this.expire();
  }

  cancelUnread(): void {
    if (this.settled) cancelUnreadBodies(this, this.#details());
  }
}

/**
 * Whether a call may be over before its sending is: our own layers end with it, but the code of a
 * caller need not.
 */
const mayOutliveCall = ({ auth, body, options }: Outgoing, state: SessionState): boolean =>
  state.hasUserCode || Boolean(auth) || isLazy(body) || options.retry.shouldRetry !== undefined;

/**
 * A call of its own for calls that need it on their way: a session that is being closed waits for
 * these, and so it does not refuse it.
 */
export function callPart(
  state: SessionState,
  given: CallInput,
  accept: string,
): Promise<SessionResponse> {
  const call = new Call(state, { ...given, isPartOfCall: true });
  call.accept = accept;
  return call.run();
}

/** Of a cancellation and of those inside it. */
function cancelUnreadBodies(cancellation: Cancellation, details: ErrorDetails): void {
  for (const target of cancellation.attached) {
    if (target instanceof Cancellation) cancelUnreadBodies(target, details);
    else if (isUnreadBody(target)) {
      target.cancel(
        new SessionClosedError(
          isDevelopment ? 'The session was closed before this body was read' : undefined,
          details,
        ),
      );
    }
  }
}

/** Of what can be cancelled, only bodies know whether they were used. */
function isUnreadBody(target: Cancellable & Partial<BodySource>): boolean {
  return target.used === false && target.locked === false;
}
