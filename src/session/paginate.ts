/** Pages, one response after another. */
import { Call, type CallInput } from '../call/call.ts';
import { followUp } from '../call/follow-up.ts';
import type { SessionState } from '../model.ts';
import { count, func } from '../options/kinds.ts';
import { ResponsePromise } from '../response/response-promise.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { PaginateOptions } from '../types/session.ts';

type Input = string | URL | Request;

/**
 * Follows `links.next`, or what `nextPage` gives, until there is none, the limit is reached or a
 * URL comes again.
 */
export async function* paginate(
  state: SessionState,
  first: Input,
  {
    nextPage = (response) => response.links['next']?.url,
    limit = Infinity,
    ...options
  }: PaginateOptions = {},
): AsyncGenerator<SessionResponse, void, undefined> {
  func(nextPage, 'nextPage');
  count(limit, 'limit');
  const seen = new Set<string>();
  let call: CallInput = { input: first, options, method: 'GET' };
  for (let page = 0; page < limit; page++) {
    const response = await new ResponsePromise(new Call(state, call)).checked();
    seen.add(response.request.url).add(response.url);
    yield response;
    const next: Input | undefined = await nextPage(response);
    if (!next) return;
    const { url, input, trail } = followUp(state, response, next);
    if (seen.has(url.href)) return;
    // The next page's URL has its whole query already.
    call = { input, options: { ...options, searchParams: undefined }, method: 'GET', trail };
  }
}
