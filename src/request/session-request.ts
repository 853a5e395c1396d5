/** The request as middleware sees it, and what becomes of it. */
import { isDevelopment } from '../development.ts';
import { ChildCancellation } from '../cancellation/cancellation.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { CallInfo, Outgoing, RunningCall } from '../model.ts';
import type { CallContext } from '../types/context.ts';
import type { SessionRequest } from '../types/middleware.ts';
import { readBody } from './body.ts';
import { isTrusted, takeUserinfo } from './credentials.ts';
import { readHeaders, SafeHeaders } from './headers.ts';
import { identityOf } from './identity.ts';
import { readMethod } from './method.ts';
import { parseUrl } from './url.ts';

/** A call that belongs to a session. */
export type SessionCall = RunningCall;

/** A call is found by its context: every copy of a record has it, and no other call does. */
const calls = new WeakMap<CallContext, CallInfo>();

/** Makes the records that middleware is given: they are this call's own. */
export function toSessionRequest(request: Outgoing): SessionRequest {
  const { method, url, headers, body, cancellation, call, options, hop } = request;
  const { context } = call;
  calls.set(context, call);
  return {
    method,
    url: new URL(url.href),
    headers: SafeHeaders.of(headers),
    body,
    signal: cancellation.signal,
    context,
    options,
    attempt: call.attempts,
    hop,
    identity: request.identity ?? identityOf(request),
  };
}

/** The call behind a record, for middleware of ours that must know the session. */
export function callOf({ context }: SessionRequest): SessionCall {
  const call = calls.get(context);
  if (!isOfSession(call)) {
    throw new InvalidRequestError(
      isDevelopment
        ? 'This middleware works within a session only: session.use(middleware)'
        : 'middleware without a session',
    );
  }
  return call;
}

function isOfSession(call: CallInfo | undefined): call is SessionCall {
  return call?.state !== undefined;
}

/** Reads what middleware hands on, which may hold anything. */
export function fromSessionRequest(given: SessionRequest, before: Outgoing): Outgoing {
  const { method, headers, body, signal, options } = given;
  const { cancellation, cookies, auth, call } = before;
  const url = parseUrl(given.url, undefined, 'URL of middleware');
  const userinfo = takeUserinfo(url);
  // By another URL a middleware takes away what belongs to the origin of the call or to the trusted
  // origins, whether or not it thinks of it.
  const isSameOrigin = url.origin === before.url.origin;
  const keepsAuth = isSameOrigin || (call.state ? isTrusted(call.state, url.origin) : false);
  return {
    ...before,
    method: readMethod(method, 'method of middleware'),
    url,
    headers: headersOf(headers),
    body: readBody(body)[0],
    options: options ?? before.options,
    cancellation:
      signal === cancellation.signal ? cancellation : new ChildCancellation(cancellation, signal),
    cookies: isSameOrigin ? cookies : undefined,
    auth: userinfo ?? (keepsAuth ? auth : undefined),
    secrets: isSameOrigin ? before.secrets : secretsElsewhere(before, url),
  };
}

/** A middleware has led the request to another origin, which may be one of the session's own. */
function secretsElsewhere({ call, secrets }: Outgoing, { origin }: URL): Outgoing['secrets'] {
  return secrets !== 'none' && call.state?.trustedOrigins?.has(origin) ? 'all' : 'none';
}

function headersOf(headers: Headers): string[] {
  const list: string[] = [];
  for (const [name, value] of readHeaders(headers)) if (value !== null) list.push(name, value);
  return list;
}
