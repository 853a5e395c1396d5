/** From a call's input to the URL that is sent. */
import { InvalidRequestError } from '../errors.ts';
import type { FormOption, SearchParamsOption } from '../types.ts';
import { redactUrl } from './redact.ts';

/** What the layers need of a URL. A `URL` is one; a platform may have one that costs less. */
export type Place = Readonly<Pick<URL, 'href' | 'origin' | 'protocol' | 'hostname' | 'port' | 'pathname' | 'search'>>;

/** Parses an absolute or relative `http:` or `https:` URL. Userinfo and fragment are still in it. */
export function parseUrl(input: string | URL, base?: URL | string, what = 'URL'): URL {
  let url: URL;
  try {
    // A scheme and an authority: the base says nothing, and would be parsed as well.
    url = typeof input !== 'string' || input.startsWith('http://') || input.startsWith('https://') ? new URL(input) : new URL(input, base);
  } catch {
    const text = redactUrl(String(input));
    throw new InvalidRequestError(`"${text}" is not a valid ${what}${base || /^[a-z]+:/i.test(text) ? '' : ': a relative one needs a baseUrl'}`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new InvalidRequestError(`"${redactUrl(url.href)}" is not a valid ${what}: only http: and https: are spoken`);
  return url;
}

/** A `baseUrl`: without query, fragment and userinfo, its path ending in a slash. */
export function parseBaseUrl(input: string | URL): URL {
  const url = parseUrl(input, globalThis.location?.href, 'baseUrl');
  url.search = url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** `[name, value]` pairs of a record, pairs or `URLSearchParams`; `null` where a default is to be removed. */
export function readPairs(given: Exclude<SearchParamsOption | FormOption, undefined>, what: string): [string, string | null][] {
  if (typeof given === 'string') return [...new URLSearchParams(given)];
  if (typeof given !== 'object') throw new InvalidRequestError(`${what} must be a record, pairs or URLSearchParams`);
  const pairs: [string, string | null][] = [];
  const entries: Iterable<readonly [string, unknown]> = Symbol.iterator in given ? given as Iterable<readonly [string, unknown]> : Object.entries(given);
  for (const [name, values] of entries) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value === undefined) continue;
      if (value !== null && typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') throw new InvalidRequestError(`${what}: the value of "${name}" must be a scalar or an array of scalars`);
      pairs.push([String(name), value === null ? null : String(value)]);
    }
  }
  return pairs;
}

/**
 * Adds the call's pairs and then those defaults whose name neither the URL nor the call has. The URL's own query is kept byte for byte.
 */
export function addSearchParams(url: URL, call: readonly [string, string | null][] | undefined, defaults: URLSearchParams | undefined): void {
  const added = new URLSearchParams();
  for (const [name, value] of call ?? []) if (value !== null) added.append(name, value);
  if (defaults) {
    const named = new Set([...url.searchParams.keys(), ...(call ?? []).map(([name]) => name)]);
    for (const [name, value] of defaults) if (!named.has(name)) added.append(name, value);
  }
  const query = added.toString();
  if (query) url.search += (url.search ? '&' : '?') + query;
}
