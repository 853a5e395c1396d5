/** The `proxy` option: which proxy a call goes through. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { type Kind, readRecord } from '../../options/kinds.ts';
import { hasBrand } from '../../request/host/brand.ts';
import type { HeaderList } from '../../request/headers.ts';
import { printAs, redactUrl } from '../../request/redact.ts';
import type { UrlParts } from '../../request/url.ts';
import { readProxyHeaders } from './headers.ts';
import { type Bypass, readNoProxy, splitNoProxy } from './no-proxy.ts';
import { readProxyServer } from './read-server.ts';
import { proxySchemes } from './schemes.ts';
import { ProxyServer } from './server.ts';

/** The schemes of URLs that may have a proxy of their own, and `all` for both. */
export const urlSchemes = ['http', 'https', 'all'] as const;

/** What reads a server and throws each time, as what it reads is broken. */
export type BrokenServer = () => ProxyServer;

/** Without a prototype. */
export type ProxyServers = Partial<Record<(typeof urlSchemes)[number], ProxyServer | BrokenServer>>;

/** The option as an object, read. */
type ProxyRecord = Partial<Record<(typeof urlSchemes)[number], ProxyServer>> & {
  noProxy?: string[];
  headers?: HeaderList;
};

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
  headers: readProxyHeaders,
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
  declare readonly headers?: Readonly<Record<string, string>>;
  readonly #forHttp: ProxyServer | BrokenServer | undefined;
  readonly #forHttps: ProxyServer | BrokenServer | undefined;
  readonly #bypasses: Bypass;

  constructor(servers: ProxyServers, noProxy: readonly string[], headers: HeaderList = []) {
    const { http, https, all } = servers;
    this.#forHttp = http ?? all;
    this.#forHttps = https ?? all;
    this.#bypasses = readNoProxy(noProxy);
    if (http instanceof ProxyServer) this.http = http.url;
    if (https instanceof ProxyServer) this.https = https.url;
    if (all instanceof ProxyServer) this.all = all.url;
    if (noProxy.length > 0) this.noProxy = Object.freeze(noProxy);
    if (headers.length > 0) this.headers = recordOf(headers);
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
  const shown: Record<string, unknown> = {};
  for (const name of urlSchemes) if (this[name] !== undefined) shown[name] = redactUrl(this[name]);
  if (this.noProxy) shown['noProxy'] = this.noProxy.map((text) => redactUrl(text));
  // Any of them may be a secret between the caller and the proxy.
  if (this.headers)
    shown['headers'] = Object.fromEntries(
      Object.keys(this.headers).map((name) => [name, '[redacted]']),
    );
  return shown;
});

function recordOf(headers: HeaderList): Readonly<Record<string, string>> {
  const record = nullPrototype<Record<string, string>>();
  for (let i = 0; i < headers.length; i += 2) record[headers[i]] = headers[i + 1];
  return Object.freeze(record);
}

/**
 * Reads the `proxy` option, `false` when it comes to no proxy at all.
 *
 * @throws {InvalidRequestError} for what is no URL of a proxy, and for an object that names none.
 */
export function readProxy(value: unknown, name: string): ProxySettings | false {
  if (value === false) return value;
  if (typeof value === 'string' || hasBrand(value, 'URL'))
    return new ProxySettings(nullPrototype({ all: readProxyServer(value, name) }), []);
  if (typeof value !== 'object' || value === null)
    throw new InvalidRequestError(
      `${name} must be a URL, false, or an object with http, https, all, noProxy and headers`,
    );
  // Each property is what its reader gives.
  const { noProxy = [], headers, ...servers } = readRecord<ProxyRecord>(name, readers, value);
  // An object of another library's, or one that was meant to add to the environment, must not turn
  // every proxy off.
  if (!urlSchemes.some((scheme) => Object.hasOwn(value, scheme)))
    throw new InvalidRequestError(
      `${name} names no proxy: it must have http, https or all, or be false`,
    );
  const named = Object.values(servers);
  if (named.length === 0) return false;
  if (!headers) return new ProxySettings(nullPrototype(servers), noProxy);
  if (!named.some(({ protocol }) => proxySchemes[protocol].isHttp))
    throw new InvalidRequestError(`${name}.headers are for a proxy that speaks HTTP: name one`);
  const told = Object.entries(servers).map(([key, server]) => [key, server.withHeaders(headers)]);
  return new ProxySettings(nullPrototype(Object.fromEntries(told)), noProxy, headers);
}
