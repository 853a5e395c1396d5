/** What a page carries from the render to the browser: the format of `dehydrate` and `hydrate`. */
import type { GivenOptions, SessionState } from '../../model.ts';
import { isRequest } from '../../request/host/brand.ts';
import { takeUserinfo } from '../../request/credentials.ts';
import { isHarmless } from '../../request/harmless.ts';
import { filterHeaders, getHeader, readHeaders } from '../../request/headers.ts';
import { callOf, type SessionCall } from '../../request/session-request.ts';
import { resolveInput } from '../../request/base/base-url.ts';
import { addSearchParams } from '../../request/url.ts';
import type { SessionRequest } from '../../types/middleware.ts';

/** One response: what it answered, and its parts. */
export type PageResponse = [
  key: string,
  accept: string,
  status: number,
  headers: [name: string, value: string][],
  body: string,
];

/** The headers of it: those that tell of the body and of nothing else. */
export const publicHeaders: readonly string[] = [
  'cache-control',
  'content-language',
  'content-type',
  'etag',
  'last-modified',
  'link',
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

/** What a response is found by. */
export interface PageKey {
  readonly key: string;
  readonly accept: string;
}

/**
 * What the call of a request is found by, as it was prepared: a middleware may have changed the
 * request since, and not the same on both sides. `undefined` for a call that is not made as the
 * page's session makes them, but for somebody else.
 */
export function pageKeyOf(page: SessionState, request: SessionRequest): PageKey | undefined {
  const call = callOf(request);
  const url =
    hasOwnIdentity(call.given) || !isSameIdentity(call.state, page) ? undefined : askedUrl(call);
  if (!url) return undefined;
  const accept = getHeader(call.request?.headers ?? [], 'accept');
  // The same for a caller that named no type, whatever its platform puts in the place.
  return { key: keyOf(url, page), accept: accept ?? '*/*' };
}

/**
 * The URL that the call asked for, without what its session adds to every URL, which may be a
 * secret of the server's. `undefined` where credentials stand in it.
 */
function askedUrl({ input, given, state }: SessionCall): URL | undefined {
  const url = resolveInput(state, isRequest(input) ? input.url : input);
  if (takeUserinfo(url)) return undefined;
  if (given?.searchParams) addSearchParams(url, given.searchParams, []);
  return url;
}

/**
 * Below the base URL of the page's session it is relative to that, as a server often has another
 * way to a backend than a browser.
 */
function keyOf({ href }: URL, { baseUrl }: SessionState): string {
  if (!baseUrl || !href.startsWith(baseUrl.href)) return href;
  return `./${href.slice(baseUrl.href.length)}`;
}

/** Whether a call says by itself who asks. */
function hasOwnIdentity(given: GivenOptions | undefined): boolean {
  if (!given) return false;
  const { auth, cookies, credentials, headers, searchParams, tls } = given;
  if ([auth, cookies, tls].some((own) => own !== undefined) || credentials === 'omit') return true;
  return (
    searchParams === null ||
    headers === null ||
    [...readHeaders(headers ?? {}).keys()].some((name) => name !== 'accept')
  );
}

/** Whether a child asks as the page's session does. */
function isSameIdentity(state: SessionState, page: SessionState): boolean {
  if (state === page) return true;
  return (
    state.auth === page.auth &&
    state.cookies?.jar === page.cookies?.jar &&
    Boolean(state.cookies) === Boolean(page.cookies) &&
    state.options.credentials === page.options.credentials &&
    state.options.init.tls === page.options.init.tls &&
    secretsOf(state) === secretsOf(page)
  );
}

function secretsOf({ headers }: SessionState): string {
  return filterHeaders(headers.list(undefined), (name) => !isHarmless(name)).join('\n');
}
