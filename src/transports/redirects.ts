/**
 * Redirects by the Fetch standard ("HTTP-redirect fetch"), with nothing secret crossing to another
 * origin.
 */
import { NetworkError } from '../errors/network-error.ts';
import { TooManyRedirectsError } from '../errors/too-many-redirects-error.ts';
import { filterHeaders } from '../request/headers.ts';
import { discard, SessionResponse } from '../response/session-response.ts';
import { isHarmless } from '../request/harmless-headers.ts';
import { parseUrl, type UrlParts } from '../request/url.ts';
import type { Outgoing, Handler, SessionState } from '../model.ts';
import { sentOf } from '../request/sent-request.ts';

const statuses = [301, 302, 303, 307, 308];

/** The statuses that the Fetch standard calls redirects. */
export function isRedirect(status: number): boolean {
  return statuses.includes(status);
}

/** Follows the redirects that begin with `response`, one hop after another. */
export async function followRedirects(
  state: SessionState,
  first: Outgoing,
  firstResponse: SessionResponse | Promise<SessionResponse>,
  sendHop: Handler,
): Promise<SessionResponse> {
  const { maxRedirects, redirect } = first.options;
  const history: SessionResponse[] = [];
  let request = first;
  let response = await firstResponse;
  for (;;) {
    SessionResponse.stateOf(response).history = [...history];
    const location = response.headers.get('location');
    if (location === null || !isRedirect(response.status)) return response;
    discard(response);
    const details = { request: sentOf(request) };
    if (redirect === 'error')
      throw new NetworkError("Redirected, and redirect is 'error'", details);
    if (history.push(response) > maxRedirects)
      throw new TooManyRedirectsError(maxRedirects, history, details);
    request = nextHop(state, request, response, location);
    response = await sendHop(request);
  }
}

function nextHop(
  state: SessionState,
  request: Outgoing,
  { status, elapsed }: SessionResponse,
  location: string,
): Outgoing {
  const url = parseUrl(fromLatin1(location), request.url.href, 'redirect target');
  url.username = url.password = url.hash = '';
  let { method, body } = request;
  const rewritten =
    status === 303 ? !/^(?:GET|HEAD)$/.test(method) : method === 'POST' && status < 303;
  if (rewritten) {
    method = 'GET';
    body = null;
  }
  const same = sameScope(state, request.url, url);
  const { keepHeaders } = request.options;
  return {
    ...request,
    method,
    url,
    body,
    // The headers of a body go where it goes.
    headers: filterHeaders(request.headers, (name) =>
      (rewritten || body !== null) && /^content-/.test(name)
        ? !rewritten
        : same || isHarmless(name) || keepHeaders.includes(name),
    ),
    cookies: same ? request.cookies : undefined,
    responseTimeUsed: request.responseTimeUsed + elapsed,
  };
}

/**
 * Whether credentials may go along: the same origin, both in the session's scope, or the same host
 * turning from http to https.
 */
function sameScope(
  { trustedOrigins: scope }: SessionState,
  from: UrlParts,
  to: URL,
): boolean | undefined {
  return (
    from.origin === to.origin ||
    (scope?.has(from.origin) && scope.has(to.origin)) ||
    (!from.port && to.origin === `https://${from.hostname}`)
  );
}

/** A `Location` arrives as latin1 and is UTF-8; one that is not is left as it is. */
function fromLatin1(text: string): string {
  try {
    // `escape` writes latin1 as bytes, and anything beyond in a way that does not decode.
    return decodeURIComponent(escape(text));
  } catch {
    return text;
  }
}
