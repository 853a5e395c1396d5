/** The `baseUrl` of a session, and what relative inputs resolve against. */
import { isDevelopment } from '../../development.ts';
import type { SessionState } from '../../model.ts';
import { takeUserinfo } from '../credentials.ts';
import { parseUrl, withSlash } from '../url.ts';
import { pageBase } from './page.ts';

/** The part of a session's state that knows its `baseUrl`. */
type Base = Pick<SessionState, 'baseUrl' | 'relativeBaseUrl'>;

/**
 * Reads a `baseUrl`: without query, its path ending in a slash. `undefined` for a relative one that
 * has nothing to resolve against.
 */
export function parseBaseUrl(given: string | URL): URL | undefined {
  let url: URL;
  try {
    url = parseUrl(given, pageBase(), 'baseUrl');
  } catch (error) {
    if (isRelative(given)) return undefined;
    throw error;
  }
  url.search = '';
  url.pathname = withSlash(url.pathname);
  return url;
}

/** Without a scheme. Userinfo has to be taken off at once, and so needs a whole URL. */
function isRelative(given: string | URL): given is string {
  return typeof given === 'string' && !/^\s*(?:[a-z][\w+.-]*:|[/\\]{2}[^/?#\\]*@)/i.test(given);
}

export function setBaseUrl(state: SessionState, given: string | URL | null): void {
  const url = given === null ? undefined : parseBaseUrl(given);
  const isKept = given !== null && isRelative(given);
  state.relativeBaseUrl = isKept ? given.replace(/[?#].*/s, '') : undefined;
  moveBase(state, url);
}

/** As a user sees it, who gets a copy. */
export const baseUrlOf = ({ baseUrl, relativeBaseUrl }: Base): URL | string | undefined =>
  baseUrl ? new URL(baseUrl) : relativeBaseUrl;

/** Makes `baseUrl` of a relative one, anew where the page's base has changed. */
export function resolveBaseUrl(state: SessionState, relative: string): void {
  const url = parseBaseUrl(relative);
  if (url?.href === state.baseUrl?.href) return;
  moveBase(state, url);
  scopeCredentials(state);
}

/**
 * `user:pass@` in a `baseUrl` becomes the session's Basic credentials, unless others stand beside
 * it, for as long as `baseUrl` has that origin.
 */
function moveBase(state: SessionState, url: URL | undefined): void {
  const userinfo = url && takeUserinfo(url);
  const isElsewhere = url?.origin !== state.baseUrl?.origin;
  state.baseUrl = url;
  if (!userinfo && !isElsewhere) return;
  if (userinfo || state.auth === state.userinfo) state.auth = userinfo;
  state.userinfo = userinfo;
}

/** Until a relative `baseUrl` is resolved, its origin is one that no URL has. */
export function scopeCredentials(state: SessionState): void {
  const { baseUrl, relativeBaseUrl, origins } = state;
  state.trustedOrigins =
    baseUrl || relativeBaseUrl !== undefined
      ? new Set([baseUrl?.origin ?? 'null', ...origins])
      : undefined;
}

/** The URL of an input: relative ones resolve against `baseUrl`, without one as `fetch` does it. */
export function resolveInput(base: Base, input: string | URL, what?: string): URL {
  const { baseUrl, relativeBaseUrl } = base;
  const isUnresolved = isDevelopment && !baseUrl && relativeBaseUrl !== undefined;
  return parseUrl(
    input,
    baseUrl ?? pageBase(),
    what ?? (isUnresolved ? unresolved(relativeBaseUrl) : undefined),
  );
}

const unresolved = (relative: string): string =>
  `URL, and no page is here to resolve baseUrl "${relative}" against: on a server, ` +
  'make baseUrl absolute';
