/** The `authorization` header, and the userinfo of a URL, which becomes one. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { SessionState } from '../model.ts';
import type { Auth } from '../types/middleware.ts';
import { fixedAuth } from './identity.ts';
import { toByteText } from './text/byte-text.ts';
import type { UrlParts } from './url.ts';

/** The value of Basic credentials (RFC 7617), in UTF-8. */
export function basicValue(user: string, password: string): string {
  // RFC 7617, section 2: neither part may hold a control character. A server answers 401 to others.
  if (
    isDevelopment &&
    ([user, password].some((part) => typeof part !== 'string' || /[\0-\x1f\x7f]/.test(part)) ||
      user.includes(':'))
  ) {
    throw new InvalidRequestError(
      'basic() takes strings without control characters, and no colon in the user name',
    );
  }
  return `Basic ${btoa(toByteText(`${user}:${password}`))}`;
}

/** Whether it is a token that a header can hold. */
export function isVisible(token: unknown): token is string {
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token);
}

/** Puts a value into `authorization`, on a copy. */
export function authorize(value: string): Auth {
  return (request, next) => {
    const headers = new Headers(request.headers);
    headers.set('authorization', value);
    return next({ ...request, headers });
  };
}

/**
 * Takes the fragment and `user:pass@` out of the URL, since they are never sent, shown or logged,
 * and makes Basic credentials of the latter.
 */
export function takeUserinfo(url: URL): Auth | undefined {
  let { username, password } = url;
  if (url.hash) url.hash = '';
  if (!username && !password) return undefined;
  url.username = url.password = '';
  try {
    username = decodeUserinfo(username);
    password = decodeUserinfo(password);
  } catch {
    // What is no UTF-8 is meant as it is.
  }
  return fixedAuth(authorize(basicValue(username, password)));
}

/**
 * A percent sign that begins no sequence is meant as it is, as in curl and requests. Throws
 * `URIError` for what is no UTF-8.
 */
export function decodeUserinfo(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, decodeURIComponent);
}

/** Whether what the session adds by default may go to this origin. */
export const isTrusted = (state: SessionState, origin: string): boolean =>
  state.trustedOrigins?.has(origin) ?? true;

/**
 * Whether credentials may go along from one URL to another, be it by a redirect, by a link or by a
 * middleware: to the same origin, between origins in the session's scope, and to the same host as
 * it turns from http to https.
 *
 * @param trustedOrigins in the scope of the session's credentials; `undefined`: every origin
 */
export function mayCarrySecrets(
  from: UrlParts,
  to: UrlParts,
  trustedOrigins: ReadonlySet<string> | undefined,
): boolean {
  if (from.origin === to.origin) return true;
  if (trustedOrigins?.has(from.origin) && trustedOrigins.has(to.origin)) return true;
  return !from.port && to.origin === `https://${from.hostname}`;
}
