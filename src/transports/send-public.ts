/** One sending over a transport of the public form: its signal, response timeout and errors. */
import { isDevelopment } from '../development.ts';
import { Cancellation } from '../cancellation/cancellation.ts';
import type { Clock } from '../cancellation/deadline.ts';
import { NetworkError } from '../errors/network-error.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { SessionError } from '../errors/session-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import type { Outgoing, SessionState } from '../model.ts';
import { pageOrigin } from '../request/base/page.ts';
import { isSameSite } from '../request/base/same-site.ts';
import { copyBody } from '../request/body.ts';
import { isTrusted } from '../request/credentials.ts';
import { SafeHeaders } from '../request/safe-headers.ts';
import { Sent, sentOf } from '../request/sent-request.ts';
import type { SessionResponse } from '../response/session-response.ts';
import { type Sending, wrapResponse } from '../response/wrap-response.ts';
import { ownCopy } from '../options/copies.ts';
import type { Awaitable } from '../types/context.ts';
import type { ProgressCallback } from '../types/progress.ts';
import type { RequestBody } from '../types/request.ts';
import type { Transport, TransportRequest } from '../types/transport.ts';
import { isBytes } from '../request/host/brand.ts';

/** The key of what tells an upload's progress: another transport, for one sending. */
export const withUploadProgress = Symbol('isosession.withUploadProgress');

/** The key of what asks for no signal but the caller's own: what ends a call leaves the request. */
export const takesGivenSignal = Symbol('isosession.takesGivenSignal');

/** What goes out, as our own layers have it. */
export type DirectRequest = Pick<Outgoing, 'method' | 'url' | 'headers' | 'body'> &
  Pick<TransportRequest, 'signal' | 'init'>;

/**
 * By the `send` of a transport of ours, what sends without public records: whoever has put a `send`
 * of their own around it, or in its place, is still asked.
 */
export const directSends = new WeakMap<
  Transport['send'],
  (request: DirectRequest) => Awaitable<Response>
>();

export interface UploadTransport extends Transport {
  readonly [takesGivenSignal]?: boolean;
  /** `cancellation` ends with what `progress` throws. */
  [withUploadProgress]?(progress: ProgressCallback, cancellation: Cancellation): Transport;
}

export async function sendPublic(
  state: SessionState,
  request: Outgoing,
  transport: UploadTransport,
  redirect: RequestRedirect,
): Promise<SessionResponse> {
  const sent = new Sent(request);
  const cancellation = new Cancellation();
  request.cancellation.attach(cancellation);
  const deadline = startResponseDeadline(state, request, (timeout) => {
    cancellation.cancel(new TimeoutError('response', timeout, { request: sent }));
  });
  const credentials = credentialsFor(state, request);
  const start = performance.now();
  try {
    if (cancellation.aborted) throw cancellation.reason;
    const tls = state.platform.tlsFor?.(request);
    const init = {
      ...handedInit(request.options.init),
      ...(tls && { tls }),
      redirect,
      ...(credentials && { credentials }),
    };
    // A transport may ignore its signal; the call must end all the same.
    const response = await cancellation.within(
      startSending(transport, request, init, cancellation),
    );
    const elapsed = performance.now() - start;
    learnHsts(state, request, response);
    return receive(response, request, {
      elapsed,
      abort: (reason) => cancellation.cancel(reason),
    });
  } catch (error) {
    if (cancellation.aborted) throw cancellation.reason;
    if (isHandedOn(error)) throw error;
    const hint = isDevelopment && credentials === 'include' ? originHint(request, error) : '';
    const reason = sent.redact(String(error));
    const message = `${String(sent)} failed: ${reason}${hint}`;
    throw new NetworkError(message, { request: sent, cause: sent.asCause(error) });
  } finally {
    deadline?.disarm();
    request.cancellation.detach(cancellation);
  }
}

/** Behind a redirect of its host's another one has spoken. */
function learnHsts({ hsts }: SessionState, { url }: Outgoing, response: Response): void {
  if (hsts && !response.redirected)
    hsts.learn(url, response.headers.get('strict-transport-security'));
}

/**
 * Our own errors, and what frameworks throw to lead a render elsewhere: an error with a `digest`
 * (React), or what is no error and has an HTTP status, as SvelteKit's redirects are.
 */
function isHandedOn(error: unknown): boolean {
  const { digest, status } = Object(error);
  if (SessionError.is(error) || typeof digest === 'string') return true;
  return typeof status === 'number' && !(error instanceof Error);
}

function startSending(
  transport: UploadTransport,
  request: Outgoing,
  init: RequestInit,
  cancellation: Cancellation,
): Awaitable<Response> {
  const sender = senderOf(transport, request, cancellation);
  if (!transport[takesGivenSignal]) return sendBy(sender, request, init, cancellation.signal);
  const sending = sendBy(sender, request, init, request.call.given?.signal ?? undefined);
  discardLate(sending, cancellation);
  return sending;
}

function sendBy(
  sender: UploadTransport,
  request: Outgoing,
  init: RequestInit,
  signal: AbortSignal | undefined,
): Awaitable<Response> {
  const { method, url, headers, options } = request;
  const body = copyBody(request.body);
  const sendDirectly = directSends.get(sender.send);
  if (sendDirectly) return sendDirectly({ method, url, headers, body, signal, init });
  return sender.send({
    method,
    url: new URL(url.href),
    headers: SafeHeaders.of(headers),
    body,
    signal,
    timeout: options.timeout,
    init,
  });
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

/** Of a request that its call has left: nobody reads what comes. */
function discardLate(sending: Awaitable<Response>, cancellation: Cancellation): void {
  Promise.resolve(sending)
    .then(async ({ body }) => {
      if (cancellation.aborted) await body?.cancel();
    })
    .catch(() => undefined);
}

/** Frameworks write into the records that they find there. */
function handedInit(init: RequestInit): RequestInit {
  const handed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(init))
    // What is not frozen was taken as it is.
    handed[name] = Object.isFrozen(value) ? ownCopy(value, name) : value;
  return handed;
}

/** Nobody tells how far a large body has come: for one, only a timeout of the call's own counts. */
const maxTimedBody = 2 ** 16;

function startResponseDeadline(
  { platform }: SessionState,
  { body, options, call, responseTimeUsed }: Outgoing,
  expire: (timeout: number) => void,
): Clock | undefined {
  const timeout = options.timeout.response;
  if (!timeout) return undefined;
  // Read, it is a record of phases.
  const { response: chosen } = Object(call.given?.timeout);
  if (sizeOf(body) > maxTimedBody && chosen === undefined) return undefined;
  const deadline = new platform.Deadline({ expire: () => expire(timeout) });
  deadline.arm(Math.max(timeout - responseTimeUsed, 1));
  return deadline;
}

/** Bytes, or what comes near to them; `Infinity` when it cannot be told. */
function sizeOf(body: RequestBody): number {
  if (body === null) return 0;
  if (typeof body === 'string' || isBytes(body)) return body.length;
  return 'size' in body && typeof body.size === 'number' ? body.size : Infinity;
}

/** The transport that tells the progress of an upload, where somebody wants to know it. */
function senderOf(
  transport: UploadTransport,
  { body, options: { onUploadProgress } }: Outgoing,
  cancellation: Cancellation,
): UploadTransport {
  if (!onUploadProgress || body === null) return transport;
  return transport[withUploadProgress]?.(onUploadProgress, cancellation) ?? transport;
}

/** Where CORS may have refused a call for its credentials alone. */
function originHint({ url, options: { init } }: Outgoing, error: unknown): string {
  // What a browser's fetch rejects with.
  if (!(error instanceof TypeError)) return '';
  const isCors = (init.mode ?? 'cors') === 'cors' && url.origin !== (pageOrigin() ?? url.origin);
  const isOnline = globalThis.navigator?.onLine !== false;
  return isCors && isOnline ? "; across origins, try credentials: 'same-origin'" : '';
}

/**
 * A session's `credentials` stay in its scope; a browser's cookies go to the page's origin, and to
 * the session's own ones on its site: no other site's are sent, but for `SameSite=None`, and an API
 * for everybody answers no call with credentials.
 */
function credentialsFor(state: SessionState, request: Outgoing): RequestCredentials | undefined {
  const { credentials } = request.options;
  if (request.call.given?.credentials || credentials === 'omit') return credentials;
  if (!state.cookies) return 'omit';
  if (!isTrusted(state, request.url.origin)) return 'same-origin';
  return credentials ?? (state.baseUrl && isSameSite(request.url) ? 'include' : undefined);
}
