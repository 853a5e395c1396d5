/** What the environment says of connections. */
import type { Environment } from '../core/platform.ts';
import { environmentProxy, type ProxySettings } from './proxy-settings.ts';

const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name.toLowerCase(), name]);

class ProcessEnvironment implements Environment {
  readonly #variables: NodeJS.ProcessEnv;
  #proxy: ProxySettings | undefined;
  #read = false;

  constructor(variables: NodeJS.ProcessEnv) {
    this.#variables = variables;
  }

  /** Read when a call needs it: a variable that is broken is an error of calls, not of making a session. */
  get proxy(): ProxySettings | undefined {
    if (!this.#read) this.#proxy = environmentProxy(this.#variables);
    this.#read = true;
    return this.#proxy;
  }
}

/** The environment as it is now, or a parent's; `undefined` where it is not trusted or names no proxy, so that calls need not ask. */
export function environmentOf(trustEnv: boolean | null | undefined, parent: { readonly environment: Environment | undefined } | undefined): Environment | undefined {
  if (trustEnv === false) return undefined;
  return trustEnv || !parent ? readEnvironment() : parent.environment;
}

function readEnvironment(): Environment | undefined {
  const { env } = process;
  const set = names.filter((name) => env[name]);
  if (!set.some((name) => /^(?!no_)/i.test(name))) return undefined;
  // The mark of a CGI program, whose HTTP_PROXY comes from a request's header.
  return new ProcessEnvironment(Object.fromEntries([...set, 'REQUEST_METHOD'].map((name) => [name, env[name]])));
}
