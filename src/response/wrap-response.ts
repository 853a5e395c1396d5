/** From a `Response` that somebody else made to a {@link SessionResponse}. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { Outgoing } from '../model.ts';
import { sentOf } from '../request/sent-request.ts';
import { type BodyRules, notifyWhenCollected } from './body/body-source.ts';
import { toHostResponse } from './foreign-response.ts';
import { type SessionResponseState, SessionResponse } from './session-response.ts';
import { oneValue } from './text/parameters.ts';
import { StreamBody } from './body/stream-body.ts';
import { bodyTimeout } from '../options/timeout.ts';

const noHistory: readonly SessionResponse[] = Object.freeze([]);
const noCookies: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** The state of a response that has just come, before retries and redirects have added to it. */
export const newResponseState = (
  sent: Outgoing,
  elapsed: number,
  setCookies?: readonly string[],
  locations?: readonly string[],
): SessionResponseState => ({
  sent,
  request: undefined,
  elapsed,
  trace: undefined,
  attempts: sent.call.attempts,
  history: noHistory,
  cookies: noCookies,
  unreadCookies: undefined,
  setCookies,
  locations,
  source: null,
  stream: undefined,
  parseJson: sent.options.parseJson,
  call: sent.call,
  url: '',
  redirected: false,
  errorData: undefined,
});

/** How a response came. */
export interface Sending {
  /** ms from send to headers. */
  readonly elapsed: number;
  /** Ends the request below it. */
  readonly abort?: (reason: unknown) => void;
}

type Attach = (response: SessionResponse, request: Outgoing) => void;

/** By the call of responses that were made outside of any session: how one is taken over. */
const unattached = new WeakMap<object, Attach>();

/** `attach` is called when a session's call takes over a response of this call or its clone. */
export function whenAttached(call: object, attach: Attach): void {
  unattached.set(call, attach);
}

/**
 * Makes it a SessionResponse of this call, in place where it is this realm's `Response`. One of
 * another call, which a middleware has kept, is copied, and takes nothing of that call along.
 */
export function wrapResponse(
  response: Response,
  request: Outgoing,
  { elapsed, abort }: Sending = { elapsed: 0 },
): SessionResponse {
  if (SessionResponse.is(response)) {
    const { call } = SessionResponse.stateOf(response);
    if (call === request.call) return response;
    const attach = unattached.get(call);
    if (!attach) return takeOver(response, request);
    attach(response, request);
    return response;
  }
  if (isDevelopment && !isUnreadResponse(response)) throw new InvalidRequestError(usedResponse);
  const { host, body } = toHostResponse(response);
  const state = newResponseState(request, elapsed);
  // A host may parse it anew for each who asks.
  state.url = host === response ? undefined : response.url;
  state.redirected = response.redirected;
  if (body) state.source = new StreamBody(body, rulesOf(request, host.headers), abort);
  return new SessionResponse(host, state);
}

const usedResponse = 'A transport or middleware must give an unread Response or a clone()';

/** The response of another call as one of this: its own request, context, attempts and parser. */
function takeOver(response: SessionResponse, request: Outgoing): SessionResponse {
  const theirs = SessionResponse.stateOf(response);
  const { source } = theirs;
  if (source && (source.used || source.locked)) throw new InvalidRequestError(usedResponse);
  const { url, redirected, headers } = response;
  const { call, options } = request;
  const copy = response.clone();
  const state = SessionResponse.stateOf(copy);
  Object.assign(state, {
    sent: request,
    request: undefined,
    attempts: call.attempts,
    history: noHistory,
    source: state.source && new StreamBody(state.source.stream(), rulesOf(request, headers)),
    parseJson: options.parseJson,
    call,
    url,
    redirected,
    errorData: undefined,
  } satisfies Partial<SessionResponseState>);
  // It is read as the copy, and nothing is kept for it.
  if (theirs.source) {
    theirs.source.used = true;
    theirs.source.discard();
  }
  return copy;
}

/** A transport or middleware of a user's may give anything. */
function isUnreadResponse(response: Partial<Response> | null | undefined): boolean {
  if (typeof response?.status !== 'number') return false;
  return typeof response.headers?.get === 'function' && !response.bodyUsed;
}

/** The rules for reading the body of a response with these headers. */
export function rulesOf(sent: Outgoing, headers: Headers): BodyRules {
  const { call, options, cancellation } = sent;
  const { platform } = call.state ?? {};
  return {
    timeout: bodyTimeout(options.timeout, headers.get('content-type')),
    limit: options.maxResponseSize,
    progress: options.onDownloadProgress,
    // The length of what is compressed is not that of what is read.
    total: headers.has('content-encoding')
      ? 0
      : Number(oneValue(headers.get('content-length'))) || 0,
    cancellation,
    request: sentOf(sent),
    asFetch: call.asFetch,
    context: call.context,
    Deadline: platform?.Deadline,
    openBody: platform?.openBody,
    queueing: platform?.queueing,
  };
}

/** Ends a body that nobody is to read. */
export function discard(response: SessionResponse): void {
  SessionResponse.stateOf(response).source?.discard();
}

/**
 * Of a response that is handed over: discards its body, if it is still open, when the response is
 * collected.
 */
export function discardWhenCollected(response: SessionResponse): void {
  const { source } = SessionResponse.stateOf(response);
  if (!source || source.ended) return;
  source.unref?.();
  notifyWhenCollected(response, source);
}
