/** Retries: once per attempt, above auth, so that each attempt reads the current token. */
import { NetworkError, SessionError, TimeoutError } from '../errors.ts';
import type { RetryOptions } from '../types.ts';
import { isReplayable } from '../core/body.ts';
import { fromSessionRequest, type Outgoing, toSessionRequest } from '../core/request.ts';
import { SessionResponse } from '../core/response.ts';
import { retryAfter } from '../core/retry-after.ts';
import { wait } from '../core/scope.ts';
import type { Handler } from '../core/state.ts';

/** Sends until the response or error is one to keep. When attempts run out, the last response is returned, its body readable, or the last error thrown. */
export function runRetries(request: Outgoing, next: Handler): Promise<SessionResponse> {
  request.call.attempts = 1;
  try {
    // Most calls need one attempt, which then costs no frame to come back to.
    return next(request).then(
      (response) => (isGood(request, response) ? response : runFurther(request, next, response, undefined)),
      (error: unknown) => runFurther(request, next, undefined, error),
    );
  } catch (error) {
    return runFurther(request, next, undefined, error);
  }
}

function isGood({ options }: Outgoing, response: SessionResponse): boolean {
  return response.status < 400 && !options.retry.shouldRetry;
}

/** The attempts after the first, whose response or error is given. */
async function runFurther(first: Outgoing, next: Handler, firstResponse: SessionResponse | undefined, firstError: unknown): Promise<SessionResponse> {
  let request = first;
  let response = firstResponse;
  let error = firstError;
  const { call, options: { retry } } = first;
  for (let attempt = 1; ; attempt++) {
    const delay = request.scope.aborted ? undefined : await delayBefore(request, attempt, retry, response, error);
    if (delay === undefined) {
      if (response) return response;
      throw error;
    }
    if (call.hooks.beforeRetry) {
      const record = toSessionRequest(request);
      for (const hook of call.hooks.beforeRetry) await hook({ request: record, ...(response ? { response } : { error }), attempt, delay, context: call.context });
      request = fromSessionRequest(record, request);
    }
    if (response) SessionResponse.stateOf(response).source?.discard();
    await wait(delay, request.scope);
    call.attempts = attempt + 1;
    response = undefined;
    try {
      response = await next(request);
      if (isGood(request, response)) return response;
    } catch (caught) {
      error = caught;
    }
  }
}

/** ms to wait before the next attempt; `undefined`: there is none. */
async function delayBefore(request: Outgoing, attempt: number, retry: RetryOptions, response: SessionResponse | undefined, error: unknown): Promise<number | undefined> {
  if (attempt > (retry.limit as number) || !isReplayable(request.body) || globalThis.navigator?.onLine === false) return undefined;
  const verdict = await retry.shouldRetry?.(response ? { response, attempt } : { error, attempt });
  const after = response && retry.afterStatusCodes?.includes(response.status) ? retryAfter(response.headers, Date.now()) : undefined;
  if (!(verdict ?? isRetried(request.method, retry, response, error, after))) return undefined;
  if (after !== undefined && after > (retry.maxRetryAfter as number)) return undefined;
  const delay = after || backoff(attempt, retry);
  // No wait that the total deadline would cut.
  return performance.now() + delay < request.call.deadline ? delay : undefined;
}

function isRetried(method: string, retry: RetryOptions, response: SessionResponse | undefined, error: unknown, after: number | undefined): boolean {
  if (!retry.methods?.includes(method)) return false;
  if (response) return retry.statusCodes?.includes(response.status) === true && (response.status !== 413 || after !== undefined);
  if (error instanceof TimeoutError || (SessionError.is(error) && error.code === 'ERR_TIMEOUT')) {
    const { phase } = error as TimeoutError;
    return phase === 'connect' || (phase !== 'total' && retry.retryOnTimeout === true);
  }
  return error instanceof NetworkError && !isTlsError(error.cause);
}

/** A certificate does not become right by asking again. */
function isTlsError(cause: unknown): boolean {
  const code = String((cause as { code?: unknown } | undefined)?.code);
  return /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|^ERR_(?:TLS|SSL)|^EPROTO$/.test(code);
}

function backoff(attempt: number, { delay, backoffLimit, jitter }: RetryOptions): number {
  const ms = Math.min(delay ? delay(attempt) : 300 * 2 ** (attempt - 1), backoffLimit as number);
  if (typeof jitter === 'function') return jitter(ms);
  // Full jitter spreads the clients of a server that comes back.
  return (jitter ?? !delay) ? Math.random() * ms : ms;
}
