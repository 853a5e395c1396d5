/**
 * A text in PEM, as a string or as its bytes, such as a `Buffer`; or the path of a file that holds
 * one, as a string.
 */
export type Pem = string | Uint8Array;

/**
 * How TLS connections are made and whom they trust. Node only. Files that are named are read once,
 * when the option is set. Reads back with all texts in it, as `console.log` and JSON never do of a
 * key, a `pfx` or a passphrase.
 *
 * With an HTTPS proxy, `ca`, `crl`, the versions, `ciphers`, `sigalgs` and `secureOptions` hold for
 * its TLS, too, and nothing else does.
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
   * warns once a process: anybody on the way can read and change what is sent. It does not reach an
   * HTTPS proxy, which must always prove who it is: `ca` says whom to trust there.
   *
   * @default true
   */
  verify?: boolean | undefined;
  /**
   * The certificate authorities that are trusted. They take the place of Node's own,
   * `NODE_EXTRA_CA_CERTS` included.
   *
   * @default Node's own
   */
  ca?: Pem | readonly Pem[] | undefined;
  /**
   * The client's certificate, followed by those between it and its authority. Needs `key`. It is a
   * credential, as `pfx` is: a session's is shown in its scope alone, a call's own to its origin;
   * with `credentials: 'omit'`, and after a redirect that drops credentials, to nobody.
   *
   * @default none
   */
  cert?: Pem | undefined;
  /**
   * The private key of `cert`, the same where one text holds both.
   *
   * @default none
   */
  key?: Pem | undefined;
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
  /**
   * Lists of revoked certificates (RFC 5280, section 5). With one, each authority of a server's
   * chain must have its list here.
   *
   * @default none: nothing is asked about revocation
   */
  crl?: Pem | readonly Pem[] | undefined;
  /**
   * Signature algorithms in OpenSSL's words, the best first, joined by colons.
   *
   * @default Node's
   */
  sigalgs?: string | undefined;
  /**
   * OpenSSL's options: `SSL_OP_` constants of `node:crypto`, joined by `|`.
   *
   * @default Node's
   */
  secureOptions?: number | undefined;
  /**
   * Judges a server whose certificate is trusted, in the place of Node's comparison of names: call
   * `checkServerIdentity` of `node:tls` to have that, too. `undefined` lets it pass; whatever else
   * is returned or thrown, a promise too, refuses it by a `NetworkError`. `host` is `serverName`,
   * else the URL's host; `cert` is Node's `DetailedPeerCertificate`. Not with `verify: false`.
   * Connections are shared where it is the same function.
   *
   * @default the certificate must have the host's name
   */
  checkServerIdentity?(host: string, cert: object): Error | undefined;
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
