import { ProxyError } from '../../errors/proxy-error.ts';
import type { ProxyServer } from './server.ts';
import { type RawHeaders, toHeaders } from '../exchange/undici-response.ts';

/** What a proxy answered, as an error. */
export function refusedBy(
  { origin, authorization }: ProxyServer,
  status: number,
  raw: RawHeaders,
  what: string,
): ProxyError {
  const mend =
    status !== 407
      ? ''
      : authorization
        ? ': it does not take the credentials of its URL'
        : ': put its credentials into its URL, http://user:password@host';
  const challenge = toHeaders(raw).get('proxy-authenticate');
  return Object.assign(
    new ProxyError(`The proxy ${origin} answered ${status} to ${what}${mend}`),
    { status },
    challenge === null ? null : { challenge },
  );
}
