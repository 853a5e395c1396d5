/** One call from its input to its final response. */
import { HTTPError } from '../response/session-response.ts';
import { SessionClosedError } from '../errors/session-closed-error.ts';
import { SessionError } from '../errors/session-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import type { BodySource } from '../response/body-source.ts';
import type { CallContext } from '../types/context.ts';
import type { RequestOptions } from '../types/options.ts';
import { LazyBody } from '../request/body.ts';
import type { Clock } from '../cancellation/deadline.ts';
import { nullPrototype } from '../options/null-prototype.ts';
import type { GivenOptions } from '../options/read.ts';
import { askedOf, prepare } from './prepare.ts';
import { dataOf, SessionResponse } from '../response/session-response.ts';
import { discardWhenCollected } from '../response/wrap-response.ts';
import { type Cancellable, Cancellation } from '../cancellation/cancellation.ts';
import type { CallInfo, Outgoing, Handler, SessionState } from '../model.ts';
import { sentOf } from '../request/sent-request.ts';
import { toSessionRequest } from '../request/session-request.ts';

const oneMicrotask = Promise.resolve();

/** A call and its reach: it lives until its response has come and its body has ended. */
export class Call extends Cancellation implements CallInfo {
  // What the constructor sets is declared only: as fields they would be set twice.
  declare readonly state: SessionState;
  declare readonly input: string | URL | Request;
  /** As the caller gave them. */
  declare readonly options: RequestOptions | undefined;
  /** The verb that was called, before a `method` among the options. */
  declare readonly method: string | undefined;
  declare readonly asFetch: boolean;
  given: GivenOptions | undefined;
  /** The attempt under way, counted from 1. */
  attempts = 1;
  /** What a shortcut such as `json()` accepts, when no `accept` is set. */
  accept: string | undefined;
  /** When `timeout.total` ends the call, by `performance.now()`. */
  deadline = Infinity;
  settled = false;
  /** The request as it entered the onion. */
  request: Outgoing | undefined;
  /**
   * Its neighbours among the calls of its session; a Set would allocate and rehash as calls come
   * and go.
   */
  #newer: Call | undefined;
  #older: Call | undefined;
  #listed = false;
  #context: CallContext | undefined;
  #total: Clock | undefined;
  #failure: Promise<unknown> | undefined;

  constructor(
    state: SessionState,
    input: string | URL | Request,
    options: RequestOptions | undefined,
    method: string | undefined,
    asFetch: boolean,
  ) {
    super();
    this.state = state;
    this.input = input;
    this.options = options;
    this.method = method;
    this.asFetch = asFetch;
  }

  get context(): CallContext {
    const own = this.options?.context;
    return (this.#context ??= nullPrototype<CallContext>(
      own === null ? own : this.state.context,
      own,
    ));
  }

  /**
   * `late`: whether it is refused. What another call needs on its way is not: a session that is
   * being closed waits for that call.
   */
  async run(late = isClosed(this.state)): Promise<SessionResponse> {
    const { state } = this;
    if (!late) {
      this.#listed = true;
      this.#older = state.newest;
      if (this.#older) this.#older.#newer = this;
      state.newest = this;
    }
    // The call starts one microtask later, so that a shortcut can say what it accepts and no call
    // ever throws.
    await oneMicrotask;
    try {
      if (late) throw new SessionClosedError();
      const request = (this.request = prepare(this));
      const {
        timeout: { total },
        retry,
        throwHttpErrors,
      } = request.options;
      if (total) {
        const now = performance.now();
        this.deadline = now + total;
        this.#total = new state.platform.Deadline(this);
        this.#total.arm(total, now);
      }
      if (this.aborted) throw this.reason;
      const answer = (state.chain as Handler)(request);
      // Our own layers end with the call; a caller's code may not.
      let response = await (state.hasUserCode ||
      request.auth ||
      request.body instanceof LazyBody ||
      retry.shouldRetry
        ? this.within(answer)
        : answer);
      if (throwHttpErrors !== undefined) response = await this.check(response, false);
      discardWhenCollected(response);
      return response;
    } catch (error) {
      throw await this.fail(this.aborted ? this.reason : error);
    } finally {
      this.settled = true;
      if (this.idle) this.onIdle();
      // Whoever awaited the call still gets to read its body when the session is being closed.
      else if (state.closed) setTimeout(() => this.closeUnread());
    }
  }

  expire(): void {
    this.cancel(
      new TimeoutError('total', this.request?.options.timeout.total as number, this.#details()),
    );
  }

  /**
   * Throws {@link HTTPError} where `throwHttpErrors` says so; `asked`: for data, and not for the
   * response.
   */
  async check(response: SessionResponse, asked: boolean): Promise<SessionResponse> {
    const throws = this.request?.options.throwHttpErrors ?? asked;
    if (
      response.status < 400 ||
      this.asFetch ||
      !(typeof throws === 'function' ? throws(response.status) : throws)
    )
      return response;
    throw new HTTPError(response, await readErrorBody(response), this.#details());
  }

  #details(): { request: SessionResponse['request'] | undefined; context: CallContext } {
    return { request: this.request ? sentOf(this.request) : askedOf(this), context: this.context };
  }

  /**
   * What the call rejects with: the error, told whose it is, past the `beforeError` hooks, once.
   */
  fail(error: unknown): Promise<unknown> {
    return (this.#failure ??= this.#tell(error));
  }

  async #tell(error: unknown): Promise<unknown> {
    const { request: asked, context } = this.#details();
    if (SessionError.is(error)) {
      error.request ??= asked;
      error.context ??= context;
    }
    const { beforeError } = this.state.hooks;
    if (this.request && beforeError) {
      const request = toSessionRequest(this.request);
      for (const hook of beforeError) error = (await hook({ request, error, context })) ?? error;
    }
    return error;
  }

  override onIdle(): void {
    if (!this.settled) return;
    this.#total?.disarm();
    this.release();
    if (!this.#listed) return;
    this.#listed = false;
    const { state } = this;
    if (this.#newer) this.#newer.#older = this.#older;
    else state.newest = this.#older;
    if (this.#older) this.#older.#newer = this.#newer;
    this.#newer = this.#older = undefined;
    state.onCallEnd?.();
  }

  /** The calls of a session that are awaited, or whose bodies are still open. */
  static of(state: SessionState): Call[] {
    const calls: Call[] = [];
    for (let call = state.newest; call; call = call.#older) calls.push(call);
    return calls;
  }

  /** On `session.close()`: ends bodies that nobody reads. */
  closeUnread(): void {
    if (this.settled) cancelUnread(this);
  }
}

/** Of a scope and those inside it. Only bodies have `used`. */
function cancelUnread(scope: Cancellation): void {
  for (const target of scope.targets as (Cancellable & Partial<BodySource>)[]) {
    if (target instanceof Cancellation) cancelUnread(target);
    else if (target.used === false && !target.locked)
      target.cancel(new SessionClosedError('The session was closed before this body was read'));
  }
}

async function readErrorBody(response: SessionResponse): Promise<unknown> {
  const state = SessionResponse.stateOf(response);
  // Events may come for ever.
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) return undefined;
  try {
    // 1 MiB: what is larger is hardly meant to tell of an error.
    const bytes = state.source?.used === false && (await state.source.peek(2 ** 20));
    if (!bytes) return undefined;
    return (state.data = { value: dataOf(new TextDecoder().decode(bytes), response) }).value;
  } catch {
    // The status is the news; a body that cannot be read is not.
    return undefined;
  }
}

/** Whether later calls are refused. A child ends with the session whose connections it shares. */
export function isClosed({ closed, connections }: SessionState): boolean {
  return closed || connections.closed;
}
