/** Retries: once per attempt, above auth, so that each attempt reads the current token. */
import { SessionError, type TimeoutError } from '../errors.ts';
import type { RetryOptions } from '../types.ts';
import { isReplayable } from '../core/body.ts';
import { fromSessionRequest, type Outgoing, toSessionRequest } from '../core/request.ts';
import { SessionResponse } from '../core/response.ts';
import { retryAfter } from '../core/retry-after.ts';
import { wait } from '../core/scope.ts';
import type { Handler } from '../core/state.ts';

/** How an attempt ended. */
type Outcome = { response: SessionResponse; error?: never } | { response?: never; error: unknown };

/** Sends until the response or error is one to keep. When attempts run out, the last response is returned, its body readable, or the last error thrown. */
export async function runRetries(first: Outgoing, next: Handler): Promise<SessionResponse> {
  let request = first;
  const { call, options: { retry } } = first;
  for (let attempt = 1; ; attempt++) {
    call.attempts = attempt;
    let outcome: Outcome;
    try {
      const response = await next(request);
      if (response.status < 400 && !retry.shouldRetry) return response;
      outcome = { response };
    } catch (error) {
      outcome = { error };
    }
    const { response } = outcome;
    const delay = request.scope.aborted ? undefined : await delayBefore(request, attempt, outcome);
    if (delay === undefined) {
      if (response) return response;
      throw outcome.error;
    }
    if (call.hooks.beforeRetry) {
      const record = toSessionRequest(request);
      for (const hook of call.hooks.beforeRetry) await hook({ request: record, ...outcome, attempt, delay, context: call.context });
      request = fromSessionRequest(record, request);
    }
    if (response) SessionResponse.stateOf(response).source?.discard();
    await wait(delay, request.scope);
  }
}

/** ms to wait before the next attempt; `undefined`: there is none. */
async function delayBefore({ method, body, call, options: { retry } }: Outgoing, attempt: number, outcome: Outcome): Promise<number | undefined> {
  if (attempt > (retry.limit as number) || !isReplayable(body) || globalThis.navigator?.onLine === false) return undefined;
  const verdict = await retry.shouldRetry?.({ ...outcome, attempt });
  const { response } = outcome;
  const after = response && retry.afterStatusCodes?.includes(response.status) ? retryAfter(response.headers, Date.now()) : undefined;
  if (!(verdict ?? isRetried(method, retry, outcome, after)) || (after ?? 0) > (retry.maxRetryAfter as number)) return undefined;
  const delay = after || backoff(attempt, retry);
  // No wait that the total deadline would cut.
  return performance.now() + delay < call.deadline ? delay : undefined;
}

function isRetried(method: string, { methods, statusCodes, retryOnTimeout }: RetryOptions, { response, error }: Outcome, after: number | undefined): boolean | undefined {
  if (!methods?.includes(method)) return false;
  if (response) return statusCodes?.includes(response.status) && (response.status !== 413 || after !== undefined);
  if (!SessionError.is(error)) return false;
  const { code, phase, cause } = error as SessionError & Partial<TimeoutError>;
  if (code === 'ERR_TIMEOUT') return phase === 'connect' || (phase !== 'total' && retryOnTimeout);
  // A certificate does not become right by asking again.
  return (code as SessionError['code']) === 'ERR_NETWORK' && !/CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|^ERR_(?:TLS|SSL)|^EPROTO$/.test(String((cause as { code?: unknown } | undefined)?.code));
}

function backoff(attempt: number, { delay, backoffLimit, jitter }: RetryOptions): number {
  const ms = Math.min(delay ? delay(attempt) : 300 * 2 ** (attempt - 1), backoffLimit as number);
  if (typeof jitter === 'function') return jitter(ms);
  // Full jitter spreads the clients of a server that comes back.
  return (jitter ?? !delay) ? Math.random() * ms : ms;
}
