import type { Handler, Outgoing } from '../model.ts';
import { followHook, fromSessionRequest, toSessionRequest } from '../request/session-request.ts';
import type { SessionResponse } from '../response/session-response.ts';
import { discardWhenCollected, wrapResponse } from '../response/wrap-response.ts';
import type { Hooks } from '../types/middleware.ts';

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
  let answer: Response | void = undefined;
  let sent = outgoing;
  for (const hook of beforeRequest) {
    answer = await hook({ request, context });
    sent = followHook(request, sent);
    // It ends the list.
    if (answer) break;
  }
  sent = fromSessionRequest(request, sent);
  let response = answer ? wrapResponse(answer, sent) : await next(sent);
  // A hook may give another one, or an error, and drop this.
  if (afterResponse.length) discardWhenCollected(response);
  for (const hook of afterResponse) {
    const replacement = await hook({ request, response, context });
    response = wrapResponse(replacement ?? response, sent);
  }
  return response;
}
