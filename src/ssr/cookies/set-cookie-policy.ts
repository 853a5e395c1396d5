import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { nullPrototype } from '../../options/null-prototype.ts';

/**
 * How the cookies of the backends are changed for the page. What is left out is kept as the backend
 * has it.
 */
export interface SetCookiePolicy {
  /** The `Domain` of all; `null` takes it away, which leaves them to the page's host. */
  domain?: string | null | undefined;
  /** The `Path` of all, which begins with a slash. */
  path?: string | undefined;
  /** Whether all are `Secure`: `false` for pages over plain http while developing. */
  secure?: boolean | undefined;
  /** The `SameSite` of all. */
  sameSite?: 'strict' | 'lax' | 'none' | undefined;
  /**
   * Only cookies of these names.
   *
   * @default all
   */
  names?: readonly string[] | undefined;
}

/** What each may be: none of them may begin another attribute. */
const kinds = new Map<string, (value: unknown) => boolean>([
  ['domain', (value) => value === null || matches(value, /^\.?[\w-]+(?:\.[\w-]+)*$/)],
  ['path', (value) => matches(value, /^\/[\x20-\x3a\x3c-\x7e]*$/)],
  ['secure', (value) => typeof value === 'boolean'],
  ['sameSite', (value) => matches(value, /^(?:strict|lax|none)$/)],
  ['names', (value) => Array.isArray(value)],
]);

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

/** Own properties only, each known and of its kind. */
export function readPolicy(policy: SetCookiePolicy): SetCookiePolicy {
  const given = Object.entries(policy).filter(([, value]) => value !== undefined);
  for (const [name, value] of given)
    if (!kinds.get(name)?.(value))
      throw new InvalidRequestError(
        `${name}: not a policy for cookies, which takes domain, path, secure, sameSite and names`,
      );
  return nullPrototype(Object.fromEntries(given));
}
