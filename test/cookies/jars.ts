/** Jars as the tests of cookies use them. */
import { MemoryCookieStore, Store } from 'tough-cookie';
import { SessionJar } from '../../src/cookies/session-jar.ts';
import type { CookieAccess, CookieRejection } from '../../src/types/cookies.ts';
import './with-tough-cookie.ts';

/** A jar of our own. */
export function newJar(baseUrl?: URL): SessionJar {
  return new SessionJar(undefined, () => baseUrl);
}

/** The `cookie` header that a request to a URL gets, of a jar that answers at once. */
export function send(jar: SessionJar, url: string | URL): string {
  return jar.shared.headerFor(new URL(url)) as string;
}

/** A response from a URL that sets cookies. */
export function respond(jar: SessionJar, url: string | URL, ...lines: string[]): void {
  void jar.shared.storeResponse(new URL(url), lines);
}

/** tough-cookie's memory behind a network: it answers later. */
export class LateStore extends Store {
  override synchronous = false;
  readonly inner = new MemoryCookieStore();
}
for (const method of [
  'findCookie',
  'findCookies',
  'putCookie',
  'updateCookie',
  'removeCookie',
  'removeCookies',
  'removeAllCookies',
  'getAllCookies',
] as const) {
  Object.defineProperty(LateStore.prototype, method, {
    value(this: LateStore, ...args: unknown[]) {
      queueMicrotask(() => {
        try {
          void (this.inner[method] as (...args: unknown[]) => unknown).apply(this.inner, args);
        } catch (error) {
          (args.at(-1) as (error: unknown) => void)(error);
        }
      });
    },
  });
}

/** Why a line is refused at a URL, or that it is not. */
export async function refusal(
  jar: SessionJar,
  line: string,
  url: string,
  access?: CookieAccess,
): Promise<CookieRejection | 'stored'> {
  const outcome = await jar.set(line, url, access);
  return 'rejected' in outcome ? outcome.rejected : 'stored';
}
