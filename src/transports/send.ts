/** The transport line: from here on a browser does everything itself. */
import { NetworkError } from '../errors/network-error.ts';
import { SessionError } from '../errors/session-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import type { ProgressCallback } from '../types/progress.ts';
import type { Transport } from '../types/transport.ts';
import { wrapResponse } from '../response/wrap-response.ts';
import { LazyBody } from '../request/body.ts';
import { type HeaderList, SafeHeaders, withType } from '../request/headers.ts';
import type { SessionResponse } from '../response/session-response.ts';
import { Deadline } from '../cancellation/deadline.ts';
import { Cancellation } from '../cancellation/cancellation.ts';
import { transportFor } from './mount.ts';
import { followRedirects, isRedirect } from './redirects.ts';
import type { Outgoing, Handler, SessionState } from '../model.ts';
import { sentOf } from '../request/sent-request.ts';
import { isTrusted } from '../request/credentials.ts';

/**
 * The private form of `Transport.send`: it takes our own request, whose headers are final, and
 * keeps the timeouts itself.
 */
export const sendInternal = Symbol();

/** What happens between a response's headers and whoever waits for it: cookies and redirects. */
export type After = (
  request: Outgoing,
  response: SessionResponse,
) => SessionResponse | Promise<SessionResponse>;

export interface InternalTransport extends Transport {
  [sendInternal](request: Outgoing): Promise<SessionResponse>;
}

/**
 * What a transport has that can tell a body's progress by another one, for one sending. What
 * `progress` throws ends the scope.
 */
export const withUploadProgress = Symbol();

export interface UploadTransport extends Transport {
  [withUploadProgress]?(progress: ProgressCallback, scope: Cancellation): Transport;
}

/** Redirects → cookies → mount → transport; a managed transport does the first two itself. */
export function transportLine(state: SessionState): Handler {
  const send = (
    transport: Transport,
    request: Outgoing,
    headers: HeaderList,
    after: After,
    redirect: RequestRedirect = 'manual',
  ): Promise<SessionResponse> => {
    // A body that is made for each sending is made here; the hops that follow have to make it
    // again.
    if (request.body instanceof LazyBody) {
      return request.body
        .open()
        .then(([body, type]) =>
          send(
            transport,
            { ...request, body },
            withType(headers, type),
            (_, response) => after(request, response),
            redirect,
          ),
        );
    }
    const sent = headers === request.headers ? request : { ...request, headers };
    const sending =
      (transport as Partial<InternalTransport>)[sendInternal]?.(sent) ??
      sendPublic(state, transport, sent, redirect);
    return sending.then((response) => after(request, response));
  };

  const hop = (request: Outgoing, after: After): Promise<SessionResponse> => {
    const transport = transportFor(state, request);
    // On later hops the redirects are ours already.
    if (after === follow && isManaged(transport))
      return send(
        transport,
        request,
        request.headers,
        (_, response) => response,
        request.options.redirect,
      );
    const headers = state.cookieLayer?.attach(state.cookies, request) ?? request.headers;
    return headers instanceof Promise
      ? headers.then((late) => send(transport, request, late, after))
      : send(transport, request, headers, after);
  };

  /** A hop is over: its cookies are kept before the next one is sent. */
  const store: After = (request, response) =>
    state.cookieLayer?.store(state.cookies, request, response)?.then(() => response) ?? response;
  const follow: After = (request, response) => {
    const stored = store(request, response);
    return isRedirect(response.status) && request.options.redirect !== 'manual'
      ? followRedirects(state, request, stored, (next) => hop(next, store))
      : stored;
  };
  return (request) => hop(request, follow);
}

/** As the transport or its class says: never as somebody says on `Object.prototype`. */
function isManaged(transport: Transport): boolean {
  return (
    transport.managed === true &&
    (Object.hasOwn(transport, 'managed') || !('managed' in Object.prototype))
  );
}

/**
 * One sending over a transport of the public form: its signal, its response timeout, its errors.
 */
async function sendPublic(
  state: SessionState,
  transport: UploadTransport,
  request: Outgoing,
  redirect: RequestRedirect,
): Promise<SessionResponse> {
  const { method, url, headers, body, options, call, responseTimeUsed: spent } = request;
  const { timeout } = options;
  const sent = sentOf(request);
  const scope = new Cancellation();
  request.cancellation.attach(scope);
  const deadline = new Deadline({
    expire: () =>
      scope.cancel(new TimeoutError('response', timeout.response as number, { request: sent })),
  });
  const credentials = credentialsFor(state, request);
  const start = performance.now();
  try {
    if (scope.aborted) throw scope.reason;
    // Off for large bodies, whose sending nobody tells us of, unless the call has set it.
    const { length, size = length ?? Infinity } = (body ?? '') as {
      length?: number;
      size?: number;
    };
    if (timeout.response && (size <= 2 ** 16 || call.given?.timeout))
      deadline.arm(Math.max(timeout.response - spent, 1));
    const init: RequestInit = { ...options.init, redirect, ...(credentials && { credentials }) };
    const { onUploadProgress: progress } = options;
    const sender =
      (progress && body !== null && transport[withUploadProgress]?.(progress, scope)) || transport;
    const sending = sender.send({
      method,
      url: new URL(url.href),
      headers: SafeHeaders.of(headers),
      body,
      signal: scope.signal,
      timeout,
      init,
    });
    // A transport may ignore its signal; the call must end all the same.
    const response = await scope.within(sending);
    return wrapResponse(response, request, performance.now() - start, (reason) =>
      scope.cancel(reason),
    );
  } catch (error) {
    if (scope.aborted) throw scope.reason;
    if (SessionError.is(error)) throw error;
    const { origin = url.origin } = globalThis.location ?? {};
    const hint =
      credentials === 'include' && url.origin !== origin
        ? "; across origins, try credentials: 'same-origin'"
        : '';
    throw new NetworkError(`${method} ${url.origin} failed: ${String(error)}${hint}`, {
      request: sent,
      cause: error,
    });
  } finally {
    deadline.disarm();
    request.cancellation.detach(scope);
  }
}

/**
 * A session's `credentials` stay in its scope; a browser's cookies go to the session's own origins
 * and to the page's.
 */
function credentialsFor(
  state: SessionState,
  { options: { credentials }, url, call }: Outgoing,
): RequestCredentials | undefined {
  if (call.given?.credentials || credentials === 'omit') return credentials;
  if (!state.cookies) return 'omit';
  return isTrusted(state, url.origin)
    ? (credentials ?? (state.baseUrl && 'include'))
    : 'same-origin';
}
