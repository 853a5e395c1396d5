/**
 * The parts of undici that are used, each loaded when it is first needed. They are loaded from
 * their own files, as undici's index would load all the rest (30 ms), and make itself the
 * dispatcher of Node's global `fetch`, whose bundled version need not work with another. Where a
 * version has moved such a file, its index has the same by its public name.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type * as Undici from 'undici';
import { codeOf } from '../../errors/code-of.ts';
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import { loadDependency } from './load-dependency.ts';
import { loadPrivately } from './undici-index.ts';

// Not by `import`: a file that is gone would be an error of the whole program's.
const require = createRequire(import.meta.url);

/**
 * What one of undici's own files exports; `undefined` when this version has no such file. Each is
 * required by its whole name, by which bundlers find it.
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
    () =>
      loadFile<typeof Undici.Client>(() => require('undici/lib/dispatcher/client.js')) ??
      loadPrivately(require).Client,
  ));
}

/** Speaks SOCKS5 over a socket: emits `authenticated`, `connected`, `error` and `close`. */
export interface SocksClient {
  on(event: 'authenticated' | 'connected' | 'close', listener: () => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  handshake(): void;
  connect(address: string, port: number): void;
}

/** The index has no such thing, so that there are no types of it. */
interface SocksFile {
  readonly Socks5Client: new (
    socket: Socket,
    credentials: { username: string; password: string },
  ) => SocksClient;
}

/** @throws UnsupportedError with a version of undici that has no such client any more. */
export function loadSocksClient(): SocksFile['Socks5Client'] {
  const file = loadFile<SocksFile>(() => require('undici/lib/core/socks5-client.js'));
  if (file) return file.Socks5Client;
  throw new UnsupportedError(
    'The installed version of undici has no client of SOCKS5 that can be used: ' +
      'install undici 7, or use an HTTP proxy',
  );
}
