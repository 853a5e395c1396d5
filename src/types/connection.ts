/**
 * How TLS connections are made and whom they trust. Node only. Texts in PEM may stand there
 * themselves or be in a file that is named; files are read once, when the option is set. Reads back
 * with all texts in it, as `console.log` and JSON never do of a key, a `pfx` or a passphrase.
 *
 * @throws {InvalidRequestError} for what cannot be read: a file that is missing, broken PEM, a key
 * of another certificate, a wrong passphrase.
 *
 * @example
 * ```ts
 * const api = new Session({
 *   baseUrl: 'https://internal.example.com/',
 *   tls: { ca: '/etc/ssl/company.pem', cert: 'client.pem', key: 'client.pem' },
 * });
 * ```
 */
export interface TlsOptions {
  /**
   * Whether the server must prove who it is, whatever `NODE_TLS_REJECT_UNAUTHORIZED` says. `false`
   * warns once a process: anybody on the way can read and change what is sent.
   *
   * @default true
   */
  verify?: boolean | undefined;
  /**
   * The certificate authorities that are trusted, as PEM or paths. They take the place of Node's
   * own, `NODE_EXTRA_CA_CERTS` included.
   *
   * @default Node's own
   */
  ca?: string | readonly string[] | undefined;
  /**
   * The client's certificate, followed by those between it and its authority; PEM or a path. Needs
   * `key`.
   *
   * @default none
   */
  cert?: string | undefined;
  /**
   * The private key of `cert`; PEM or a path, the same where one file holds both.
   *
   * @default none
   */
  key?: string | undefined;
  /**
   * The client's certificate and key as the bytes of a PKCS#12 file, instead of `cert` and `key`.
   *
   * @default none
   */
  pfx?: Uint8Array | undefined;
  /**
   * Opens an encrypted `key` or `pfx`.
   *
   * @default none
   */
  passphrase?: string | undefined;
  /**
   * The name that is asked for (SNI, RFC 6066 section 3) and that the server's certificate must
   * have.
   *
   * @default the host of the URL
   */
  serverName?: string | undefined;
  /**
   * The lowest version: `TLSv1`, `TLSv1.1`, `TLSv1.2` or `TLSv1.3`.
   *
   * @default Node's: 'TLSv1.2'
   */
  minVersion?: string | undefined;
  /**
   * The highest version, named as for `minVersion`.
   *
   * @default Node's: 'TLSv1.3'
   */
  maxVersion?: string | undefined;
  /**
   * Cipher suites in OpenSSL's words, joined by colons.
   *
   * @default Node's
   */
  ciphers?: string | undefined;
}

/**
 * Through which proxy calls go, in Node: one URL for all, one for each scheme of the target, or
 * `false` for none, whatever the environment says. A proxy's URL has the scheme `http:` (the
 * default), `https:`, `socks5:` or `socks5h:` (the proxy resolves names), and may have
 * percent-encoded credentials, which only the proxy is sent.
 *
 * `localhost` is reached directly only where `noProxy` says so: it stands there for 127.0.0.1,
 * `::1` and the like, too. `NO_PROXY` does not add to `noProxy`: it belongs to the environment's
 * proxies.
 *
 * @example
 * ```ts
 * const api = new Session({
 *   proxy: { all: 'http://user:pass@proxy.example:3128', noProxy: 'localhost, *.example.com' },
 * });
 * await api.get('https://example.org/', { proxy: false }); // directly
 * ```
 */
export type ProxyOption =
  | string
  | URL
  | false
  | {
      /** The proxy for `http:` URLs. */
      http?: string | undefined;
      /** The proxy for `https:` URLs. */
      https?: string | undefined;
      /** The proxy for every URL whose scheme has none of its own. */
      all?: string | undefined;
      /**
       * The hosts that are reached directly, by commas or white space: names (with all below them;
       * `*.name` only those below), addresses, networks such as `10.0.0.0/8`, each but a network
       * with a port if only that is meant, or `*`.
       *
       * @default none
       */
      noProxy?: string | readonly string[] | undefined;
      /**
       * Headers for the proxy alone: they go with `CONNECT`, and never to what is reached through
       * a tunnel, by SOCKS or directly. A request for an `http:` URL, which the proxy itself sends
       * on, has them beside its own, which go before; what the proxy leaves in it, the target sees.
       * Not shown, as connections are not shared where they differ. `proxy-authorization` takes the
       * place of the credentials in the URL.
       *
       * @default only `user-agent: isosession/<version>`, with `CONNECT`
       */
      headers?: Readonly<Record<string, string>> | undefined;
    };
