/**
 * Where cookies come from and where they go: hosts, domains and paths (RFC 6265bis section 5.1).
 *
 * @module
 */
import type { UrlParts } from '../../request/url.ts';
import type { CookieAccess } from '../../types/cookies.ts';
import { toughCookie } from './tough-cookie.ts';
import { maxAttributeBytes } from './cookie-text.ts';

/** What the rules need of the URL at which cookies are read or written, and of who asks. */
export interface CookieSite {
  /** Canonical: lower-case ASCII, an IPv6 address without its brackets. */
  readonly host: string;
  /** The host and the domains above it: wherever a cookie for it can be. */
  readonly domains: readonly string[];
  readonly path: string;
  readonly secure: boolean;
  /** False for a script ("non-HTTP API"), from which HttpOnly cookies are hidden. */
  readonly http: boolean;
}

/** The site of a URL, for HTTP unless `access` says otherwise. */
export function siteOf(url: UrlParts, access?: CookieAccess): CookieSite {
  const host = withoutBrackets(url.hostname);
  return {
    host,
    domains: domainsOf(host),
    path: url.pathname,
    secure: isSecure(url.protocol, host),
    http: isHttp(access),
  };
}

/** The site that a record with a domain names itself: it may set whatever that domain may. */
export function siteOfDomain(domain: string, access?: CookieAccess): CookieSite {
  const host = withoutBrackets(domain);
  return {
    host,
    domains: domainsOf(host),
    path: '/',
    secure: true,
    http: isHttp(access),
  };
}

/** A host as a URL writes it: an IPv6 address in brackets. */
export function toUrlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function withoutBrackets(urlHost: string): string {
  return urlHost.startsWith('[') ? urlHost.slice(1, -1) : urlHost;
}

/** Whether the access is that of HTTP. Only its own property counts. */
export function isHttp(access: CookieAccess | undefined): boolean {
  return !(access && Object.hasOwn(access, 'http') && access.http === false);
}

/**
 * Whether the connection counts as secure: `https` and `wss`, and what never leaves the machine, as
 * in browsers.
 */
function isSecure(protocol: string, host: string): boolean {
  if (protocol === 'https:' || protocol === 'wss:') return true;
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true;
  return name.startsWith('127.') && isIpAddress(name);
}

/** Whether a canonical host is an IP address. */
export function isIpAddress(host: string): boolean {
  return host.includes(':') || /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** Whether `host` domain-matches `domain`: is it, or is below it (section 5.1.3). */
export function domainMatches(host: string, domain: string): boolean {
  if (host === domain) return true;
  return (
    host.endsWith(domain) && host[host.length - domain.length - 1] === '.' && !isIpAddress(host)
  );
}

/**
 * The host and every domain above it that a cookie can have, the nearest first. Of a host that is
 * longer than any `Domain` only the end counts, so that many dots cost no quadratic time.
 */
export function domainsOf(host: string): string[] {
  const domains = [host];
  if (isIpAddress(host)) return domains;
  let dot = host.indexOf('.', host.length - maxAttributeBytes - 1);
  for (; dot >= 0; dot = host.indexOf('.', dot + 1)) domains.push(host.slice(dot + 1));
  return domains;
}

/** Whether `path` path-matches `cookiePath`: is it or below it, byte for byte (section 5.1.4). */
export function pathMatches(path: string, cookiePath: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return (
    path.length === cookiePath.length || cookiePath.endsWith('/') || path[cookiePath.length] === '/'
  );
}

/** The default-path, for a cookie without one: the URL's up to its last slash (section 5.1.4). */
export function defaultPath(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** The most characters of a name in DNS. */
const maxNameLength = 253;
/** What a host of a URL may have in a label, and no name of the public suffix list has. */
const unlistedCharacters = /(?<![^.])-|-(?![^.])|[^\w.-]/g;
const onlyWords = /^[\w.]*$/;

/**
 * The registrable domain, one label below the public suffix, under which one owner is assumed;
 * `undefined` when `host` is itself a public suffix, or no host. Private suffixes (`github.io`)
 * count. Top-level domains that are on no list, `test` and `localhost` too, are public suffixes by
 * the list's default rule. A dot at the end makes another host of another domain.
 */
export function registrableDomain(host: string): string | undefined {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  if (name.length > maxNameLength || name.startsWith('.') || name.endsWith('.')) return undefined;
  // The reader of the list knows no host with such a label; one that is on no list stands for it.
  const listed = onlyWords.test(name) ? name : name.replace(unlistedCharacters, '_');
  const found = toughCookie().getPublicSuffix(listed, { ignoreError: true });
  return found && host.slice(name.length - found.length);
}
