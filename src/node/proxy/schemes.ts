/** The kinds of proxies, by the scheme of a proxy's URL: here a new one is entered. */
import type { Connector } from '../connect/connector.ts';
import { connectTunnel } from './connect-tunnel.ts';
import type { TunnelSockets } from './proxy-socket.ts';
import type { ProxyProtocol, ProxyServer } from './server.ts';
import { socksTunnel, socksTunnelToAddress } from './socks.ts';

/** What has to be known of a kind of proxy. */
export interface ProxyScheme {
  readonly defaultPort: number;
  /**
   * It takes requests for `http:` URLs itself, with the whole URL in them (RFC 9112, section
   * 3.2.2), and is told its credentials by `proxy-authorization`.
   */
  readonly isHttp: boolean;
  /** Opens sockets through it to a target, TLS with the target included. */
  readonly tunnel: (proxy: ProxyServer, sockets: TunnelSockets) => Connector;
}

/** Each protocol that a {@link ProxyServer} may have must stand here. */
export const proxySchemes: Readonly<Record<ProxyProtocol, ProxyScheme>> = {
  'http:': { defaultPort: 80, isHttp: true, tunnel: connectTunnel },
  'https:': { defaultPort: 443, isHttp: true, tunnel: connectTunnel },
  'socks5:': { defaultPort: 1080, isHttp: false, tunnel: socksTunnelToAddress },
  'socks5h:': { defaultPort: 1080, isHttp: false, tunnel: socksTunnel },
};

/** Other names of them. Desktops put `socks:` into the environment. */
export const schemeAliases: ReadonlyMap<string, ProxyProtocol> = new Map([['socks:', 'socks5h:']]);

export function isProxyProtocol(scheme: string): scheme is ProxyProtocol {
  return Object.hasOwn(proxySchemes, scheme);
}

/** Whether a request for a URL of this scheme is the proxy's to forward; others get a tunnel. */
export function forwards(proxy: ProxyServer, protocol: string): boolean {
  return protocol === 'http:' && proxySchemes[proxy.protocol].isHttp;
}
