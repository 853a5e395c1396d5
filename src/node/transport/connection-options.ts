/** The options of a session and of a call that only Node has. */
import type { Outgoing } from '../../model.ts';
import { type ProxySettings, readProxy } from '../proxy/settings.ts';
import { readTls } from '../tls/read-tls.ts';
import type { TlsOptions } from '../../types/connection.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';
import type { DispatcherLike } from './options.ts';

/** What an `init` holds of them, as they were read. */
export interface ConnectionInit {
  readonly proxy?: ProxySettings | false | undefined;
  readonly tls?: TlsSettings | undefined;
  readonly dispatcher?: DispatcherLike | undefined;
  readonly decompress?: boolean | null | undefined;
}

/** Whether functions of the caller's run as a connection is opened. */
export const hasFunctions = (options: {
  readonly lookup?: unknown;
  readonly tls?: TlsOptions | undefined;
}): boolean => Boolean(options.lookup ?? options.tls?.checkServerIdentity);

/** The TLS settings of a call or its session, as far as they may go along. */
export function tlsFor(request: Outgoing): TlsSettings | undefined {
  const { tls } = request.options.init as ConnectionInit; // By `readConnection`.
  return tls && certifiedFor(request, tls, Boolean(request.call.given?.tls));
}

/**
 * Without the client's certificate, which is a credential, where it may not go along.
 *
 * @param isOwn whether the settings are not the session's, but belong to where the call goes
 */
export function certifiedFor(
  { secrets, options }: Outgoing,
  tls: TlsSettings,
  isOwn: boolean,
): TlsSettings {
  const isShown = secrets === 'all' || (secrets === 'own' && isOwn);
  return isShown && options.credentials !== 'omit' ? tls : tls.withoutCertificate;
}

/** An option's value in its normal form. */
export function readConnection(name: string, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (name === 'proxy') return readProxy(value, name);
  if (name === 'tls') return readTls(value, name);
  return value;
}
