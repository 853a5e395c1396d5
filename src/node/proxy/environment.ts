/**
 * What the environment says of connections: `http_proxy`, `https_proxy`, `all_proxy` and
 * `no_proxy`, each in lower case or else in upper case.
 */
import { nullPrototype } from '../../options/null-prototype.ts';
import { splitNoProxy } from './no-proxy.ts';
import { readProxyServer } from './server.ts';
import { ProxySettings, schemes } from './settings.ts';
import type { Environment } from '../../model.ts';

/** An empty one counts as unset. */
interface Variable {
  /** The spelling that has a value. */
  readonly name: string;
  readonly value: string;
}

class ProcessEnvironment implements Environment {
  readonly #servers: readonly (Variable & { readonly scheme: string })[];
  readonly #noProxy: string;
  #proxy: ProxySettings | undefined;

  constructor(servers: readonly (Variable & { readonly scheme: string })[], noProxy: string) {
    this.#servers = servers;
    this.#noProxy = noProxy;
  }

  /**
   * Made when a call needs it: a variable that is broken is an error of calls, not of making a
   * session.
   */
  get proxy(): ProxySettings {
    return (this.#proxy ??= new ProxySettings(
      nullPrototype(
        ...this.#servers.map(({ scheme, name, value }) => ({
          [scheme]: readProxyServer(value, `${name} in the environment`),
        })),
      ),
      splitNoProxy(this.#noProxy),
    ));
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
  return trustEnv || !parent ? readEnvironment(process.env) : parent.environment;
}

/** `undefined` when it names no proxy. */
export function readEnvironment(env: NodeJS.ProcessEnv): ProcessEnvironment | undefined {
  const servers = schemes
    .map((scheme) => ({ scheme, ...readVariable(env, `${scheme}_proxy`) }))
    .filter(({ value }) => value);
  return servers.length
    ? new ProcessEnvironment(servers, readVariable(env, 'no_proxy').value)
    : undefined;
}

function readVariable(env: NodeJS.ProcessEnv, lower: string): Variable {
  for (const name of [lower, lower.toUpperCase()]) {
    const value = read(env, name);
    if (value && !isForged(env, name)) return { name, value };
  }
  return { name: lower, value: '' };
}

/** Own ones alone: `process.env`, too, has a prototype that somebody may have added to. */
function read(env: NodeJS.ProcessEnv, name: string): string {
  return (Object.hasOwn(env, name) && env[name]?.trim()) || '';
}

/**
 * A web server hands the headers of a request to a CGI program as variables, `Proxy` as
 * `HTTP_PROXY` (httpoxy); on Windows that one is read in lower case, too.
 */
function isForged(env: NodeJS.ProcessEnv, name: string): boolean {
  return (
    /^http_proxy$/i.test(name) &&
    read(env, 'REQUEST_METHOD') !== '' &&
    (name !== 'http_proxy' || !Object.keys(env).includes(name))
  );
}
