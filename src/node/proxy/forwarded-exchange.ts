/** A request that an HTTP proxy takes itself and forwards, and the proxy's own answers to it. */
import { getHeader, type HeaderList } from '../../request/headers.ts';
import type { UrlParts } from '../../request/url.ts';
import { dispatchOptions, type DispatchOptions } from '../exchange/dispatch-options.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { ExchangeController } from '../exchange/exchange-channel.ts';
import type { RawHeaders, ResponseHeaders } from '../response/undici-response.ts';
import { refusalError } from './error.ts';
import { sentOf } from '../../request/sent-request.ts';
import type { ProxyServer } from './server.ts';

/**
 * A dispatch to the proxy, with the URL in absolute form (RFC 9112, section 3.2.2). What is for the
 * proxy alone stands in no request that anybody is shown.
 */
export function forwardedBy(
  { origin, hostname, headers: own }: ProxyServer,
  { path, method, headers, body }: DispatchOptions,
  url: UrlParts,
): DispatchOptions {
  const added: HeaderList = [];
  // undici would make it of the proxy's origin.
  if (getHeader(headers, 'host') === undefined)
    added.push('host', url.port ? `${url.hostname}:${url.port}` : url.hostname);
  // What the request says itself, such as its user-agent, is for the target.
  for (let i = 0; i < own.length; i += 2)
    if (getHeader(headers, own[i]) === undefined) added.push(own[i], own[i + 1]);
  return dispatchOptions({
    origin,
    path: url.origin + path,
    method,
    headers: [...headers, ...added],
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
    // Only a proxy asks for a proxy's credentials (RFC 9110, section 15.5.8).
    if (status !== 407) {
      super.onResponseStart(controller, status, headers, statusText);
      return;
    }
    const answer = { status, rawHeaders: controller.rawHeaders as RawHeaders };
    this.cancel(refusalError(this.#proxy, answer, String(sentOf(this.request))));
  }
}
