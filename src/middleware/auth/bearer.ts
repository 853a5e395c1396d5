import { isDevelopment } from '../../development.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { authorize, isVisible } from '../../request/credentials.ts';
import { fixedAuth } from '../../request/identity.ts';
import type { Awaitable } from '../../types/context.ts';
import type { Auth } from '../../types/middleware.ts';

/**
 * A bearer token (RFC 6750): a string, or a function that is asked before each attempt and may be
 * asynchronous.
 *
 * @example
 * ```ts
 * import { bearer, Session } from 'isosession';
 *
 * const readToken = () => localStorage.getItem('token') ?? '';
 * const api = new Session({ baseUrl: 'https://api.example.com/', auth: bearer(readToken) });
 * ```
 *
 * @throws {InvalidRequestError} from the call, when the token is not a string that a header can
 * hold.
 */
export function bearer(token: string | (() => Awaitable<string>)): Auth {
  const auth: Auth = async (request, next) => {
    const value = typeof token === 'function' ? await token() : token;
    if (!isVisible(value))
      throw new InvalidRequestError(
        isDevelopment ? 'bearer(): the token must be visible ASCII' : 'bearer()',
      );
    return authorize(`Bearer ${value}`)(request, next);
  };
  return typeof token === 'function' ? auth : fixedAuth(auth);
}
