/** One proxy: where it is, and who we are to it. */
import { getHeader, type HeaderList } from '../../request/headers.ts';
import { printAs, redactUrl } from '../../request/redact.ts';

/** How a proxy is spoken to; `schemes.ts` says what each of them means. */
export type ProxyProtocol = 'http:' | 'https:' | 'socks5:' | 'socks5h:';

export interface ProxyAddress {
  readonly protocol: ProxyProtocol;
  /** As a `URL` has it. */
  readonly hostname: string;
  readonly port: number;
}

export interface ProxyCredentials {
  /** `user:password`, as a `URL` has it; empty where there are none. */
  readonly userinfo: string;
  /** Decoded. */
  readonly username: string;
  readonly password: string;
  /** The value of `proxy-authorization`, for proxies that speak HTTP. */
  readonly authorization: string | undefined;
}

/** Its secrets are getters of the class: no copy and no print of a server holds them. */
export class ProxyServer {
  readonly protocol: ProxyProtocol;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly #address: ProxyAddress;
  readonly #credentials: ProxyCredentials;
  readonly #headers: HeaderList;

  constructor(address: ProxyAddress, credentials: ProxyCredentials, headers: HeaderList = []) {
    const { protocol, hostname, port } = address;
    this.protocol = protocol;
    this.hostname = hostname.replace(/^\[|\]$/g, '');
    this.port = port;
    this.#address = address;
    this.#credentials = credentials;
    this.#headers = headers;
  }

  /** The same proxy, which is sent these headers. */
  withHeaders(headers: HeaderList): ProxyServer {
    return new ProxyServer(this.#address, this.#credentials, headers);
  }

  get username(): string {
    return this.#credentials.username;
  }

  get password(): string {
    return this.#credentials.password;
  }

  /** What a request to it has for it alone, where it speaks HTTP. Never to be shown. */
  get headers(): HeaderList {
    const { authorization } = this.#credentials;
    if (
      authorization === undefined ||
      getHeader(this.#headers, 'proxy-authorization') !== undefined
    )
      return this.#headers;
    return [...this.#headers, 'proxy-authorization', authorization];
  }

  /** The whole URL, credentials included. Never to be shown. */
  get url(): string {
    const { userinfo } = this.#credentials;
    const { hostname, port } = this.#address;
    return `${this.protocol}//${userinfo && `${userinfo}@`}${hostname}:${port}`;
  }

  /** Connections are shared where this is equal. Never to be shown. */
  get key(): string {
    return this.#headers.length === 0 ? this.url : `${this.url} ${JSON.stringify(this.#headers)}`;
  }

  /** The URL without credentials, to be shown. */
  get origin(): string {
    const { hostname, port } = this.#address;
    return `${this.protocol}//${hostname}:${port}`;
  }
}

printAs(ProxyServer.prototype, 'ProxyServer', function view() {
  return { url: redactUrl(this.url) };
});
