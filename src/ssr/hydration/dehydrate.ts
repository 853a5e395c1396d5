import type { Session } from '../../index.browser.ts';
import { outputOf } from '../render/output-of.ts';
import { pageFormatVersion } from './page-format.ts';

/**
 * The responses of a render that the browser is to have, for {@link hydrate}: those of successful
 * GETs whose `context` has `hydrate: true`, or a function of the response that gives true; in the
 * session's own `context` it is for every GET. Such a call's body is read before the call resolves.
 *
 * Of a response there are its status, its text and its headers `cache-control`, `content-language`,
 * `content-type`, `etag`, `last-modified` and `link`; never a cookie, a credential, or what the
 * session or a middleware adds to its URLs, in `link` either. A call with `auth`, cookies or
 * headers of its own, but for `accept`, is left out. A URL that is not below the `baseUrl` is there
 * whole. What would make it longer than 512 Ki characters is left out, and fetched by the browser.
 *
 * @example
 * ```ts
 * import type { Session } from 'isosession';
 * import { dehydrate, forwardSession } from 'isosession/ssr';
 *
 * export async function render(api: Session, request: Request): Promise<string> {
 *   const session = forwardSession(api, request, {
 *     to: ['https://api.example.com'],
 *     context: { hydrate: true },
 *   });
 *   const greeting = await session.get('greeting').text();
 *   const data = `<script type="application/json" id="session">${dehydrate(session)}</script>`;
 *   return `<p>${greeting.replaceAll('<', '&lt;')}</p>${data}`;
 * }
 * ```
 *
 * @returns JSON that is safe as it is inside `<script type="application/json">`.
 * @throws {InvalidRequestError} for a session that was not made by `forwardSession`.
 */
export function dehydrate(session: Session): string {
  const { responses } = outputOf(session, 'dehydrate()');
  return `{"version":${pageFormatVersion},"responses":[${responses.join()}]}`;
}
