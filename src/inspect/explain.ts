/** What a call would send, and where each part of it comes from. */
import { Call } from '../call/call.ts';
import { prepare } from '../call/prepare.ts';
import type { Session } from '../index.browser.ts';
import { internals } from '../internals.ts';
import type { GivenOptions, Outgoing, SessionState } from '../model.ts';
import { defaults } from '../options/defaults.ts';
import { isTrusted } from '../request/credentials.ts';
import { readHeaders } from '../request/headers.ts';
import { redactField } from '../request/redact.ts';
import { sentOf } from '../request/sent-request.ts';
import type { RequestOptions } from '../types/options.ts';
import { type Explained, Explanation, type Source } from './explanation.ts';

/**
 * Tells what a call would send and where each header, cookie, parameter and setting comes from;
 * nothing is sent, and no secret is shown. What code decides as the call is sent, which is `auth`,
 * middleware and hooks, is named and not run.
 *
 * @example
 * ```ts
 * import { explain } from 'isosession/inspect';
 *
 * console.log(await explain(session, 'https://example.com/items', { searchParams: { page: 2 } }));
 * ```
 *
 * @param input - as a call takes it, and so `options`, among them `method`.
 * @throws {InvalidRequestError} where the call would reject before it is sent.
 */
export async function explain(
  session: Session,
  input: string | URL | Request,
  options?: RequestOptions,
): Promise<Explanation> {
  const state = session[internals];
  const call = new Call(state, { input, options });
  const request = prepare(call);
  call.release();
  const given = call.given ?? {};
  const attached = await state.cookieLayer?.attach(state.cookies, request);
  const withCookies = attached ? { ...request, headers: attached } : request;
  const { method, url, body } = request;
  return new Explanation({
    method,
    url: sentOf(request).redact(url.href),
    inScope: isTrusted(state, url.origin),
    headers: headersOf(state, given, request),
    leftOut: [...state.headers.keys()].filter((name) => isLeftOut(name, given, request)),
    cookies: cookiesOf(withCookies, request),
    searchParams: searchParamsOf(state, request),
    body: bodySourceOf(given, body !== null),
    auth: authSourceOf(state, given, request),
    transport: transportOf(state, request),
    ...connectionOf(state, given, request),
    ...settingsOf(state, given, request),
    decidedLater: decidedLater(state, request),
  });
}

function headersOf(state: SessionState, given: GivenOptions, { headers }: Outgoing): Explained[] {
  const own = new Set(given.headers ? readHeaders(given.headers).keys() : []);
  const platform = state.platform.headers(undefined);
  const explained: Explained[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i, i + 2);
    // Those of cookies are told one by one.
    if (name === 'cookie') continue;
    let from: Source = 'session';
    if (own.has(name)) from = 'call';
    else if (state.headers.get(name) !== value) from = 'body';
    else if (platform.get(name) === value) from = 'default';
    explained.push({ name, value: redactField(name, value), from });
  }
  return explained;
}

/** A header of the session that the call does not carry: outside the scope, or removed by it. */
function isLeftOut(name: string, given: GivenOptions, { headers }: Outgoing): boolean {
  const own = given.headers ? readHeaders(given.headers) : undefined;
  return !headers.includes(name) && own?.get(name) !== null;
}

const hidden = '[redacted]';

/** By name alone: the call's own go over those of a `cookie` header, and these over the jar's. */
function cookiesOf({ headers, cookies }: Outgoing, before: Outgoing): Explained[] {
  const inHeader = namesIn(before.headers);
  return [...namesIn(headers)].map((name) => {
    let from: Source = 'jar';
    if (cookies && Object.hasOwn(cookies, name)) from = 'call';
    else if (inHeader.has(name)) from = 'header';
    return { name, value: hidden, from };
  });
}

function namesIn(headers: readonly string[]): Set<string> {
  const at = headers.indexOf('cookie');
  const pairs = at < 0 ? [] : (headers[at + 1] ?? '').split('; ');
  return new Set(pairs.map((pair) => pair.slice(0, Math.max(pair.indexOf('='), 0))));
}

function searchParamsOf({ searchParams }: SessionState, request: Outgoing): Explained[] {
  const given = request.call.given?.searchParams;
  const own = given ? new Set(namesOfParams(given)) : new Set<string>();
  const shown = new URL(sentOf(request).redact(request.url.href)).searchParams;
  return Array.from(shown, ([name, value]): Explained => {
    let from: Source = 'url';
    if (own.has(name)) from = 'call';
    else if (searchParams.has(name)) from = 'session';
    return { name, value, from };
  });
}

function namesOfParams(given: NonNullable<GivenOptions['searchParams']>): Iterable<string> {
  if (typeof given === 'string' || given instanceof URLSearchParams)
    return new URLSearchParams(given).keys();
  return Array.isArray(given) ? given.map(([name]) => String(name)) : Object.keys(given);
}

function bodySourceOf(given: GivenOptions, isThere: boolean): string | undefined {
  if (!isThere) return undefined;
  return ['json', 'form'].find((name) => name in given) ?? 'body';
}

function authSourceOf(
  state: SessionState,
  { auth }: GivenOptions,
  request: Outgoing,
): Source | undefined {
  if (!request.auth) return undefined;
  if (request.auth === auth) return 'call';
  return request.auth === state.auth ? 'session' : 'url';
}

function transportOf({ mounts, connections }: SessionState, { options, url }: Outgoing): string {
  if (options.transport) return 'call';
  const path = `${url.origin}${url.pathname}/`;
  const mount = [...mounts.keys()].find((prefix) => path.startsWith(prefix));
  if (mount !== undefined) return `mount ${mount}`;
  return connections.given ? 'session' : 'default';
}

type Connection = Pick<Explanation, 'proxy' | 'tls'>;

/** The settings print without passwords and keys. */
function connectionOf(state: SessionState, given: GivenOptions, request: Outgoing): Connection {
  const { proxy } = request.options.init;
  const tls = state.platform.tlsFor?.(request);
  const ofEnvironment = proxy === undefined ? state.environment?.proxy : undefined;
  const from = (name: 'proxy' | 'tls'): Source => (given[name] ? 'call' : 'session');
  const own = proxy === undefined ? undefined : { value: proxy, from: from('proxy') };
  return {
    proxy: ofEnvironment ? { value: ofEnvironment, from: 'environment' } : own,
    tls: tls && { value: tls, from: from('tls') },
  };
}

type Settings = Pick<Explanation, 'timeout' | 'retry' | 'options'>;

const simple = [
  'maxRedirects',
  'redirect',
  'credentials',
  'maxResponseSize',
  'keepHeaders',
] as const;

function settingsOf(state: SessionState, given: GivenOptions, { options }: Outgoing): Settings {
  const entries = (name: 'timeout' | 'retry'): Explained[] =>
    Object.entries(options[name]).map(([key, value]: [string, unknown]) => {
      let from: Source = 'default';
      if (given[name] && Object.hasOwn(given[name] as object, key)) from = 'call';
      else if (Reflect.get(state.options[name], key) !== Reflect.get(defaults[name], key))
        from = 'session';
      return { name: key, value, from };
    });
  const others = simple.map((name): Explained => {
    let from: Source = 'default';
    if (given[name] !== undefined) from = 'call';
    else if (state.options[name] !== defaults[name]) from = 'session';
    return { name, value: options[name], from };
  });
  return {
    timeout: entries('timeout'),
    retry: entries('retry'),
    options: others.filter(({ value }) => value !== undefined),
  };
}

function decidedLater({ rings, hooks }: SessionState, { auth }: Outgoing): string[] {
  const found = Object.entries(rings)
    .filter(([, ring]) => ring.length > 0)
    .map(([ring, { length }]) => `${length} middleware around '${ring}'`);
  const names = Object.keys(hooks).map((name) => `hooks.${name}`);
  return [...(auth ? ['auth'] : []), ...found, ...names];
}
