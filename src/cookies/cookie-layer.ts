/**
 * The cookie layer of platforms where the session keeps the cookies: one jar, read before every hop
 * and written after it.
 *
 * @module
 */
import type { CookieLayer, Outgoing } from '../model.ts';
import { getHeader, type HeaderList, setHeader } from '../request/headers.ts';
import { SafeHeaders } from '../request/safe-headers.ts';
import { setCookieLines } from '../response/foreign-response.ts';
import { SessionResponse } from '../response/session-response.ts';
import { discard } from '../response/wrap-response.ts';
import type { SessionCookies } from '../types/cookies.ts';
import { mergeCookies } from './request-cookies.ts';
import { parseSetCookieNames } from './rules/set-cookie.ts';
import { isForged } from './rules/storage-model.ts';
import { isSessionJar, type SharedJar } from './shared-jar.ts';

export const cookieLayer: CookieLayer = {
  isForged,
  /** The jar's cookies, this call's cookies and its `cookie` header in one `cookie` header. */
  attach(cookies, request) {
    const jar = jarFor(cookies, request);
    if (!jar || jar.store?.size === 0) return withCookies(request, '');
    const stored = jar.headerFor(request.url);
    return typeof stored === 'string'
      ? withCookies(request, stored)
      : stored.then((late) => withCookies(request, late));
  },
  /** Keeps what a hop has set, for the URL of that hop, before the next hop is sent. */
  store(cookies, request, response) {
    const state = SessionResponse.stateOf(response);
    const lines = state.setCookies ?? readSetCookies(response.headers);
    if (lines.length === 0) return undefined;
    state.unreadCookies = { lines, parse: parseSetCookieNames };
    try {
      return jarFor(cookies, request)
        ?.storeResponse(request.url, lines)
        ?.catch((error: unknown) => discardAndThrow(response, error));
    } catch (error) {
      return discardAndThrow(response, error);
    }
  },
};

function jarFor(cookies: SessionCookies | undefined, request: Outgoing): SharedJar | undefined {
  if (request.options.credentials === 'omit') return undefined;
  return isSessionJar(cookies) ? cookies.shared : undefined;
}

/**
 * The last list that was made: calls of one session have the same headers and mostly the same
 * cookies, so it is likely to be the next one, too.
 */
let last:
  { readonly headers: HeaderList; readonly cookie: string; readonly list: HeaderList } | undefined;

function withCookies({ headers, cookies }: Outgoing, stored: string): HeaderList {
  if (stored === '' && cookies === undefined) return headers;
  // Where nothing in the list is 'cookie', no name is.
  if (cookies !== undefined || headers.includes('cookie')) {
    const list = headers.slice();
    setHeader(list, 'cookie', mergeCookies(stored, getHeader(headers, 'cookie'), cookies));
    return list;
  }
  if (last?.headers === headers && last.cookie === stored) return last.list;
  const list = [...headers, 'cookie', stored];
  last = { headers, cookie: stored, list };
  return list;
}

/** The `Set-Cookie` lines of headers that are not ours. */
function readSetCookies(headers: Headers): readonly string[] {
  const lines = setCookieLines(headers) ?? [];
  // The host's own `Headers` print every value, ours no secret one. To copy them into ours would
  // leave the response with those of the host.
  if (lines.length > 0 && headers instanceof Headers)
    Object.setPrototypeOf(headers, SafeHeaders.prototype);
  return lines;
}

/** The error of a custom store takes the place of a response, whose body nobody gets to see. */
function discardAndThrow(response: SessionResponse, error: unknown): never {
  discard(response);
  throw error;
}
