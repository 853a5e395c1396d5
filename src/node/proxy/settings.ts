/** The `proxy` option: which proxy a call goes through. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { type Kind, readRecord } from '../../options/kinds.ts';
import { brandOf } from '../../request/brand.ts';
import { printAs, redactUrl } from '../../request/redact.ts';
import type { UrlParts } from '../../request/url.ts';
import { type Bypass, readNoProxy, splitNoProxy } from './no-proxy.ts';
import { readProxyServer } from './read-server.ts';
import { ProxyServer } from './server.ts';

/** The schemes of URLs that may have a proxy of their own, and `all` for both. */
export const urlSchemes = ['http', 'https', 'all'] as const;

/** What reads a server and throws each time, as what it reads is broken. */
export type BrokenServer = () => ProxyServer;

/** Without a prototype. */
export type ProxyServers = Partial<Record<(typeof urlSchemes)[number], ProxyServer | BrokenServer>>;

/** The option as an object, read. */
type ProxyRecord = ProxyServers & { noProxy?: string[] };

const readers: Record<keyof ProxyRecord, Kind> = {
  http: readProxyServer,
  https: readProxyServer,
  all: readProxyServer,
  noProxy(value, name) {
    const texts = [value].flat();
    if (!texts.every((text) => typeof text === 'string'))
      throw new InvalidRequestError(`${name} must be a string or an array of strings`);
    return splitNoProxy(texts);
  },
};

/**
 * The `proxy` option in its normal form, read once. Its own properties are an equal option;
 * printed, it shows no credentials.
 */
export class ProxySettings {
  // Declared alone: what was not given is no own property.
  declare readonly http?: string;
  declare readonly https?: string;
  declare readonly all?: string;
  declare readonly noProxy?: readonly string[];
  readonly #forHttp: ProxyServer | BrokenServer | undefined;
  readonly #forHttps: ProxyServer | BrokenServer | undefined;
  readonly #bypasses: Bypass;

  constructor(servers: ProxyServers, noProxy: readonly string[]) {
    const { http, https, all } = servers;
    this.#forHttp = http ?? all;
    this.#forHttps = https ?? all;
    this.#bypasses = readNoProxy(noProxy);
    if (http instanceof ProxyServer) this.http = http.key;
    if (https instanceof ProxyServer) this.https = https.key;
    if (all instanceof ProxyServer) this.all = all.key;
    if (noProxy.length > 0) this.noProxy = Object.freeze(noProxy);
    Object.freeze(this);
  }

  /** The proxy for a URL, chosen anew for each hop: only one that is chosen can fail it. */
  choose(url: Pick<UrlParts, 'protocol' | 'hostname' | 'port'>): ProxyServer | undefined {
    const isSecure = url.protocol === 'https:';
    const server = isSecure ? this.#forHttps : this.#forHttp;
    if (!server) return undefined;
    const port = Number(url.port) || (isSecure ? 443 : 80);
    if (this.#bypasses(url.hostname, port)) return undefined;
    return server instanceof ProxyServer ? server : server();
  }
}

printAs(ProxySettings.prototype, 'ProxySettings', function view() {
  const redacted = Object.entries(this).map(([name, value]: [string, string | string[]]) => [
    name,
    typeof value === 'string' ? redactUrl(value) : value.map(redactUrl),
  ]);
  return Object.fromEntries(redacted);
});

/**
 * Reads the `proxy` option, `false` when it comes to no proxy at all.
 *
 * @throws {InvalidRequestError} for what is no URL of a proxy, and for an object that names none.
 */
export function readProxy(value: unknown, name: string): ProxySettings | false {
  if (value === false) return value;
  if (typeof value === 'string' || brandOf(value) === 'URL')
    return new ProxySettings(nullPrototype({ all: readProxyServer(value, name) }), []);
  if (typeof value !== 'object' || value === null)
    throw new InvalidRequestError(
      `${name} must be a URL, false, or an object with http, https, all and noProxy`,
    );
  // Each property is what its reader gives.
  const { noProxy = [], ...servers } = readRecord<ProxyRecord>(name, readers, value);
  // An object of another library's, or one that was meant to add to the environment, must not turn
  // every proxy off.
  if (!urlSchemes.some((scheme) => Object.hasOwn(value, scheme)))
    throw new InvalidRequestError(
      `${name} names no proxy: it must have http, https or all, or be false`,
    );
  const namesProxy = Object.keys(servers).length > 0;
  return namesProxy && new ProxySettings(nullPrototype(servers), noProxy);
}
