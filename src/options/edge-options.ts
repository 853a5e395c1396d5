import { UnsupportedError } from '../errors/unsupported-error.ts';

/**
 * The `read()` of edge runtimes: their `fetch` connects by itself. `proxy: false` is what they do
 * anyway.
 *
 * @throws {UnsupportedError} for a proxy and for TLS settings.
 */
export function readEdgeOption(name: string, value: unknown): unknown {
  if (name !== 'proxy' && name !== 'tls') return value;
  if (value === null || (name === 'proxy' && value === false)) return null;
  throw new UnsupportedError(
    `${name} is not supported in an edge runtime: its fetch has no such thing`,
  );
}
