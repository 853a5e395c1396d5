/** From a call's input to the URL that is sent. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { FormOption, HeadersOption, SearchParamsOption } from '../types/request.ts';
import { hasBrand } from './host/brand.ts';
import { redactRefused } from './redact.ts';

/** What the layers need of a URL. A `URL` is one; a platform may have one that costs less. */
export type UrlParts = Readonly<
  Pick<URL, 'href' | 'origin' | 'protocol' | 'hostname' | 'port' | 'pathname' | 'search'>
>;

/** `null` where a default is to be removed. */
type Pair = readonly [name: string, value: string | null];

/**
 * Parses an absolute or relative `http:` or `https:` URL. Userinfo and fragment are still in it.
 */
export function parseUrl(
  input: string | URL,
  base?: URL | string,
  what = !isDevelopment || base ? 'URL' : 'URL, and there is no baseUrl',
): URL {
  try {
    const url = new URL(input, base);
    if (isCallable(url) && (typeof input === 'string' || hasBrand(input, 'URL'))) return url;
  } catch {
    // Refused below.
  }
  const shown = redactRefused(String(input));
  const hint = isDevelopment && base && what === 'URL' ? pathHint(shown) : '';
  throw new InvalidRequestError(`"${shown}" is no http: or https: ${what}${hint}`);
}

/** An extension's page and worker may call what is in the extension. */
function isCallable({ protocol }: URL): boolean {
  if (/-extension:$/.test(protocol)) return protocol === globalThis.location?.protocol;
  return /^https?:$/.test(protocol);
}

/** What stands before a colon is a scheme to the URL standard. */
function pathHint(shown: string): string {
  return /^[a-z][\w+.-]*:(?!\/)/i.test(shown) ? `: if it is a path, write "./${shown}"` : '';
}

/**
 * The URL in a response's header, as `new URL` takes it: bytes that are no ASCII are
 * percent-encoded one by one, be they UTF-8 or not (Fetch standard, "location URL").
 */
export function urlInHeader(text: string): string {
  if (!/[\x80-\xff]/.test(text) || !(headersHoldBytes ??= holdBytes())) return text;
  return text.replace(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Of this host. An exception tells it, which is too slow for each of many URLs. */
let headersHoldBytes: boolean | undefined;

/** workerd gives what was UTF-8 as text, and takes any; all others take and give bytes. */
function holdBytes(): boolean {
  try {
    new Headers({ a: '€' });
    return false;
  } catch {
    return true;
  }
}

/** The path with a slash at its end, so that it matches whole segments. */
export function withSlash(path: string): string {
  return path.replace(/\/?$/, '/');
}

/**
 * `[name, value]` pairs of a record, of pairs, of `Headers` or of `URLSearchParams`. An array of
 * values repeats its name.
 */
export function readPairs(
  given: SearchParamsOption | FormOption | HeadersOption,
  what: string,
): Pair[] {
  const pairs: Pair[] = [];
  for (const entry of entriesOf(given)) {
    const pair = typeof entry === 'object' ? Array.from<unknown>(Object(entry)) : [];
    const [name, values] = pair;
    for (const value of [values].flat()) {
      if (
        isDevelopment &&
        (pair.length !== 2 || Object(value) === value || typeof value === 'symbol')
      ) {
        throw new InvalidRequestError(
          `${what} must be a record or pairs, each value a scalar: "${String(name)}"`,
        );
      }
      if (value !== undefined) pairs.push([String(name), value === null ? value : String(value)]);
    }
  }
  return pairs;
}

/** All but records iterate over pairs, of whatever realm or library they are. */
function entriesOf(given: SearchParamsOption | FormOption | HeadersOption): Iterable<unknown> {
  if (typeof given === 'string') return new URLSearchParams(given);
  return Symbol.iterator in given ? given : Object.entries(given);
}

/** Pairs as a query and a form write them. */
export function encodePairs(pairs: readonly Pair[]): string {
  return new URLSearchParams(
    pairs.filter((pair): pair is [string, string] => pair[1] !== null),
  ).toString();
}

/** A URL without those pairs of its query; the others are kept byte for byte. */
export function removeSearchParams(
  { href, search }: UrlParts,
  isRemoved: (name: string, value: string) => boolean,
): URL {
  const url = new URL(href);
  const kept = search
    .slice(1)
    .split('&')
    .filter((pair) => ![...new URLSearchParams(pair)].some((parts) => isRemoved(...parts)));
  url.search = kept.join('&');
  return url;
}

/**
 * Adds the call's pairs and then those defaults whose name neither the URL nor the call has. The
 * URL's own query is kept byte for byte.
 */
export function addSearchParams(
  url: URL,
  given: SearchParamsOption,
  defaults: Iterable<Pair>,
): void {
  const pairs = readPairs(given, 'searchParams');
  const taken = new Map([...url.searchParams, ...pairs]);
  const query = encodePairs([...pairs, ...[...defaults].filter(([name]) => !taken.has(name))]);
  if (query) url.search += (url.search && '&') + query;
}
