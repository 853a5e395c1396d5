/** The options of a session and of a call that only Node has. */
import { type ProxySettings, readProxy } from '../proxy/settings.ts';
import { readTls } from '../tls/read-tls.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';
import type { DispatcherLike } from './options.ts';

/** What an `init` holds of them, as they were read. */
export interface ConnectionInit {
  readonly proxy?: ProxySettings | false | undefined;
  readonly tls?: TlsSettings | undefined;
  readonly dispatcher?: DispatcherLike | undefined;
  readonly decompress?: boolean | null | undefined;
}

/** An option's value in its normal form. */
export function readConnection(name: string, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (name === 'proxy') return readProxy(value, name);
  if (name === 'tls') return readTls(value, name);
  return value;
}
