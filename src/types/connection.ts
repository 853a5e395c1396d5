/**
 * How TLS connections are made and whom they trust. Node only. Texts in PEM may stand there
 * themselves or be in a file that is named; files are read once, when the option is set. Reads back
 * with all texts in it, as `console.log` and JSON never do of a key, a `pfx` or a passphrase.
 *
 * @throws {InvalidRequestError} for what cannot be read: a file that is missing, broken PEM, a key
 * of another certificate, a wrong passphrase.
 */
export interface TlsOptions {
  /**
   * Whether the server must prove who it is. Default true, whatever `NODE_TLS_REJECT_UNAUTHORIZED`
   * says. `false` warns once a process: anybody on the way can read and change what is sent.
   */
  verify?: boolean | undefined;
  /**
   * The certificate authorities that are trusted, as PEM or paths. They take the place of Node's
   * own, `NODE_EXTRA_CA_CERTS` included.
   */
  ca?: string | readonly string[] | undefined;
  /**
   * The client's certificate, followed by those between it and its authority; PEM or a path. Needs
   * `key`.
   */
  cert?: string | undefined;
  /** The private key of `cert`; PEM or a path, the same where one file holds both. */
  key?: string | undefined;
  /**
   * The client's certificate and key as the bytes of a PKCS#12 file, instead of `cert` and `key`.
   */
  pfx?: Uint8Array | undefined;
  /** Opens an encrypted `key` or `pfx`. */
  passphrase?: string | undefined;
  /**
   * The name that is asked for (SNI) and that the server's certificate must have. Default: the host
   * of the URL.
   */
  serverName?: string | undefined;
  /** The lowest version: `TLSv1`, `TLSv1.1`, `TLSv1.2` or `TLSv1.3`. Default: Node's, `TLSv1.2`. */
  minVersion?: string | undefined;
  /** The highest version. Default: Node's, `TLSv1.3`. */
  maxVersion?: string | undefined;
  /** Cipher suites in OpenSSL's words, joined by colons. Default: Node's. */
  ciphers?: string | undefined;
}

/**
 * Through which proxy calls go, in Node: one URL for all, one for each scheme of the target (`all`
 * where it has none of its own), or `false` for none, whatever the environment says. A proxy's URL
 * has the scheme `http:` (the default), `https:`, `socks5:` or `socks5h:`, and may have
 * percent-encoded credentials, which only the proxy is sent. `noProxy` lists, by commas or white
 * space, the hosts that are reached directly: names (with all below them; `*.name` only those
 * below), addresses, networks such as `10.0.0.0/8`, each but a network with a port if only that is
 * meant, or `*`. `localhost` is there for 127.0.0.1, `::1` and the like, too. `NO_PROXY` does not
 * add to it: it belongs to the environment's proxies.
 */
export type ProxyOption =
  | string
  | URL
  | false
  | {
      http?: string | undefined;
      https?: string | undefined;
      all?: string | undefined;
      noProxy?: string | readonly string[] | undefined;
    };
