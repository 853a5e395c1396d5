/**
 * Where a call goes, found without parsing a URL: most inputs are an origin that is known and a
 * path in which nothing is to be escaped or resolved.
 */
import type { UrlParts } from '../../request/url.ts';

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

class FastUrl implements UrlParts {
  readonly #home: KnownOrigin;
  readonly #path: string;
  readonly #query: number;

  constructor(home: KnownOrigin, path: string) {
    this.#home = home;
    this.#path = path;
    this.#query = path.indexOf('?');
  }

  get href(): string {
    return this.#home.origin + this.#path;
  }

  get origin(): string {
    return this.#home.origin;
  }

  get protocol(): string {
    return this.#home.protocol;
  }

  get hostname(): string {
    return this.#home.hostname;
  }

  get port(): string {
    return this.#home.port;
  }

  get pathname(): string {
    return this.#query < 0 ? this.#path : this.#path.slice(0, this.#query);
  }

  get search(): string {
    return this.#query < 0 ? '' : this.#path.slice(this.#query);
  }
}

const homes = new WeakMap<URL, KnownOrigin>();
let last: KnownOrigin | undefined;

function homeOf({ origin, protocol, hostname, port, pathname }: URL): KnownOrigin {
  return { origin, protocol, hostname, port, pathname };
}

/**
 * The place of an input that needs no parsing, or `undefined`. `base`: the session's, never changed
 * in place.
 */
export function parseFastUrl(input: string, base: URL | undefined): UrlParts | undefined {
  let home = last;
  if (base && !(home = homes.get(base))) homes.set(base, (home = homeOf(base)));
  if (!home || !input.startsWith(home.origin) || input[home.origin.length] !== '/') {
    const absolute = /^https?:\/\/[^/]*(?=\/)/.exec(input);
    if (!absolute) return home && base ? relativeTo(home, input) : undefined;
    const [origin] = absolute;
    if (last?.origin !== origin) {
      if (!URL.canParse(origin)) return undefined;
      last = homeOf(new URL(origin));
      // Not as the standard writes it, or with a user's name before it.
      if (last.origin !== origin) return undefined;
    }
    home = last;
  }
  const path = input.slice(home.origin.length);
  return plain.test(path) ? new FastUrl(home, path) : undefined;
}

function relativeTo(home: KnownOrigin, input: string): UrlParts | undefined {
  if (input.startsWith('//')) return undefined;
  const path = input.startsWith('/') ? input : `/${input}`;
  if (!plain.test(path)) return undefined;
  return new FastUrl(home, path === input ? path : home.pathname + input);
}
