/** Hooks: functions once around a call, outside the retries. */
import type { Hooks } from '../types/hooks.ts';
import { adopt, watch } from '../response/wrap-response.ts';
import { fromSessionRequest, type Outgoing, toSessionRequest } from '../request/outgoing.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { Handler } from '../session/state.ts';

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
  let response = answer ? adopt(answer, sent) : await next(sent);
  if (afterResponse.length) watch(response);
  for (const hook of afterResponse)
    response = adopt((await hook({ request, response, context })) ?? response, sent);
  return response;
}
