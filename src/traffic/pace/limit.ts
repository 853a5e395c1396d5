import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { isDevelopment } from '../../development.ts';
import { middlewareOf } from '../../middleware/middleware-of.ts';
import { type Quota, quotaOf, retryAfter } from '../../middleware/retry-after.ts';
import { hintsOf } from '../../middleware/server-hints.ts';
import type { Handler, Outgoing } from '../../model.ts';
import { flag, func, kind, readRecord } from '../../options/kinds.ts';
import { toSessionRequest } from '../../request/session-request.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import type { Middleware, SessionRequest } from '../../types/middleware.ts';
import type { RetryOptions } from '../../types/retry.ts';
import { Pace, type PaceRules } from './pace.ts';

/** Options of {@link limit}. */
export interface LimitOptions {
  /**
   * Requests at a time. One counts until its response's headers have come.
   *
   * @default Infinity
   */
  concurrency?: number | undefined;
  /**
   * At most so many requests in any span of time, at the server, too: a request counts from its
   * response on, at the latest from a tenth of the span or 100 ms after it was sent.
   *
   * @default none
   */
  rate?: LimitRate | undefined;
  /**
   * What shares a pace.
   *
   * @default the request's origin
   */
  key?: ((request: SessionRequest) => string) | undefined;
  /**
   * Whether requests wait for what responses say: until the moment that one of
   * `retry.afterStatusCodes` names, and while a `RateLimit` or one of its family is used up. A wait
   * beyond `retry.maxRetryAfter` is not heeded.
   *
   * @default false
   */
  hints?: boolean | undefined;
}

/** A rate of {@link LimitOptions}. */
export interface LimitRate {
  /** Requests, 1 or more. */
  count: number;
  /** The span in ms. */
  per: number;
}

/** What stands in a {@link Limiter}, of all sessions that use it. */
export interface LimitStats {
  /** Requests whose response is awaited. */
  readonly running: number;
  /** Requests that wait for their turn. */
  readonly queued: number;
}

/** A middleware that keeps a pace. */
export interface Limiter extends Middleware {
  readonly around: 'attempt';
  /** What it holds at this moment. */
  stats(): LimitStats;
}

/** From so many keys on, those that nobody uses are looked for. */
const manyKeys = 1000;

/** The paces of one limiter, by key. */
class Paces {
  readonly #rules: PaceRules;
  readonly #paces = new Map<string, Pace>();
  #sweepAt = manyKeys;

  constructor(rules: PaceRules) {
    this.#rules = rules;
  }

  of(key: string): Pace {
    let pace = this.#paces.get(key);
    if (!pace) {
      if (this.#paces.size >= this.#sweepAt) this.#sweep();
      this.#paces.set(key, (pace = new Pace(this.#rules)));
    }
    return pace;
  }

  #sweep(): void {
    const now = performance.now();
    for (const [key, pace] of this.#paces) if (pace.isIdle(now)) this.#paces.delete(key);
    this.#sweepAt = Math.max(manyKeys, 2 * this.#paces.size);
  }

  get stats(): LimitStats {
    let running = 0;
    let queued = 0;
    for (const pace of this.#paces.values()) {
      running += pace.running;
      queued += pace.queued;
    }
    return { running, queued };
  }
}

/**
 * Keeps a pace: requests wait for their turn, first come, first served. By default it stands on the
 * `attempt` ring and counts attempts, retries among them; with `{ around: 'hop' }` it counts every
 * request, redirects among them. A wait counts for `timeout.total` alone, and ends with its call.
 * Sessions that use the same one share its pace.
 *
 * @throws {InvalidRequestError} for an option that does not exist or has a wrong value.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { limit } from 'isosession/middleware';
 *
 * const session = new Session();
 * session.use(limit({ concurrency: 10, rate: { count: 50, per: 1000 } })); // of each origin
 * ```
 */
export function limit(options: LimitOptions): Limiter {
  const read = readRecord<LimitOptions>('limit', kinds, options);
  const { concurrency = Infinity, rate, key, hints } = read;
  const paces = new Paces({ concurrency, rate });

  async function inTurn(pace: Pace, request: Outgoing, next: Handler): Promise<SessionResponse> {
    const { options, cancellation } = request;
    const given = pace.enter(cancellation);
    const turn = typeof given === 'number' ? given : await given;
    try {
      const sending = next(request);
      pace.send(turn);
      const response = await sending;
      const quota = hints ? hintOf(response, options.retry) : undefined;
      if (quota) pace.hear(turn, quota);
      return response;
    } finally {
      pace.leave(turn);
    }
  }

  const middleware = middlewareOf((request, next) => {
    const pace = paces.of(key ? key(toSessionRequest(request)) : request.url.origin);
    return inTurn(pace, request, next);
  });
  return Object.assign(middleware, { around: 'attempt', stats: () => paces.stats } as const);
}

const positive = kind<number>(
  isDevelopment && 'a number above 0',
  (value) => typeof value === 'number' && value > 0,
);
const places = kind<number>(
  isDevelopment && 'a whole number, 1 or more',
  (value) => Number.isSafeInteger(value) && value > 0,
);

const kinds = {
  concurrency: (value: unknown, name: string): number =>
    value === Infinity ? value : places(value, name),
  rate: (value: unknown): object => {
    const rate = readRecord('rate', { count: places, per: positive }, value);
    if ('count' in rate && 'per' in rate) return rate;
    throw new InvalidRequestError(isDevelopment ? 'rate must have a count and a per' : 'rate');
  },
  key: func,
  hints: flag,
};

/** What a response says of how many more may come, and when; one of another URL says it of that. */
function hintOf(
  { status, headers, redirected }: SessionResponse,
  { afterStatusCodes, maxRetryAfter = Infinity }: RetryOptions,
): Quota | undefined {
  if (redirected) return undefined;
  const now = Date.now();
  const hints = hintsOf(headers);
  const delay = afterStatusCodes?.includes(status) ? retryAfter(hints, now) : undefined;
  const quota = delay === undefined ? quotaOf(hints, now) : { remaining: 0, reset: delay };
  return quota && quota.reset <= maxRetryAfter ? quota : undefined;
}
