/** Pages, one response after another. */
import { Call, type CallInput } from '../call/call.ts';
import { followUp } from '../call/follow-up.ts';
import type { SessionState } from '../model.ts';
import { count, func } from '../options/kinds.ts';
import { hasBrand, isRequest } from '../request/brand.ts';
import { ResponsePromise } from '../response/response-promise.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { CallOptions } from '../types/options.ts';
import type { PaginateOptions } from '../types/session.ts';
import { keepPage } from './keep-page.ts';
import { optionsOfPage } from './options-of-page.ts';

type Input = string | URL | Request;

/**
 * Follows `links.next`, or what `nextPage` gives, until there is none, the limit is reached or a
 * URL comes again.
 */
export async function* paginate(
  state: SessionState,
  first: Input,
  { nextPage, limit = Infinity, ...options }: PaginateOptions = {},
): AsyncGenerator<SessionResponse, void, undefined> {
  if (nextPage !== undefined) func(nextPage, 'nextPage');
  count(limit, 'limit');
  const seen = new Set<string>();
  let call: CallInput = { input: first, options, method: 'GET' };
  for (let page = 0; page < limit; page++) {
    const response = await new ResponsePromise(new Call(state, call)).checked();
    seen.add(response.request.url).add(response.url);
    const rewind = nextPage && (await keepPage(response));
    yield response;
    rewind?.();
    const next = nextPage ? await nextPage(response) : response.links['next']?.url;
    if (!next) return;
    if (isInput(next)) {
      const { url, input, secrets } = followUp(state, response, next);
      if (seen.has(url.href)) return;
      // The next page's URL has its whole query already.
      call = { input, options: { ...options, searchParams: undefined }, method: 'GET', secrets };
    } else {
      const { merged, key } = optionsOfPage(options, next, state.platform);
      if (seen.has(key)) return;
      seen.add(key);
      call = { input: first, options: merged, method: 'GET' };
    }
  }
}

const isInput = (next: Input | CallOptions): next is Input =>
  typeof next === 'string' || hasBrand(next, 'URL') || isRequest(next);
