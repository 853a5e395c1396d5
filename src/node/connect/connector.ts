/** What opens sockets: undici's connector, given options that no polluted prototype can add to. */
import { lookup as lookupByName } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { buildConnector as BuildConnector } from 'undici';
import { nullPrototype } from '../../options/null-prototype.ts';
import type { Guard } from './guard.ts';
import { ownUndefined } from './own-undefined.ts';
import { onread } from './read-buffer.ts';
import { buildConnector } from './undici.ts';

/** Where a socket goes; `httpSocket` is one that TLS is to be spoken over. */
export interface Target {
  readonly hostname: string;
  readonly port: string | number;
  readonly protocol: string;
  readonly host?: string | undefined;
  readonly servername?: string | null | undefined;
  readonly httpSocket?: Socket | undefined;
}

export type Opened = (error: Error | null, socket?: Socket) => void;

/**
 * Opens a socket, TLS included, and hands it over. What it returns gives the socket up, at any
 * time.
 */
export type Connector = (to: Target, callback: Opened) => () => void;

/** How sockets are opened, whatever their target. */
export interface SocketOptions {
  readonly socketPath?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly lookup?: LookupFunction | undefined;
  readonly guard?: Guard | undefined;
}

/**
 * What Node's `net.connect` and `tls.connect` read. What Node or undici set by themselves is not
 * among it; neither is `timeout`, which undici keeps for itself.
 */
const ownOptions = ownUndefined([
  'allowHalfOpen',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'blockList',
  'family',
  'fd',
  'handle',
  'hints',
  'keepAlive',
  'keepAliveInitialDelay',
  'localPort',
  'lookup',
  'manualStart',
  'noDelay',
  'onread',
  'pauseOnCreate',
  'signal',
  'construct',
  'defaultEncoding',
  'destroy',
  'encoding',
  'final',
  'objectMode',
  'read',
  'readable',
  'readableHighWaterMark',
  'readableObjectMode',
  'writable',
  'writableHighWaterMark',
  'writableObjectMode',
  'write',
  'writev',
  'ALPNCallback',
  'allowPartialTrustChain',
  'ca',
  'cert',
  'clientCertEngine',
  'crl',
  'dhparam',
  'ecdhCurve',
  'enableTrace',
  'honorCipherOrder',
  'key',
  'maxVersion',
  'minVersion',
  'passphrase',
  'pfx',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'pskCallback',
  'requestOCSP',
  'secureContext',
  'secureOptions',
  'secureProtocol',
  'servername',
  'sessionIdContext',
  'sessionTimeout',
  'sigalgs',
  'ticketKeys',
]);

/** Opens sockets with these settings. `tls`: for `tls.connect`; `http2`: it is offered by ALPN. */
export function connectorOf(
  { guard, lookup, socketPath, localAddress }: SocketOptions,
  tls?: object,
  http2 = false,
): Connector {
  const resolve = guard ? guard.lookup(lookup ?? lookupByName) : lookup;
  // Timeouts are the exchange's.
  const options = nullPrototype<BuildConnector.BuildOptions & { servername?: string }>(
    ownOptions,
    tls,
    { timeout: 0, allowH2: http2, socketPath, onread },
    resolve && { lookup: resolve },
  );
  const connect = buildConnector(options) as unknown as (to: object, callback: Opened) => Socket;
  return (to, callback) => {
    // Node looks up no address.
    const isAddress = isIP(to.hostname) > 0;
    if (guard && isAddress) {
      try {
        guard.check(to.hostname, to.hostname);
      } catch (error) {
        callback(error as Error);
        return () => {};
      }
    }
    // An address is verified as what it is, and not sent as a name (RFC 6066, section 3).
    const servername =
      options.servername ?? (isAddress ? undefined : nullPrototype<Target>(to).servername);
    const socket = connect(nullPrototype(to, { localAddress, servername }), (error, opened) => {
      if (!error && guard) {
        try {
          guard.check(opened?.remoteAddress ?? '', to.hostname);
        } catch (refused) {
          opened?.destroy();
          callback(refused as Error);
          return;
        }
      }
      callback(error, opened);
    });
    // Node 24 looks for it on the socket, too, which inherits from Object.prototype.
    Object.assign(socket, { blockList: undefined });
    return () => socket.destroy();
  };
}
