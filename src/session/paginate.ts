/** Pages, one response after another. */
import { Call, type CallInput } from '../call/call.ts';
import { followUp } from '../call/follow-up.ts';
import type { CallerOptions, SessionState } from '../model.ts';
import { count as readCount, func } from '../options/kinds.ts';
import { hasBrand, isRequest } from '../request/host/brand.ts';
import { ResponsePromise } from '../response/response-promise.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { RequestOptions } from '../types/options.ts';
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
  readCount(limit, 'limit');
  const seen = new Set<unknown>();
  let call: CallInput = { input: first, options };
  for (let count = 0; count < limit; count++) {
    const response = await new ResponsePromise(new Call(state, call)).checked();
    seen.add(response.request.url).add(response.url);
    const rewind = nextPage && (await keepPage(response));
    yield response;
    rewind?.();
    const next = nextPage ? await nextPage(response) : response.links['next']?.url;
    if (!next) return;
    const page = isInput(next)
      ? pageAt(followUp(state, { response }, next), options)
      : pageBy(optionsOfPage(options, next, state), first);
    if (seen.has(page.key)) return;
    seen.add(page.key);
    call = page.call;
  }
}

/** A page, and what tells it from the others. */
interface Page {
  readonly key: unknown;
  readonly call: CallInput;
}

/** By another URL, which has its whole query already. */
function pageAt({ url, ...following }: ReturnType<typeof followUp>, options: CallerOptions): Page {
  return {
    key: url.href,
    call: { ...following, options: { ...options, searchParams: undefined } },
  };
}

/** By other options of the call. */
function pageBy({ merged, key }: ReturnType<typeof optionsOfPage>, input: Input): Page {
  return { key, call: { input, options: merged } };
}

const isInput = (next: Input | RequestOptions): next is Input =>
  typeof next === 'string' || hasBrand(next, 'URL') || isRequest(next);
