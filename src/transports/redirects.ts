/**
 * Redirects by the Fetch standard ("HTTP-redirect fetch"), with nothing secret crossing to another
 * origin.
 *
 * @module
 */
import { isDevelopment } from '../development.ts';
import { NetworkError } from '../errors/network-error.ts';
import { TooManyRedirectsError } from '../errors/too-many-redirects-error.ts';
import type { Outgoing } from '../model.ts';
import { mayCarrySecrets } from '../request/credentials.ts';
import { isHarmless } from '../request/harmless.ts';
import { filterHeaders, type HeaderList, setHeader } from '../request/headers.ts';
import { sentOf } from '../request/sent-request.ts';
import { parseUrl, urlInHeader, type UrlParts } from '../request/url.ts';
import { discard, SessionResponse } from '../response/session-response.ts';
import { locationsOf } from './locations.ts';

/** The redirect statuses of the Fetch standard. */
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export const isRedirect = (status: number): boolean => redirectStatuses.has(status);

/**
 * The request that a redirect leads to; `undefined` for a response that is the last one. It takes
 * its place in the history, and gets to know its own.
 */
export function nextHop(
  request: Outgoing,
  response: SessionResponse,
  history: SessionResponse[],
  trustedOrigins: ReadonlySet<string> | undefined,
): Outgoing | undefined {
  const { maxRedirects, redirect } = request.options;
  SessionResponse.stateOf(response).history = [...history];
  const [location, another] = isRedirect(response.status) ? locationsOf(response) : [];
  if (location === undefined) return undefined;
  discard(response);
  const details = { request: sentOf(request) };
  if (redirect === 'error') {
    throw new NetworkError(
      `${isDevelopment ? 'Redirected, and ' : ''}redirect is 'error'`,
      details,
    );
  }
  if (another !== undefined) {
    throw new NetworkError(
      `${isDevelopment ? 'Redirected to several places: ' : ''}Location headers differ`,
      details,
    );
  }
  if (history.push(response) > maxRedirects) {
    throw new TooManyRedirectsError(maxRedirects, history, details);
  }
  return redirected(request, response, redirectUrl(location, request.url), trustedOrigins);
}

/** `trustedOrigins`: in the scope of the session's credentials; `undefined`: every origin. */
function redirected(
  request: Outgoing,
  { status, elapsed }: SessionResponse,
  url: URL,
  trustedOrigins: ReadonlySet<string> | undefined,
): Outgoing {
  const method = redirectMethod(request.method, status);
  const keepsBody = method === request.method;
  const keepsSecrets = mayCarrySecrets(request.url, url, trustedOrigins);
  const headers = redirectHeaders(request, url, { keepsBody, keepsSecrets });
  // What was dropped once stays dropped for the rest of the chain.
  const secrets = keepsSecrets ? request.secrets : 'none';
  const { authorizeHop } = request.options;
  if (authorizeHop)
    setHeader(
      headers,
      'authorization',
      secrets === 'none' ? undefined : authorizeHop({ method, url }),
    );
  return {
    ...request,
    method,
    url,
    headers,
    body: keepsBody ? request.body : null,
    secrets,
    cookies: keepsSecrets ? request.cookies : undefined,
    hop: request.hop + 1,
    passed: [...request.passed, request.url.origin],
    responseTimeUsed: request.responseTimeUsed + elapsed,
  };
}

/** Fetch, HTTP-redirect fetch, step 12: 303 makes all but HEAD a GET, 301 and 302 a POST. */
function redirectMethod(method: string, status: number): string {
  if (status === 303) return method === 'HEAD' ? 'HEAD' : 'GET';
  if (status === 301 || status === 302) return method === 'POST' ? 'GET' : method;
  return method;
}

/** Userinfo in a `Location` is dropped, as it would be sent to whoever the server names. */
function redirectUrl(location: string, base: UrlParts): URL {
  const url = parseUrl(urlInHeader(location), base.href, 'redirect target');
  url.username = url.password = url.hash = '';
  return url;
}

function redirectHeaders(
  { headers, body, url, options: { keepHeaders } }: Outgoing,
  { origin }: URL,
  { keepsBody, keepsSecrets }: { keepsBody: boolean; keepsSecrets: boolean },
): HeaderList {
  return filterHeaders(headers, (name) => {
    // The headers of a body go where it goes.
    if (name.startsWith('content-')) {
      if (!keepsBody) return false;
      if (body !== null) return true;
    }
    // It names the host that was left.
    if (name === 'host' && origin !== url.origin) return false;
    return keepsSecrets || isHarmless(name) || keepHeaders.includes(name);
  });
}
