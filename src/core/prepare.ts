/** From a session's defaults and a call's options to the request that enters the onion. */
import { InvalidRequestError, UnsupportedError } from '../errors.ts';
import type { Auth, RequestOptions } from '../types.ts';
import { brandOf, formBody, jsonBody, OneShotBody, type PreparedBody, readBody } from './body.ts';
import type { Call } from './call.ts';
import { getHeader, type HeaderList, readHeaders, setHeader } from './headers.ts';
import { type Given, mergeOptions, readOptions, readRequest } from './options.ts';
import { Outgoing, Sent } from './request.ts';
import { isHarmless } from './scope-headers.ts';
import { inScope, type SessionState } from './state.ts';
import { addSearchParams, parseUrl, readPairs } from './url.ts';
import { takeUserinfo } from './credentials.ts';

/** A call as it was made. */
export interface CallInput {
  readonly input: string | URL | Request;
  readonly options: RequestOptions | undefined;
  /** The verb of the method that was called. */
  readonly method: string | undefined;
  /** By `session.fetch`. */
  readonly asFetch: boolean;
}

/** A body of a `Request` up to this many bytes can be replayed. */
const replayable = 1024 * 1024;

/** Checks everything that can be known before anything is sent. */
export function prepare(call: Call): Outgoing | Promise<Outgoing> {
  const { input, options } = call.input;
  const isUrl = typeof input === 'string' || input instanceof URL;
  if (isUrl && (options === undefined || brandOf(options) !== 'Request')) return prepareFrom(call, input, options);
  return prepareRequests(call, input, options);
}

/** What was asked by a call that could not be prepared: its method and, when it has one, its URL. */
export function askedOf({ input: { input, options, method }, state }: Call): Sent | undefined {
  try {
    const url = parseUrl(typeof input === 'string' || input instanceof URL ? input : input.url, state.baseUrl ?? globalThis.location?.href);
    takeUserinfo(url);
    return new Sent(method ?? String(options?.method ?? (input as Request).method ?? 'GET'), url, []);
  } catch {
    return undefined;
  }
}

/** A `Request` as input, as options or as both; what the options have goes before what the input has. */
async function prepareRequests(call: Call, input: string | URL | Request, options: RequestOptions | undefined): Promise<Outgoing> {
  const brand = brandOf(input);
  if (brand !== 'Request' && brand !== 'URL' && brand !== 'String') throw new InvalidRequestError(`The input must be a string, a URL or a Request, not ${input === null ? 'null' : typeof input}`);
  const own: RequestOptions = Object.assign(Object.create(null) as RequestOptions, options && brandOf(options) === 'Request' ? await readWhole(options as Request, true) : options);
  if (brand !== 'Request') return prepareFrom(call, String(input), own);
  const request = input as Request;
  const from = await readWhole(request, own.body === undefined && own.json === undefined && own.form === undefined);
  for (const name of Object.keys(own) as (keyof RequestOptions)[]) if (own[name] === undefined) delete own[name];
  // To fetch, the headers of the init take the place of the request's.
  if (from.headers && own.headers && !call.input.asFetch) own.headers = Object.fromEntries([...readHeaders(from.headers), ...readHeaders(own.headers)]);
  return prepareFrom(call, request.url, { ...from, ...own });
}

/** The members of a `Request` as options, its body, if it is wanted, fit to be replayed. */
async function readWhole(request: Request, wanted: boolean): Promise<RequestOptions> {
  const read = readRequest(request) as RequestOptions;
  if (wanted && request.bodyUsed) throw new InvalidRequestError('The Request\'s body was used already: give request.clone()');
  if (!wanted) delete read.body;
  else if (read.body) read.body = await readReplayable(read.body as ReadableStream<Uint8Array>) as NonNullable<RequestOptions['body']>;
  return read;
}

/** The whole body when it is small, else a stream that gives what was read and then the rest. */
async function readReplayable(stream: ReadableStream<Uint8Array>): Promise<Uint8Array | OneShotBody> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    if (size > replayable) {
      return new OneShotBody((async function* rest() {
        yield* chunks;
        for (let next; !(next = await reader.read()).done;) yield next.value;
      })());
    }
  }
  const all = new Uint8Array(size);
  chunks.reduce((at, chunk) => (all.set(chunk, at), at + chunk.length), 0);
  return all;
}

function prepareFrom(call: Call, input: string | URL, options: RequestOptions | undefined): Outgoing {
  const { state } = call;
  const { platform } = state;
  const given: Given | undefined = options && readOptions(options, 'call', platform.refuse);
  if (given?.signal) call.follow(given.signal);
  const method = call.input.method ?? given?.method ?? 'GET';

  const place = typeof input === 'string' && !given?.searchParams && !state.searchParams.size ? platform.place?.(input, state.baseUrl) : undefined;
  const parsed = place ? undefined : parseUrl(input, state.baseUrl ?? globalThis.location?.href);
  const url = place ?? parsed as URL;
  const scoped = inScope(state, url.origin);
  const resolved = given ? mergeOptions(state.options, given) : state.options;
  const bare = resolved.credentials === 'omit';
  const userinfo = parsed && takeUserinfo(parsed);
  if (parsed?.hash) parsed.hash = '';
  const searchDefaults = scoped && given?.searchParams !== null && state.searchParams.size ? state.searchParams : undefined;
  if (parsed && (given?.searchParams || searchDefaults)) addSearchParams(parsed, given?.searchParams ? readPairs(given.searchParams, 'searchParams') : undefined, searchDefaults);

  // The lists of the session are shared by its calls: what changes one takes a copy first.
  const shared = call.accept ? state.headers.accepting(call.accept) : state.headers.list;
  let headers: HeaderList = !scoped || bare || given?.auth === null ? withoutSecrets(shared, scoped, bare) : shared;
  const called = given?.headers ? new Map(readHeaders(given.headers)) : undefined;
  const body = given && readGivenBody(given, state, method);
  if (headers === shared && (platform.forbiddenHeader || called || body?.type)) headers = shared.slice();
  if (platform.forbiddenHeader && !called?.has('user-agent')) setHeader(headers, 'user-agent', undefined);
  if (called) for (const [name, value] of called) setHeader(headers, name, value ?? undefined);
  if (body?.type && getHeader(headers, 'content-type') === undefined) setHeader(headers, 'content-type', body.type);
  if (platform.forbiddenHeader) {
    for (let i = 0; i < headers.length; i += 2) {
      if (platform.forbiddenHeader.test(headers[i] as string)) throw new UnsupportedError(`The header "${headers[i]}" cannot be set in ${platform.name}: the Fetch standard forbids it`);
    }
  }

  let auth: Auth | undefined;
  if (given?.auth !== undefined) auth = given.auth ?? undefined;
  else if (!called?.get('authorization')) auth = userinfo ?? (scoped && !bare ? state.auth : undefined);

  return new Outgoing({
    call, method, url, headers, auth, options: resolved, scope: call, spent: 0,
    body: body ? body.body : null,
    cookies: given?.cookies,
  });
}

/** The defaults that go to a place outside of the session's scope, or inside it without its credentials. */
function withoutSecrets(list: HeaderList, scoped: boolean, bare: boolean): HeaderList {
  return list.filter((_, i) => {
    const name = list[i & ~1] as string;
    return scoped ? name !== 'authorization' && (name !== 'cookie' || !bare) : isHarmless(name);
  });
}

function readGivenBody(given: Given, state: SessionState, method: string): PreparedBody | undefined {
  const kinds = (['json', 'form', 'body'] as const).filter((kind) => given[kind] !== undefined && (kind === 'json' || given[kind] !== null));
  const [kind] = kinds;
  if (!kind) return undefined;
  if (kinds.length > 1) throw new InvalidRequestError(`${kinds.join(' and ')} cannot go together: a request has one body`);
  if (method === 'GET' || method === 'HEAD') throw new InvalidRequestError(`${method} has no body: use post(), put(), patch() or searchParams`);
  if (kind === 'json') return jsonBody(given.json, given.stringifyJson ?? state.stringifyJson ?? JSON.stringify);
  if (kind === 'form') return formBody(given.form as NonNullable<Given['form']>);
  return given.body instanceof OneShotBody ? { body: given.body, type: undefined } : readBody(given.body as NonNullable<Given['body']>);
}
