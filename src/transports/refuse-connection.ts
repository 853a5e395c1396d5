import { isDevelopment } from '../development.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';

/**
 * Of a transport that connects and decodes by itself: to leave out a proxy would send past it, to
 * leave out TLS settings would trust whom nobody named.
 */
export function refuseConnection(init: object, transport: string): void {
  const { proxy, tls, decompress } = init as Readonly<Record<string, unknown>>;
  const refused = { proxy, tls, 'decompress: false': decompress === false };
  for (const [name, isAsked] of Object.entries(refused))
    if (isAsked)
      throw new UnsupportedError(
        isDevelopment
          ? `${name} does not reach ${transport}: use undiciTransport() of isosession/node`
          : name,
      );
}
