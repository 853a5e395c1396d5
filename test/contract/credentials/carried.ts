import { bearer, type RequestOptions, type Session, type SessionOptions } from 'isosession';
import { inBrowser, open } from '../../support/contract.ts';

/** A way to carry a secret: as an option of the session or of the call, or in its URL. */
export interface Carrier {
  name: string;
  session?: (secret: string) => SessionOptions;
  call?: (secret: string) => RequestOptions;
  url?: (url: string, secret: string) => string;
}

/** What belongs to the call's own origin. */
export const callCarriers: Carrier[] = [
  { name: "the call's x-api-key", call: (secret) => ({ headers: { 'x-api-key': secret } }) },
  {
    name: "the call's authorization",
    call: (secret) => ({ headers: { authorization: `Bearer ${secret}` } }),
  },
  { name: "the call's auth", call: (secret) => ({ auth: bearer(secret) }) },
  {
    name: "the URL's userinfo",
    url: (url, secret) => url.replace('://', `://user:${secret}@`),
  },
  // A browser has cookies of its own alone.
  ...(inBrowser
    ? []
    : [{ name: "the call's cookies", call: (secret: string) => ({ cookies: { c: secret } }) }]),
];

/** What belongs to the session's origins, or without a `baseUrl` to the URL that is called. */
export const sessionCarriers: Carrier[] = [
  {
    name: "the session's x-api-key",
    session: (secret) => ({ headers: { 'x-api-key': secret } }),
  },
  {
    name: "the session's authorization",
    session: (secret) => ({ headers: { authorization: `Bearer ${secret}` } }),
  },
  { name: "the session's auth", session: (secret) => ({ auth: bearer(secret) }) },
];

/** The session's parameters: a redirect and a link have their own query. */
export const paramsCarrier: Carrier = {
  name: "the session's searchParams",
  session: (secret) => ({ searchParams: { key: secret } }),
};

/** A session that carries a secret, with what a call of it is given. */
export function carry(
  carrier: Carrier,
  secret: string,
  options: SessionOptions,
): { session: Session; call: RequestOptions; at: (url: string) => string } {
  return {
    session: open({ ...options, ...carrier.session?.(secret) }),
    call: carrier.call?.(secret) ?? {},
    at: (url) => carrier.url?.(url, secret) ?? url,
  };
}
