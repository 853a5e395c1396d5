/** The transport line: from here on a browser does everything itself. */
import { NetworkError, SessionError, TimeoutError } from '../errors.ts';
import type { Transport } from '../types.ts';
import { adopt } from '../core/adopt.ts';
import type { HeaderList } from '../core/headers.ts';
import { type Outgoing, Sent, toTransportRequest } from '../core/request.ts';
import type { SessionResponse } from '../core/response.ts';
import { Deadline } from '../core/deadline.ts';
import type { Cancellable } from '../core/scope.ts';
import { type Handler, inScope, type SessionState } from '../core/state.ts';
import { transportFor } from './mount.ts';
import { followRedirects, isRedirect } from './redirects.ts';

/** The private form of `Transport.send`: it takes our own request, keeps the timeouts itself, and hands the response to `after` before anybody else. */
export const fastSend = Symbol('fastSend');

/** What happens between a response's headers and whoever waits for it: cookies and redirects. */
export type After = (request: Outgoing, response: SessionResponse) => SessionResponse | Promise<SessionResponse>;

export interface FastTransport extends Transport {
  [fastSend](request: Outgoing, headers: HeaderList, after: After): Promise<SessionResponse>;
}

/** Redirects → cookies → mount → transport; a managed transport does the first two itself. */
export function transportLine(state: SessionState): Handler {
  const { cookieLayer } = state.platform;

  const send = (transport: Transport, request: Outgoing, headers: HeaderList, after: After): Promise<SessionResponse> => ((transport as FastTransport)[fastSend]
    ? (transport as FastTransport)[fastSend](request, headers, after)
    : sendPublic(state, transport, request, headers, 'manual').then((response) => after(request, response)));

  const sendHop = (transport: Transport, request: Outgoing, after: After): Promise<SessionResponse> => {
    const headers = cookieLayer ? cookieLayer.attach(state.cookies, request) : request.headers;
    return headers instanceof Promise ? headers.then((late) => send(transport, request, late, after)) : send(transport, request, headers, after);
  };

  /** A hop is over: its cookies are kept before the next one is sent. */
  const store: After = (request, response) => {
    const stored = cookieLayer?.store(state.cookies, request, response);
    return stored ? stored.then(() => response) : response;
  };
  const followed: After = (request, response) => {
    if (!isRedirect(response.status) || request.options.redirect === 'manual') return store(request, response);
    return followRedirects(state, request, store(request, response), (next) => sendHop(transportFor(state, next), next, store));
  };

  return (request) => {
    const transport = transportFor(state, request);
    return isManaged(transport) ? sendPublic(state, transport, request, request.headers, request.options.redirect) : sendHop(transport, request, followed);
  };
}

/** As the transport or its class says: never as somebody says on `Object.prototype`. */
function isManaged(transport: Transport): boolean {
  return transport.managed === true && (Object.hasOwn(transport, 'managed') || !('managed' in Object.prototype));
}

/** One sending over a transport of the public form: its signal, its response timeout, its errors. */
class Sending implements Cancellable {
  readonly controller = new AbortController();
  readonly request: Outgoing;
  readonly deadline = new Deadline(this);
  readonly #sent: Sent;

  constructor(request: Outgoing, sent: Sent) {
    this.request = request;
    this.#sent = sent;
    request.scope.attach(this);
  }

  cancel(reason: unknown): void {
    this.controller.abort(reason);
  }

  expire(): void {
    this.cancel(new TimeoutError('response', this.request.options.timeout.response as number, { request: this.#sent }));
  }

  end(): void {
    this.deadline.disarm();
    this.request.scope.detach(this);
  }
}

async function sendPublic(state: SessionState, transport: Transport, request: Outgoing, headers: HeaderList, redirect: RequestRedirect): Promise<SessionResponse> {
  const { options, scope, url } = request;
  const sent = new Sent(request.method, url, headers);
  const sending = new Sending(request, sent);
  const { signal } = sending.controller;
  const credentials = credentialsFor(state, request);
  const init: RequestInit = { ...options.init, redirect, ...(credentials && { credentials }) };
  const timeout = responseTimeout(request);
  if (timeout) sending.deadline.arm(timeout);
  const start = performance.now();
  try {
    // A transport may ignore its signal; the call must end all the same.
    const response = await Promise.race([transport.send(toTransportRequest(request.headers === headers ? request : request.with({ headers }), signal, init)), aborted(signal)]);
    sending.deadline.disarm();
    return adopt(response, request, sent, performance.now() - start, (reason) => sending.cancel(reason));
  } catch (error) {
    if (scope.aborted) throw scope.reason;
    if (signal.aborted) throw signal.reason;
    if (SessionError.is(error)) throw error;
    const hint = credentials === 'include' && url.origin !== globalThis.location?.origin ? ' (a cross-origin call with credentials needs a server that allows them: try credentials: \'same-origin\')' : '';
    throw new NetworkError(`${request.method} ${url.origin} failed: ${error instanceof Error ? error.message : 'the transport failed'}${hint}`, { request: sent, cause: error });
  } finally {
    sending.end();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    if (signal.aborted) reject(signal.reason as Error);
  });
}

/** What is left of `timeout.response`. Off for large bodies, whose sending nobody tells us of, unless the call has set it. */
function responseTimeout({ options, body, spent, call }: Outgoing): number {
  const { response } = options.timeout;
  if (!response) return 0;
  const size = body === null ? 0 : typeof body === 'string' ? body.length : (body as Uint8Array).byteLength ?? (body as Blob).size ?? Infinity;
  if (size > 64 * 1024 && call.input.options?.timeout === undefined) return 0;
  return Math.max(response - spent, 1);
}

/** A session's `credentials` stay in its scope; a browser's cookies go to the session's own origins and to the page's. */
function credentialsFor(state: SessionState, { options, url, call }: Outgoing): RequestCredentials | undefined {
  const { credentials } = options;
  if (call.input.options?.credentials) return credentials;
  if (credentials === 'omit' || !state.cookies) return 'omit';
  if (!state.baseUrl) return credentials;
  return inScope(state, url.origin) ? credentials ?? 'include' : 'same-origin';
}
