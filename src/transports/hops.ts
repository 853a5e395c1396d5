/**
 * What the session does itself below the transport line, where no host does: hop by hop it attaches
 * and stores cookies, and follows redirects by the Fetch standard ("HTTP-redirect fetch"), with
 * nothing secret crossing to another origin. It is given what it needs of the library, so that what
 * a browser's own `fetch` does can be read, and moved, by itself.
 *
 * @module
 */
import type { Hop, HopLayers, Outgoing, Platform, SessionState } from '../model.ts';
import type { HeaderList } from '../request/headers.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { Transport } from '../types/transport.ts';
import type { HopTools } from './hop-tools.ts';

/**
 * Each redirect is a request of its own, less what is secret. The jar is read before each hop, and
 * written before the next one is sent.
 */
export function hopsBy(tools: HopTools): Platform['sendHops'] {
  return async (state, first, firstTransport, layers) => {
    const history: SessionResponse[] = [];
    let request = first;
    let transport = firstTransport;
    for (;;) {
      const attached = withCookies(state, request, tools);
      const hop = attached instanceof Promise ? await attached : attached;
      const response = await sendHop(state, hop, transport, layers);
      // What answers may not be what was asked, where a middleware stands between.
      if (state.rings.hop.length > 0) request = whereSent(request, response, tools);
      const stored = state.cookieLayer?.store(state.cookies, request, response);
      if (stored) await stored;
      const { redirect } = request.options;
      if (history.length > 0) tools.stateOf(response).history = [...history];
      if (redirect === 'manual' || !isRedirect(response.status)) return response;
      const { trustedOrigins } = state;
      const next = nextHop({ request, response, history, trustedOrigins }, tools);
      if (!next) return response;
      request = next;
      transport = layers.transportFor(state, next);
    }
  };
}

/**
 * The request with the jar's cookies. The one value that may be a promise or not: only a jar whose
 * store answers later gives one, and two awaits on every hop would cost 2 % of a call.
 */
function withCookies(
  state: SessionState,
  request: Outgoing,
  { identityOf }: HopTools,
): Outgoing | Promise<Outgoing> {
  const { cookieLayer, cookies, rings } = state;
  if (!cookieLayer) return request;
  const attached = cookieLayer.attach(cookies, request);
  // Whose request it is has to be said before the jar's cookies come along.
  const identity = rings.hop.length > 0 ? identityOf(request) : undefined;
  if (attached instanceof Promise)
    return attached.then((headers) => ({ ...request, headers, identity }));
  if (attached === request.headers && !identity) return request;
  return { ...request, headers: attached, identity };
}

/** Cookies attached: the user's middleware sees what goes out. */
function sendHop(
  state: SessionState,
  request: Outgoing,
  transport: Transport,
  { runRing, sendOver, transportFor }: HopLayers,
): Promise<SessionResponse> {
  const ring = state.rings.hop;
  // Its redirects are the session's, whoever carries it.
  if (ring.length === 0) return sendOver(state, transport, request, 'manual');
  return runRing(ring, request, (inner) => {
    // Middleware may have given it another URL.
    const isLed = inner.url.origin !== request.url.origin;
    const handed = (isLed && state.cookieLayer?.led?.(inner)) || inner;
    return sendOver(state, transportFor(state, handed), handed, 'manual');
  });
}

/** The hop as it was sent: without what was secret, if a middleware has led it elsewhere. */
function whereSent(
  request: Outgoing,
  response: SessionResponse,
  { ledElsewhere, stateOf }: HopTools,
): Outgoing {
  const { url } = stateOf(response).sent;
  return url.origin === request.url.origin ? request : ledElsewhere(request, url);
}

/** The redirect statuses of the Fetch standard. */
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export const isRedirect = (status: number): boolean => redirectStatuses.has(status);

/** How a URL begins, or a reference to one that is more than a name. */
const beginning = 'https?:|[/?.#]';
const beginsAsUrl = new RegExp(`^(?:${beginning})`, 'i');
const betweenUrls = new RegExp(`, (?=${beginning})`, 'i');

/**
 * The request that a redirect leads to; `undefined` without a `Location`. The response takes its
 * place in the history.
 */
function nextHop(hop: Hop, tools: HopTools): Outgoing | undefined {
  const { request, response, history } = hop;
  const { maxRedirects, redirect } = request.options;
  const [location, another] = locationsOf(response, tools);
  if (location === undefined) return undefined;
  tools.discard(response);
  const details = { request: tools.sentOf(request) };
  if (redirect === 'error')
    throw new tools.NetworkError("Redirected, and redirect is 'error'", details);
  if (another !== undefined)
    throw new tools.NetworkError('Redirected to several places: Location headers differ', details);
  if (history.push(response) > maxRedirects)
    throw new tools.TooManyRedirectsError(maxRedirects, history, details);
  const url = tools.parseLocation(location, request.url.href);
  // Userinfo would be sent to whoever the server names.
  url.username = url.password = url.hash = '';
  return redirected(hop, url, tools);
}

/** The places that a redirect names: none without a `Location` or with an empty one. */
function locationsOf(response: SessionResponse, { stateOf, oneValue }: HopTools): string[] {
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
  return joined.split(beginsAsUrl.test(joined) ? betweenUrls : ', ');
}

function redirected(
  { request, response, trustedOrigins }: Hop,
  url: URL,
  tools: HopTools,
): Outgoing {
  const method = redirectMethod(request.method, response.status);
  const keepsBody = method === request.method;
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
  { isHarmless }: HopTools,
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
