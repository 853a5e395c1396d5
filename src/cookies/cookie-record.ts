import type { Cookie } from 'tough-cookie';
import { trimBlank } from '../request/trim-blank.ts';
import type { CookieRecord, CookieRejection } from '../types/cookies.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { byteLength, hasControl, isAscii, maxAttributeBytes } from './cookie-text.ts';
import { type CookieCandidate, sameSiteOf } from './set-cookie.ts';
import { expiryOf } from './cookie-limits.ts';

/** A stored cookie as data. */
export function toRecord(cookie: Cookie): CookieRecord {
  const expires = expiryOf(cookie);
  const sameSite = sameSiteOf(cookie.sameSite?.toLowerCase());
  return {
    name: cookie.key,
    value: cookie.value,
    domain: cookie.domain,
    path: cookie.path ?? '/',
    expires: expires === Infinity ? null : expires,
    secure: cookie.secure,
    ...(sameSite && { sameSite }),
    partitioned:
      cookie.extensions?.some((extension) => extension.toLowerCase() === 'partitioned') ?? false,
    httpOnly: cookie.httpOnly,
    hostOnly: cookie.hostOnly === true,
  };
}

/**
 * What a record asks for. Only its own properties are read.
 *
 * @param imported - the record was stored before: what a `Set-Cookie` line may hold and a program
 * should not write (a tab, a comma in a name) is let through
 * @throws InvalidRequestError for a mistake of the program: a wrong type, or a field that would be
 * read as another one
 */
export function readRecord(record: unknown, imported: boolean): CookieCandidate | CookieRejection {
  if (typeof record !== 'object' || record === null)
    throw new InvalidRequestError('A cookie is a Set-Cookie line or a record');
  const own = (key: keyof CookieRecord): unknown =>
    Object.hasOwn(record, key) ? (record as Record<string, unknown>)[key] : undefined;
  const rawName = own('name');
  const fail = (problem: string): never => {
    throw new InvalidRequestError(
      `Cookie ${typeof rawName === 'string' ? JSON.stringify(rawName.slice(0, 80)) : '?'}: ${problem}`,
    );
  };
  const text = (key: keyof CookieRecord, fallback?: string): string => {
    const value = own(key) ?? fallback;
    if (typeof value !== 'string') return fail(`${key} must be a string`);
    if (value.includes(';') || hasControl(value, !imported))
      return fail(`${key} must not have a semicolon or a control character`);
    return value;
  };
  const flag = (key: keyof CookieRecord): boolean | undefined => {
    const value = own(key);
    return value === undefined || typeof value === 'boolean'
      ? value
      : fail(`${key} must be true or false`);
  };

  const name = trimBlank(text('name'));
  const value = trimBlank(text('value'));
  if (name.includes('=')) fail('name must not have an equals sign');
  if (!imported && name.includes(',')) fail('name must not have a comma');
  // Sent without a name, `a=b` would be read as a cookie of that name.
  if (!imported && name === '' && value.includes('='))
    fail('a value without a name must not have an equals sign');
  const domain = canonicalDomain(text('domain', ''));
  const path = text('path', '/');
  if (!path.startsWith('/')) fail('path must start with a slash');
  if (byteLength(domain) > maxAttributeBytes || byteLength(path) > maxAttributeBytes)
    return 'too-large';
  const expires = own('expires') ?? Infinity;
  if (typeof expires !== 'number' || Number.isNaN(expires))
    return fail('expires must be a number of milliseconds since 1970, or null');
  const sameSite = own('sameSite');
  if (sameSite !== undefined && sameSiteOf(sameSite) === undefined)
    fail('sameSite must be strict, lax or none');
  return {
    name,
    value,
    domain,
    hostOnly: flag('hostOnly') ?? domain === '',
    path,
    expires,
    secure: flag('secure') ?? false,
    httpOnly: flag('httpOnly') ?? false,
    sameSite: sameSiteOf(sameSite),
    partitioned: flag('partitioned') ?? false,
  };
}

/**
 * A domain as a person writes it: with a leading dot, in capitals, in another script, an IPv6
 * address in brackets.
 */
function canonicalDomain(domain: string): string {
  const bare = (domain.startsWith('.') ? domain.slice(1) : domain).toLowerCase();
  if (bare.startsWith('[') && bare.endsWith(']')) return bare.slice(1, -1);
  if (isAscii(bare) || !URL.canParse(`http://${bare}`)) return bare;
  return new URL(`http://${bare}`).hostname;
}
