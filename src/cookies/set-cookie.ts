import { trimBlank } from '../request/trim-blank.ts';
import type { CookieRecord, CookieRejection } from '../types/cookies.ts';
import {
  byteLength,
  hasControl,
  maxAttributeBytes,
  maxPairBytes,
  splitPair,
} from './cookie-text.ts';
import { parseCookieDate } from './cookie-date.ts';

/**
 * What somebody wants to store, before the storage rules: the outcome of a `Set-Cookie` line or of
 * a record.
 */
export interface CookieCandidate {
  name: string;
  value: string;
  /** The `Domain` attribute, lower-case, without a leading dot; `''` when there is none. */
  domain: string;
  /**
   * Whether it is for exactly {@link domain}: only a record can say so; a line means it by leaving
   * `Domain` out.
   */
  hostOnly: boolean;
  /** The `Path` attribute; `undefined`: the default path of the URL. */
  path: string | undefined;
  /** ms since 1970; `Infinity` for a session cookie, `-Infinity` for a deletion. */
  expires: number;
  secure: boolean;
  httpOnly: boolean;
  sameSite: CookieRecord['sameSite'];
  partitioned: boolean;
}

/**
 * Reads one `Set-Cookie` line (RFC 6265bis section 5.6), or says why there is no cookie in it.
 * Linear in the length of the line; nothing is percent-decoded, nothing is unquoted.
 */
export function parseSetCookie(line: string, now: number): CookieCandidate | CookieRejection {
  if (hasControl(line)) return 'ctl';
  let end = indexOrEnd(line, ';', 0);
  const [name, value] = splitPair(line.slice(0, end));
  if (name === '' && value === '') return 'empty';
  if (byteLength(name) + byteLength(value) > maxPairBytes) return 'too-large';
  const cookie: CookieCandidate = {
    name,
    value,
    domain: '',
    hostOnly: false,
    path: undefined,
    expires: Infinity,
    secure: false,
    httpOnly: false,
    sameSite: undefined,
    partitioned: false,
  };
  let expires: number | undefined;
  let maxAge: number | undefined;
  let nextEquals = -1;
  while (end < line.length) {
    const start = end + 1;
    end = indexOrEnd(line, ';', start);
    // Looked for once, not from every attribute on to the end of the line.
    if (nextEquals < start) nextEquals = indexOrEnd(line, '=', start);
    const equals = Math.min(nextEquals, end);
    const attribute = trimBlank(line, start, equals);
    // The longest known name has 11 letters; a longer one is not worth a lower-case copy.
    if (attribute.length > 11) continue;
    const text = trimBlank(line, Math.min(equals + 1, end), end);
    if (byteLength(text) > maxAttributeBytes) continue;
    switch (attribute.toLowerCase()) {
      case 'expires':
        expires = parseCookieDate(text) ?? expires;
        break;
      case 'max-age':
        if (/^-?\d+$/.test(text)) maxAge = Number(text);
        break;
      case 'domain':
        // RFC 6265 section 5.2.3: an empty one is no attribute at all, so it does not take back an
        // earlier one.
        if (text !== '')
          cookie.domain = (text.startsWith('.') ? text.slice(1) : text).toLowerCase();
        break;
      case 'path':
        cookie.path = text.startsWith('/') ? text : undefined;
        break;
      case 'secure':
        cookie.secure = true;
        break;
      case 'httponly':
        cookie.httpOnly = true;
        break;
      case 'samesite':
        cookie.sameSite = sameSiteOf(text.toLowerCase());
        break;
      case 'partitioned':
        cookie.partitioned = true;
    }
  }
  if (maxAge !== undefined) cookie.expires = maxAge > 0 ? now + maxAge * 1000 : -Infinity;
  else if (expires !== undefined) cookie.expires = expires;
  return cookie;
}

function indexOrEnd(line: string, character: string, from: number): number {
  const at = line.indexOf(character, from);
  return at < 0 ? line.length : at;
}

/** The enforcement that a value stands for; anything else is as if it was not there. */
export function sameSiteOf(value: unknown): CookieRecord['sameSite'] {
  return value === 'strict' || value === 'lax' || value === 'none' ? value : undefined;
}
