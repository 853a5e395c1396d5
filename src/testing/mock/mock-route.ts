import { count, ms } from '../../options/kinds.ts';
import { brandOf } from '../../request/host/brand.ts';
import type { Awaitable } from '../../types/context.ts';
import type { TransportRequest } from '../../types/transport.ts';
import { type MatchUrl, type PathParams, readPathPattern } from './path-pattern.ts';

/** A request that a mock was asked. The body of a stream is here whole, as bytes. */
export interface MockCall extends TransportRequest {
  /**
   * What the groups of the route's path stand for, as it is written in the URL; `*` by its number,
   * from `0`. Empty where no route has answered.
   */
  readonly params: PathParams;
  /**
   * The body as JSON.
   *
   * @throws {SyntaxError} for what is none.
   */
  json(): unknown;
}

/** JSON, and what is made JSON: anything but what a reply can be besides. */
export type MockData = string | number | boolean | null | object;

/**
 * What a route answers: a `Response`, which is copied for each request; an `Error`, with which the
 * call fails as with one of the network; a function that gives either or data; a string, which is
 * sent as text; any other data, which is sent as JSON.
 */
export type MockReply = MockData | ((call: MockCall) => Awaitable<MockData>);

/** A route of a mock, and what was asked of it. Its methods give the route itself. */
export class MockRoute {
  /** Such as `GET /users/:id`. */
  readonly label: string;
  readonly #method: string;
  readonly #match: MatchUrl;
  readonly #replies: readonly MockReply[];
  readonly #calls: MockCall[] = [];
  #taken = 0;
  #delay = 0;
  #times: number | undefined;
  #isOptional = false;

  /** @internal */
  constructor(method: string, path: string, replies: readonly MockReply[]) {
    this.label = `${method} ${path}`;
    this.#method = method;
    this.#match = readPathPattern(path);
    this.#replies = replies;
  }

  /** What was asked of it, oldest first. */
  get calls(): readonly MockCall[] {
    return this.#calls;
  }

  /**
   * Answers so many requests and no more, and `verify()` wants as many. By default it answers any
   * number, and at least one is wanted.
   *
   * @throws {InvalidRequestError} for what is no whole number, 0 or more.
   */
  times(n: number): this {
    count(n, 'times');
    this.#times = n;
    return this;
  }

  /** `verify()` does not want it to be asked. */
  optional(): this {
    this.#isOptional = true;
    return this;
  }

  /**
   * Answers so many ms after each request. Who ends the call does not wait.
   *
   * @throws {InvalidRequestError} for what is no time.
   */
  delay(time: number): this {
    ms(time, 'delay');
    this.#delay = time;
    return this;
  }

  /** @internal It has as many requests as it may have. */
  get isFull(): boolean {
    return this.#taken >= (this.#times ?? Infinity);
  }

  /** @internal Takes a request that it has to answer then: gives what the groups stand for. */
  take({ method, url }: TransportRequest): PathParams | undefined {
    const params = method === this.#method && !this.isFull ? this.#match(url) : undefined;
    if (params) this.#taken++;
    return params;
  }

  /** @internal What `verify()` finds wrong. */
  get problem(): string | undefined {
    const asked = this.#taken;
    if (this.#isOptional && asked === 0) return undefined;
    if (this.#times === undefined) return asked > 0 ? undefined : `${this.label} was never asked`;
    if (asked === this.#times) return undefined;
    return `${this.label} was asked ${asked} of ${this.#times} times`;
  }

  /** @internal */
  async answer(call: MockCall): Promise<Response> {
    const turn = Math.min(this.#calls.push(call), this.#replies.length) - 1;
    if (this.#delay) await pause(this.#delay, call.signal);
    const reply = turn < 0 ? new Response() : this.#replies[turn];
    return toResponse(typeof reply === 'function' ? await reply(call) : reply);
  }
}

function toResponse(reply: unknown): Response {
  if (reply instanceof Error) throw reply;
  if (isResponse(reply)) return reply.clone();
  return typeof reply === 'string' ? new Response(reply) : Response.json(reply);
}

/** One of any realm or library. */
function isResponse(reply: unknown): reply is Response {
  return brandOf(reply) === 'Response';
}

/** Rejects with the reason of the signal as soon as there is one. */
function pause(time: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, time);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
