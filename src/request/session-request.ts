/** The request as middleware sees it, and what becomes of it. */
import { isDevelopment } from '../development.ts';
import { ChildCancellation } from '../cancellation/cancellation.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { CallInfo, Outgoing, RunningCall } from '../model.ts';
import type { CallContext } from '../types/context.ts';
import type { SessionRequest } from '../types/middleware.ts';
import { copyBody, readBody } from './body.ts';
import { mayCarrySecrets, takeUserinfo } from './credentials.ts';
import { isHarmless } from './harmless.ts';
import { filterHeaders, getHeader, type HeaderList, readHeaders } from './headers.ts';
import { SafeHeaders } from './safe-headers.ts';
import { identityOf } from './identity.ts';
import { readMethod } from './method.ts';
import { type Sent, sentOf } from './sent-request.ts';
import { parseUrl, removeSearchParams, type UrlParts } from './url.ts';
import { version } from '../version.ts';

/** A call that belongs to a session. */
export type SessionCall = RunningCall;

/** What a record was made of. */
interface Records {
  /** A call is found by its context: every copy of a record has it, and no other call does. */
  readonly calls: WeakMap<CallContext, CallInfo>;
  /** A request is found by what copies of its record rarely are without: its URL and headers. */
  readonly requests: WeakMap<URL | Headers, Outgoing>;
}

const shared = Symbol.for(`isosession.records ${version}`);

/** Those of all copies of this version. */
function records(): Records {
  const host: typeof globalThis & { [shared]?: Records } = globalThis;
  return (host[shared] ??= { calls: new WeakMap(), requests: new WeakMap() });
}

/** Makes the records that middleware is given: they are this call's own. */
export function toSessionRequest(request: Outgoing): SessionRequest {
  const { method, body, cancellation, call, options, hop } = request;
  const { context } = call;
  const { calls, requests } = records();
  calls.set(context, call);
  const url = new URL(request.url.href);
  const headers = SafeHeaders.of(request.headers);
  requests.set(url, request).set(headers, request);
  return {
    method,
    url,
    headers,
    body: copyBody(body),
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
  const call = records().calls.get(context);
  if (!isOfSession(call)) {
    throw new InvalidRequestError(
      isDevelopment
        ? 'This middleware works within a session only: session.use(middleware)'
        : 'middleware without a session',
    );
  }
  return call;
}

/** The request that a record was made of; where nothing tells which, that of its whole call. */
export function requestOf(record: SessionRequest): Outgoing | undefined {
  const call = callOf(record);
  const { requests } = records();
  const found = [requests.get(record.url), requests.get(record.headers)];
  return found.find((request) => request?.call === call) ?? call.request;
}

function isOfSession(call: CallInfo | undefined): call is SessionCall {
  return call?.state !== undefined;
}

/** What a record says would be sent, as what was sent. */
export function sentBy({ method, url, headers, body, context }: SessionRequest): Sent {
  const call = records().calls.get(context);
  return sentOf({ method, url, headers: headersOf(headers), body, ...(call && { call }) });
}

/** Reads what middleware hands on, which may hold anything. */
export function fromSessionRequest(given: SessionRequest, before: Outgoing): Outgoing {
  const { method, body, signal, options } = given;
  const { cancellation } = before;
  const named = parseUrl(given.url, undefined, 'URL of middleware');
  const url = before.call.state?.hsts?.secure(named) ?? named;
  const userinfo = takeUserinfo(url);
  const after = {
    ...before,
    method: readMethod(method, 'method of middleware'),
    url,
    headers: headersOf(given.headers),
    body: readBody(body)[0],
    options: options ?? before.options,
    passed: options?.passed ? [...before.passed, ...options.passed] : before.passed,
    cancellation:
      signal === cancellation.signal ? cancellation : new ChildCancellation(cancellation, signal),
  };
  const led = url.origin === before.url.origin ? after : ledElsewhere(before, url, after);
  return userinfo ? { ...led, auth: userinfo } : led;
}

/**
 * A request that a middleware has led to another origin. Whether or not it thinks of it, it takes
 * along what a redirect would, and what it has set itself together with the URL, as in `after`.
 */
export function ledElsewhere(before: Outgoing, url: UrlParts, after = before): Outgoing {
  const own = (name: string): boolean =>
    getHeader(after.headers, name) !== getHeader(before.headers, name);
  const keepsSecrets = mayCarrySecrets(before.url, url, before.call.state?.trustedOrigins);
  const { keepHeaders } = before.options;
  const mayGo = (name: string): boolean =>
    keepsSecrets
      ? !/^(?:host|cookie)$/.test(name)
      : isHarmless(name) || name.startsWith('content-') || keepHeaders.includes(name);
  const headers = filterHeaders(after.headers, (name) => mayGo(name) || own(name));
  if (keepsSecrets) return { ...after, url, headers };
  const dropped = { secrets: 'none', cookies: undefined, auth: undefined } as const;
  return { ...after, ...dropped, url: withoutSearchParams(url, before), headers };
}

/**
 * To be called after each of the hooks that share a record: when one has led it to another origin,
 * those behind it find it without what belonged to the one before.
 */
export function followHook(record: SessionRequest, before: Outgoing): Outgoing {
  const { origin } = parseUrl(record.url, undefined, 'URL of a hook');
  // What it has set belongs to this origin, if the next hook leads to another.
  if (origin === before.url.origin) return { ...before, headers: headersOf(record.headers) };
  const after = fromSessionRequest(record, before);
  record.url = new URL(after.url.href);
  record.headers = SafeHeaders.of(after.headers);
  return after;
}

function headersOf(headers: Headers): HeaderList {
  const list: HeaderList = [];
  for (const [name, value] of readHeaders(headers)) if (value !== null) list.push(name, value);
  return list;
}

/** Without the session's parameters, which a URL whose host was changed still has. */
function withoutSearchParams(url: UrlParts, { url: old, call }: Outgoing): UrlParts {
  const defaults = call.state?.searchParams;
  if (!defaults?.size) return url;
  const before = new URLSearchParams(old.search);
  return removeSearchParams(
    url,
    (name, value) => defaults.has(name) && before.getAll(name).includes(value),
  );
}
