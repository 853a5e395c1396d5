import { UnsupportedError } from '../errors/unsupported-error.ts';

/**
 * Of a transport that connects by itself: to leave out a proxy would send past it, to leave out TLS
 * settings would trust whom nobody named.
 */
export function refuseConnection(init: object, transport: string): void {
  for (const name of ['proxy', 'tls'])
    if ((init as Record<string, unknown>)[name])
      throw new UnsupportedError(
        `${name} does not reach ${transport}: use undiciTransport() of isosession/node`,
      );
}
