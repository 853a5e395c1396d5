import type { Handler, Outgoing } from '../model.ts';
import { fromSessionRequest, toSessionRequest } from '../request/session-request.ts';
import type { SessionResponse } from '../response/session-response.ts';
import { discardWhenCollected, wrapResponse } from '../response/wrap-response.ts';
import type { Hooks, HookState } from '../types/middleware.ts';

/**
 * Runs `beforeRequest` and `afterResponse` around `next`. `beforeError` is run by the call,
 * `beforeRetry` by the retry layer.
 */
export async function runHooks(
  { beforeRequest = [], afterResponse = [] }: Hooks,
  outgoing: Outgoing,
  next: Handler,
): Promise<SessionResponse> {
  const request = toSessionRequest(outgoing);
  const { context } = request;
  const answer = await firstAnswer(beforeRequest, { request, context });
  const sent = fromSessionRequest(request, outgoing);
  let response = answer ? wrapResponse(answer, sent) : await next(sent);
  // A hook may give another one, or an error, and drop this.
  if (afterResponse.length) discardWhenCollected(response);
  for (const hook of afterResponse) {
    const replacement = await hook({ request, response, context });
    response = wrapResponse(replacement ?? response, sent);
  }
  return response;
}

/** The first hook that returns a `Response` answers the call; those behind it do not run. */
async function firstAnswer(
  hooks: NonNullable<Hooks['beforeRequest']>,
  state: HookState,
): Promise<Response | undefined> {
  for (const hook of hooks) {
    const answer = await hook(state);
    if (answer) return answer;
  }
  return undefined;
}
