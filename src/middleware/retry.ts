/** Further attempts: whether there is one, and when. */
import { wait } from '../cancellation/cancellation.ts';
import { SessionError } from '../errors/session-error.ts';
import type { TimeoutError } from '../errors/timeout-error.ts';
import { isTransientError } from '../errors/transient-error.ts';
import type { Handler, Outgoing } from '../model.ts';
import { isReplayable } from '../request/body.ts';
import { isForCacheAlone } from '../request/cache-modes.ts';
import { idempotencyHeader } from '../request/method.ts';
import { followHook, fromSessionRequest, toSessionRequest } from '../request/session-request.ts';
import type { SessionResponse } from '../response/session-response.ts';
import { discard } from '../response/wrap-response.ts';
import type { Awaitable } from '../types/context.ts';
import type { RetryOptions } from '../types/retry.ts';
import { RetryBudget } from './retry-budget.ts';
import type { Hooks } from '../types/middleware.ts';

/** How an attempt ended. */
export type Outcome =
  { response: SessionResponse; error?: never } | { response?: never; error: unknown };

/** How further attempts are made. */
export interface RetryRules {
  readonly beforeRetry: Hooks['beforeRetry'];
  readonly send: Handler;
}

/** Whether no rule can ask for another attempt after a response of this status, as with most. */
export const isFinal = ({ options: { retry } }: Outgoing, status: number): boolean =>
  !retry.shouldRetry && !retry.statusCodes?.includes(status);

/**
 * The attempts after the first, until the response or error is one to keep. When attempts run out,
 * the last response is returned, its body readable, or the last error thrown.
 */
export async function runFurtherAttempts(
  first: Outgoing,
  firstOutcome: Outcome,
  { beforeRetry, send }: RetryRules,
): Promise<SessionResponse> {
  const { call } = first;
  let request = first;
  let outcome = firstOutcome;
  for (let attempt = 1; ; attempt++) {
    const delay = await delayBefore(request, attempt, outcome);
    if (delay === undefined || !takeFromBudget(request)) return settle(outcome);
    if (beforeRetry) {
      const record = toSessionRequest(request);
      for (const hook of beforeRetry) {
        await hook({ request: record, ...outcome, attempt, delay, context: call.context });
        request = followHook(record, request);
      }
      request = fromSessionRequest(record, request);
    }
    if (outcome.response) discard(outcome.response);
    await wait(delay, request.cancellation);
    call.attempts = attempt + 1;
    outcome = await outcomeOf(send, request);
  }
}

/** All attempts: the first, and those after it. */
export async function runAttempts(request: Outgoing, rules: RetryRules): Promise<SessionResponse> {
  request.call.attempts = 1;
  return runFurtherAttempts(request, await outcomeOf(rules.send, request), rules);
}

async function outcomeOf(send: Handler, request: Outgoing): Promise<Outcome> {
  try {
    return { response: await send(request) };
  } catch (error) {
    return { error };
  }
}

function settle(outcome: Outcome): SessionResponse {
  if (outcome.response) return outcome.response;
  throw outcome.error;
}

/** ms to wait before the next attempt; `undefined`: there is none. */
async function delayBefore(
  request: Outgoing,
  attempt: number,
  outcome: Outcome,
): Promise<number | undefined> {
  const { retry } = request.options;
  if (!mayRepeat(request, attempt)) return undefined;
  const verdict = await retry.shouldRetry?.({ ...outcome, attempt });
  const serverDelay = await serverDelayOf(request, outcome);
  if (!(verdict ?? isWorthRepeating(request, outcome, serverDelay))) return undefined;
  // A longer wait is not slept: the response is returned.
  if (serverDelay !== undefined && serverDelay > (retry.maxRetryAfter ?? Infinity))
    return undefined;
  const delay = serverDelay ?? backoff(retry, attempt);
  // No wait that the total deadline would cut.
  return performance.now() + delay < request.call.deadline ? delay : undefined;
}

function mayRepeat(request: Outgoing, attempt: number): boolean {
  const { body, cancellation, options } = request;
  if (cancellation.aborted || attempt > (options.retry.limit ?? 0)) return false;
  if (isForCacheAlone(request)) return false;
  return isReplayable(body) && globalThis.navigator?.onLine !== false;
}

/** Whether the origin may be sent one more: an outage is not to be made worse. */
function takeFromBudget({ call, options, url }: Outgoing): boolean {
  const connections = call.state?.connections;
  if (!connections || options.retry.budget === false) return true;
  return (connections.retryBudget ??= new RetryBudget()).take(url.origin);
}

/** ms that the server asks to wait. */
function serverDelayOf(
  { call, options }: Outgoing,
  { response }: Outcome,
): Awaitable<number | undefined> {
  if (!response || !options.retry.afterStatusCodes?.includes(response.status)) return undefined;
  return call.state?.platform.serverDelay(response.headers, Date.now());
}

/** Whether another attempt may end otherwise, and does no harm. */
function isWorthRepeating(
  request: Outgoing,
  outcome: Outcome,
  serverDelay: number | undefined,
): boolean {
  const { response, error } = outcome;
  if (!response) return isHarmlessTwice(request, outcome) && isRetriedError(error, request);
  const { status } = response;
  const { statusCodes } = request.options.retry;
  // Content that is too large is so until the server says when not.
  if (!statusCodes?.includes(status) || (status === 413 && serverDelay === undefined)) return false;
  const verdict = serverVerdict(response, request.options.retry);
  return verdict ?? isHarmlessTwice(request, outcome);
}

/** What the server says itself of another attempt. */
function serverVerdict(
  { status, headers, redirected }: SessionResponse,
  { afterStatusCodes }: RetryOptions,
): boolean | undefined {
  const verdict = headers.get('x-should-retry');
  if (verdict === 'false') return false;
  // Behind a redirect it is another request that is meant.
  const isAsked = verdict === 'true' && !redirected && afterStatusCodes?.includes(status);
  return isAsked || undefined;
}

/**
 * Whether it does no harm twice: by its method; by a key that was sent as far as the last hop; or
 * because nothing of it was sent.
 */
function isHarmlessTwice(
  { method, options, call }: Outgoing,
  { response, error }: Outcome,
): boolean {
  if (options.retry.methods?.includes(method)) return true;
  const known = response ?? (SessionError.is(error) ? error : undefined);
  if (known?.request?.headers.has(idempotencyHeader)) return true;
  return call.state?.platform.isUnsent?.(error) ?? false;
}

/** After a timeout only where no connection came about, unless the caller wants it. */
function isRetriedError(error: unknown, { call, options }: Outgoing): boolean {
  if (!isTransientError(error, call.state?.platform)) return false;
  if (error.code !== 'ERR_TIMEOUT' || options.retry.retryOnTimeout) return true;
  return (error as TimeoutError).phase === 'connect';
}

/** ms of exponential backoff, or of the user's own `delay`. */
function backoff({ delay, backoffLimit, jitter }: RetryOptions, attempt: number): number {
  const base = delay ? delay(attempt) : 300 * 2 ** (attempt - 1);
  const ms = Math.min(base, backoffLimit ?? Infinity);
  if (typeof jitter === 'function') return jitter(ms);
  // Full jitter spreads the clients of a server that comes back.
  return (jitter ?? !delay) ? ms * Math.random() : ms;
}
