/** A session from the inside, as its constructor and its setters make it. */
import { callPart } from '../call/call.ts';
import { followUp } from '../call/follow-up.ts';
import { sendCall } from '../call/pipeline.ts';
import { isUserCode } from '../call/run-middleware.ts';
import type { Connections, GivenOptions, Platform, Rings, SessionState } from '../model.ts';
import { scopeCredentials, setBaseUrl } from '../request/base/base-url.ts';
import { readHeaders } from '../request/headers.ts';
import { parseUrl, readPairs } from '../request/url.ts';
import type { HstsHosts } from '../transports/hsts-hosts.ts';
import type { CookieJarLike, SessionCookies } from '../types/cookies.ts';
import type { SessionOptions } from '../types/options.ts';
import type { Transport } from '../types/transport.ts';
import { defaults } from '../options/defaults.ts';
import { mergeOptions } from '../options/merge.ts';
import { nullPrototype } from '../options/null-prototype.ts';
import { readOptions } from '../options/read.ts';
import type { Hooks } from '../types/middleware.ts';
import type { ExtendOptions } from '../types/session.ts';
import { sessionFetch } from './session-fetch.ts';

/** Options as they were given to a session or to a child of one. */
type GivenSessionOptions = Omit<GivenOptions, 'cookies'> & Pick<ExtendOptions, 'cookies'>;

/** Makes the state of a session, or of a child that starts from what its parent has now. */
export function createState(
  options: SessionOptions,
  platform: Platform,
  parent: SessionState | undefined,
): SessionState {
  const given = readOptions(options, 'session', platform);
  const { transport } = given;
  // It is none of the options of each call, as a mount may win over it.
  delete given.transport;
  const connections = connectionsOf(transport, parent);
  const inherited = parent ?? nullPrototype<Partial<SessionState>>();
  const state: SessionState = {
    platform,
    send: (request) => sendCall(state, request),
    callPart: (input, options, accept, from) =>
      callPart(state, { input, options, ...(from && followUp(state, from, input)) }, accept),
    fetch: (input, init, own) => sessionFetch(state, input, init, own),
    headers: platform.headers(given.headers === null ? undefined : inherited.headers),
    searchParams: new URLSearchParams(
      given.searchParams === null ? undefined : inherited.searchParams,
    ),
    cookies: undefined,
    cookieLayer: (parent ?? platform).cookieLayer,
    baseUrl: inherited.baseUrl,
    relativeBaseUrl: inherited.relativeBaseUrl,
    refuse: inherited.refuse,
    trustedOrigins: undefined,
    origins: originsOf(given, parent),
    auth: inherited.auth,
    userinfo: inherited.userinfo,
    options: inherited.options ?? defaults,
    context: nullPrototype(given.context === null ? null : inherited.context, given.context),
    hooks: mergeHooks(given.hooks === null ? undefined : inherited.hooks, given.hooks),
    rings: copyRings(inherited.rings),
    hasUserCode: false,
    mounts: inherited.mounts ?? new Map<string, Transport>(),
    connections,
    ownsConnections: connections !== inherited.connections,
    environment: platform.environment?.(given.trustEnv, parent),
    hsts: hstsOf(given.hsts, inherited.hsts, platform),
    owned: new Set(transport ? [transport] : []),
    newest: undefined,
    closed: false,
    ended: false,
    failure: undefined,
    onCallEnd: undefined,
  };
  applyOptions(state, given);
  mergeHeaders(state.headers, given.headers);
  mergeSearchParams(state.searchParams, given.searchParams);
  // They were read as a session's.
  state.cookies = cookiesOf(state, (given as GivenSessionOptions).cookies, parent);
  noteUserCode(state);
  return state;
}

/** The part of the options that setters assign, too. */
export function applyOptions(state: SessionState, given: GivenOptions): void {
  const { auth, baseUrl } = given;
  state.options = mergeOptions(state.options, given);
  if (baseUrl !== undefined) setBaseUrl(state, baseUrl);
  if (auth !== undefined) state.auth = auth ?? undefined;
  scopeCredentials(state);
}

/** Assigns one option: it replaces what was there, where an option of a child is merged with it. */
export function assignOption(state: SessionState, name: string, value: unknown): void {
  const given = readOptions({ [name]: value ?? null }, 'session', state.platform);
  state.options = mergeOptions(state.options, nullPrototype({ [name]: null }));
  applyOptions(state, given);
}

/** To be called when middleware or hooks have changed. */
export function noteUserCode(state: SessionState): void {
  state.hasUserCode =
    Object.keys(state.hooks).length > 0 || Object.values(state.rings).flat().some(isUserCode);
}

function originsOf(given: GivenOptions, parent: SessionState | undefined): readonly string[] {
  if (given.origins === null) return [];
  if (!given.origins) return parent?.origins ?? [];
  return given.origins.map((origin) => parseUrl(origin, undefined, 'origin').origin);
}

function hstsOf(
  option: boolean | null | undefined,
  inherited: HstsHosts | undefined,
  { hsts }: Platform,
): HstsHosts | undefined {
  if (option === undefined) return inherited;
  return option ? (inherited ?? hsts?.()) : undefined;
}

/** A child shares its parent's connections, unless it has a transport of its own. */
function connectionsOf(
  transport: Transport | null | undefined,
  parent: SessionState | undefined,
): Connections {
  if (parent && transport === undefined) return parent.connections;
  return {
    given: transport ?? undefined,
    made: undefined,
    retryBudget: undefined,
    closed: false,
    failure: undefined,
  };
}

/** Middleware that the parent gets later is its own. */
function copyRings(rings: Rings | undefined): Rings {
  return {
    call: [...(rings?.call ?? [])],
    attempt: [...(rings?.attempt ?? [])],
    hop: [...(rings?.hop ?? [])],
  };
}

/** A child's hooks run after its parent's. */
function mergeHooks(inherited: Hooks | undefined, own: Hooks | null | undefined): Hooks {
  const merged = nullPrototype<Record<string, readonly unknown[] | undefined>>(inherited);
  for (const [name, hooks] of Object.entries(own ?? {})) {
    merged[name] = [...(merged[name] ?? []), ...(hooks ?? [])];
  }
  return merged;
}

function mergeHeaders(headers: Headers, own: SessionOptions['headers']): void {
  for (const [name, value] of readHeaders(own ?? {})) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
}

function mergeSearchParams(searchParams: URLSearchParams, own: GivenOptions['searchParams']): void {
  const pairs = readPairs(own ?? {}, 'searchParams');
  for (const [name] of pairs) searchParams.delete(name);
  for (const [name, value] of pairs) if (value !== null) searchParams.append(name, value);
}

function cookiesOf(
  state: SessionState,
  option: GivenSessionOptions['cookies'],
  parent: SessionState | undefined,
): SessionCookies | undefined {
  const baseUrl = (): URL | undefined => state.baseUrl;
  const given = cookiesToStartFrom(option, parent, baseUrl);
  return given === false ? undefined : state.platform.cookies(given, baseUrl);
}

/** Of an orphan `'share'` and `'copy'` give new cookies, of a parent without cookies none. */
function cookiesToStartFrom(
  option: GivenSessionOptions['cookies'] = 'share',
  parent: SessionState | undefined,
  baseUrl: () => URL | undefined,
): SessionCookies | CookieJarLike | false | undefined {
  const inherited = parent && (parent.cookies ?? false);
  switch (option) {
    case null:
    case 'share':
      return inherited;
    case 'copy':
      return inherited && inherited.copy?.(baseUrl);
    case 'new':
      return undefined;
    default:
      return option;
  }
}
