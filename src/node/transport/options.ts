/** The options of {@link undiciTransport}. */
import { isIP, type LookupFunction } from 'node:net';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { flag, kind, ms, readRecord, typed } from '../../options/kinds.ts';
import type { ProxyOption, TlsOptions } from '../../types/connection.ts';
import { type Guard, type GuardOptions, readGuard } from '../connect/guard.ts';
import { readLookup } from '../connect/lookup.ts';
import { type ProxySettings, readProxy } from '../proxy/settings.ts';
import { readTls } from '../tls/read-tls.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';

/** Options of {@link undiciTransport}. Times in ms. */
export interface UndiciTransportOptions {
  /** The most sockets to one origin; further calls queue. Default 256. */
  connections?: number | undefined;
  /**
   * Requests that are sent on one socket without waiting for the answers before them, once every
   * connection is in use. Default 1: none is.
   */
  pipelining?: number | undefined;
  /** How long an idle socket is kept when the server does not say. Default 4 000. */
  keepAliveTimeout?: number | undefined;
  /** The longest that a server's `Keep-Alive` hint is followed. Default 600 000. */
  keepAliveMaxTimeout?: number | undefined;
  /**
   * How long a connection takes new calls, so that a name's new address is noticed however busy it
   * is; it closes when the last of them has ended. `false`: as long as it lasts. Default 600 000.
   */
  maxConnectionAge?: number | false | undefined;
  /** Bytes of response headers. Default: Node's `--max-http-header-size`, 16 KiB. */
  maxHeaderSize?: number | undefined;
  /**
   * HTTP/2 is offered to `https:` servers; calls to one that takes it share a connection, whatever
   * `connections` says. Default false.
   */
  http2?: boolean | undefined;
  /**
   * A Unix domain socket or named pipe instead of TCP. Never taken from a URL; no proxy goes with
   * it.
   */
  socketPath?: string | undefined;
  /** The local IP address that connections come from. */
  localAddress?: string | undefined;
  /**
   * Resolves host names in the place of `dns.lookup`. It may give one address, whatever its options
   * ask for; where it gives none, or what is no address, the call fails.
   */
  lookup?:
    | ((
        hostname: string,
        options: object,
        callback: (
          error: Error | null,
          address: string | { address: string; family: number }[],
          family?: number,
        ) => void,
      ) => void)
    | undefined;
  /** The proxy of calls whose session sets none. It goes before the environment's. */
  proxy?: ProxyOption | undefined;
  /** The TLS settings of calls whose session sets none. */
  tls?: TlsOptions | undefined;
  /**
   * Refuses private and other special addresses, as they are connected to: at each redirect and
   * retry, whatever the name resolves to. Default: every address is connected to.
   */
  guard?: GuardOptions | undefined;
  /**
   * Any undici `Dispatcher` of any version (`Agent`, `ProxyAgent`, `MockAgent` …) instead of our
   * own pools. It stays yours: closing the session does not close it. It connects by itself: the
   * environment's proxies are not for it, and `proxy`, `tls` and `guard` are refused with it.
   */
  dispatcher?: DispatcherLike | undefined;
}

/** The part of undici's `Dispatcher` that is used. */
export interface DispatcherLike {
  /**
   * Sends one request. It is given undici's `DispatchOptions`, whose timeouts are 0, as the session
   * keeps its own, and a handler with the methods of undici 6 and of later versions. What it
   * returns is not looked at, and what it throws fails the call.
   */
  dispatch(options: never, handler: never): boolean;
}

/** Options as they were read. */
export interface UndiciSettings extends Omit<
  UndiciTransportOptions,
  'lookup' | 'proxy' | 'tls' | 'guard' | 'maxConnectionAge'
> {
  /** `Infinity` for none. */
  maxConnectionAge?: number;
  lookup?: LookupFunction;
  proxy?: ProxySettings | false;
  tls?: TlsSettings;
  guard?: Guard;
}

const positive = kind(
  'a whole number above 0',
  (value: number) => Number.isInteger(value) && value > 0,
);

const readAge = kind('a time in ms above 0, or false for none', (age: unknown) =>
  age === false ? Infinity : typeof age === 'number' && age > 0,
);

const kinds = {
  connections: positive,
  pipelining: positive,
  keepAliveTimeout: ms,
  keepAliveMaxTimeout: ms,
  maxConnectionAge: readAge,
  maxHeaderSize: positive,
  http2: flag,
  socketPath: typed('string'),
  localAddress: kind('an IP address', (value: string) => isIP(value) > 0),
  lookup: readLookup,
  proxy: readProxy,
  tls: readTls,
  guard: readGuard,
  dispatcher: kind(
    'an object with a dispatch() method',
    (value?: DispatcherLike) => typeof value?.dispatch === 'function',
  ),
};

/** Own properties, each known and checked. */
export function readUndiciOptions(given: UndiciTransportOptions): UndiciSettings {
  const read = readRecord<UndiciSettings>('undiciTransport', kinds, given);
  const { guard, dispatcher, socketPath } = read;
  if (guard && (dispatcher || socketPath !== undefined)) {
    const other = dispatcher ? 'dispatcher' : 'socketPath';
    throw new InvalidRequestError(
      `undiciTransport.guard cannot see what a ${other} connects to: leave one of the two out`,
    );
  }
  return read;
}
