import type { Session } from '../index.browser.ts';
import { forPage } from '../ssr/cookies/set-cookie-headers.ts';
import { outputOf } from '../ssr/render/output-of.ts';
import { attributeOf, type SetCookieLine } from '../ssr/render/set-cookie-line.ts';
import { valueOf } from '../ssr/render/visitor-cookies.ts';
import { decode } from './cookie-header.ts';
import type { NextCookie, NextCookieStoreLike } from './cookie-store.ts';

/** Hands what the backends have set on to Next.js, at the end of each call. */
export function relayCookies(session: Session, store: NextCookieStoreLike): void {
  const { setCookies } = outputOf(session, 'nextSession()');
  let relayed = 0;
  session.use(async (request, next) => {
    try {
      return await next(request);
    } finally {
      for (const { line, at } of setCookies.slice(relayed)) relay(forPage(line, {}, at), store);
      relayed = setCookies.length;
    }
  });
}

function relay(line: SetCookieLine, store: NextCookieStoreLike): void {
  const { name } = line;
  const given = valueOf(line.pair);
  const value = decode(given) ?? given;
  try {
    store.set({ name, value, ...attributesOf(line) });
  } catch (error) {
    const subject = `Next.js lets nobody set the cookie ${JSON.stringify(name)}`;
    warnOnce(
      isOfRender(error)
        ? `${subject} while a page renders, so that it lives for this render alone: renew logins ` +
            'in proxy.ts, a Server Action or a Route Handler'
        : `${subject} for another reason than that a page renders: the browser does not get it`,
      error,
    );
    return;
  }
  if (encodeURIComponent(value) !== given) {
    warnOnce(
      `Next.js encodes the value of the cookie ${JSON.stringify(name)} by encodeURIComponent(), ` +
        'so that it is not what the backend has set: give it to the Response of a Route Handler ' +
        'or of proxy.ts by applySetCookies() of isosession/ssr',
    );
  }
}

/** Whether Next.js says by it that a page renders: it names where cookies can be set. */
function isOfRender(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Server Action or Route Handler');
}

/** As browsers read them; `Priority` and others that no standard has are left out. */
function attributesOf(line: SetCookieLine): Partial<NextCookie> {
  const domain = attributeOf(line, 'domain');
  const path = attributeOf(line, 'path');
  const expires = new Date(attributeOf(line, 'expires') ?? '');
  const maxAge = attributeOf(line, 'max-age') ?? '';
  const sameSite = attributeOf(line, 'samesite')?.toLowerCase();
  return {
    ...(domain && { domain }),
    ...(path && { path }),
    ...(!Number.isNaN(expires.valueOf()) && { expires }),
    ...(/^-?\d+$/.test(maxAge) && { maxAge: Number(maxAge) }),
    ...(isSameSite(sameSite) && { sameSite }),
    httpOnly: attributeOf(line, 'httponly') !== undefined,
    secure: attributeOf(line, 'secure') !== undefined,
    partitioned: attributeOf(line, 'partitioned') !== undefined,
  };
}

function isSameSite(text: string | undefined): text is 'strict' | 'lax' | 'none' {
  return text === 'strict' || text === 'lax' || text === 'none';
}

const warned = new Set<string>();

/** A busy server would say it with each page. */
function warnOnce(text: string, ...rest: unknown[]): void {
  if (warned.has(text)) return;
  warned.add(text);
  console.warn(`isosession: ${text}`, ...rest);
}
