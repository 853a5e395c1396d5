/** From a session's defaults and a call's options to the request that enters the onion. */
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { Auth } from '../types/middleware.ts';
import type { ResolvedOptions } from '../types/resolved-options.ts';
import { type PreparedBody, readBody } from '../request/body.ts';
import type { Call } from './call.ts';
import {
  filterHeaders,
  type HeaderList,
  readHeaders,
  setHeader,
  withType,
} from '../request/headers.ts';
import { type GivenOptions, readOptions } from '../options/read.ts';
import { mergeOptions } from '../options/merge.ts';
import { readRequest } from '../options/read-request.ts';
import { isHarmless } from '../request/harmless-headers.ts';
import { addSearchParams, encodePairs, parseUrl, readPairs } from '../request/url.ts';
import { takeUserinfo, isTrusted } from '../request/credentials.ts';
import { isRequest } from '../request/brand.ts';
import type { Outgoing } from '../model.ts';
import { Sent } from '../request/sent-request.ts';

/**
 * What was asked by a call that could not be prepared: its method and, when it has one, its URL.
 */
export function askedOf(call: Call): Sent | undefined {
  const { input, options, method } = call;
  try {
    const url = urlOf(call);
    takeUserinfo(url);
    return new Sent(method ?? options?.method ?? (input as Request).method ?? 'GET', url, []);
  } catch {
    return undefined;
  }
}

function urlOf(call: Call): URL {
  const { input, state } = call;
  const url = parseUrl(
    isRequest(input) ? input.url : input,
    state.baseUrl ?? globalThis.location?.href,
  );
  state.refuse?.(call, url);
  return url;
}

/** The options of a call, over those of a `Request` that is its input. */
function readGiven({
  input,
  options,
  asFetch,
  state: { platform },
}: Call): GivenOptions | undefined {
  const read = (given: object): GivenOptions =>
    readOptions(isRequest(given) ? readRequest(given) : given, 'call', platform);
  const own = options && read(options);
  if (!isRequest(input)) return own;
  const from = read(input);
  if (own && ('json' in own || own.form)) delete from.body;
  // To fetch, the headers of the init take the place of the request's.
  if (own?.headers && from.headers && !asFetch)
    own.headers = Object.fromEntries([...readHeaders(from.headers), ...readHeaders(own.headers)]);
  return Object.assign(from, own);
}

/** Checks everything that can be known before anything is sent. */
export function prepare(call: Call): Outgoing {
  const { state, input, options } = call;
  const { platform } = state;
  const given = (call.given = readGiven(call));
  if (given?.signal) call.follow(given.signal);
  const method = call.method ?? given?.method ?? 'GET';
  const resolved = given ? mergeOptions(state.options, given) : state.options;

  const query = given?.searchParams;
  const place =
    typeof input === 'string' && !query && !state.searchParams.size
      ? platform.parseFastUrl?.(input, state.baseUrl)
      : undefined;
  const parsed = place ? undefined : urlOf(call);
  const url = place ?? (parsed as URL);
  const scoped = isTrusted(state, url.origin);
  let userinfo: Auth | undefined;
  if (parsed) {
    userinfo = takeUserinfo(parsed);
    if (query || (scoped && query !== null && state.searchParams.size))
      addSearchParams(parsed, query ?? [], scoped ? state.searchParams : []);
  }

  const noCredentials = resolved.credentials === 'omit';
  const noAuth = noCredentials || given?.auth === null;
  let headers = (given?.headers === null ? platform.headers(undefined) : state.headers).list(
    call.accept,
  );
  // Where the host keeps the cookies it is a browser, and says itself who it is.
  if (!scoped || noAuth || !platform.cookieLayer)
    headers = withoutSecrets(headers, scoped, noCredentials, noAuth, !platform.cookieLayer);
  const called = given?.headers && readHeaders(given.headers);
  if (called) {
    headers = headers.slice();
    for (const [name, value] of called) setHeader(headers, name, value);
  }
  // Up to 1 MiB of the body of a Request is held for retries and redirects.
  const [body, type] = given
    ? readGivenBody(
        given,
        resolved,
        method,
        isRequest(options?.body === undefined ? input : options) ? 2 ** 20 : 0,
      )
    : noBody;

  return {
    call,
    method,
    url,
    body,
    options: resolved,
    cancellation: call,
    responseTimeUsed: 0,
    headers: withType(headers, type),
    auth:
      given?.auth !== undefined
        ? given.auth
        : called?.get('authorization')
          ? undefined
          : (userinfo ?? (scoped && !noCredentials ? state.auth : undefined)),
    cookies: given?.cookies ?? undefined,
  };
}

/**
 * The defaults that go to a place outside of the session's scope, or inside it without its
 * credentials. (Apart from `prepare`, whose every call would pay for its closure.)
 */
function withoutSecrets(
  list: HeaderList,
  scoped: boolean,
  noCookie: boolean,
  noAuth: boolean,
  browser: boolean,
): HeaderList {
  return filterHeaders(
    list,
    (name) =>
      (scoped || isHarmless(name)) &&
      !(name === 'authorization'
        ? noAuth
        : name === 'cookie'
          ? noCookie
          : browser && name === 'user-agent'),
  );
}

const noBody: PreparedBody = [null];

function readGivenBody(
  { json, form, body }: GivenOptions,
  { stringifyJson }: ResolvedOptions,
  method: string,
  keep: number,
): PreparedBody {
  const bodies: PreparedBody[] = [];
  if (json !== undefined)
    bodies.push([stringify(json, stringifyJson ?? JSON.stringify), 'application/json']);
  if (form)
    bodies.push([encodePairs(readPairs(form, 'form')), 'application/x-www-form-urlencoded']);
  if (body !== undefined && body !== null) bodies.push(readBody(body, keep));
  if (bodies.length > 1) throw new InvalidRequestError('json, form and body cannot go together');
  if (bodies.length && /^(?:GET|HEAD)$/.test(method))
    throw new InvalidRequestError(`${method} has no body: use post() or searchParams`);
  return bodies[0] ?? noBody;
}

function stringify(json: unknown, by: (value: unknown) => string): string {
  let cause: unknown;
  try {
    const text: unknown = by(json);
    if (typeof text === 'string') return text;
  } catch (error) {
    cause = error;
  }
  throw new InvalidRequestError('json cannot be serialised', { cause });
}
