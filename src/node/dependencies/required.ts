/**
 * What is required of the packages that this one depends on. The build makes it a CommonJS module,
 * beside ES modules, too, with the `require` that is there: that one every bundler follows.
 *
 * @module
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type * as Undici from 'undici';
import type { ToughCookie } from '../../cookies/rules/tough-cookie.ts';

const require = createRequire(import.meta.url);

/** Speaks SOCKS5 over a socket: emits `authenticated`, `connected`, `error` and `close`. */
export interface SocksClient {
  on(event: 'authenticated' | 'connected' | 'close', listener: () => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  handshake(): void;
  connect(address: string, port: number): void;
}

/** undici's index has no such thing, so that there are no types of it. */
export interface SocksFile {
  readonly Socks5Client: new (
    socket: Socket,
    credentials: { username: string; password: string },
  ) => SocksClient;
}

/** @throws where this version of undici has no such file. */
export function requireClient(): typeof Undici.Client {
  return require('undici/lib/dispatcher/client.js');
}

/** @throws where this version of undici has no such file. */
export function requireSocksFile(): SocksFile {
  return require('undici/lib/core/socks5-client.js');
}

/** tough-cookie's CommonJS module. */
export function requireToughCookie(): ToughCookie {
  return require('tough-cookie');
}
