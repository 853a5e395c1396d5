import { authorize, basicValue } from '../../request/credentials.ts';
import { fixedAuth } from '../../request/identity.ts';
import type { Auth } from '../../types/middleware.ts';

/**
 * Basic credentials (RFC 7617), in UTF-8. The user name may not hold a colon.
 *
 * @example
 * ```ts
 * import { basic, Session } from 'isosession';
 *
 * const api = new Session({ baseUrl: 'https://api.example.com/v1/', auth: basic('user', 'pass') });
 * ```
 *
 * @throws {InvalidRequestError} for a colon in the user name or a control character.
 */
export function basic(user: string, password: string): Auth {
  return fixedAuth(authorize(basicValue(user, password)));
}
