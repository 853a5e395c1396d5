/** A request that an HTTP proxy takes itself and forwards, and the proxy's own answers to it. */
import { getHeader, type HeaderList } from '../../request/headers.ts';
import type { UrlParts } from '../../request/url.ts';
import { Dispatch } from '../exchange/dispatch-options.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { RawHeaders } from '../exchange/undici-response.ts';
import { refusalError } from './error.ts';
import type { ProxyServer } from './server.ts';

/**
 * A dispatch to the proxy, with the URL in absolute form (RFC 9112, section 3.2.2). What is for the
 * proxy alone stands in no request that anybody is shown.
 */
export function forwardedBy(
  { origin, hostname, authorization }: ProxyServer,
  { path, method, headers, body }: Dispatch,
  url: UrlParts,
): Dispatch {
  const added: HeaderList = [];
  // undici would make it of the proxy's origin.
  if (getHeader(headers, 'host') === undefined)
    added.push('host', url.port ? `${url.hostname}:${url.port}` : url.hostname);
  if (authorization !== undefined && getHeader(headers, 'proxy-authorization') === undefined)
    added.push('proxy-authorization', authorization);
  return new Dispatch(origin, url.origin + path, method, [...headers, ...added], body, hostname);
}

export class ForwardedExchange extends Exchange {
  readonly #proxy: ProxyServer;

  constructor(proxy: ProxyServer, ...rest: ConstructorParameters<typeof Exchange>) {
    super(...rest);
    this.#proxy = proxy;
  }

  override onHeaders(
    status: number,
    raw: RawHeaders,
    resume: () => void,
    statusText: string,
  ): boolean {
    // Only a proxy asks for a proxy's credentials (RFC 9110, section 15.5.8).
    if (status !== 407) return super.onHeaders(status, raw, resume, statusText);
    const { method, url } = this.request;
    this.cancel(refusalError(this.#proxy, { status, rawHeaders: raw }, `${method} ${url}`));
    return true;
  }
}
