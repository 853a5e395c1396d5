/** One call from its input to its final response. */
import { HTTPError, SessionClosedError, SessionError, TimeoutError } from '../errors.ts';
import type { BodySource } from './body-source.ts';
import type { CallContext, Hooks } from '../types.ts';
import { LazyBody } from './body.ts';
import { Deadline } from './deadline.ts';
import type { Linked } from './linked-list.ts';
import { mergeContext } from './options.ts';
import { askedOf, prepare, type CallInput } from './prepare.ts';
import { type CallInfo, type Outgoing, sentOf, toSessionRequest } from './request.ts';
import { SessionResponse } from './response.ts';
import { watch } from './adopt.ts';
import { type Cancellable, CallScope } from './scope.ts';
import type { SessionState } from './state.ts';

/** How long a body of an error is read for `HTTPError.data`, in bytes. */
const errorBody = 1024 * 1024;

const oneMicrotask = Promise.resolve();

/** A call and its reach: it lives until its response has come and its body has ended. */
export class Call extends CallScope implements CallInfo, Linked<Call> {
  before: Call | undefined = undefined;
  after: Call | undefined = undefined;
  readonly state: SessionState;
  readonly input: CallInput;
  /** The attempt under way, counted from 1. */
  attempts = 1;
  /** What a shortcut such as `json()` accepts, when no `accept` is set. */
  accept: string | undefined;
  /** When `timeout.total` ends the call, by `performance.now()`. */
  deadline = Infinity;
  settled = false;
  /** The request as it entered the onion. */
  request: Outgoing | undefined;
  #context: CallContext | undefined;
  #total: Deadline | undefined;
  #failed: { error: unknown } | undefined;
  readonly #late: boolean;
  #listed = false;

  constructor(state: SessionState, input: CallInput) {
    super();
    this.state = state;
    this.input = input;
    this.#late = state.closed || state.connections.closed;
    if (this.#late) return;
    this.#listed = true;
    state.calls.add(this);
  }

  get context(): CallContext {
    return (this.#context ??= mergeContext(mergeContext(Object.create(null) as CallContext, this.state.context), this.input.options?.context ?? undefined) as CallContext);
  }

  get hooks(): Hooks {
    return this.state.hooks;
  }

  async run(): Promise<SessionResponse> {
    // The call starts one microtask later, so that a shortcut can say what it accepts and no call ever throws.
    await oneMicrotask;
    try {
      if (this.#late) throw new SessionClosedError('The session is closed: make a new one');
      const request = this.request = prepare(this);
      const { total } = request.options.timeout;
      if (total) {
        this.deadline = performance.now() + total;
        this.#total = new Deadline(this);
        this.#total.arm(total);
      }
      this.throwIfAborted();
      const { chain, foreign } = this.state;
      const answer = (chain as NonNullable<typeof chain>)(request);
      // Our own layers end with the call; a caller's code may not.
      let response = await (foreign || request.auth || request.body instanceof LazyBody || request.options.retry.shouldRetry ? this.#orEnd(answer) : answer);
      if (request.options.throwHttpErrors !== undefined) response = await this.check(response, false);
      watch(response);
      return response;
    } catch (error) {
      throw await this.fail(this.aborted ? this.reason : error);
    } finally {
      this.settled = true;
      if (this.idle) this.onIdle();
      // Whoever awaited the call still gets to read its body when the session is being closed.
      else if (this.state.closed) setTimeout(() => this.closeUnread());
    }
  }

  async #orEnd<T>(answer: Promise<T>): Promise<T> {
    let target: Cancellable | undefined;
    try {
      return await Promise.race([answer, new Promise<never>((_, reject) => this.attach(target = { cancel: reject }))]);
    } finally {
      this.detach(target as Cancellable);
    }
  }

  expire(): void {
    this.cancel(new TimeoutError('total', this.request?.options.timeout.total as number, this.#details()));
  }

  /** Throws {@link HTTPError} where `throwHttpErrors` says so; `asked`: for data, and not for the response. */
  async check(response: SessionResponse, asked: boolean): Promise<SessionResponse> {
    if (response.status < 400 || this.input.asFetch) return response;
    const { throwHttpErrors } = (this.request as Outgoing).options;
    if (!(typeof throwHttpErrors === 'function' ? throwHttpErrors(response.status) : throwHttpErrors ?? asked)) return response;
    throw new HTTPError(response, await readErrorBody(response), this.#details());
  }

  #details(): { request: SessionResponse['request'] | undefined; context: CallContext } {
    return { request: this.request && sentOf(this.request), context: this.context };
  }

  /** What the call rejects with: the error, told whose it is, past the `beforeError` hooks, once. */
  async fail(error: unknown): Promise<unknown> {
    if (this.#failed) return this.#failed.error;
    this.#failed = { error };
    if (SessionError.is(error)) {
      error.request ??= this.request ? sentOf(this.request) : askedOf(this);
      error.context ??= this.context;
    }
    const hooks = this.state.hooks.beforeError;
    if (hooks && this.request) {
      const request = toSessionRequest(this.request);
      for (const hook of hooks) error = (await hook({ request, error, context: this.context })) ?? error;
    }
    return (this.#failed = { error }).error;
  }

  override onIdle(): void {
    if (!this.settled) return;
    this.#total?.disarm();
    this.release();
    if (!this.#listed) return;
    this.#listed = false;
    this.state.calls.remove(this);
    this.state.onCallEnd?.();
  }

  /** On `session.close()`: ends bodies that nobody reads. */
  closeUnread(): void {
    if (this.settled) this.each(closeUnread);
  }
}

function closeUnread(target: Cancellable & Partial<BodySource>): void {
  if (target.used === false && !target.locked) target.cancel(new SessionClosedError('The session was closed before this body was read'));
}

async function readErrorBody(response: SessionResponse): Promise<unknown> {
  const state = SessionResponse.stateOf(response);
  if (!state.source || state.source.used) return undefined;
  try {
    const bytes = await state.source.peek(errorBody);
    if (!bytes) return undefined;
    const text = new TextDecoder().decode(bytes);
    const value: unknown = /[/+]json\b/i.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
    state.data = { value };
    return value;
  } catch {
    // The status is the news; a body that cannot be read or parsed is not.
    return undefined;
  }
}
