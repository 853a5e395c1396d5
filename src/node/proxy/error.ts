/** What goes wrong with a proxy, as errors that name the proxy without its credentials. */
import { ProxyError } from '../../errors/proxy-error.ts';
import { getHeader } from '../../request/headers.ts';
import { asCause, describeError } from '../exchange/describe-error.ts';
import { type RawHeaders, toHeaders } from '../response/undici-response.ts';
import type { ProxyServer } from './server.ts';

/** The proxy's answer to what we asked it for, which was not yes. */
export interface ProxyAnswer {
  readonly status: number;
  readonly rawHeaders: RawHeaders;
}

/** `request`: what it was asked for, such as `CONNECT example.com:443`. */
export function refusalError(
  proxy: ProxyServer,
  { status, rawHeaders }: ProxyAnswer,
  request: string,
): ProxyError {
  const mend = status === 407 ? `: ${credentialsAdvice(proxy)}` : '';
  const error = new ProxyError(`The proxy ${proxy.origin} answered ${status} to ${request}${mend}`);
  const challenge = toHeaders(rawHeaders).get('proxy-authenticate');
  return Object.assign(error, { status }, challenge === null ? undefined : { challenge });
}

/** 407 Proxy Authentication Required (RFC 9110, section 15.5.8). */
function credentialsAdvice({ headers }: ProxyServer): string {
  return getHeader(headers, 'proxy-authorization') === undefined
    ? 'put its credentials into its URL, http://user:password@host'
    : 'it does not take the credentials that it is given';
}

export function unreachableError(proxy: ProxyServer, cause: Error): ProxyError {
  return new ProxyError(`The proxy ${proxy.origin} cannot be reached: ${describeError(cause)}`, {
    cause,
  });
}

export function brokenConnectError(
  proxy: ProxyServer,
  authority: string,
  cause: Error,
): ProxyError {
  return new ProxyError(
    `The proxy ${proxy.origin} broke off CONNECT ${authority}: ${describeError(cause)}`,
    { cause: asCause(cause) },
  );
}

export function socksError(proxy: ProxyServer, authority: string, cause: Error): ProxyError {
  return new ProxyError(
    `The proxy ${proxy.origin} did not connect to ${authority}: ${cause.message}`,
    { cause },
  );
}
