/** The `proxy` option: which proxy a call goes through. */
import { nullPrototype } from '../../options/null-prototype.ts';
import { type Kind, readRecord } from '../../options/kinds.ts';
import { printAs, redactUrl } from '../../request/redact.ts';
import type { UrlParts } from '../../request/url.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { type Bypass, readNoProxy, splitNoProxy } from './no-proxy.ts';
import { type ProxyServer, readProxyServer } from './server.ts';
import { brandOf } from '../../request/brand.ts';

/** Those that may have a proxy of their own, and what stands for both. */
export const schemes = ['http', 'https', 'all'] as const;
/** Without a prototype. */
type Servers = Partial<Record<(typeof schemes)[number], ProxyServer>>;
type Given = Servers & { noProxy?: string[] };

const readers: Record<keyof Given, Kind> = {
  http: readProxyServer,
  https: readProxyServer,
  all: readProxyServer,
  noProxy(value, name) {
    const list = [value].flat();
    if (!list.every((entry) => typeof entry === 'string'))
      throw new InvalidRequestError(`${name} must be a string or an array of strings`);
    return splitNoProxy(list);
  },
};

/**
 * The `proxy` option in its normal form, read once. Its own properties are an equal option;
 * printed, it shows no credentials.
 */
export class ProxySettings {
  declare readonly http?: string;
  declare readonly https?: string;
  declare readonly all?: string;
  declare readonly noProxy?: readonly string[];
  readonly #http: ProxyServer | undefined;
  readonly #https: ProxyServer | undefined;
  readonly #bypasses: Bypass;

  constructor(servers: Servers, noProxy: readonly string[]) {
    this.#http = servers.http ?? servers.all;
    this.#https = servers.https ?? servers.all;
    this.#bypasses = readNoProxy(noProxy);
    for (const scheme of schemes)
      if (servers[scheme]) Object.assign(this, { [scheme]: servers[scheme].key });
    if (noProxy.length) Object.assign(this, { noProxy: Object.freeze(noProxy) });
    Object.freeze(this);
  }

  /** The proxy for a URL, chosen anew for each hop. */
  choose({
    protocol,
    hostname,
    port,
  }: Pick<UrlParts, 'protocol' | 'hostname' | 'port'>): ProxyServer | undefined {
    const isSecure = protocol === 'https:';
    const server = isSecure ? this.#https : this.#http;
    return server && !this.#bypasses(hostname, Number(port) || (isSecure ? 443 : 80))
      ? server
      : undefined;
  }
}

printAs(ProxySettings.prototype, 'ProxySettings', function view() {
  return Object.fromEntries(
    Object.entries(this).map(([name, value]: [string, string | readonly string[]]) => [
      name,
      typeof value === 'string' ? redactUrl(value) : value.map(redactUrl),
    ]),
  );
});

/** Reads the `proxy` option, `false` when it comes to no proxy at all. */
export function readProxy(value: unknown, name: string): ProxySettings | false {
  if (value === false) return value;
  if (typeof value === 'string' || brandOf(value) === 'URL')
    return new ProxySettings(nullPrototype({ all: readProxyServer(value, name) }), []);
  if (typeof value !== 'object')
    throw new InvalidRequestError(
      `${name} must be a URL, false, or an object with http, https, all and noProxy`,
    );
  const { noProxy = [], ...servers } = readRecord(name, readers, value) as Given;
  // An object of another library's, or one that was meant to add to the environment, must not turn
  // every proxy off.
  if (!schemes.some((scheme) => Object.hasOwn(value as object, scheme)))
    throw new InvalidRequestError(
      `${name} names no proxy: it must have http, https or all, or be false`,
    );
  return Object.keys(servers).length > 0 && new ProxySettings(nullPrototype(servers), noProxy);
}
