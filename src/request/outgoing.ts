/** The request as our own layers carry it, and its public forms. */
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { CallContext } from '../types/context.ts';
import type { Auth, SessionRequest } from '../types/middleware.ts';
import type { RequestBody, SentRequest } from '../types/request.ts';
import type { ResolvedOptions } from '../types/resolved-options.ts';
import { readBody } from './body.ts';
import { takeUserinfo } from './credentials.ts';
import { type HeaderList, readHeaders, SafeHeaders } from './headers.ts';
import { type Given, method as checkMethod } from '../options/options.ts';
import { printAs, redactHeaders } from './redact.ts';
import { type CallScope, ChildScope } from '../cancellation/cancellation.ts';
import { inScope, type SessionState } from '../session/state.ts';
import { parseUrl, type Place } from './url.ts';

/** What layers know of the call that a request belongs to. */
export interface CallInfo {
  /** The attempt under way, counted from 1. */
  attempts: number;
  readonly context: CallContext;
  /** When `timeout.total` ends it, by `performance.now()`. */
  readonly deadline: number;
  /** The options of the call itself, as they were read. */
  readonly given: Given | undefined;
  /** By `session.fetch`: it fails as fetch does. */
  readonly asFetch: boolean;
  /** Its session, `undefined` outside of any. */
  readonly state: SessionState | undefined;
}

/**
 * One request on its way to the transport. Layers copy it (`{...request, headers}`) and never
 * change what they were given. Headers are a flat list and the URL has neither userinfo nor
 * fragment; `Headers` and `URL` are made only for those who want them.
 */
export interface Outgoing {
  readonly call: CallInfo;
  readonly method: string;
  readonly url: Place;
  readonly headers: HeaderList;
  readonly body: RequestBody;
  readonly options: ResolvedOptions;
  readonly scope: CallScope;
  /** The credentials of this request, applied innermost. */
  readonly auth: Auth | null | undefined;
  /** Cookies of this call alone. */
  readonly cookies: Readonly<Record<string, string>> | undefined;
  /** ms of `timeout.response` that earlier hops have used. */
  readonly spent: number;
}

/** By what a copy of a record still has, and what only one call has. */
const calls = new WeakMap<CallContext, CallInfo>();

/** What middleware is given: records of this call's own. */
export function toSessionRequest({
  method,
  url,
  headers,
  body,
  scope,
  call,
  options,
}: Outgoing): SessionRequest {
  const { context } = call;
  calls.set(context, call);
  return {
    method,
    url: new URL(url.href),
    headers: SafeHeaders.of(headers),
    body,
    signal: scope.signal,
    context,
    options,
  };
}

/** The call behind a record, for middleware of ours that must know the session. */
export function callOf({ context }: SessionRequest): CallInfo & { readonly state: SessionState } {
  const call = calls.get(context);
  if (!call?.state)
    throw new InvalidRequestError(
      'This middleware works within a session only: session.use(middleware)',
    );
  return call as CallInfo & { readonly state: SessionState };
}

/** What middleware hands on, checked, as it may hold anything. */
export function fromSessionRequest(
  { method, url: given, headers, body, signal, options }: SessionRequest,
  before: Outgoing,
): Outgoing {
  const url = parseUrl(given, undefined, 'URL of middleware');
  const {
    scope,
    cookies,
    auth,
    call: { state },
  } = before;
  const same = url.origin === before.url.origin;
  const userinfo = takeUserinfo(url);
  return {
    ...before,
    method: checkMethod(method, 'method of middleware') as string,
    url,
    headers: [...readHeaders(headers)].flat() as HeaderList,
    body: readBody(body)[0],
    options: options ?? before.options,
    scope: signal === scope.signal ? scope : new ChildScope(scope, signal),
    // By another URL a middleware takes away what belongs to the origin of the call or to the
    // session's scope, whether or not it thinks of it.
    cookies: same ? cookies : undefined,
    auth: userinfo ?? (same || inScope(state as SessionState, url.origin) ? auth : undefined),
  };
}

/** What was sent, as responses and errors tell it. */
export class Sent implements SentRequest {
  declare readonly method: string;
  readonly #url: Place;
  readonly #list: HeaderList;
  #headers: Headers | undefined;

  constructor(method: string, url: Place, headers: HeaderList) {
    this.method = method;
    this.#url = url;
    this.#list = headers;
  }

  get url(): string {
    return this.#url.href;
  }

  get headers(): Headers {
    return (this.#headers ??= SafeHeaders.of(this.#list));
  }
}
printAs(Sent.prototype, 'Request', function view() {
  return { method: this.method, url: this.url, headers: redactHeaders(this.headers) };
});

export function sentOf({ method, url, headers }: Outgoing): Sent {
  return new Sent(method, url, headers);
}
