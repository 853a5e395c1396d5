import { readMethod } from './method.ts';
import type { CallContext } from '../types/context.ts';
import type { CallInfo, Outgoing, SessionState } from '../model.ts';
import type { SessionRequest } from '../types/middleware.ts';
import { SafeHeaders, readHeaders, type HeaderList } from './headers.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { parseUrl } from './url.ts';
import { takeUserinfo, isTrusted } from './credentials.ts';
import { readBody } from './body.ts';
import { ChildCancellation } from '../cancellation/cancellation.ts';

/** By what a copy of a record still has, and what only one call has. */
const calls = new WeakMap<CallContext, CallInfo>();

/** What middleware is given: records of this call's own. */
export function toSessionRequest({
  method,
  url,
  headers,
  body,
  cancellation: scope,
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
    cancellation: scope,
    cookies,
    auth,
    call: { state },
  } = before;
  const same = url.origin === before.url.origin;
  const userinfo = takeUserinfo(url);
  return {
    ...before,
    method: readMethod(method, 'method of middleware'),
    url,
    headers: [...readHeaders(headers)].flat() as HeaderList,
    body: readBody(body)[0],
    options: options ?? before.options,
    cancellation: signal === scope.signal ? scope : new ChildCancellation(scope, signal),
    // By another URL a middleware takes away what belongs to the origin of the call or to the
    // session's scope, whether or not it thinks of it.
    cookies: same ? cookies : undefined,
    auth: userinfo ?? (same || isTrusted(state as SessionState, url.origin) ? auth : undefined),
  };
}
