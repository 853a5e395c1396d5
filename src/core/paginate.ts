/** Pages, one response after another. */
import { InvalidRequestError } from '../errors.ts';
import type { PaginateOptions, RequestOptions } from '../types.ts';
import type { SessionResponse } from './response.ts';

type Input = string | URL | Request;

/** Follows `links.next`, or what `nextPage` gives, until there is none, the limit is reached or a URL comes again. */
export async function* paginate(get: (input: Input, options: RequestOptions) => Promise<SessionResponse>, first: Input, options: PaginateOptions = {}): AsyncGenerator<SessionResponse, void, undefined> {
  const { nextPage = (response: SessionResponse) => response.links['next']?.url, limit = Infinity, ...rest } = options;
  if (typeof nextPage !== 'function') throw new InvalidRequestError('nextPage must be a function');
  if (typeof limit !== 'number' || !(limit >= 0)) throw new InvalidRequestError('limit must be a number, 0 or more');
  const seen = new Set<string>();
  let input: Input | undefined = first;
  let call: RequestOptions = rest;
  for (let pages = 0; input !== undefined && pages < limit; pages++) {
    const response = await get(input, call);
    if (response.status >= 400 && rest.throwHttpErrors === undefined) response.throwForStatus();
    seen.add(response.request.url).add(response.url);
    yield response;
    const next = await nextPage(response);
    input = typeof next === 'string' ? new URL(next, response.url).href : next;
    if (input !== undefined && seen.has(input instanceof Request ? input.url : String(input))) return;
    // The next page's URL has its whole query already.
    const { searchParams: _, ...later } = call;
    call = later;
    // A link is the server's word, as a redirect is: what the call passed for one origin does not follow it to another.
    if (input !== undefined && originOf(input) !== originOf(response.url)) {
      const { headers: _headers, auth: _auth, cookies: _cookies, ...harmless } = later;
      call = harmless;
    }
  }
}


function originOf(input: Input): string {
  return new URL(input instanceof Request ? input.url : input).origin;
}
