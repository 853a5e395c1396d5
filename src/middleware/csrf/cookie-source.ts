import type { SessionCall } from '../../request/session-request.ts';
import { pageOrigin } from '../../request/base/page.ts';
import type { TokenSource } from './token-source.ts';

/** A cookie, read at each call, since the server changes it as it likes. */
export function cookieSource(name: string): TokenSource {
  return {
    async read(call, url) {
      const value = await findCookie(name, call, url);
      return value === undefined ? undefined : decode(value);
    },
  };
}

/** The call's own cookie goes before that of a server's visitor, and this before a store's. */
async function findCookie(
  name: string,
  { given, state: { cookies, cookieLayer } }: SessionCall,
  url: URL,
): Promise<string | undefined> {
  const own = given?.cookies;
  if (own && Object.hasOwn(own, name)) return own[name];
  if (!cookies) return undefined;
  const ofVisitor = cookieLayer?.visitor?.(name, url);
  if (ofVisitor !== undefined) return ofVisitor;
  // Without a jar a script reads the page's cookies. Where else they are sent, their `Domain` says,
  // and no script knows it.
  const stored = await cookies.get(name, cookies.jar ? url : pageOrigin());
  return stored?.value;
}

/** Frameworks percent-encode what a cookie cannot hold. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
