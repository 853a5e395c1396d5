/** Pages, one response after another. */
import type { RequestOptions } from '../types/options.ts';
import type { PaginateOptions } from '../types/session.ts';
import { count, func } from '../options/kinds.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { ResponsePromise } from '../response/response-promise.ts';
import { parseUrl } from '../request/url.ts';

type Input = string | URL | Request;

/**
 * Follows `links.next`, or what `nextPage` gives, until there is none, the limit is reached or a
 * URL comes again.
 */
export async function* paginate(
  session: { get(input: Input, options: RequestOptions): ResponsePromise },
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
  let input = first;
  let call: RequestOptions = options;
  for (let page = 0; page < limit; page++) {
    const response: SessionResponse = await session.get(input, call).checked();
    seen.add(response.request.url).add(response.url);
    yield response;
    const next: Input | undefined = await nextPage(response);
    if (!next) return;
    const here = new URL(response.url);
    // Of the three, only a `Request` has a `url`.
    const url = parseUrl((next as Partial<Request>).url ?? (next as string), here);
    if (seen.has(url.href)) return;
    input = typeof next === 'string' ? url : next;
    // The next page's URL has its whole query already.
    call = { ...call, searchParams: undefined };
    // A link is the server's word, as a redirect is: what the call passed for one origin does not
    // follow it to another.
    if (url.origin !== here.origin)
      call = { ...call, headers: undefined, auth: undefined, cookies: undefined };
  }
}
