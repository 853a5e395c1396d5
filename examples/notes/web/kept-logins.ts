/**
 * Logins that the page servers keep, in a store that all of them share: the browser has an id, and
 * none of the API's cookies.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SessionCookies } from 'isosession';
import { openSession, type SessionStore } from 'isosession/store';

/** What is kept for one visitor, while a page is made for them. */
export interface KeptLogin {
  /** Those of the API. */
  cookies: SessionCookies;
  /** Before the answer goes out: keeps a login, and forgets what is none or none any more. */
  keep(res: ServerResponse): Promise<void>;
}

const week = 7 * 24 * 3600;

/** Over https it would be `Secure`, and named `__Host-visit`. */
const visitCookie = (id: string, seconds: number): string =>
  `visit=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}`;

/**
 * @param isLogin whether the visitor is about to log in: an id that their browser has brought may
 * be known to somebody else, so a login gets one of its own.
 */
export async function openLogin(
  store: SessionStore,
  api: string,
  req: IncomingMessage,
  isLogin: boolean,
): Promise<KeptLogin> {
  const brought = /(?:^|; )visit=([\da-f-]{36})(?:;|$)/.exec(req.headers.cookie ?? '')?.[1];
  const known = isLogin ? undefined : brought;
  const id = known ?? randomUUID();
  const kept = await openSession({ store, id, ttl: week * 1000 });
  return {
    cookies: kept.cookies,
    async keep(res) {
      if (await kept.cookies.get('refresh', api)) {
        await kept.close();
        if (!known) res.appendHeader('set-cookie', visitCookie(id, week));
        return;
      }
      await kept.destroy();
      if (!known) return;
      await store.delete(id);
      res.appendHeader('set-cookie', visitCookie('', 0));
    },
  };
}
