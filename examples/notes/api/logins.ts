import { randomBytes } from 'node:crypto';

/** Tokens as they are given out. */
export interface Grant {
  accessToken: string;
  refreshToken: string;
}

export interface Login {
  /** Names it, and opens nothing. */
  id: string;
  user: string;
  ended: boolean;
}

const token = (): string => randomBytes(24).toString('base64url');

/**
 * Logins: each has access tokens that live shortly, and a refresh token that is good for one use,
 * which gives the next one. Whoever shows a spent one may have stolen it, or was stolen from, so
 * the login ends for both. Within `grace` ms it is answered once more with the same tokens: an
 * answer may be lost on its way, and a browser that opens two pages at once has the page server
 * renew twice.
 */
export class Logins {
  readonly #lifetime: number;
  readonly #grace: number;
  readonly #access = new Map<string, { login: Login; until: number }>();
  readonly #refresh = new Map<string, { login: Login; next?: { grant: Grant; until: number } }>();

  constructor({ lifetime, grace }: { lifetime: number; grace: number }) {
    this.#lifetime = lifetime;
    this.#grace = grace;
  }

  begin(user: string): Grant {
    return this.#grant({ id: token(), user, ended: false });
  }

  /** The login of an access token; `undefined` when it is none, or is over. */
  find(accessToken = ''): Login | undefined {
    const found = this.#access.get(accessToken);
    return found && !found.login.ended && Date.now() < found.until ? found.login : undefined;
  }

  /** New tokens for a refresh token; `undefined` when it is none, or ends its login. */
  renew(refreshToken = ''): Grant | undefined {
    const found = this.#refresh.get(refreshToken);
    if (!found || found.login.ended) return undefined;
    const { login, next } = found;
    if (!next) {
      const grant = this.#grant(login);
      found.next = { grant, until: Date.now() + this.#grace };
      return grant;
    }
    if (Date.now() < next.until) return next.grant;
    login.ended = true;
    return undefined;
  }

  /** Whether a refresh token would give new tokens. */
  canRenew(refreshToken = ''): boolean {
    return this.#refresh.get(refreshToken)?.login.ended === false;
  }

  end(refreshToken = ''): void {
    const found = this.#refresh.get(refreshToken);
    if (found) found.login.ended = true;
  }

  /** Lets an access token be over before its time. */
  expire(accessToken = ''): void {
    this.#access.delete(accessToken);
  }

  #grant(login: Login): Grant {
    const grant = { accessToken: token(), refreshToken: token() };
    this.#access.set(grant.accessToken, { login, until: Date.now() + this.#lifetime });
    this.#refresh.set(grant.refreshToken, { login });
    return grant;
  }
}
