import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Session } from '../../index.browser.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { renderOf } from '../hydration/render.ts';
import {
  attributeOf,
  domainOf,
  refusal,
  type SetCookieLine,
  toLine,
  withAttribute,
} from './set-cookie-line.ts';

/**
 * How the cookies of the backends are changed for the page. What is left out is kept as the backend
 * has it.
 */
export interface SetCookiePolicy {
  /** The `Domain` of all; `null` takes it away, which leaves them to the page's host. */
  domain?: string | null | undefined;
  path?: string | undefined;
  /** `false` for pages over plain http while developing. */
  secure?: boolean | undefined;
  sameSite?: 'strict' | 'lax' | 'none' | undefined;
  /** Only cookies of these names. Default all. */
  names?: readonly string[] | undefined;
}

/**
 * The `Set-Cookie` lines for the page: of each cookie that the backends in `to` have set or deleted
 * during the render of a {@link forwardSession}, at any redirect too, the last line for its name,
 * domain and path, in the order in which they came. No third party's are among them. A cookie
 * without a `Path` gets the one that a browser would have given it at the backend.
 *
 * @throws {InvalidRequestError} for a session that was not made by `forwardSession`, and for a
 * cookie that the policy would make browsers refuse, as `domain` does with `__Host-`: leave it out
 * by `names`.
 */
export function setCookieHeaders(session: Session, policy: SetCookiePolicy = {}): string[] {
  const changes = readPolicy(policy);
  const { names } = changes;
  const lines = new Map<string, string>();
  for (const { line, at } of renderOf(session, 'setCookieHeaders()').setCookies) {
    if (names?.includes(line.name) === false) continue;
    const cookie = rewrite(line, changes, at);
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

function rewrite(
  given: SetCookieLine,
  { domain, path, secure, sameSite }: SetCookiePolicy,
  at: string,
): SetCookieLine {
  let cookie = given;
  if (path !== undefined || !attributeOf(cookie, 'path')?.startsWith('/'))
    cookie = withAttribute(cookie, 'path', `Path=${path ?? defaultPath(at)}`);
  if (domain !== undefined) cookie = withAttribute(cookie, 'domain', domain && `Domain=${domain}`);
  if (secure !== undefined) cookie = withAttribute(cookie, 'secure', secure ? 'Secure' : null);
  if (sameSite !== undefined)
    cookie = withAttribute(
      cookie,
      'samesite',
      `SameSite=${sameSite[0]?.toUpperCase()}${sameSite.slice(1)}`,
    );
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

const kinds: Record<keyof SetCookiePolicy, (value: unknown) => boolean> = {
  domain: (value) =>
    value === null || (typeof value === 'string' && /^\.?[\w-]+(?:\.[\w-]+)*$/.test(value)),
  path: (value) => typeof value === 'string' && /^\/[\x20-\x3a\x3c-\x7e]*$/.test(value),
  secure: (value) => typeof value === 'boolean',
  sameSite: (value) => ['strict', 'lax', 'none'].includes(value as string),
  names: (value) => Array.isArray(value),
};

/** Own properties only, each known and of its kind: none of them may begin another attribute. */
function readPolicy(policy: SetCookiePolicy): SetCookiePolicy {
  const read = nullPrototype<Record<string, unknown>>(policy);
  for (const name in read) {
    if (read[name] === undefined) delete read[name];
    else if (!Object.hasOwn(kinds, name) || !kinds[name as keyof SetCookiePolicy](read[name]))
      throw new InvalidRequestError(
        `${name}: not a policy for cookies, which takes domain, path, secure, sameSite and names`,
      );
  }
  return read;
}
