/**
 * Cookies as the records that users read and write.
 *
 * @module
 */
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { trimBlank } from '../request/headers.ts';
import type { CookieRecord, CookieRejection } from '../types/cookies.ts';
import { toUrlHost } from './rules/cookie-site.ts';
import { partitionOf } from './rules/partition.ts';
import { hasControl, hasControlOrTab, isAscii, isAttributeTooLarge } from './rules/cookie-text.ts';
import { type CookieCandidate, toSameSite } from './rules/set-cookie.ts';
import { expiryOf, type StoredCookie } from './rules/stored-cookie.ts';

/** A stored cookie as data. */
export function toRecord(cookie: StoredCookie): CookieRecord {
  const expires = expiryOf(cookie);
  const sameSite = toSameSite(cookie.sameSite?.toLowerCase());
  return {
    name: cookie.key,
    value: cookie.value,
    domain: cookie.domain,
    path: cookie.path ?? '/',
    expires: expires === Infinity ? null : expires,
    secure: cookie.secure,
    ...(sameSite && { sameSite }),
    ...partitionOf(cookie.extensions),
    httpOnly: cookie.httpOnly,
    hostOnly: cookie.hostOnly === true,
  };
}

/** What a record may hold, beyond what holds for every cookie. */
export interface RecordRules {
  /** Whether a field's text has a character that is forbidden. */
  readonly isForbidden: (text: string, key: keyof CookieRecord) => boolean;
  /** Whether a domain or a path has too many bytes. */
  readonly isTooLarge: (text: string) => boolean;
  /** What is wrong with a name and its value. */
  readonly problemOf: (name: string, value: string) => string | undefined;
}

/** For what a program sets. */
export const rulesToSet: RecordRules = {
  isForbidden: (text) => text.includes(';') || hasControlOrTab(text),
  isTooLarge: isAttributeTooLarge,
  problemOf(name, value) {
    if (name.includes(',')) return 'name must not have a comma';
    // Sent without a name, `a=b` would be read as a cookie of that name.
    if (name === '' && value.includes('='))
      return 'a value without a name must not have an equals sign';
    return undefined;
  },
};

/**
 * For what was exported before: all that a `Set-Cookie` line may hold is let through, a tab or a
 * comma in a name, too, and all that a URL may hold, whose host and default-path were never in a
 * line: they have any length, and semicolons.
 */
export const rulesToImport: RecordRules = {
  isForbidden: (text, key) =>
    hasControl(text) || (text.includes(';') && key !== 'path' && key !== 'domain'),
  isTooLarge: () => false,
  problemOf: () => undefined,
};

/**
 * The cookie that a record asks for.
 *
 * @throws InvalidRequestError for a mistake of the program: a wrong type, or a field that would be
 * read as another one
 */
export function readCookieRecord(
  record: unknown,
  rules: RecordRules,
): CookieCandidate | CookieRejection {
  const fields = new RecordFields(record, rules);
  const name = trimBlank(fields.string('name'));
  const value = trimBlank(fields.string('value'));
  const problem = name.includes('=')
    ? 'name must not have an equals sign'
    : rules.problemOf(name, value);
  if (problem !== undefined) return fields.fail(problem);
  const domain = toCanonicalDomain(fields.string('domain', ''));
  const path = fields.string('path', '/');
  if (!path.startsWith('/')) return fields.fail('path must start with a slash');
  const partitionKey = fields.optionalString('partitionKey');
  if ([domain, path, partitionKey ?? ''].some(rules.isTooLarge)) return 'too-large';
  return {
    name,
    value,
    domain,
    domainEmptied: false,
    path,
    expires: fields.expires(),
    sameSite: fields.sameSite(),
    hostOnly: fields.boolean('hostOnly') ?? domain === '',
    secure: fields.boolean('secure') ?? false,
    httpOnly: fields.boolean('httpOnly') ?? false,
    partitioned: fields.boolean('partitioned') ?? false,
    partitionKey,
  };
}

/** Whose cookies are most often taken for records. */
export const ofPlaywright = 'fromStorageState() of isosession/cookies reads those of Playwright';

/** Its name, never its value. */
export function labelOfCookie(record: object): string {
  const name: unknown = Object.hasOwn(record, 'name') && Reflect.get(record, 'name');
  return `Cookie ${typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : '?'}`;
}

/** The fields of a record, each checked as it is read. Only its own properties count. */
class RecordFields {
  readonly #record: object;
  readonly #rules: RecordRules;

  constructor(record: unknown, rules: RecordRules) {
    if (typeof record !== 'object' || record === null)
      throw new InvalidRequestError('A cookie is a Set-Cookie line or a record');
    this.#record = record;
    this.#rules = rules;
  }

  string(key: keyof CookieRecord, fallback?: string): string {
    const value = this.#own(key) ?? fallback;
    if (typeof value !== 'string') return this.fail(`${key} must be a string`);
    if (this.#rules.isForbidden(value, key))
      return this.fail(`${key} must not have a semicolon or a control character`);
    return value;
  }

  optionalString(key: keyof CookieRecord): string | undefined {
    return this.#own(key) === undefined ? undefined : this.string(key);
  }

  boolean(key: keyof CookieRecord): boolean | undefined {
    const value = this.#own(key);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.fail(`${key} must be true or false`);
  }

  expires(): number {
    const value = this.#own('expires') ?? Infinity;
    if (typeof value === 'number' && !Number.isNaN(value)) return value;
    return this.fail('expires must be a number of milliseconds since 1970, or null');
  }

  sameSite(): CookieRecord['sameSite'] {
    const value = this.#own('sameSite');
    const sameSite = toSameSite(value);
    if (value !== undefined && sameSite === undefined)
      return this.fail(`sameSite must be strict, lax or none; ${ofPlaywright}`);
    return sameSite;
  }

  /** Names the cookie, never its value. */
  fail(problem: string): never {
    throw new InvalidRequestError(`${labelOfCookie(this.#record)}: ${problem}`);
  }

  #own(key: keyof CookieRecord): unknown {
    return Object.hasOwn(this.#record, key) ? Reflect.get(this.#record, key) : undefined;
  }
}

/**
 * A domain as a person writes it, as the host of a URL: with a leading dot, in capitals, in another
 * script, an IPv6 address with or without brackets.
 */
function toCanonicalDomain(domain: string): string {
  const name = (domain.startsWith('.') ? domain.slice(1) : domain).toLowerCase();
  const host = name.startsWith('[') ? name : toUrlHost(name);
  if ((isAscii(host) && host === name) || !URL.canParse(`http://${host}`)) return host;
  return new URL(`http://${host}`).hostname;
}
