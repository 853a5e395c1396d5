/** A request that an HTTP proxy takes itself and forwards, and the proxy's own answers to it. */
import { getHeader, type HeaderList } from '../../request/headers.ts';
import type { UrlParts } from '../../request/url.ts';
import { DispatchOptions } from '../exchange/dispatch-options.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { ExchangeController } from '../exchange/exchange-channel.ts';
import type { ProxyServer } from './server.ts';
import { refusedBy } from './error.ts';
import type { RawHeaders, ResponseHeaders } from '../exchange/undici-response.ts';

/**
 * The absolute form (RFC 9112, section 3.2.2). What is for the proxy alone stands in no request
 * that anybody is shown.
 */
export function forwardedBy(
  { origin, hostname, authorization }: ProxyServer,
  { path, method, headers, body }: DispatchOptions,
  url: UrlParts,
): DispatchOptions {
  const own: HeaderList = [];
  if (getHeader(headers, 'host') === undefined)
    own.push('host', url.port ? `${url.hostname}:${url.port}` : url.hostname);
  if (authorization && getHeader(headers, 'proxy-authorization') === undefined)
    own.push('proxy-authorization', authorization);
  return new DispatchOptions({
    origin,
    path: url.origin + path,
    method,
    headers: [...headers, ...own],
    body,
    servername: hostname,
  });
}

export class ForwardedExchange extends Exchange {
  readonly #proxy: ProxyServer;

  constructor(proxy: ProxyServer, ...rest: ConstructorParameters<typeof Exchange>) {
    super(...rest);
    this.#proxy = proxy;
  }

  override onResponseStart(
    controller: ExchangeController,
    status: number,
    headers: ResponseHeaders,
    statusText?: string,
  ): void {
    // Only a proxy asks for a proxy's credentials.
    if (status === 407) {
      const { method, url } = this.request;
      const raw = controller.rawHeaders as RawHeaders;
      this.cancel(refusedBy(this.#proxy, status, raw, `${method} ${url.href}`));
    } else super.onResponseStart(controller, status, headers, statusText);
  }
}
