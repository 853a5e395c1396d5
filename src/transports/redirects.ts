/**
 * Redirects by the Fetch standard ("HTTP-redirect fetch"), where no host follows them: each is a
 * request of its own, less what is secret. In browsers a chunk that most pages never load.
 *
 * @module
 */
import type { Hop, Outgoing } from '../model.ts';
import type { HeaderList } from '../request/headers.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { RedirectTools } from './redirect-tools.ts';

/**
 * The request that a redirect leads to; `undefined` without a `Location`. The response takes its
 * place in the history.
 *
 * @param tools what this module needs of the library, of which it loads nothing
 */
export function nextHop(hop: Hop, tools: RedirectTools): Outgoing | undefined {
  const { request, response, history } = hop;
  const { NetworkError, TooManyRedirectsError, discard, parseUrl, sentOf, urlInHeader } = tools;
  const { maxRedirects, redirect } = request.options;
  const details = { request: sentOf(request) };
  // Fetch, HTTP fetch, step 8: whether or not it says where to.
  if (redirect === 'error') {
    discard(response);
    throw new NetworkError("Redirected, and redirect is 'error'", details);
  }
  const [location, another] = locationsOf(response, tools);
  if (location === undefined) return undefined;
  discard(response);
  if (another !== undefined)
    throw new NetworkError('Redirected to several places: Location headers differ', details);
  if (history.push(response) > maxRedirects)
    throw new TooManyRedirectsError(maxRedirects, history, details);
  const named = parseUrl(urlInHeader(location), request.url.href, 'redirect target');
  const url = request.call.state?.hsts?.secure(named) ?? named;
  // Userinfo would be sent to whoever the server names.
  url.username = url.password = url.hash = '';
  return redirected(hop, url, tools);
}

/** The places that a redirect names: none without a `Location` or with an empty one. */
function locationsOf(response: SessionResponse, { oneValue, stateOf }: RedirectTools): string[] {
  const field = response.headers.get('location') ?? '';
  const { locations } = stateOf(response);
  // A middleware may have set another.
  const lines = locations?.join(', ') === field ? locations : separate(oneValue(field));
  return [...new Set(lines)].filter(Boolean);
}

/**
 * `Headers` joins several lines. A URL has no space, but servers send some (`/?q=Smith, John`): the
 * next one begins as a URL does, or else any may.
 */
function separate(joined: string): string[] {
  return joined.split(/^(?:https?:|[/?.#])/i.test(joined) ? /, (?=https?:|[/?.#])/i : ', ');
}

function redirected(
  { request, response, trustedOrigins }: Hop,
  url: URL,
  tools: RedirectTools,
): Outgoing {
  const method = redirectMethod(request.method, response.status);
  const keepsBody = method === request.method;
  if (keepsBody) request.call.trail?.checkBodyHop?.(url);
  const keepsSecrets = tools.mayCarrySecrets(request.url, url, trustedOrigins);
  const headers = redirectHeaders(request, url, { keepsBody, keepsSecrets }, tools);
  // What was dropped once stays dropped for the rest of the chain.
  const secrets = keepsSecrets ? request.secrets : 'none';
  const { authorizeHop } = request.options;
  if (authorizeHop) {
    const value = secrets === 'none' ? undefined : authorizeHop({ method, url });
    tools.setHeader(headers, 'authorization', value);
  }
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
    responseTimeUsed: request.responseTimeUsed + tools.stateOf(response).elapsed,
  };
}

/** Fetch, HTTP-redirect fetch, step 12: 303 makes all but HEAD a GET, 301 and 302 a POST. */
function redirectMethod(method: string, status: number): string {
  if (status === 303) return method === 'HEAD' ? 'HEAD' : 'GET';
  if (status === 301 || status === 302) return method === 'POST' ? 'GET' : method;
  return method;
}

function redirectHeaders(
  { headers, body, url, options: { keepHeaders } }: Outgoing,
  { origin }: URL,
  { keepsBody, keepsSecrets }: { keepsBody: boolean; keepsSecrets: boolean },
  { isHarmless }: RedirectTools,
): HeaderList {
  return headers.filter((_, i) => {
    const name = headers[i & ~1];
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
