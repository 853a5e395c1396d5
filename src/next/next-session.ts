import type { Session } from '../index.browser.ts';
import { func } from '../options/kinds.ts';
import { nullPrototype } from '../options/null-prototype.ts';
import type { ForwardOptions } from '../ssr/visitor/forward-options.ts';
import { forwardSession } from '../ssr/visitor/forward-session.ts';
import type { Awaitable } from '../types/context.ts';
import { cookieHeaderOf } from './cookie-header.ts';
import type { NextCookieStoreLike } from './cookie-store.ts';
import { relayCookies } from './relay-cookies.ts';

/** Options of {@link nextSession}: those of `forwardSession()`, and two functions of Next.js. */
export interface NextOptions extends Omit<ForwardOptions, 'headers' | 'cookies' | 'allowedHosts'> {
  /** `headers` of `next/headers`. */
  headers: () => Awaitable<Headers>;
  /** `cookies` of `next/headers`. */
  cookies: () => Awaitable<NextCookieStoreLike>;
}

/**
 * The session of the visitor whose page renders, or whose Server Action or Route Handler runs, in
 * the App Router of Next.js: a `forwardSession()` of what `headers()` and `cookies()` give, whose
 * cookies the backends in `to` set through `cookies().set()`. After a Server Action it sends what
 * that has set, too.
 *
 * While a page renders, Next.js lets nobody set cookies: they live for this render, and a warning
 * says so, once. Next.js encodes the value of a cookie by `encodeURIComponent()`; a cookie that
 * this changes is warned of, once. It does not tell when a visitor goes away: nothing is aborted.
 *
 * @example
 * ```ts
 * // import { cookies, headers } from 'next/headers';
 * import { Session } from 'isosession';
 * import { nextSession, type NextOptions } from 'isosession/next';
 *
 * const backend = 'https://api.example.com';
 * const api = new Session({ baseUrl: backend });
 *
 * export const visitorOf = ({ cookies, headers }: Pick<NextOptions, 'cookies' | 'headers'>) =>
 *   nextSession(api, { to: [backend], cookies, headers });
 * ```
 *
 * @throws what `forwardSession()` throws, and what `headers()` and `cookies()` throw, such as where
 * Next.js prerenders.
 */
export async function nextSession(parent: Session, options: NextOptions): Promise<Session> {
  const { headers, cookies, ...rest } = nullPrototype<NextOptions>(options);
  func(headers, 'headers');
  func(cookies, 'cookies');
  const [given, store] = await Promise.all([headers(), cookies()]);
  const sent = new Headers(given);
  const cookie = cookieHeaderOf(sent.get('cookie'), store);
  if (cookie) sent.set('cookie', cookie);
  else sent.delete('cookie');
  // `headers()` does not say which URL was called.
  const visitor = new Request('https://visitor.invalid/', { headers: sent });
  const session = forwardSession(parent, visitor, rest);
  relayCookies(session, store);
  return session;
}
