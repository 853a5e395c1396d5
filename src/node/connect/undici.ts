/**
 * The parts of undici that are used, from their own files: its index would make itself the
 * dispatcher of Node's global `fetch`, whose bundled version cannot work with another, and would
 * load all the rest.
 */
import type { Socket } from 'node:net';
import type { buildConnector as BuildConnector, Client as ClientType } from 'undici';
import ClientClass from 'undici/lib/dispatcher/client.js';
import connect from 'undici/lib/core/connect.js';
import socks from 'undici/lib/core/socks5-client.js';

export const Client = ClientClass as unknown as typeof ClientType;
export const buildConnector = connect as unknown as typeof BuildConnector;

/** Speaks SOCKS5 over a socket: emits `authenticated`, `connected`, `error` and `close`. */
interface SocksClient {
  on(event: 'authenticated' | 'connected' | 'close', listener: () => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  handshake(): void;
  connect(address: string, port: number): void;
}

export const { Socks5Client } = socks as unknown as {
  Socks5Client: new (
    socket: Socket,
    credentials: { username: string; password: string },
  ) => SocksClient;
};
