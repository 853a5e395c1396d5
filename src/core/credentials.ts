/** The `authorization` header, and the userinfo of a URL, which becomes one. */
import { InvalidRequestError } from '../errors.ts';
import type { Auth } from '../types.ts';

// RFC 7617, section 2: neither part may hold a control character.
const control = /[\0-\x1f\x7f]/;

/** The value of Basic credentials (RFC 7617), in UTF-8. */
export function basicValue(user: string, password: string): string {
  if (typeof user !== 'string' || typeof password !== 'string') throw new InvalidRequestError('basic(): the user name and password must be strings');
  if (user.includes(':')) throw new InvalidRequestError('basic(): the user name may not hold a colon');
  if (control.test(user + password)) throw new InvalidRequestError('basic(): a control character in the user name or password');
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;
}

/** Puts a value into `authorization`, on a copy. */
export function authorize(value: string): Auth {
  return (request, next) => {
    const headers = new Headers(request.headers);
    headers.set('authorization', value);
    return next({ ...request, headers });
  };
}

/** Takes `user:pass@` out of the URL, since it is never sent, shown or logged, and makes Basic credentials of it. */
export function takeUserinfo(url: URL): Auth | undefined {
  if (!url.href.includes('@')) return undefined;
  let { username, password } = url;
  if (!username && !password) return undefined;
  url.username = url.password = '';
  try {
    username = decodeURIComponent(username);
    password = decodeURIComponent(password);
  } catch {
    // A lone percent sign is meant as it is.
  }
  return authorize(basicValue(username, password));
}
