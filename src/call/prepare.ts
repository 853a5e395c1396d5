/** From a session's defaults and a call's options to the request that enters the pipeline. */
import type { Cancellation } from '../cancellation/cancellation.ts';
import type {
  CallerOptions,
  GivenOptions,
  Outgoing,
  RunningCall,
  SessionState,
  Trail,
} from '../model.ts';
import type { PreparedBody } from '../request/body.ts';
import { resolveBaseUrl, resolveInput } from '../request/base/base-url.ts';
import { isRequest } from '../request/host/brand.ts';
import { isTrusted, takeUserinfo } from '../request/credentials.ts';
import { isHarmless } from '../request/harmless.ts';
import {
  filterHeaders,
  type HeaderList,
  readHeaders,
  setHeader,
  withoutForbidden,
  withType,
} from '../request/headers.ts';
import { idempotencyHeader, isRepeatable, randomUuid } from '../request/method.ts';
import { Sent } from '../request/sent-request.ts';
import { addSearchParams, type UrlParts } from '../request/url.ts';
import type { Auth } from '../types/middleware.ts';
import type { ResolvedOptions } from '../types/resolved-options.ts';
import { prepareBody } from './prepare-body.ts';
import { mergeOptions } from '../options/merge.ts';
import { readOptions } from '../options/read.ts';
import { readRequest } from '../options/read-request.ts';

/** What has to be known of a call to prepare its request. */
export interface PreparableCall extends RunningCall, Cancellation {
  /** As the caller gave them. */
  readonly options: CallerOptions | undefined;
  /** The verb that was called, before a `method` among the options. */
  readonly method: string | undefined;
  /** The media types that a shortcut such as `json()` accepts, when no `accept` is set. */
  readonly accept: string | undefined;
  /** Its request is made out of a response: what has led to that. */
  readonly trail: Trail | undefined;
  given: GivenOptions | undefined;
}

/** Which of a session's defaults a call may carry. */
interface DefaultRules {
  /** Its URL is in the scope of the session's credentials. */
  readonly isTrusted: boolean;
  /** The same, for what stands beside its headers. */
  readonly secrets: Outgoing['secrets'];
  /** Its `credentials` are not `'omit'`. */
  readonly credentials: boolean;
  /** Its `auth` is not `null`. */
  readonly auth: boolean;
}

/** Of the body of a `Request`, so many bytes are held for retries and redirects. */
const keptOfRequest = 2 ** 20;

const noBody: PreparedBody = [null];

/** What a call has passed that has not been sent. */
const nowhere: readonly string[] = Object.freeze([]);

/** Checks everything that can be known before anything is sent. */
export function prepare(call: PreparableCall): Outgoing {
  const { state } = call;
  followPage(state);
  const given = (call.given = readGiven(call));
  if (given?.signal) call.follow(given.signal);
  const options = given ? mergeOptions(state.options, given) : state.options;
  const method = methodOf(call);
  const fastUrl = fastUrlOf(call);
  const { url, userinfo } = fastUrl ? { url: fastUrl, userinfo: undefined } : parseTarget(call);

  const rules = defaultRules(call, url, options);
  const ownHeaders = given?.headers ? readHeaders(given.headers) : undefined;
  const headers = withKey(call, headersOf(call, ownHeaders, rules), options, rules);
  const ofCall = ownHeaders?.get('content-type');
  const { stringifyJson } = options;
  const prepared = given
    ? prepareBody(given, { method, stringifyJson, keep: keptOf(call), ofCall })
    : noBody;

  return {
    call,
    method,
    url: secured(state, url),
    headers: given ? withType(headers, prepared, ofCall) : headers,
    body: prepared[0],
    options,
    cancellation: call,
    auth: authOf(call, userinfo, ownHeaders, rules),
    secrets: rules.secrets,
    cookies: given?.cookies ?? undefined,
    hop: 0,
    passed: passedBy(call),
    identity: undefined,
    responseTimeUsed: 0,
  };
}

/** By TLS, where its host has asked for that: what may go to the one may go to the other. */
const secured = ({ hsts }: SessionState, url: UrlParts): UrlParts => hsts?.secure(url) ?? url;

/** Where a relative `baseUrl` leads depends on the page, which may be another by now. */
function followPage(state: SessionState): void {
  const { relativeBaseUrl } = state;
  if (relativeBaseUrl !== undefined) resolveBaseUrl(state, relativeBaseUrl);
}

const passedBy = ({ trail }: PreparableCall): readonly string[] => trail?.passed ?? nowhere;

const secretsOf = ({ trail }: PreparableCall): Trail['secrets'] => trail?.secrets;

const methodOf = ({ method, given }: PreparableCall): string => method ?? given?.method ?? 'GET';

function defaultRules(call: PreparableCall, url: UrlParts, options: ResolvedOptions): DefaultRules {
  const { state, given } = call;
  const credentials = options.credentials !== 'omit';
  const auth = credentials && given?.auth !== null;
  const secrets = secretsOf(call);
  const inScope = !secrets && isTrusted(state, url.origin);
  return { isTrusted: inScope, secrets: secrets ?? (inScope ? 'all' : 'own'), credentials, auth };
}

const keptOf = (call: PreparableCall): number =>
  isRequest(bodySourceOf(call)) ? keptOfRequest : 0;

/** The options of a call, over those of a `Request` that is its input. */
function readGiven(call: PreparableCall): GivenOptions | undefined {
  const { input, options, asFetch, state } = call;
  let own = options && readCallOptions(options, call);
  if (own && secretsOf(call)) own = withoutSecrets(own, state);
  if (typeof input === 'string' || !isRequest(input)) return own;
  const given = readCallOptions(input, call);
  if (!own) return given;
  if ('json' in own || own.form) delete given.body;
  // To fetch, the headers of the init take the place of the request's.
  if (own.headers && given.headers && !asFetch) {
    const merged = [...readHeaders(given.headers), ...readHeaders(own.headers)];
    own.headers = Object.fromEntries(merged);
  }
  return Object.assign(given, own);
}

/** The options of a call that carries no secrets any more, as after a redirect that drops them. */
function withoutSecrets(given: GivenOptions, { options }: SessionState): GivenOptions {
  const { headers } = given;
  const { keepHeaders } = mergeOptions(options, given);
  if (headers) {
    const kept = [...readHeaders(headers)].filter(
      ([name]) => isHarmless(name) || keepHeaders.includes(name),
    );
    given.headers = Object.fromEntries(kept);
  }
  return Object.assign(given, { auth: null, cookies: null });
}

function readCallOptions(given: object, { asFetch, state }: PreparableCall): GivenOptions {
  const { platform } = state;
  const isOfHost = isRequest(given);
  const read = readOptions(isOfHost ? readRequest(given) : given, 'call', platform);
  // A browser's own requests have headers that no script may set: a service worker is handed them.
  if (read.headers && (asFetch || isOfHost) && !platform.cookieLayer)
    read.headers = withoutForbidden(read.headers);
  return read;
}

/** The URL of an input that needs no parsing, to which nothing is to be added. */
function fastUrlOf({ input, given, state }: PreparableCall): UrlParts | undefined {
  if (typeof input !== 'string' || given?.searchParams || state.searchParams.size) return undefined;
  return state.platform.parseFastUrl?.(input, state.baseUrl);
}

/** The URL with its parameters, and the credentials that stood in it. */
function parseTarget(call: PreparableCall): { url: URL; userinfo: Auth | undefined } {
  const { state, given } = call;
  const url = parseInput(call);
  const userinfo = takeUserinfo(url);
  const own = given?.searchParams;
  const takesDefaults = own !== null && !secretsOf(call) && isTrusted(state, url.origin);
  const defaults = takesDefaults ? state.searchParams : [];
  if (own || (takesDefaults && state.searchParams.size)) addSearchParams(url, own ?? [], defaults);
  return { url, userinfo };
}

function parseInput(call: PreparableCall): URL {
  const { input, state } = call;
  const given = isRequest(input) ? input.url : input;
  const url = resolveInput(state, given);
  state.refuse?.(given, url, state.baseUrl);
  return url;
}

/** The session's headers, as far as they may go there, and the call's own over them. */
function headersOf(
  call: PreparableCall,
  own: ReadonlyMap<string, string | null> | undefined,
  rules: DefaultRules,
): HeaderList {
  const { platform, headers: defaults } = call.state;
  const source = call.given?.headers === null ? platform.headers(undefined) : defaults;
  const list = source.list(call.accept);
  const isBrowser = !platform.cookieLayer;
  const takesAll = rules.isTrusted && rules.auth && !isBrowser;
  const allowed = takesAll ? list : allowedDefaults(list, rules, isBrowser);
  if (!own) return allowed;
  const merged = allowed.slice();
  for (const [name, value] of own) setHeader(merged, name, value);
  return merged;
}

/**
 * With the call's own key; with one that the session wants only where nothing else makes the call
 * repeatable.
 */
function withKey(
  call: PreparableCall,
  headers: HeaderList,
  { idempotencyKey: key }: ResolvedOptions,
  { isTrusted }: DefaultRules,
): HeaderList {
  if (!key) return headers;
  const isOwn = Boolean(call.given?.idempotencyKey);
  if (!isOwn && (!isTrusted || isRepeatable(methodOf(call), headers))) return headers;
  const keyed = headers.slice();
  setHeader(keyed, idempotencyHeader, key === true ? randomUuid() : key);
  return keyed;
}

/** Apart from {@link headersOf}, whose every call would pay for the closure. */
function allowedDefaults(list: HeaderList, rules: DefaultRules, isBrowser: boolean): HeaderList {
  return filterHeaders(list, (name) => {
    if (name === 'authorization') return rules.auth && rules.isTrusted;
    if (name === 'cookie') return rules.credentials && rules.isTrusted;
    // A browser says itself who it is.
    if (name === 'user-agent' && isBrowser) return false;
    return rules.isTrusted || isHarmless(name);
  });
}

/** In the order of precedence: the call's `auth` and header, the URL's userinfo, the session's. */
function authOf(
  { given, state }: PreparableCall,
  userinfo: Auth | undefined,
  own: ReadonlyMap<string, string | null> | undefined,
  { isTrusted, credentials }: DefaultRules,
): Auth | null | undefined {
  if (given?.auth !== undefined) return given.auth;
  if (own?.get('authorization')) return undefined;
  if (userinfo) return userinfo;
  return isTrusted && credentials ? state.auth : undefined;
}

/** What may hold the body: a `Request` among the options takes the place of the input. */
function bodySourceOf({ input, options }: PreparableCall): unknown {
  return options?.body === undefined ? input : options;
}

/** What an error tells of a call that could not be prepared: its method and URL, if it has one. */
export function describeInput(call: PreparableCall): Sent | undefined {
  const { input, options, method } = call;
  try {
    const url = parseInput(call);
    takeUserinfo(url);
    const own = options?.method ?? (isRequest(input) ? input.method : 'GET');
    return new Sent({ method: method ?? own, url, headers: [], call });
  } catch {
    return undefined;
  }
}
