import { InvalidRequestError } from '../../errors.ts';
import type { Auth } from '../../types.ts';

// RFC 7617, section 2: neither may hold a control character.
const control = /[\0-\x1f\x7f]/;

/**
 * Basic credentials (RFC 7617), in UTF-8. The user name may not hold a colon.
 *
 * ```ts
 * const api = new Session({ baseUrl: 'https://api.example.com/', auth: basic('user', 'pass') });
 * ```
 *
 * @throws {InvalidRequestError} for a colon in the user name or a control character.
 */
export function basic(user: string, password: string): Auth {
  if (user.includes(':')) throw new InvalidRequestError('basic(): the user name may not hold a colon');
  if (control.test(user + password)) throw new InvalidRequestError('basic(): a control character in the user name or password');
  const value = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;
  return (request, next) => {
    const headers = new Headers(request.headers);
    headers.set('authorization', value);
    return next({ ...request, headers });
  };
}
