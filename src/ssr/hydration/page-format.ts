/** What a page carries from the render to the browser: the format of `dehydrate` and `hydrate`. */
import type { SessionState } from '../../model.ts';
import { callOf } from '../../request/session-request.ts';
import type { SessionRequest } from '../../types/middleware.ts';

/** One response: what it answered, and its parts. */
export type PageResponse = [
  key: string,
  accept: string,
  status: number,
  headers: [name: string, value: string][],
  body: string,
];

/** The version of the format; another one is not read. */
export const pageFormatVersion = 1;

/** The most characters of a page's data, and the most bytes of one body in it: 512 Ki. */
export const maxPageData = 524_288;

/**
 * JSON that is the same JSON in HTML: nothing in it ends a script, begins a comment or, to old
 * scripts, a line.
 */
export function toHtmlSafe(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * What a response is found by: its URL.
 *
 * Below the base URL of the page's session it is relative to that, as a server often has another
 * way to a backend than a browser. It is without what the session of the call, which may be a
 * child, adds to every URL: that may be a secret of the server's.
 */
export function pageKeyOf({ baseUrl }: SessionState, request: SessionRequest): string {
  const url = new URL(request.url);
  const query = url.searchParams;
  for (const [name, value] of callOf(request).state.searchParams) query.delete(name, value);
  url.search = query.toString();
  if (!baseUrl || !url.href.startsWith(baseUrl.href)) return url.href;
  return `./${url.href.slice(baseUrl.href.length)}`;
}

/** The same for a caller that named no type, whatever its platform puts in the place. */
export function acceptOf(headers: Headers): string {
  return headers.get('accept') ?? '*/*';
}
