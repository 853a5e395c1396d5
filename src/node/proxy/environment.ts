/**
 * What the environment says of connections: `http_proxy`, `https_proxy`, `all_proxy` and
 * `no_proxy`, each in lower case or else in upper case.
 */
import type { Environment } from '../../model.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { splitNoProxy } from './no-proxy.ts';
import { readProxyServer } from './read-server.ts';
import type { ProxyServer } from './server.ts';
import { type BrokenServer, type ProxyServers, ProxySettings, urlSchemes } from './settings.ts';

/** An empty one counts as unset. */
interface Variable {
  /** The spelling that has a value. */
  readonly name: string;
  readonly value: string;
}

/** The variable that names a proxy for URLs of one scheme, or for all. */
interface ProxyVariable extends Variable {
  readonly scheme: (typeof urlSchemes)[number];
}

class ProcessEnvironment implements Environment {
  readonly #variables: readonly ProxyVariable[];
  readonly #noProxy: string;
  #proxy: ProxySettings | undefined;

  constructor(variables: readonly ProxyVariable[], noProxy: string) {
    this.#variables = variables;
    this.#noProxy = noProxy;
  }

  /** Made when a call needs it. */
  get proxy(): ProxySettings {
    return (this.#proxy ??= this.#readProxy());
  }

  #readProxy(): ProxySettings {
    const servers = nullPrototype<ProxyServers>();
    for (const variable of this.#variables) servers[variable.scheme] = readServer(variable);
    return new ProxySettings(servers, splitNoProxy(this.#noProxy));
  }
}

/**
 * A variable that is broken is an error of the calls that would go through its proxy, not of others
 * nor of making a session.
 */
function readServer({ name, value }: Variable): ProxyServer | BrokenServer {
  const read = (): ProxyServer => readProxyServer(value, `${name} in the environment`);
  try {
    return read();
  } catch {
    return read;
  }
}

/**
 * The environment as it is now, or a parent's; `undefined` where it is not trusted or names no
 * proxy, so that calls need not ask.
 */
export function environmentOf(
  trustEnv: boolean | null | undefined,
  parent: { readonly environment: Environment | undefined } | undefined,
): Environment | undefined {
  if (trustEnv === false) return undefined;
  if (trustEnv || !parent) return readEnvironment(process.env);
  return parent.environment;
}

/** `undefined` when it names no proxy. */
export function readEnvironment(env: NodeJS.ProcessEnv): ProcessEnvironment | undefined {
  const variables: ProxyVariable[] = [];
  for (const scheme of urlSchemes) {
    const variable = readVariable(env, `${scheme}_proxy`);
    if (variable) variables.push({ scheme, ...variable });
  }
  if (variables.length === 0) return undefined;
  return new ProcessEnvironment(variables, readVariable(env, 'no_proxy')?.value ?? '');
}

function readVariable(env: NodeJS.ProcessEnv, lowerCase: string): Variable | undefined {
  for (const name of [lowerCase, lowerCase.toUpperCase()]) {
    const value = ownValue(env, name);
    if (value !== '' && !isForged(env, name)) return { name, value };
  }
  return undefined;
}

/** `process.env`, too, has a prototype that somebody may have added to. */
function ownValue(env: NodeJS.ProcessEnv, name: string): string {
  return Object.hasOwn(env, name) ? (env[name]?.trim() ?? '') : '';
}

/**
 * A web server hands the headers of a request to a CGI program as variables, `Proxy` as
 * `HTTP_PROXY` (httpoxy). On Windows, where names of variables have no case, that one is read in
 * lower case, too.
 */
function isForged(env: NodeJS.ProcessEnv, name: string): boolean {
  const isCgi = ownValue(env, 'REQUEST_METHOD') !== '';
  if (!isCgi || name.toLowerCase() !== 'http_proxy') return false;
  const isLowerCaseItself = name === 'http_proxy' && Object.keys(env).includes(name);
  return !isLowerCaseItself;
}
