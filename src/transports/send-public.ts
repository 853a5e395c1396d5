/** One sending over a transport of the public form: its signal, response timeout and errors. */
import { isDevelopment } from '../development.ts';
import { Cancellation } from '../cancellation/cancellation.ts';
import { Deadline } from '../cancellation/deadline.ts';
import { NetworkError } from '../errors/network-error.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { SessionError } from '../errors/session-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import type { Outgoing, SessionState } from '../model.ts';
import { isTrusted } from '../request/credentials.ts';
import { SafeHeaders } from '../request/headers.ts';
import { redactUrl } from '../request/redact.ts';
import { Sent, sentOf } from '../request/sent-request.ts';
import type { SessionResponse } from '../response/session-response.ts';
import { type Sending, wrapResponse } from '../response/wrap-response.ts';
import type { ProgressCallback } from '../types/progress.ts';
import type { RequestBody } from '../types/request.ts';
import type { Transport, TransportRequest } from '../types/transport.ts';

/** The key of what tells an upload's progress: another transport, for one sending. */
export const withUploadProgress = Symbol('isosession.withUploadProgress');

export interface UploadTransport extends Transport {
  /** `cancellation` ends with what `progress` throws. */
  [withUploadProgress]?(progress: ProgressCallback, cancellation: Cancellation): Transport;
}

export async function sendPublic(
  state: SessionState,
  request: Outgoing,
  transport: UploadTransport,
  redirect: RequestRedirect,
): Promise<SessionResponse> {
  const { options } = request;
  const sent = new Sent(request);
  const cancellation = new Cancellation();
  request.cancellation.attach(cancellation);
  const deadline = startResponseDeadline(request, (timeout) => {
    cancellation.cancel(new TimeoutError('response', timeout, { request: sent }));
  });
  const credentials = credentialsFor(state, request);
  const start = performance.now();
  try {
    if (cancellation.aborted) throw cancellation.reason;
    const tls = state.platform.tlsFor?.(request);
    const init = {
      ...options.init,
      ...(tls && { tls }),
      redirect,
      ...(credentials && { credentials }),
    };
    const sender = senderOf(transport, request, cancellation);
    const sending = sender.send(toTransportRequest(request, init, cancellation.signal));
    // A transport may ignore its signal; the call must end all the same.
    const response = await cancellation.within(sending);
    const elapsed = performance.now() - start;
    return receive(response, request, {
      elapsed,
      abort: (reason) => cancellation.cancel(reason),
    });
  } catch (error) {
    if (cancellation.aborted) throw cancellation.reason;
    if (SessionError.is(error)) throw error;
    const hint = isDevelopment && credentials === 'include' ? originHint(request.url.origin) : '';
    const reason = redactUrl(String(error), state.searchParams);
    const message = `${String(sent)} failed: ${reason}${hint}`;
    throw new NetworkError(message, { request: sent, cause: sent.asCause(error) });
  } finally {
    deadline?.disarm();
    request.cancellation.detach(cancellation);
  }
}

/** What cannot be read of a transport's response is no failure of the network. */
function receive(response: Response, request: Outgoing, sending: Sending): SessionResponse {
  if (response?.type === 'opaqueredirect' && request.options.redirect !== 'manual') {
    const message = isDevelopment
      ? 'A browser hides where a redirect leads: give fetchTransport({ fetch, managed: true })'
      : 'opaqueredirect';
    throw new UnsupportedError(message, { request: sentOf(request) });
  }
  try {
    return wrapResponse(response, request, sending);
  } catch (cause) {
    if (SessionError.is(cause)) throw cause;
    const message = isDevelopment
      ? `The transport's Response cannot be read: ${String(cause)}`
      : 'Response';
    throw new InvalidRequestError(message, { request: sentOf(request), cause });
  }
}

function toTransportRequest(
  { method, url, headers, body, options: { timeout } }: Outgoing,
  init: RequestInit,
  signal: AbortSignal,
): TransportRequest {
  return {
    method,
    url: new URL(url.href),
    headers: SafeHeaders.of(headers),
    body,
    signal,
    timeout,
    init,
  };
}

/** Nobody tells how far a large body has come: for one, only a timeout of the call's own counts. */
const maxTimedBody = 2 ** 16;

function startResponseDeadline(
  { body, options, call, responseTimeUsed }: Outgoing,
  expire: (timeout: number) => void,
): Deadline | undefined {
  const timeout = options.timeout.response;
  if (!timeout) return undefined;
  if (sizeOf(body) > maxTimedBody && !call.given?.timeout) return undefined;
  const deadline = new Deadline({ expire: () => expire(timeout) });
  deadline.arm(Math.max(timeout - responseTimeUsed, 1));
  return deadline;
}

/** Bytes, or what comes near to them; `Infinity` when it cannot be told. */
function sizeOf(body: RequestBody): number {
  if (body === null) return 0;
  if (typeof body === 'string' || body instanceof Uint8Array) return body.length;
  return 'size' in body && typeof body.size === 'number' ? body.size : Infinity;
}

/** The transport that tells the progress of an upload, where somebody wants to know it. */
function senderOf(
  transport: UploadTransport,
  { body, options: { onUploadProgress } }: Outgoing,
  cancellation: Cancellation,
): Transport {
  if (!onUploadProgress || body === null) return transport;
  return transport[withUploadProgress]?.(onUploadProgress, cancellation) ?? transport;
}

/** A page's own origin needs no hint, nor does a host that has no page. */
function originHint(origin: string): string {
  const page = globalThis.location?.origin ?? origin;
  return page === origin ? '' : "; across origins, try credentials: 'same-origin'";
}

/**
 * A session's `credentials` stay in its scope; a browser's cookies go to the session's own origins
 * and to the page's.
 */
function credentialsFor(state: SessionState, request: Outgoing): RequestCredentials | undefined {
  const { credentials } = request.options;
  if (request.call.given?.credentials || credentials === 'omit') return credentials;
  if (!state.cookies) return 'omit';
  if (!isTrusted(state, request.url.origin)) return 'same-origin';
  return credentials ?? (state.baseUrl && 'include');
}
