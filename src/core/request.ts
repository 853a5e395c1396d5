/** The request as our own layers carry it, and its public forms. */
import { InvalidRequestError } from '../errors.ts';
import type { Auth, CallContext, Hooks, RequestBody, ResolvedOptions, SentRequest, SessionRequest } from '../types.ts';
import { readBody } from './body.ts';
import type { CallInput } from './prepare.ts';
import { type HeaderList, isToken, readHeaders, SafeHeaders } from './headers.ts';
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
 * One request on its way to the transport. Layers copy it (`{...request, headers}`) and never change what they were given. Headers are a flat list and
 * the URL has neither userinfo nor fragment; `Headers` and `URL` are made only for those who want them.
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

/** What middleware is given: records of this call's own. */
export function toSessionRequest({ method, url, headers, body, scope, call, options }: Outgoing): SessionRequest {
  return { method, url: new URL(url.href), headers: SafeHeaders.of(headers), body, signal: scope.signal, context: call.context, options };
}

/** What middleware hands on, checked, as it may hold anything. */
export function fromSessionRequest({ method, url: given, headers, body, signal }: SessionRequest, before: Outgoing): Outgoing {
  if (typeof method !== 'string' || !isToken(method)) throw new InvalidRequestError('Middleware gave a request without an HTTP method');
  const url = parseUrl(given, undefined, 'URL of middleware');
  const { scope, cookies } = before;
  return {
    ...before,
    method: normalizeMethod(method),
    url,
    headers: [...readHeaders(headers)].flat() as HeaderList,
    body: readBody(body)[0],
    scope: signal === scope.signal ? scope : scope.child(signal),
    // A middleware that took the record's cookies away by its URL means it: they belong to the origin of the call.
    cookies: url.origin === before.url.origin ? cookies : undefined,
  };
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

export function sentOf({ method, url, headers }: Outgoing): Sent {
  return new Sent(method, url, headers);
}
