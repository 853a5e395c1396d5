import type { Outgoing } from '../../model.ts';
import { fieldOf, type ResponseHeaders } from '../response/undici-response.ts';

/** Keeps what a response says of HTTP Strict Transport Security, if it came by good TLS. */
export function learnHsts(
  { url, call }: Outgoing,
  channel: { readonly authorized: boolean } | undefined,
  headers: ResponseHeaders,
): void {
  const hsts = call.state?.hsts;
  if (hsts && channel?.authorized) hsts.learn(url, fieldOf(headers, 'strict-transport-security'));
}
