/**
 * What the tests of the proxy option share: how an option or an environment is read.
 *
 * @module
 */
import { InvalidRequestError } from 'isosession';
import { readEnvironment } from '../../../src/node/proxy/environment.ts';
import type { ProxyServer } from '../../../src/node/proxy/server.ts';
import { type ProxySettings, readProxy } from '../../../src/node/proxy/settings.ts';
import type { ProxyOption } from '../../../src/types/connection.ts';

/** A secret that nothing printed may hold. */
export const canary = 'cAnArY';

/** The proxies that an environment names. */
export const environmentProxy = (env: NodeJS.ProcessEnv): ProxySettings | undefined =>
  readEnvironment(env)?.proxy;

/** What an option that names a proxy is read as. */
export function readSettings(option: ProxyOption): ProxySettings {
  const read = readProxy(option, 'proxy');
  if (!read) throw new Error('no proxy');
  return read;
}

/** The proxy that settings choose for a URL. */
export function chooseProxy(from: ProxySettings | undefined, url: string): ProxyServer | undefined {
  return from?.choose(new URL(url));
}

/** The proxy that an option names for a URL. */
export function readServer(option: ProxyOption, url = 'http://a.example/'): ProxyServer {
  const chosen = chooseProxy(readSettings(option), url);
  if (!chosen) throw new Error('no proxy');
  return chosen;
}

/** The error that reading an option throws. */
export function refusal(read: () => unknown): InvalidRequestError {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidRequestError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
