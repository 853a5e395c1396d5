/**
 * The cookie layer of platforms where the session keeps the cookies: one jar, read before and
 * written after every hop.
 */
import type { SessionCookies } from '../types/cookies.ts';
import { mergeCookies, parseSetCookieNames } from './request-cookies.ts';
import { SessionJar } from './session-jar.ts';
import { getHeader, type HeaderList, SafeHeaders, setHeader } from '../request/headers.ts';
import { discard, SessionResponse } from '../response/session-response.ts';
import type { CookieLayer, Outgoing } from '../model.ts';

function jarFor(cookies: SessionCookies | undefined, request: Outgoing): SessionJar | undefined {
  return cookies instanceof SessionJar && request.options.credentials !== 'omit'
    ? cookies
    : undefined;
}

// Calls of one session have the same defaults and mostly the same cookies: the last list is likely
// to be the next.
let last:
  { readonly headers: HeaderList; readonly cookie: string; readonly list: HeaderList } | undefined;

function withCookies({ headers, cookies }: Outgoing, fromJar: string): HeaderList {
  if (!fromJar && !cookies) return headers;
  if (!cookies && last?.headers === headers && last.cookie === fromJar) return last.list;
  const list = headers.slice();
  setHeader(list, 'cookie', mergeCookies(fromJar, getHeader(headers, 'cookie'), cookies));
  if (!cookies) last = { headers, cookie: fromJar, list };
  return list;
}

/** Promises come only from a jar with an asynchronous store: nobody else has to wait. */
export const cookieLayer: CookieLayer = {
  /** The jar's cookies, this call's cookies and its `cookie` header in one `cookie` header. */
  attach(cookies, request) {
    const kept = jarFor(cookies, request)?.headerFor(request.url) ?? '';
    return typeof kept === 'string'
      ? withCookies(request, kept)
      : kept.then((fromJar) => withCookies(request, fromJar));
  },
  /** Keeps what a hop has set, for the URL of that hop, before the next hop is sent. */
  store(cookies, request, response) {
    const state = SessionResponse.stateOf(response);
    const lines = state.setCookies ?? response.headers.getSetCookie();
    if (lines.length === 0) return undefined;
    state.cookies = parseSetCookieNames(lines);
    // The host's own would print them.
    if (response.headers instanceof Headers && !state.setCookies)
      Object.setPrototypeOf(response.headers, SafeHeaders.prototype);
    try {
      return jarFor(cookies, request)
        ?.storeResponse(request.url, lines)
        ?.catch((error: unknown) => lose(response, error));
    } catch (error) {
      return lose(response, error);
    }
  },
};

/** The error of a jar's store takes the place of a response, whose body nobody gets to see. */
function lose(response: SessionResponse, error: unknown): never {
  discard(response);
  throw error;
}
