import { readHeaders } from '../../request/headers.ts';
import type { SessionCall } from '../../request/session-request.ts';
import type { RequestOptions } from '../../types/options.ts';

/** The cookies that a call itself has, as options; `undefined` where it has none. */
export function ownCookies({ given }: SessionCall): RequestOptions | undefined {
  const cookies = given?.cookies;
  const cookie = given?.headers ? readHeaders(given.headers).get('cookie') : undefined;
  if (!cookies && !cookie) return undefined;
  return { ...(cookies && { cookies }), ...(cookie && { headers: { cookie } }) };
}
