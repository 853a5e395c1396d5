import { UnsupportedError } from '../errors/unsupported-error.ts';

/** Its `fetch` is told. */
export const tellsWhetherToDecode = 'Bun' in globalThis;

/**
 * The `read()` of edge runtimes: their `fetch` connects and decodes by itself. `proxy: false` is
 * what they do anyway.
 *
 * @throws {UnsupportedError} for a proxy, for TLS settings, and, but in Bun, for `decompress:
 * false`.
 */
export function readEdgeOption(name: string, value: unknown): unknown {
  if (name === 'decompress' && value === false && !tellsWhetherToDecode)
    throw new UnsupportedError(
      'decompress: false is not supported in this runtime, whose fetch always decodes',
    );
  if (name !== 'proxy' && name !== 'tls') return value;
  if (value === null || (name === 'proxy' && value === false)) return null;
  throw new UnsupportedError(
    `${name} is not supported in an edge runtime: its fetch has no such thing`,
  );
}
