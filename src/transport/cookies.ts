/** The cookie layer of platforms where the session keeps the cookies: one jar, read before and written after every hop. */
import type { SessionCookies } from '../types.ts';
import { mergeCookies, parseSetCookieNames } from '../cookies/request-cookies.ts';
import { SessionJar } from '../cookies/session-jar.ts';
import { getHeader, type HeaderList, setHeader } from '../core/headers.ts';
import type { CookieLayer } from '../core/platform.ts';
import type { Outgoing } from '../core/request.ts';
import { SessionResponse } from '../core/response.ts';

function jarFor(cookies: SessionCookies | undefined, request: Outgoing): SessionJar | undefined {
  return cookies instanceof SessionJar && request.options.credentials !== 'omit' ? cookies : undefined;
}

function withCookies(request: Outgoing, fromJar: string): HeaderList {
  if (!fromJar && !request.cookies) return request.headers;
  const headers = request.headers.slice();
  setHeader(headers, 'cookie', mergeCookies(fromJar, getHeader(headers, 'cookie'), request.cookies));
  return headers;
}

/** Promises come only from a jar with an asynchronous store: nobody else has to wait. */
export const cookieLayer: CookieLayer = {
  /** The jar's cookies, this call's cookies and its `cookie` header in one `cookie` header. */
  attach(cookies, request) {
    const kept = jarFor(cookies, request)?.headerFor(request.url) ?? '';
    return typeof kept === 'string' ? withCookies(request, kept) : kept.then((fromJar) => withCookies(request, fromJar));
  },
  /** Keeps what a hop has set, for the URL of that hop, before the next hop is sent. */
  store(cookies, request, response) {
    const state = SessionResponse.stateOf(response);
    const lines = state.setCookies ?? response.headers.getSetCookie();
    if (lines.length === 0) return undefined;
    state.cookies = parseSetCookieNames(lines);
    return jarFor(cookies, request)?.storeResponse(request.url, lines);
  },
};
