/** One proxy: where it is, and who we are to it. */
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
  readonly #host: string;
  readonly #credentials: ProxyCredentials;

  constructor({ protocol, hostname, port }: ProxyAddress, credentials: ProxyCredentials) {
    this.protocol = protocol;
    this.hostname = hostname.replace(/^\[|\]$/g, '');
    this.port = port;
    this.#host = `${hostname}:${port}`;
    this.#credentials = credentials;
  }

  get username(): string {
    return this.#credentials.username;
  }

  get password(): string {
    return this.#credentials.password;
  }

  get authorization(): string | undefined {
    return this.#credentials.authorization;
  }

  /**
   * The whole URL, credentials included: connections are shared where this is equal. Never to be
   * shown.
   */
  get key(): string {
    const { userinfo } = this.#credentials;
    return `${this.protocol}//${userinfo && `${userinfo}@`}${this.#host}`;
  }

  /** The URL without credentials, to be shown. */
  get origin(): string {
    return `${this.protocol}//${this.#host}`;
  }
}

printAs(ProxyServer.prototype, 'ProxyServer', function view() {
  return { url: redactUrl(this.key) };
});
