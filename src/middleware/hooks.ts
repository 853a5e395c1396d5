/** Hooks: functions once around a call, outside the retries. */
import type { Hooks } from '../types/middleware.ts';
import { wrapResponse, discardWhenCollected } from '../response/wrap-response.ts';
import type { SessionResponse } from '../response/session-response.ts';
import { fromSessionRequest, toSessionRequest } from '../request/session-request.ts';
import type { Outgoing, Handler } from '../model.ts';

/**
 * Runs `beforeRequest` and `afterResponse` around `next`. `beforeError` is the call's,
 * `beforeRetry` the retry layer's.
 */
export async function runHooks(
  { beforeRequest = [], afterResponse = [] }: Hooks,
  outgoing: Outgoing,
  next: Handler,
): Promise<SessionResponse> {
  const request = toSessionRequest(outgoing);
  const { context } = request;
  let answer: Response | void = undefined;
  for (const hook of beforeRequest) if ((answer = await hook({ request, context }))) break;
  const sent = fromSessionRequest(request, outgoing);
  let response = answer ? wrapResponse(answer, sent) : await next(sent);
  if (afterResponse.length) discardWhenCollected(response);
  for (const hook of afterResponse)
    response = wrapResponse((await hook({ request, response, context })) ?? response, sent);
  return response;
}
