/**
 * The pipeline: what a request passes on its way to the transport and its response on the way back,
 * outermost layer first. It reads downwards, each layer calls the one below it. A layer that nobody
 * uses costs one comparison.
 *
 * @module
 */
import { isDevelopment } from '../development.ts';
import { SessionClosedError } from '../errors/session-closed-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import { isHopless, isKept } from '../middleware/internal-middleware.ts';
import { runHooks } from '../middleware/hooks.ts';
import { isFinal, type Outcome, runFurtherAttempts } from '../middleware/retry.ts';
import type { Handler, Outgoing, SessionState } from '../model.ts';
import { isLazy, type LazyBody } from '../request/body.ts';
import { withType } from '../request/headers.ts';
import { identityOf } from '../request/identity.ts';
import { ledElsewhere } from '../request/session-request.ts';
import { SessionResponse } from '../response/session-response.ts';
import { isInternal, sendInternal } from '../transports/internal-transport.ts';
import { isRedirect } from '../transports/redirect-tools.ts';
import { sendPublic } from '../transports/send-public.ts';
import type { Middleware } from '../types/middleware.ts';
import type { Transport } from '../types/transport.ts';
import { hasEnded } from './call.ts';
import { runMiddleware } from './run-middleware.ts';

/** Once per call: the user's middleware sees one logical request and its final response. */
export function sendCall(state: SessionState, request: Outgoing): Promise<SessionResponse> {
  const ring = state.rings.call;
  if (ring.length === 0) return withHooks(state, request);
  return runRing(ring, request, (inner) => withHooks(state, inner));
}

/** Once per call, too: hooks are the innermost middleware of the call. */
function withHooks(state: SessionState, request: Outgoing): Promise<SessionResponse> {
  const { beforeRequest, afterResponse } = state.hooks;
  if (!beforeRequest && !afterResponse) return withRetries(state, request);
  return runHooks(state.hooks, request, (inner) => withRetries(state, inner));
}

/** Above auth, so that each attempt reads the current token. Most calls need one attempt. */
async function withRetries(state: SessionState, request: Outgoing): Promise<SessionResponse> {
  request.call.attempts = 1;
  state.connections.retryBudget?.add(request.url.origin, request.options.retry.budget || 0);
  let outcome: Outcome;
  try {
    const response = await sendAttempt(state, request);
    if (isFinal(request, response.status)) return response;
    outcome = { response };
  } catch (error) {
    outcome = { error };
  }
  return retry(state, request, outcome);
}

/** Apart from {@link withRetries}, whose every call would pay for the closure. */
function retry(state: SessionState, request: Outgoing, outcome: Outcome): Promise<SessionResponse> {
  return runFurtherAttempts(request, outcome, {
    beforeRetry: state.hooks.beforeRetry,
    send: (attempt) => sendAttempt(state, attempt),
  });
}

/** Once per attempt: the waits of this ring count for `timeout.total` alone. */
function sendAttempt(state: SessionState, request: Outgoing): Promise<SessionResponse> {
  const ring = state.rings.attempt;
  if (ring.length === 0) return withAuth(state, request);
  return runRing(ring, request, (inner) => withAuth(state, inner));
}

/** Innermost above the transport line: auth may send twice, and a 401 leg costs no retry. */
function withAuth(state: SessionState, request: Outgoing): Promise<SessionResponse> {
  if (!request.auth) return crossTransportLine(state, request);
  return runMiddleware(request.auth, request, (leg) => crossTransportLine(state, leg));
}

/**
 * The transport line. A managed transport's host does all that stands below it: it follows
 * redirects and keeps cookies, as a browser does.
 */
function crossTransportLine(state: SessionState, request: Outgoing): Promise<SessionResponse> {
  const transport = transportFor(state, request);
  if (!isManaged(transport)) return withRedirects(state, request, transport);
  const handed = state.cookieLayer?.forHost?.(request) ?? request;
  const { redirect } = request.options;
  const ring = state.rings.hop;
  if (ring.length === 0) return sendOver(state, transport, handed, redirect);
  return runRing(hopless(ring), handed, (inner) => sendOver(state, transport, inner, redirect));
}

/** Of the ring of hops, what can do with those of a host, which are one to it. */
function hopless(ring: readonly Middleware[]): readonly Middleware[] {
  return ring.filter((middleware) => {
    if (isHopless(middleware)) return middleware[isKept];
    throw new UnsupportedError(
      isDevelopment
        ? "Middleware around: 'hop' does not see the hops of this transport, whose host follows " +
            "redirects itself: use around: 'attempt'"
        : "around: 'hop'",
    );
  });
}

/** Each redirect is a hop of its own: a request less what is secret, perhaps to another mount. */
async function withRedirects(
  state: SessionState,
  first: Outgoing,
  firstTransport: Transport,
): Promise<SessionResponse> {
  const history: SessionResponse[] = [];
  let request = first;
  let transport = firstTransport;
  for (;;) {
    const response = await withCookies(state, request, transport);
    // What answers may not be what was asked, where a middleware stands between.
    if (state.rings.hop.length > 0) request = asSent(request, response);
    // Kept before the next hop is sent.
    const stored = state.cookieLayer?.store(state.cookies, request, response);
    if (stored) await stored;
    if (history.length > 0) SessionResponse.stateOf(response).history = [...history];
    if (request.options.redirect === 'manual' || !isRedirect(response.status)) return response;
    const { trustedOrigins } = state;
    const hop = { request, response, history, trustedOrigins };
    const next = await state.platform.nextHop(hop);
    if (!next) return response;
    request = next;
    transport = transportFor(state, next);
  }
}

/** Once per hop, as each may be another origin. Only a jar whose store answers later is awaited. */
function withCookies(
  state: SessionState,
  request: Outgoing,
  transport: Transport,
): Promise<SessionResponse> {
  const { cookieLayer, cookies, rings } = state;
  if (!cookieLayer) return sendHop(state, request, transport);
  const attached = cookieLayer.attach(cookies, request);
  // Whose request it is has to be said before the jar's cookies come along.
  const identity = rings.hop.length > 0 ? identityOf(request) : undefined;
  if (attached === request.headers && !identity) return sendHop(state, request, transport);
  return attached instanceof Promise
    ? attached.then((headers) => sendHop(state, { ...request, headers, identity }, transport))
    : sendHop(state, { ...request, headers: attached, identity }, transport);
}

/** Once per hop, cookies attached: the user's middleware sees what goes out. */
function sendHop(
  state: SessionState,
  request: Outgoing,
  transport: Transport,
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
function asSent(request: Outgoing, response: SessionResponse): Outgoing {
  const { url } = SessionResponse.stateOf(response).sent;
  return url.origin === request.url.origin ? request : ledElsewhere(request, url);
}

/** The call's own transport, else the longest mount, else the session's. Each hop has its own. */
function transportFor(state: SessionState, { options, url }: Outgoing): Transport {
  if (options.transport) return options.transport;
  const { mounts } = state;
  if (mounts.size > 0) {
    const path = `${url.origin}${url.pathname}/`;
    for (const [prefix, transport] of mounts) if (path.startsWith(prefix)) return transport;
  }
  return ownTransport(state);
}

/** The session's own. */
export function ownTransport({ connections, platform }: SessionState): Transport {
  return connections.given ?? replacement() ?? (connections.made ??= platform.transport());
}

/** Sends one request. `redirect`: what a transport of the public form shall do with redirects. */
function sendOver(
  state: SessionState,
  transport: Transport,
  request: Outgoing,
  redirect: RequestRedirect,
): Promise<SessionResponse> {
  // A middleware may have kept its `next`.
  if (hasEnded(state)) {
    const { aborted, reason } = request.cancellation;
    throw aborted ? reason : new SessionClosedError();
  }
  if (isLazy(request.body)) {
    return openBody(request, request.body).then((opened) =>
      sendOver(state, transport, opened, redirect),
    );
  }
  if (isInternal(transport)) return transport[sendInternal](request);
  return sendPublic(state, request, transport, redirect);
}

/** With a body that is made for this sending alone: further hops and attempts make it again. */
async function openBody(request: Outgoing, lazy: LazyBody): Promise<Outgoing> {
  const opened = await lazy.open();
  return { ...request, body: opened[0], headers: withType(request.headers, opened, lazy.ofCall) };
}

/** As the transport or its class says: never as somebody says on `Object.prototype`. */
export function isManaged(transport: Transport): boolean {
  if (transport.managed !== true) return false;
  return Object.hasOwn(transport, 'managed') || !('managed' in Object.prototype);
}

/** Runs the middleware of a ring, the first as the outermost, around `next`. */
function runRing(
  ring: readonly Middleware[],
  request: Outgoing,
  next: Handler,
): Promise<SessionResponse> {
  const [outermost, ...inner] = ring;
  if (!outermost) return next(request);
  return runMiddleware(outermost, request, (handed) => runRing(inner, handed, next));
}

/** Where `useTransport` of `isosession/testing` puts what takes the place of every default. */
const replacementKey = Symbol.for('isosession.transport');

function replacement(): Transport | undefined {
  return (globalThis as { [replacementKey]?: Transport })[replacementKey];
}
