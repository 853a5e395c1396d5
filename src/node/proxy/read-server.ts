/** The URL of a proxy, from an option or from the environment. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { hasBrand } from '../../request/host/brand.ts';
import { basicValue, decodeUserinfo } from '../../request/credentials.ts';
import { isProxyProtocol, type ProxyScheme, proxySchemes, schemeAliases } from './schemes.ts';
import { type ProxyCredentials, type ProxyProtocol, ProxyServer } from './server.ts';

/** Makes the error of a reason. */
type Refuse = (reason: string) => InvalidRequestError;

/**
 * Reads the URL of a proxy, which messages call `name`; without a scheme it is of `http:`.
 *
 * @throws {InvalidRequestError} saying why, without the value: a password with a `/` or a `#` in it
 *   is no userinfo any more, and would be shown.
 */
export function readProxyServer(value: unknown, name: string): ProxyServer {
  const wanted = 'the URL of a proxy, such as "http://user:password@proxy.example:3128"';
  const refuse: Refuse = (reason) =>
    new InvalidRequestError(`${name} must be ${wanted}: ${reason}`);

  if (typeof value !== 'string' && !hasBrand(value, 'URL')) throw refuse('it is no string');
  const url = parseUrl(String(value).trim(), refuse);
  const protocol = protocolOf(url, refuse);
  if (!url.hostname) throw refuse('it has no host');
  if ((url.pathname !== '' && url.pathname !== '/') || url.search || url.hash)
    throw refuse(
      'it has a path, a query or a fragment; / ? # \\ in its credentials must be percent-encoded',
    );
  const scheme = proxySchemes[protocol];
  const hostname = normalHost(url.hostname, refuse);
  const port = url.port === '' ? scheme.defaultPort : Number(url.port);
  return new ProxyServer({ protocol, hostname, port }, credentialsOf(url, scheme, refuse));
}

function parseUrl(text: string, refuse: Refuse): URL {
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text);
  const href = hasScheme ? text : `http://${text}`;
  if (!URL.canParse(href))
    throw refuse('it has no host, a bad port, or a character that must be percent-encoded');
  return new URL(href);
}

function protocolOf(url: URL, refuse: Refuse): ProxyProtocol {
  const protocol = schemeAliases.get(url.protocol) ?? url.protocol;
  if (isProxyProtocol(protocol)) return protocol;
  throw refuse('its scheme must be http:, https:, socks5: or socks5h:');
}

/** Only of a scheme that it knows does the URL standard bring the host into its normal form. */
function normalHost(hostname: string, refuse: Refuse): string {
  const href = `http://${hostname}`;
  if (!URL.canParse(href)) throw refuse('its host is no name and no address');
  return new URL(href).hostname;
}

function credentialsOf(url: URL, { isHttp }: ProxyScheme, refuse: Refuse): ProxyCredentials {
  const userinfo = url.password === '' ? url.username : `${url.username}:${url.password}`;
  try {
    const username = decodeUserinfo(url.username);
    const password = decodeUserinfo(url.password);
    const usesBasic = isHttp && userinfo !== '';
    const authorization = usesBasic ? basicValue(username, password) : undefined;
    return { userinfo, username, password, authorization };
  } catch {
    throw refuse(
      'its credentials must be UTF-8, without control characters ' +
        'and without a colon in the user name',
    );
  }
}
