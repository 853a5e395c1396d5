/** From a `Response` that somebody else made to a {@link SessionResponse}. */
import { InvalidRequestError } from '../errors.ts';
import { heldBy, StreamBody } from './body-source.ts';
import { bodyTimeout } from './options.ts';
import { type Outgoing, type Sent, sentOf } from './request.ts';
import { type ResponseState, SessionResponse } from './response.ts';

/** The state of a response that has just come, before retries and redirects have added to it. */
export function newState({ call, options }: Outgoing, sent: Sent, elapsed: number, setCookies?: readonly string[]): ResponseState {
  return { request: sent, elapsed, attempts: call.attempts, history: noHistory, cookies: noCookies, setCookies, source: null, parseJson: options.parseJson, call, data: undefined, stream: undefined };
}
const noHistory: readonly SessionResponse[] = Object.freeze([]);
const noCookies: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/**
 * Makes it a SessionResponse, in place where it is this realm's `Response`. `abort` ends the request below it.
 */
export function adopt(response: Response, request: Outgoing, sent = sentOf(request), elapsed = 0, abort?: (reason: unknown) => void): SessionResponse {
  if (SessionResponse.is(response)) {
    SessionResponse.stateOf(response).join?.(request);
    return response;
  }
  if (typeof (response as Response | undefined)?.status !== 'number' || typeof response.headers?.get !== 'function') throw new InvalidRequestError('A transport or middleware must give a Response');
  const state = newState(request, sent, elapsed);
  const { status, statusText, headers, url } = response;
  if (response.bodyUsed) throw new InvalidRequestError('A transport or middleware gave a Response whose body was read already: give response.clone()');
  const { body } = response;
  if (body) {
    state.source = new StreamBody(body as ReadableStream<Uint8Array>, {
      timeout: bodyTimeout(request.options.timeout, headers.get('content-type')),
      limit: request.options.maxResponseSize,
      progress: request.options.onDownloadProgress,
      total: Number(!headers.get('content-encoding') && headers.get('content-length')),
      scope: request.scope,
      request: sent,
      context: request.call.context,
    }, abort);
  }
  // A Response of another realm or library: its getters would not answer here.
  const host = response instanceof Response ? response : new Response(null, { status, statusText, headers: [...headers] });
  return new SessionResponse(host, host === response || !url ? state : { ...state, url });
}

/** Of a response that is handed over: discards its body, if it is still open, when the response is collected. */
export function watch(response: SessionResponse): void {
  const { source } = SessionResponse.stateOf(response);
  if (!source || source.ended) return;
  source.rest?.();
  heldBy(response, source);
}
