/** One proxy: where it is, and who we are to it. */
import { basicValue, decodeUserinfo } from '../../request/credentials.ts';
import { printAs, redactUrl } from '../../request/redact.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { brandOf } from '../../request/brand.ts';

const ports = { 'http:': 80, 'https:': 443, 'socks5:': 1080, 'socks5h:': 1080 };

/** How a proxy is spoken to. `socks5:` is given addresses, `socks5h:` names. */
export type ProxyProtocol = keyof typeof ports;

/** Its secrets are getters of the class: no copy and no print of a server holds them. */
export class ProxyServer {
  readonly protocol: ProxyProtocol;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly #host: string;
  readonly #userinfo: string;
  readonly #username: string;
  readonly #password: string;
  readonly #authorization: string | undefined;

  /**
   * `hostname` and `username` to `password` are in the form that a `URL` has them in. Throws
   * `URIError` where the credentials are not UTF-8.
   */
  constructor(
    protocol: ProxyProtocol,
    hostname: string,
    port: number,
    username: string,
    password: string,
  ) {
    this.protocol = protocol;
    this.hostname = hostname.replace(/^\[|\]$/g, '');
    this.port = port;
    this.#host = `${hostname}:${port}`;
    this.#userinfo = username || password ? `${username}${password && `:${password}`}@` : '';
    this.#username = decodeUserinfo(username);
    this.#password = decodeUserinfo(password);
    if (this.#userinfo && protocol.startsWith('http'))
      this.#authorization = basicValue(this.#username, this.#password);
  }

  get username(): string {
    return this.#username;
  }

  get password(): string {
    return this.#password;
  }

  /** The value of `proxy-authorization`, for proxies that speak HTTP. */
  get authorization(): string | undefined {
    return this.#authorization;
  }

  /**
   * The whole URL, credentials included: connections are shared where this is equal. Never to be
   * shown.
   */
  get key(): string {
    return `${this.protocol}//${this.#userinfo}${this.#host}`;
  }

  /** The URL without credentials, to be shown. */
  get origin(): string {
    return `${this.protocol}//${this.#host}`;
  }
}

printAs(ProxyServer.prototype, 'ProxyServer', function view() {
  return { url: redactUrl(this.key) };
});

/**
 * Reads the URL of a proxy; without a scheme it is of `http:`. `socks:`, which desktops put into
 * the environment, is read as `socks5h:`. What was refused is not shown, since a password with a
 * `/` or a `#` in it is no userinfo any more.
 */
export function readProxyServer(value: unknown, name: string): ProxyServer {
  const refusal = (reason: string) =>
    new InvalidRequestError(
      `${name} must be the URL of a proxy, such as "http://user:password@proxy.example:3128": ${reason}`,
    );
  if (typeof value !== 'string' && brandOf(value) !== 'URL') throw refusal('it is no string');
  const text = String(value).trim();
  const href = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(href))
    throw refusal('it has no host, a bad port, or a character that must be percent-encoded');
  const {
    protocol: scheme,
    hostname,
    port,
    username,
    password,
    pathname,
    search,
    hash,
  } = new URL(href);
  const protocol = scheme === 'socks:' ? 'socks5h:' : scheme;
  if (!isProtocol(protocol)) throw refusal('its scheme must be http:, https:, socks5: or socks5h:');
  if (!hostname) throw refusal('it has no host');
  if (!/^\/?$/.test(pathname) || search || hash)
    throw refusal(
      'it has a path, a query or a fragment; / ? # \\ in its credentials must be percent-encoded',
    );
  // Only of a scheme that it knows does the URL standard bring the host into its normal form.
  const host = `http://${hostname}`;
  if (!URL.canParse(host)) throw refusal('its host is no name and no address');
  try {
    return new ProxyServer(
      protocol,
      new URL(host).hostname,
      Number(port || ports[protocol]),
      username,
      password,
    );
  } catch {
    throw refusal(
      'its credentials must be UTF-8, without control characters and without a colon in the user name',
    );
  }
}

function isProtocol(scheme: string): scheme is ProxyProtocol {
  return Object.hasOwn(ports, scheme);
}
