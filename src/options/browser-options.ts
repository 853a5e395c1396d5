import { isDevelopment } from '../development.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';

/**
 * What a browser decides by itself, and what such an option may say all the same: what the browser
 * does anyway.
 */
const possible: Readonly<Record<string, readonly unknown[]>> = {
  proxy: [false],
  tls: [],
  decompress: [true],
  hsts: [true],
  maxRedirects: [20],
  cookies: ['share', 'copy', 'new', false],
};

/**
 * The `read()` of browsers.
 *
 * @throws {UnsupportedError} for a proxy, TLS settings, a jar, cookies of a call, another
 * `maxRedirects` than 20, `decompress: false` and `hsts: false`.
 */
export function readBrowserOption(name: string, value: unknown): unknown {
  if (value === null || possible[name]?.includes(value)) return value;
  throw new UnsupportedError(isDevelopment ? `${name} is not supported in a browser` : name);
}
