/** Redirects by the Fetch standard ("HTTP-redirect fetch"), with nothing secret crossing to another origin. */
import { InvalidRequestError, NetworkError, TooManyRedirectsError } from '../errors.ts';
import { isReplayable } from '../core/body.ts';
import type { HeaderList } from '../core/headers.ts';
import { type Outgoing, sentOf } from '../core/request.ts';
import { SessionResponse } from '../core/response.ts';
import { isHarmless } from '../core/scope-headers.ts';
import type { Handler, SessionState } from '../core/state.ts';
import { parseUrl, type Place } from '../core/url.ts';

/** The statuses that the Fetch standard calls redirects. */
export function isRedirect(status: number): boolean {
  return status === 302 || status === 301 || status === 307 || status === 308 || status === 303;
}

/** Follows the redirects that begin with `response`, one hop after another. */
export async function followRedirects(state: SessionState, first: Outgoing, firstResponse: SessionResponse | Promise<SessionResponse>, sendHop: Handler): Promise<SessionResponse> {
  let request = first;
  let response = await firstResponse;
  const { maxRedirects, redirect } = first.options;
  const history: SessionResponse[] = [];
  const seal = (last: SessionResponse): SessionResponse => {
    SessionResponse.stateOf(last).history = history.slice();
    return last;
  };
  for (;;) {
    const location = response.headers.get('location');
    if (!isRedirect(response.status) || location === null) return seal(response);
    const details = { request: sentOf(request) };
    SessionResponse.stateOf(response).source?.discard();
    if (redirect === 'error') throw new NetworkError(`A redirect came, and redirect is 'error'`, details);
    seal(response);
    history.push(response);
    if (history.length > maxRedirects) throw new TooManyRedirectsError(maxRedirects, history, details);
    request = nextHop(state, request, response, location);
    response = await sendHop(request);
  }
}

function nextHop(state: SessionState, request: Outgoing, response: SessionResponse, location: string): Outgoing {
  const { status } = response;
  const { options } = request;
  const url = parseUrl(fromLatin1(location), request.url.href, 'redirect target');
  url.username = url.password = '';
  url.hash = '';
  let { method, body, headers, cookies } = request;
  if ((method === 'POST' && (status === 301 || status === 302)) || (status === 303 && method !== 'GET' && method !== 'HEAD')) {
    method = 'GET';
    body = null;
    headers = only(headers, (name) => !/^content-/.test(name));
  } else if (!isReplayable(body)) {
    throw new InvalidRequestError(`The redirect (${status}) asks for the body again, and it is a stream that was sent already: give a function that returns a new one`, { request: sentOf(request) });
  }
  if (!sameScope(state, request.url, url)) {
    headers = only(headers, (name) => isHarmless(name) || options.keepHeaders.includes(name) || (body !== null && /^content-/.test(name)));
    cookies = undefined;
  }
  return request.with({ method, url, headers, body, cookies, spent: request.spent + response.elapsed });
}

function only(headers: HeaderList, keep: (name: string) => boolean): HeaderList {
  return headers.filter((_, i) => keep(headers[i & ~1] as string));
}

/** Whether credentials may go along: the same origin, both in the session's scope, or the same host turning from http to https. */
function sameScope(state: SessionState, from: Place, to: Place): boolean {
  return from.origin === to.origin
    || (state.scope?.has(from.origin) && state.scope.has(to.origin)) === true
    || (from.protocol === 'http:' && to.protocol === 'https:' && from.hostname === to.hostname && !from.port && !to.port);
}

/** A `Location` arrives as latin1 and is UTF-8; one that is not is left as it is. */
function fromLatin1(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  } catch {
    return text;
  }
}
