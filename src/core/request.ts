/** The request as our own layers carry it, and its two public forms. */
import { InvalidRequestError } from '../errors.ts';
import type { Auth, CallContext, Hooks, RequestBody, ResolvedOptions, SentRequest, SessionRequest, TransportRequest } from '../types.ts';
import { brandOf, isIterable, OneShotBody } from './body.ts';
import type { CallInput } from './prepare.ts';
import { type HeaderList, isToken, readHeaders, SafeHeaders, setHeader } from './headers.ts';
import { normalizeMethod } from './options.ts';
import { printAs, redactHeaders } from './redact.ts';
import type { CallScope } from './scope.ts';
import { parseUrl, type Place } from './url.ts';

/** What layers know of the call that a request belongs to. */
export interface CallInfo {
  /** The attempt under way, counted from 1. */
  attempts: number;
  readonly context: CallContext;
  /** When `timeout.total` ends it, by `performance.now()`. */
  readonly deadline: number;
  readonly input: CallInput;
  readonly hooks: Hooks;
}

/**
 * One request on its way to the transport. Layers copy it ({@link Outgoing.with}) and never change what they were given. Headers are a flat list and
 * the URL has neither userinfo nor fragment; `Headers` and `URL` are made only for those who want them.
 */
export class Outgoing {
  readonly call: CallInfo;
  readonly method: string;
  readonly url: Place;
  readonly headers: HeaderList;
  readonly body: RequestBody;
  readonly options: ResolvedOptions;
  readonly scope: CallScope;
  /** The credentials of this request, applied innermost. */
  readonly auth: Auth | undefined;
  /** Cookies of this call alone. */
  readonly cookies: Readonly<Record<string, string>> | undefined;
  /** ms of `timeout.response` that earlier hops have used. */
  readonly spent: number;

  constructor({ call, method, url, headers, body, options, scope, auth, cookies, spent }: Omit<Outgoing, 'with'>) {
    this.call = call;
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.body = body;
    this.options = options;
    this.scope = scope;
    this.auth = auth;
    this.cookies = cookies;
    this.spent = spent;
  }

  with(changes: Partial<Outgoing>): Outgoing {
    return new Outgoing({ ...this, ...changes });
  }
}

/** What middleware is given: records of this call's own. */
export function toSessionRequest(request: Outgoing): SessionRequest {
  const { method, url, headers, body, scope, call, options } = request;
  return { method, url: new URL(url.href), headers: SafeHeaders.of(headers), body, signal: scope.signal, context: call.context, options };
}

/** What middleware hands on, checked, as it may hold anything. */
export function fromSessionRequest(record: SessionRequest, before: Outgoing): Outgoing {
  const { method, body, signal } = record;
  if (typeof method !== 'string' || !isToken(method)) throw new InvalidRequestError(`A middleware made a request whose method is not an HTTP method`);
  const url = parseUrl(record.url, undefined, 'URL of a middleware\'s request');
  const headers = readHeaders(record.headers).flat() as HeaderList;
  return before.with({
    method: normalizeMethod(method),
    url,
    headers,
    body: body === before.body || !isIterable(body) || body instanceof Uint8Array || brandOf(body) === 'FormData' ? body : new OneShotBody(body),
    scope: signal === before.scope.signal ? before.scope : before.scope.child(signal),
    // A middleware that took the record's cookies away by its URL means it: they belong to the origin of the call.
    cookies: url.origin === before.url.origin ? before.cookies : undefined,
  });
}

/** What a transport is given. */
export function toTransportRequest(request: Outgoing, signal: AbortSignal, init: RequestInit): TransportRequest {
  const { method, url, headers, body, options } = request;
  return { method, url: url instanceof URL ? url : new URL(url.href), headers: SafeHeaders.of(headers), body, signal, timeout: options.timeout, init };
}

/** What was sent, as responses and errors tell it. */
export class Sent implements SentRequest {
  readonly method: string;
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

export function sentOf(request: Outgoing): Sent {
  return new Sent(request.method, request.url, request.headers);
}

/** A copy of a header list with one header set. */
export function withHeader(list: HeaderList, name: string, value: string | undefined): HeaderList {
  const copy = list.slice();
  setHeader(copy, name, value);
  return copy;
}
