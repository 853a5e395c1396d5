import { csrf, type Lock, refresh, type Session } from 'isosession';

/**
 * What every session of the API does, whoever has it: the page server's parent session and the
 * browser's own.
 */
export function protect(session: Session): Session {
  return session.use(csrf());
}

/**
 * Lets a session renew its login. Both tokens are HttpOnly cookies, so there is nothing to load and
 * nothing to keep: a 401 means POST token, whose answer sets new cookies, and the call again.
 * `lock` decides who renews for whom; without one, each session for itself.
 */
export function renewLogin(session: Session, lock?: Lock): void {
  session.auth = refresh({
    load: () => ({}),
    async renew() {
      (await session.post('token', { auth: null })).throwForStatus();
      return {};
    },
    ...(lock && { lock }),
  });
}
