import type { Session } from '../../index.browser.ts';
import { type OutgoingEventLike, type ServerResponseLike, writeSetCookies } from './outgoing.ts';
import { setCookieHeaders } from './set-cookie-headers.ts';
import type { SetCookiePolicy } from './set-cookie-policy.ts';

/**
 * Puts what {@link setCookieHeaders} gives on the answer to the visitor, after those cookies that
 * it has already. Nothing is set when it throws.
 *
 * @example
 * ```ts
 * import type { Session } from 'isosession';
 * import { applySetCookies } from 'isosession/ssr';
 *
 * export function answer(session: Session, page: string): Response {
 *   const response = new Response(page, { headers: { 'content-type': 'text/html' } });
 *   applySetCookies(session, response, { domain: null, sameSite: 'lax' });
 *   return response;
 * }
 * ```
 *
 * @param outgoing a `Response` or its `Headers`, Node's `ServerResponse` (Express's `res`), or an
 * h3 event. Fastify replaces what its `reply.raw` has: it takes `reply.header('set-cookie',
 * setCookieHeaders(session))`.
 * @throws what `setCookieHeaders` throws; {@link InvalidRequestError} after the headers were sent,
 * and for a `Response` whose headers cannot be changed.
 */
export function applySetCookies(
  session: Session,
  outgoing: Response | Headers | ServerResponseLike | OutgoingEventLike,
  policy?: SetCookiePolicy,
): void {
  writeSetCookies(outgoing, setCookieHeaders(session, policy));
}
