/** From a `Response` that somebody else made to a {@link SessionResponse}. */
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { type BodyRules, notifyWhenCollected, StreamBody } from './body-source.ts';
import { bodyTimeout } from '../options/timeout.ts';
import { type ResponseState, SessionResponse } from './session-response.ts';
import type { SentRequest } from '../types/request.ts';
import type { Outgoing } from '../model.ts';
import { type Sent, sentOf } from '../request/sent-request.ts';

/** The state of a response that has just come, before retries and redirects have added to it. */
export function newState(
  { call, options }: Outgoing,
  sent: Sent,
  elapsed: number,
  setCookies?: readonly string[],
): ResponseState {
  return {
    request: sent,
    elapsed,
    attempts: call.attempts,
    history: noHistory,
    cookies: noCookies,
    setCookies,
    source: null,
    stream: undefined,
    parseJson: options.parseJson,
    call,
    url: '',
    redirected: false,
    data: undefined,
  };
}
const noHistory: readonly SessionResponse[] = Object.freeze([]);
const noCookies: Readonly<Record<string, string>> = Object.freeze(
  Object.create(null) as Record<string, string>,
);

/**
 * Makes it a SessionResponse, in place where it is this realm's `Response`. `abort` ends the
 * request below it.
 */
export function wrapResponse(
  response: Response,
  request: Outgoing,
  sent = sentOf(request),
  elapsed = 0,
  abort?: (reason: unknown) => void,
): SessionResponse {
  if (SessionResponse.is(response)) {
    SessionResponse.stateOf(response).attachToCall?.(request);
    return response;
  }
  if (
    typeof (response as Response | undefined)?.status !== 'number' ||
    !response.headers?.get ||
    response.bodyUsed
  ) {
    throw new InvalidRequestError(
      'A transport or middleware must give an unread Response or a clone()',
    );
  }
  const { body, headers, url, redirected } = response;
  const state = Object.assign(newState(request, sent, elapsed), { url, redirected });
  if (body) state.source = new StreamBody(body, rulesOf(request, sent, headers), abort);
  // A Response of another realm or library: its getters would not answer here.
  return new SessionResponse(
    response instanceof Response ? response : new Response(null, response),
    state,
  );
}

/** What holds while the body of a response with these headers is read. */
export function rulesOf(
  { call, options, cancellation: scope }: Outgoing,
  request: SentRequest,
  headers: Headers,
): BodyRules {
  return {
    timeout: bodyTimeout(options.timeout, headers.get('content-type')),
    limit: options.maxResponseSize,
    progress: options.onDownloadProgress,
    // The length of what is compressed is not that of what is read.
    total: Number(!headers.get('content-encoding') && headers.get('content-length')) || 0,
    cancellation: scope,
    request,
    context: call.context,
  };
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
