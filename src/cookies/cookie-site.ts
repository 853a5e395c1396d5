import { getPublicSuffix } from 'tough-cookie';
import type { UrlParts } from '../request/url.ts';

/**
 * The place from which cookies are read or written: what the rules need of a URL, and whether HTTP
 * or a script asks.
 */
export interface CookieSite {
  /** Canonical: lower-case ASCII, an IPv6 address without its brackets. */
  readonly host: string;
  readonly path: string;
  readonly secure: boolean;
  /** False: as a script, which HttpOnly cookies are hidden and protected from. */
  readonly http: boolean;
}

/** The site of a URL. */
export function siteOf(url: UrlParts, http: boolean): CookieSite {
  return {
    host: hostOf(url),
    path: url.pathname,
    secure: isSecure(url.protocol, url.hostname),
    http,
  };
}

/** The canonical host of a URL. */
export function hostOf(url: UrlParts): string {
  const host = url.hostname;
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

/**
 * Whether the connection counts as secure: `https` and `wss`, and what never leaves the machine, as
 * in browsers.
 */
export function isSecure(protocol: string, hostname: string): boolean {
  if (protocol === 'https:' || protocol === 'wss:') return true;
  const host = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    (host.startsWith('127.') && isIpAddress(host))
  );
}

/** Whether a canonical host is an IP address. */
export function isIpAddress(host: string): boolean {
  return host.includes(':') || /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** Whether `host` is `domain` or below it (RFC 6265bis section 5.1.3). */
export function domainMatches(host: string, domain: string): boolean {
  return (
    host === domain ||
    (host.length > domain.length &&
      host.endsWith(domain) &&
      host[host.length - domain.length - 1] === '.' &&
      !isIpAddress(host))
  );
}

/** Whether `path` is `cookiePath` or below it, byte for byte (RFC 6265bis section 5.1.4). */
export function pathMatches(path: string, cookiePath: string): boolean {
  return (
    path.startsWith(cookiePath) &&
    (path.length === cookiePath.length ||
      cookiePath.endsWith('/') ||
      path[cookiePath.length] === '/')
  );
}

/**
 * The path of a cookie that names none: the URL's, up to its last slash (RFC 6265bis section
 * 5.1.4).
 */
export function defaultPath(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** The host and the domains above it, nearest first: wherever a cookie for it can be. */
export function domainsOf(host: string): string[] {
  const domains = [host];
  if (isIpAddress(host)) return domains;
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1))
    domains.push(host.slice(dot + 1));
  return domains;
}

/**
 * The domain one label below the public suffix, under which one owner is assumed; `undefined` when
 * `host` is itself a public suffix, or no host. Private suffixes (`github.io`) count. Top-level
 * domains that are on no list, `test` and `localhost` too, are suffixes by the list's default rule.
 */
export function registrableDomain(host: string): string | undefined {
  return host.startsWith('.') ? undefined : getPublicSuffix(host, { ignoreError: true });
}
