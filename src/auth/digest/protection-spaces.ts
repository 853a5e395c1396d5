import type { UrlParts } from '../../request/url.ts';
import type { NonceInUse } from './answer.ts';

/** One realm of an origin. */
interface Space {
  readonly realm: string;
  /** The beginnings of paths that belong to it. */
  readonly prefixes: Set<string>;
  nonce: NonceInUse;
}

/** Beyond so many of a kind, the oldest is forgotten: a server may invent names for ever. */
const mostKept = 100;

/** The path up to its last slash. */
export const folderOf = ({ pathname }: UrlParts): string =>
  pathname.slice(0, pathname.lastIndexOf('/') + 1);

/** The nonces in use, by origin and realm: what one has given is never sent to another. */
export class ProtectionSpaces {
  readonly #origins = new Map<string, Map<string, Space>>();

  /** What is good for a URL, as far as servers have told; of several, that of the longest path. */
  find(url: UrlParts): NonceInUse | undefined {
    let longest = 0;
    let nonce: NonceInUse | undefined;
    for (const space of this.#origins.get(url.origin)?.values() ?? []) {
      for (const prefix of space.prefixes) {
        if (prefix.length <= longest || !url.pathname.startsWith(prefix)) continue;
        longest = prefix.length;
        nonce = space.nonce;
      }
    }
    return nonce;
  }

  /** What is in use for a realm. */
  of(url: UrlParts, realm: string): NonceInUse | undefined {
    return this.#origins.get(url.origin)?.get(realm)?.nonce;
  }

  /** A URL turned out to belong to the realm of this nonce, which is in use from now on. */
  set(url: UrlParts, nonce: NonceInUse): void {
    const { realm, domain } = nonce.challenge;
    const spaces = keep(this.#origins, url.origin, () => new Map<string, Space>());
    const space = keep(spaces, realm, () => ({ realm, nonce, prefixes: new Set<string>() }));
    space.nonce = nonce;
    for (const prefix of [folderOf(url), ...pathsOf(domain, url)]) {
      for (const other of spaces.values()) if (other !== space) other.prefixes.delete(prefix);
      space.prefixes.add(prefix);
      const [oldest] = space.prefixes;
      if (space.prefixes.size > mostKept && oldest !== undefined) space.prefixes.delete(oldest);
    }
  }
}

function keep<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key) ?? make();
  map.set(key, known);
  const [oldest] = map.keys();
  if (map.size > mostKept && oldest !== undefined) map.delete(oldest);
  return known;
}

/** The paths of a `domain` (RFC 7616, section 3.3) that are the origin's own. */
function pathsOf(domain: string, base: UrlParts): string[] {
  const paths: string[] = [];
  for (const part of domain.split(/[\t ]+/, mostKept)) {
    if (!part || !URL.canParse(part, base.href)) continue;
    const url = new URL(part, base.href);
    if (url.origin === base.origin) paths.push(url.pathname);
  }
  return paths;
}
