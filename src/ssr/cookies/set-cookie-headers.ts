import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Session } from '../../index.browser.ts';
import { outputOf } from '../render/output-of.ts';
import {
  attributeOf,
  domainOf,
  refusal,
  type SetCookieLine,
  toLine,
  withAttribute,
} from '../render/set-cookie-line.ts';
import { readPolicy, type SetCookiePolicy } from './set-cookie-policy.ts';

/**
 * The `Set-Cookie` lines for the page: of each cookie that the backends in `to` have set or deleted
 * during the render of a {@link forwardSession}, at any redirect too, the last line for its name,
 * domain and path, in the order in which they came. No third party's are among them. A cookie
 * without a `Path` gets the one that a browser would have given it at the backend.
 *
 * @example
 * ```ts
 * import type { Session } from 'isosession';
 * import { setCookieHeaders } from 'isosession/ssr';
 *
 * export function relay(session: Session, headers: Headers): void {
 *   const lines = setCookieHeaders(session, { domain: null, names: ['sid'] });
 *   for (const line of lines) headers.append('set-cookie', line);
 * }
 * ```
 *
 * @throws {InvalidRequestError} for a session that was not made by `forwardSession`, and for a
 * cookie that the policy would make browsers refuse, as `domain` does with `__Host-`: leave it out
 * by `names`.
 */
export function setCookieHeaders(session: Session, policy: SetCookiePolicy = {}): string[] {
  const changes = readPolicy(policy);
  const { names } = changes;
  const lines = new Map<string, string>();
  for (const { line, at } of outputOf(session, 'setCookieHeaders()').setCookies) {
    if (names?.includes(line.name) === false) continue;
    const cookie = forPage(line, changes, at);
    const problem = refusal(cookie);
    if (problem)
      throw new InvalidRequestError(
        `The policy would break the cookie ${JSON.stringify(cookie.name)}: ${problem}`,
      );
    const key = JSON.stringify([cookie.name, domainOf(cookie), attributeOf(cookie, 'path')]);
    lines.delete(key);
    lines.set(key, toLine(cookie));
  }
  return [...lines.values()];
}

const sameSiteAttributes = {
  strict: 'SameSite=Strict',
  lax: 'SameSite=Lax',
  none: 'SameSite=None',
};

/** With the path that a browser would give it, and changed by the policy. */
export function forPage(
  given: SetCookieLine,
  { domain, path, secure, sameSite }: SetCookiePolicy,
  at: string,
): SetCookieLine {
  let cookie = given;
  const hasPath = attributeOf(cookie, 'path')?.startsWith('/');
  if (path !== undefined || !hasPath)
    cookie = withAttribute(cookie, 'path', `Path=${path ?? defaultPath(at)}`);
  if (domain !== undefined) cookie = withAttribute(cookie, 'domain', domain && `Domain=${domain}`);
  if (secure !== undefined) cookie = withAttribute(cookie, 'secure', secure ? 'Secure' : null);
  if (sameSite !== undefined)
    cookie = withAttribute(cookie, 'samesite', sameSiteAttributes[sameSite]);
  return cookie;
}

/**
 * RFC 6265bis, section 5.1.4, as far as an attribute can say it: a visitor may have put a `;`
 * there, which would begin another one.
 */
function defaultPath(path: string): string {
  const [writable = ''] = path.split(';', 1);
  return writable.slice(0, Math.max(1, writable.lastIndexOf('/')));
}
