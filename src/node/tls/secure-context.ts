import tls, { type SecureContext } from 'node:tls';
import { nullPrototype } from '../../options/null-prototype.ts';
import type { TlsOptions } from '../../types/connection.ts';

/** The options that are part of a context; the others are those of each connection. */
export type ContextOption = Exclude<
  keyof TlsOptions,
  'verify' | 'serverName' | 'checkServerIdentity'
>;

/** A context of these options alone. Throws what OpenSSL throws. */
export function createContext(options: TlsOptions, names: readonly ContextOption[]): SecureContext {
  const own = nullPrototype<TlsOptions>(options);
  const chosen = nullPrototype<Record<string, unknown>>();
  for (const name of names) chosen[name] = own[name];
  return tls.createSecureContext(chosen);
}
