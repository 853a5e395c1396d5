/**
 * The `Set-Cookie` header (RFC 6265bis section 5.6). Nothing is percent-decoded and nothing is
 * unquoted. All of it is linear in the length of a line.
 *
 * @module
 */
import { trimBlank } from '../../request/headers.ts';
import type { CookieRecord, CookieRejection } from '../../types/cookies.ts';
import { parseCookieDate } from './cookie-date.ts';
import { hasControl, isAttributeTooLarge, isPairTooLarge } from './cookie-text.ts';

/** A cookie that somebody wants to store, by a `Set-Cookie` line or by a record. */
export interface CookieCandidate {
  name: string;
  value: string;
  /**
   * The `Domain` attribute as a URL writes a host, lower-case, without a leading dot; `''` when
   * there is none.
   */
  domain: string;
  /** Whether an empty `Domain` came after it: it still has to match, but means the host alone. */
  domainEmptied: boolean;
  /**
   * Whether it is for exactly {@link domain}: only a record can say so; a line means it by leaving
   * `Domain` out.
   */
  hostOnly: boolean;
  /** The `Path` attribute; `undefined`: the default-path of the URL. */
  path: string | undefined;
  /** The expiry-time in ms since 1970; `Infinity`: a session cookie; `-Infinity`: a deletion. */
  expires: number;
  secure: boolean;
  httpOnly: boolean;
  sameSite: CookieRecord['sameSite'];
  partitioned: boolean;
  /** Whose partition: only a record knows it. */
  partitionKey: string | undefined;
}

/** The last valid value of both attributes that tell when a cookie ends. */
interface Lifetime {
  /** ms since 1970. */
  expires: number | undefined;
  /** Seconds. */
  maxAge: number | undefined;
}

/** Reads one `Set-Cookie` line, or says why there is no cookie in it. */
export function parseSetCookie(line: string, now: number): CookieCandidate | CookieRejection {
  // Step 1.
  if (hasControl(line)) return 'ctl';
  // Step 2.
  const end = indexOrEnd(line, ';', 0);
  // Steps 3 and 4.
  const [name, value] = splitPair(line.slice(0, end));
  if (name === '' && value === '') return 'empty';
  // Step 5.
  if (isPairTooLarge(name, value)) return 'too-large';
  const cookie: CookieCandidate = {
    name,
    value,
    domain: '',
    domainEmptied: false,
    hostOnly: false,
    path: undefined,
    expires: Infinity,
    secure: false,
    httpOnly: false,
    sameSite: undefined,
    partitioned: false,
    partitionKey: undefined,
  };
  if (end < line.length) cookie.expires = parseAttributes(cookie, line, end, now);
  return cookie;
}

/**
 * The names and values in a response's `Set-Cookie` lines, the last of a name winning, whether or
 * not a jar would take them.
 */
export function parseSetCookieNames(lines: readonly string[]): Record<string, string> {
  const cookies: Record<string, string> = {};
  for (const line of lines) {
    if (hasControl(line)) continue;
    const [name, value] = splitPair(line.slice(0, indexOrEnd(line, ';', 0)));
    if (name === '' && value === '') continue;
    // Defined, not assigned: a cookie may be named `__proto__`.
    Object.defineProperty(cookies, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return cookies;
}

/**
 * Steps 3 and 4: the first `=` stands between cookie-name and cookie-value; without one, all of it
 * is the value.
 */
export function splitPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return equals < 0
    ? ['', trimBlank(pair)]
    : [trimBlank(pair, 0, equals), trimBlank(pair, equals + 1)];
}

/** The attributes from the semicolon at `end` on, read into the cookie; answers its expiry-time. */
function parseAttributes(cookie: CookieCandidate, line: string, end: number, now: number): number {
  const lifetime: Lifetime = { expires: undefined, maxAge: undefined };
  let nextEquals = -1;
  while (end < line.length) {
    // Steps 2 and 3 of the attributes.
    const start = end + 1;
    end = indexOrEnd(line, ';', start);
    // Step 4. The sign is looked for once, not from every attribute on to the end of the line.
    if (nextEquals < start) nextEquals = indexOrEnd(line, '=', start);
    const equals = Math.min(nextEquals, end);
    // Step 5.
    const name = trimBlank(line, start, equals);
    if (name.length > longestAttribute) continue;
    const value = trimBlank(line, Math.min(equals + 1, end), end);
    // Step 6.
    if (isAttributeTooLarge(value)) continue;
    // Step 7.
    attributes.get(name.toLowerCase())?.(cookie, value, lifetime);
  }
  return expiryTimeOf(lifetime, now);
}

/** Max-Age takes precedence over Expires (section 5.7, step 6). */
function expiryTimeOf({ expires, maxAge }: Lifetime, now: number): number {
  if (maxAge === undefined) return expires ?? Infinity;
  return maxAge > 0 ? now + maxAge * 1000 : -Infinity;
}

type AttributeReader = (cookie: CookieCandidate, value: string, lifetime: Lifetime) => void;

/** Sections 5.6.1 to 5.6.7, and CHIPS. Of an attribute that is repeated the last one counts. */
const attributes = new Map<string, AttributeReader>([
  [
    'expires',
    (_, value, lifetime) => {
      lifetime.expires = parseCookieDate(value) ?? lifetime.expires;
    },
  ],
  [
    'max-age',
    (_, value, lifetime) => {
      if (/^-?\d+$/.test(value)) lifetime.maxAge = Number(value);
    },
  ],
  [
    'domain',
    (cookie, value) => {
      cookie.domainEmptied = value === '';
      if (cookie.domainEmptied) return;
      // A dot alone is no domain, nor is it as if there was none.
      const hasDot = value.startsWith('.') && value !== '.';
      cookie.domain = (hasDot ? value.slice(1) : value).toLowerCase();
    },
  ],
  [
    'path',
    (cookie, value) => {
      cookie.path = value.startsWith('/') ? value : undefined;
    },
  ],
  [
    'secure',
    (cookie) => {
      cookie.secure = true;
    },
  ],
  [
    'httponly',
    (cookie) => {
      cookie.httpOnly = true;
    },
  ],
  [
    'samesite',
    (cookie, value) => {
      cookie.sameSite = toSameSite(value.toLowerCase());
    },
  ],
  [
    'partitioned',
    (cookie) => {
      cookie.partitioned = true;
    },
  ],
]);

/** A longer name is none of them, and not worth a lower-case copy. */
const longestAttribute = 'partitioned'.length;

function indexOrEnd(line: string, character: string, from: number): number {
  const at = line.indexOf(character, from);
  return at < 0 ? line.length : at;
}

/** The enforcement that a value stands for; anything else is as if it was not there. */
export function toSameSite(value: unknown): CookieRecord['sameSite'] {
  return value === 'strict' || value === 'lax' || value === 'none' ? value : undefined;
}
