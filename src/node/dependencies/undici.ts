/**
 * The parts of undici that are used, each loaded when it is first needed. They are loaded from
 * their own files, as undici's index would load all the rest (30 ms), and make itself the
 * dispatcher of Node's global `fetch`, whose bundled version need not work with another. Where a
 * version has moved such a file, its index has the same by its public name.
 */
import module from 'node:module';
import type * as Undici from 'undici';
import { codeOf } from '../../errors/code-of.ts';
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import { loadDependency } from './load-dependency.ts';
import { requireClient, requireSocksFile, type SocksFile } from './required.ts';
import { loadPrivately } from './undici-index.ts';

/**
 * What one of undici's own files exports; `undefined` when this version has no such file. By
 * `import` that would be an error of the whole program's.
 */
function loadFile<T>(load: () => T): T | undefined {
  try {
    return load();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined;
    throw error;
  }
}

let client: typeof Undici.Client | undefined;

/**
 * undici's `Client`, which the first connection needs.
 *
 * @throws {UnsupportedError} where undici is not installed.
 */
export function loadClient(): typeof Undici.Client {
  return (client ??= loadDependency(
    'undici',
    () => loadFile(requireClient) ?? loadPrivately(module.createRequire(import.meta.url)).Client,
  ));
}

/** @throws UnsupportedError with a version of undici that has no such client any more. */
export function loadSocksClient(): SocksFile['Socks5Client'] {
  const file = loadFile(requireSocksFile);
  if (file) return file.Socks5Client;
  throw new UnsupportedError(
    'The installed version of undici has no client of SOCKS5 that can be used: ' +
      'install undici 7, or use an HTTP proxy',
  );
}
