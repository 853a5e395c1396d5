/** HTTP Strict Transport Security (RFC 6797): the hosts that are called by TLS alone. */
import type { UrlParts } from '../request/url.ts';
import { oneValue } from '../response/text/parameters.ts';
import type { HstsRecord } from '../types/session.ts';

/** Beyond so many hosts, the one that has spoken first is forgotten. */
const maxHosts = 1000;

/** A year in seconds: none is believed for longer, as RFC 6797, section 11.2, lets it be. */
const maxAgeLimit = 31_536_000;

/** The hosts that a session knows. */
export class HstsHosts {
  readonly #hosts = new Map<string, HstsRecord>();

  /** Keeps what a response says that came by a TLS connection without a fault. */
  learn({ protocol, hostname }: UrlParts, header: string | null | undefined): void {
    if (!header || protocol !== 'https:' || isAddress(hostname)) return;
    const policy = readPolicy(oneValue(header));
    if (!policy) return;
    const host = canonical(hostname);
    this.#hosts.delete(host);
    if (policy.maxAge === 0) return;
    this.#add({ ...policy, host, expires: Date.now() + policy.maxAge * 1000 });
  }

  /** The URL with TLS in it (RFC 6797, section 8.3), if its host is to be called so. */
  secure(url: UrlParts): URL | undefined {
    if (url.protocol !== 'http:' || this.#hosts.size === 0 || !this.#has(url.hostname))
      return undefined;
    const secured = new URL(url.href);
    // The default port becomes that of https, another one stays.
    secured.protocol = 'https:';
    return secured;
  }

  #has(hostname: string): boolean {
    if (isAddress(hostname)) return false;
    const host = canonical(hostname);
    for (let at = 0, name = host; name; name = host.slice(at)) {
      const record = this.#hosts.get(name);
      if (record && record.expires <= Date.now()) this.#hosts.delete(name);
      else if (record && (at === 0 || record.includeSubDomains)) return true;
      at = host.indexOf('.', at) + 1;
      if (at === 0) return false;
    }
    return false;
  }

  export(): HstsRecord[] {
    return [...this.#hosts.values()].filter(({ expires }) => expires > Date.now());
  }

  /** Takes records of a snapshot, which may hold anything. */
  import(records: readonly HstsRecord[]): void {
    for (const record of records) {
      const { includeSubDomains, expires, ...rest }: Partial<HstsRecord> = Object(record);
      const host = readHost(rest.host);
      if (host === undefined || typeof expires !== 'number' || !(expires > Date.now())) continue;
      this.#add({ host, includeSubDomains: includeSubDomains === true, expires });
    }
  }

  #add({ host, includeSubDomains, expires }: HstsRecord): void {
    const latest = Date.now() + maxAgeLimit * 1000;
    this.#hosts.set(host, { host, includeSubDomains, expires: Math.min(expires, latest) });
    const [first] = this.#hosts.keys();
    if (this.#hosts.size > maxHosts && first !== undefined) this.#hosts.delete(first);
  }
}

interface Policy {
  readonly maxAge: number;
  readonly includeSubDomains: boolean;
}

/** One directive: a name, and a value that may be quoted (RFC 6797, section 6.1). */
const directive = /^[\t ]*([^\t ;=",]+)(?:[\t ]*=[\t ]*(?:"([^"]*)"|([^\t ;",]*)))?[\t ]*$/;

/** `undefined` for what has no `max-age`, a directive twice, or another grammar. */
function readPolicy(header: string): Policy | undefined {
  const directives = new Map<string, string>();
  // Of several headers the first one counts (section 8.1).
  for (const part of (header.split(',')[0] ?? '').split(';')) {
    if (part.trim() === '') continue;
    const [, name, quoted, token] = directive.exec(part) ?? [];
    if (name === undefined || directives.has(name.toLowerCase())) return undefined;
    directives.set(name.toLowerCase(), quoted ?? token ?? '');
  }
  const maxAge = directives.get('max-age') ?? '';
  if (!/^\d+$/.test(maxAge)) return undefined;
  return { maxAge: Number(maxAge), includeSubDomains: directives.has('includesubdomains') };
}

/** A host whose last label is a number is an address (URL standard, section 3.5). */
const isAddress = (hostname: string): boolean => /^\[|(?:^|\.)\d+\.?$/.test(hostname);

/** As it stands in a URL; `undefined` for an address, and for what is no host. */
function readHost(given: unknown): string | undefined {
  const url = `https://${String(given)}`;
  if (typeof given !== 'string' || !URL.canParse(url)) return undefined;
  const { hostname, href } = new URL(url);
  return isAddress(hostname) || href !== `https://${hostname}/` ? undefined : canonical(hostname);
}

/** The root's dot makes no other host. */
const canonical = (hostname: string): string => hostname.replace(/\.$/, '');
