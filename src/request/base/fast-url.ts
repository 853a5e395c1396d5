/**
 * Where a call goes, found without parsing a URL: most inputs are an origin that is known and a
 * path in which nothing is to be escaped or resolved.
 */
import type { UrlParts } from '../url.ts';

/**
 * An origin in its parts. Calls to it share the strings, so that their hashes, by which sets and
 * maps find them, are worked out once.
 */
interface KnownOrigin {
  readonly origin: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  /** Of a base URL: its path, which ends in a slash. */
  readonly pathname: string;
}

/**
 * A path and a query that the URL standard (section 4.4) leaves as they are. A segment that begins
 * with a dot may be one to resolve.
 */
const plain = /^(?:\/(?!\.|%2e)[\w~.!$&'()*+,;=@%-]*)+(?:\?[\w~.!$&()*+,;=@%:/?-]+)?$/i;

/** The parts of an origin and of a path on it. A plain record: each part is read for every call. */
class FastUrl implements UrlParts {
  readonly href: string;
  readonly origin: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;

  constructor(known: KnownOrigin, path: string) {
    const query = path.indexOf('?');
    this.href = known.origin + path;
    this.origin = known.origin;
    this.protocol = known.protocol;
    this.hostname = known.hostname;
    this.port = known.port;
    this.pathname = query < 0 ? path : path.slice(0, query);
    this.search = query < 0 ? '' : path.slice(query);
  }
}

/** Of the base URLs of sessions. */
const origins = new WeakMap<URL, KnownOrigin>();
/** Of the last absolute URL. */
let lastOrigin: KnownOrigin | undefined;

function toKnownOrigin({ origin, protocol, hostname, port, pathname }: URL): KnownOrigin {
  return { origin, protocol, hostname, port, pathname };
}

/**
 * The parts of the URL of an input that needs no parsing, or `undefined`. `base`: the session's,
 * never changed in place.
 */
export function parseFastUrl(input: string, base: URL | undefined): UrlParts | undefined {
  let known = lastOrigin;
  if (base) {
    known = origins.get(base);
    if (!known) {
      known = toKnownOrigin(base);
      origins.set(base, known);
    }
  }
  if (known && input.startsWith(known.origin) && input[known.origin.length] === '/')
    return onOrigin(known, input);
  const absolute = /^https?:\/\/[^/]*(?=\/)/.exec(input);
  if (absolute) {
    known = findOrigin(absolute[0]);
    return known && onOrigin(known, input);
  }
  return known && base ? relativeTo(known, input) : undefined;
}

/** An origin as a URL begins with it; `undefined` when it is not written as the standard does. */
function findOrigin(origin: string): KnownOrigin | undefined {
  if (lastOrigin?.origin === origin) return lastOrigin;
  if (!URL.canParse(origin)) return undefined;
  const found = toKnownOrigin(new URL(origin));
  // Upper case, a default port, a user's name before the host.
  if (found.origin !== origin) return undefined;
  lastOrigin = found;
  return found;
}

function onOrigin(known: KnownOrigin, input: string): UrlParts | undefined {
  const path = input.slice(known.origin.length);
  return plain.test(path) ? new FastUrl(known, path) : undefined;
}

function relativeTo(known: KnownOrigin, input: string): UrlParts | undefined {
  if (input.startsWith('//')) return undefined;
  const path = input.startsWith('/') ? input : `/${input}`;
  if (!plain.test(path)) return undefined;
  return new FastUrl(known, path === input ? path : known.pathname + input);
}
