/** What all that opens sockets for the pools has in common: directly, or through a proxy. */
import type { Socket } from 'node:net';

/** Where a socket goes. undici's `Client` gives its connector the same record. */
export interface Endpoint {
  /** A name or an address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** Empty for the default port of the protocol. */
  readonly port: string | number;
  readonly protocol: string;
  /** The name that TLS asks for and verifies, where it is not `hostname`. */
  readonly servername?: string | null | undefined;
  /** An open socket that TLS is to be spoken over: one end of a proxy's tunnel. */
  readonly httpSocket?: Socket | undefined;
}

/** Told once of a socket that is ready for a request, or of the reason why there is none. */
export type ConnectCallback = (error: Error | null, socket?: Socket) => void;

/** Gives up a socket, whether it is being opened or open. */
export type CancelConnect = () => void;

/** Opens a socket, TLS included, and hands it over. */
export type Connector = (endpoint: Endpoint, callback: ConnectCallback) => CancelConnect;
