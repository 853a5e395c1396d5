/** Which proxy a call goes through: the `proxy` option, and what the environment says. */
import { brandOf } from '../core/body.ts';
import { bare, type Kind, readRecord } from '../core/options.ts';
import { printAs, redactUrl } from '../core/redact.ts';
import type { Place } from '../core/url.ts';
import { InvalidRequestError } from '../errors.ts';
import { type Bypass, readNoProxy, splitNoProxy } from './no-proxy.ts';
import { type ProxyServer, readProxyServer } from './proxy-server.ts';

const schemes = ['http', 'https', 'all'] as const;
/** Without a prototype. */
type Servers = Partial<Record<(typeof schemes)[number], ProxyServer>>;
type Given = Servers & { noProxy?: string[] };

const readers: Record<keyof Given, Kind> = {
  http: readProxyServer,
  https: readProxyServer,
  all: readProxyServer,
  noProxy(value, name) {
    const list = [value].flat();
    if (!list.every((entry) => typeof entry === 'string')) throw new InvalidRequestError(`${name} must be a string or an array of strings`);
    return splitNoProxy(list);
  },
};

/** The `proxy` option in its normal form, read once. Its own properties are an equal option; printed, it shows no credentials. */
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
    for (const scheme of schemes) if (servers[scheme]) Object.assign(this, { [scheme]: servers[scheme].key });
    if (noProxy.length) Object.assign(this, { noProxy: Object.freeze(noProxy) });
    Object.freeze(this);
  }

  /** The proxy for a URL, chosen anew for each hop. */
  choose({ protocol, hostname, port }: Pick<Place, 'protocol' | 'hostname' | 'port'>): ProxyServer | undefined {
    const isSecure = protocol === 'https:';
    const server = isSecure ? this.#https : this.#http;
    return server && !this.#bypasses(hostname, Number(port) || (isSecure ? 443 : 80)) ? server : undefined;
  }
}

printAs(ProxySettings.prototype, 'ProxySettings', function view() {
  return Object.fromEntries(Object.entries(this).map(([name, value]: [string, string | readonly string[]]) => [name, typeof value === 'string' ? redactUrl(value) : value.map(redactUrl)]));
});

/** Reads the `proxy` option, `false` when it comes to no proxy at all. */
export function readProxy(value: unknown, name: string): ProxySettings | false {
  if (value === false) return value;
  if (typeof value === 'string' || brandOf(value) === 'URL') return new ProxySettings(bare({ all: readProxyServer(value, name) }), []);
  if (typeof value !== 'object') throw new InvalidRequestError(`${name} must be a URL, false, or an object with http, https, all and noProxy`);
  const { noProxy = [], ...servers } = readRecord(name, readers, value) as Given;
  // An object of another library's, or one that was meant to add to the environment, must not turn every proxy off.
  if (!schemes.some((scheme) => Object.hasOwn(value as object, scheme))) throw new InvalidRequestError(`${name} names no proxy: it must have http, https or all, or be false`);
  return Object.keys(servers).length > 0 && new ProxySettings(bare(servers), noProxy);
}

/** What `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say, in lower case or else in upper case, or `undefined` when they name no proxy. */
export function environmentProxy(env: NodeJS.ProcessEnv): ProxySettings | undefined {
  const servers = bare<Servers>();
  for (const scheme of schemes) {
    const [name, value] = readVariable(env, `${scheme}_proxy`);
    if (value) servers[scheme] = readProxyServer(value, `${name} in the environment`);
  }
  if (!Object.keys(servers).length) return undefined;
  return new ProxySettings(servers, splitNoProxy(readVariable(env, 'no_proxy')[1]));
}

/** The spelling that has a value, and the value. An empty one counts as unset. */
function readVariable(env: NodeJS.ProcessEnv, name: string): [spelling: string, value: string] {
  for (const spelling of [name, name.toUpperCase()]) {
    const value = read(env, spelling);
    if (value && !isForged(env, spelling)) return [spelling, value];
  }
  return [name, ''];
}

function read(env: NodeJS.ProcessEnv, name: string): string {
  return Object.hasOwn(env, name) && env[name]?.trim() || '';
}

/** A web server hands the headers of a request to a CGI program as variables, `Proxy` as `HTTP_PROXY` (httpoxy); on Windows that one is read in lower case, too. */
function isForged(env: NodeJS.ProcessEnv, name: string): boolean {
  return /^http_proxy$/i.test(name) && read(env, 'REQUEST_METHOD') !== '' && (name !== 'http_proxy' || !Object.keys(env).includes(name));
}
