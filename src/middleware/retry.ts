/** Retries: once per attempt, above auth, so that each attempt reads the current token. */
import { SessionError } from '../errors/session-error.ts';
import type { TimeoutPhase } from '../errors/timeout-error.ts';
import type { RetryOptions } from '../types/retry.ts';
import { isReplayable } from '../request/body.ts';
import { discard, type SessionResponse } from '../response/session-response.ts';
import { retryAfter } from './retry-after.ts';
import { wait } from '../cancellation/cancellation.ts';
import { fromSessionRequest, toSessionRequest } from '../request/session-request.ts';
import type { Outgoing, Handler, SessionState } from '../model.ts';

/** After merging, only what has no default may be missing. */
type DefinedRetry = Required<RetryOptions> & {
  [K in 'limit' | 'maxRetryAfter' | 'backoffLimit']: number;
} & { [K in 'methods' | 'statusCodes' | 'afterStatusCodes']: NonNullable<RetryOptions[K]> };

/** How an attempt ended. */
type Outcome = { response: SessionResponse; error?: never } | { response?: never; error: unknown };

/**
 * Sends until the response or error is one to keep. When attempts run out, the last response is
 * returned, its body readable, or the last error thrown.
 */
export function runRetries(request: Outgoing, next: Handler): Promise<SessionResponse> {
  request.call.attempts = 1;
  try {
    // Most calls need one attempt, which then costs no frame to come back to.
    return next(request).then(
      (response) =>
        isGood(request, response) ? response : runFurther(request, next, { response }),
      (error: unknown) => runFurther(request, next, { error }),
    );
  } catch (error) {
    return runFurther(request, next, { error });
  }
}

/** No rule can ask for another attempt after it, as with most responses. */
function isGood({ options: { retry } }: Outgoing, { status }: SessionResponse): boolean {
  return !retry.shouldRetry && !(retry as DefinedRetry).statusCodes.includes(status);
}

/** The attempts after the first, whose outcome is given. */
async function runFurther(
  first: Outgoing,
  next: Handler,
  firstOutcome: Outcome,
): Promise<SessionResponse> {
  let request = first;
  let outcome = firstOutcome;
  const { call } = first;
  for (let attempt = 1; ; attempt++) {
    const { response } = outcome;
    const delay = request.cancellation.aborted
      ? undefined
      : await delayBefore(request, attempt, outcome);
    if (delay === undefined) {
      if (response) return response;
      throw outcome.error;
    }
    const { beforeRetry } = (call.state as SessionState).hooks;
    if (beforeRetry) {
      const record = toSessionRequest(request);
      for (const hook of beforeRetry)
        await hook({ request: record, ...outcome, attempt, delay, context: call.context });
      request = fromSessionRequest(record, request);
    }
    if (response) discard(response);
    await wait(delay, request.cancellation);
    call.attempts = attempt + 1;
    try {
      outcome = { response: await next(request) };
    } catch (error) {
      outcome = { error };
    }
  }
}

/** ms to wait before the next attempt; `undefined`: there is none. */
async function delayBefore(
  { method, body, call, options: { retry } }: Outgoing,
  attempt: number,
  outcome: Outcome,
): Promise<number | undefined> {
  const {
    limit,
    methods,
    statusCodes,
    afterStatusCodes,
    maxRetryAfter,
    delay,
    backoffLimit,
    jitter,
    shouldRetry,
  } = retry as DefinedRetry;
  if (attempt > limit || !isReplayable(body) || globalThis.navigator?.onLine === false)
    return undefined;
  const verdict = await shouldRetry?.({ ...outcome, attempt });
  const { response, error } = outcome;
  const after =
    response && afterStatusCodes.includes(response.status)
      ? retryAfter(response.headers, Date.now())
      : undefined;
  const isTransient = response
    ? statusCodes.includes(response.status) && (response.status !== 413 || after !== undefined)
    : isTransientError(error, retry);
  if (!(verdict ?? (methods.includes(method) && isTransient)) || (after ?? 0) > maxRetryAfter)
    return undefined;

  let ms = after;
  if (!ms) {
    ms = Math.min(delay ? delay(attempt) : 300 * 2 ** (attempt - 1), backoffLimit);
    // Full jitter spreads the clients of a server that comes back.
    if (typeof jitter === 'function') ms = jitter(ms);
    else if (jitter ?? !delay) ms *= Math.random();
  }
  // No wait that the total deadline would cut.
  return performance.now() + ms < call.deadline ? ms : undefined;
}

function isTransientError(error: unknown, { retryOnTimeout }: RetryOptions): boolean | undefined {
  const { code, phase, cause, status } = (SessionError.is(error) ? error : {}) as {
    code?: string;
    phase?: TimeoutPhase;
    cause?: { code?: unknown };
    status?: number;
  };
  // A certificate does not become right by asking again, nor does what a proxy refuses.
  if (/NETWORK|PROXY/.test(code as string))
    return (
      !((status as number) < 500) && !/CERT|UNABLE_TO|TLS|SSL|EPROTO/.test(cause?.code as string)
    );
  return phase === 'connect' || (retryOnTimeout && phase && phase !== 'total');
}
