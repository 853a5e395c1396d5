/** Options that go with connections of our own, and do not go with this call. */
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import type { Guard } from '../connect/guard.ts';
import type { ProxyServer } from '../proxy/server.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';

/** How connections are to be made. */
export interface ConnectionTerms {
  readonly proxy?: ProxyServer | undefined;
  readonly tls?: TlsSettings | undefined;
  readonly guard?: Guard | undefined;
}

/** A dispatcher connects by itself: what was asked of connections would not be done. */
export function refuseWithDispatcher(terms: ConnectionTerms): void {
  for (const [name, value] of Object.entries(terms))
    if (value)
      throw new UnsupportedError(
        `${name} does not reach a dispatcher: give the dispatcher its own`,
      );
}

export function refuseWithProxy(guard: Guard | undefined, socketPath: string | undefined): void {
  if (guard)
    throw new UnsupportedError(
      'guard does not see what a proxy connects to: set proxy: false, or leave it to the proxy',
    );
  if (socketPath !== undefined)
    throw new UnsupportedError(
      'proxy does not go with a transport that has a socketPath: set proxy: false',
    );
}
