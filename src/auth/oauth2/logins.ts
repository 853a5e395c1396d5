/** The login of one `oauth2()`, the renewal of its tokens, and what takes its place. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { isUnauthorized, renewing } from '../../middleware/auth/refresh/refresh.ts';
import {
  type LockHold,
  readRefreshOptions,
} from '../../middleware/auth/refresh/refresh-options.ts';
import { type Generation, keyOf, type Tokens } from '../../middleware/auth/refresh/tokens.ts';
import type { Auth, SessionRequest } from '../../types/middleware.ts';
import type { DpopKeys } from './dpop-keys.ts';
import { clientCredentials, refreshTokens } from './grants.ts';
import type { OAuth2Tokens, ReadOAuth2 } from './options.ts';
import type { Provider } from './provider.ts';

interface Login {
  readonly auth: Auth;
  /** What there is while nothing is stored. */
  tokens: OAuth2Tokens | undefined;
}

/** One login at a time. */
export class Logins {
  readonly #options: ReadOAuth2;
  readonly #provider: Provider;
  readonly #keys: DpopKeys | undefined;
  #current: Login;

  constructor(options: ReadOAuth2, provider: Provider, keys: DpopKeys | undefined) {
    this.#options = options;
    this.#provider = provider;
    this.#keys = keys;
    this.#current = this.#create(undefined);
  }

  /** Of the login that there is. */
  get auth(): Auth {
    return this.#current.auth;
  }

  /** The tokens of the login that there is. */
  load(): Promise<OAuth2Tokens | undefined> {
    return this.#load(this.#current);
  }

  /** Puts another login in the place of the one that there is. */
  async replace(tokens: OAuth2Tokens): Promise<OAuth2Tokens> {
    await this.#whileNoneRenews(async (hold) => {
      await this.#options.save?.(tokens, hold);
      this.#current = this.#create(tokens);
      return tokens;
    });
    return tokens;
  }

  /** Forgets the login that there is, once its tokens were ended, or could not be. */
  async forget(end: (tokens: OAuth2Tokens) => Promise<void>): Promise<void> {
    await this.#whileNoneRenews(async (hold) => {
      const none: OAuth2Tokens = {};
      try {
        await end((await this.load()) ?? none);
      } finally {
        this.#current = this.#create(none);
        await this.#options.save?.(none, hold);
      }
      return none;
    });
  }

  /** A renewal that is under way ends before: what it brings is of the login that there was. */
  async #whileNoneRenews(task: (hold: LockHold) => Promise<OAuth2Tokens>): Promise<void> {
    // No other tab has tokens that these take the place of: the key is its own.
    await this.#options.lock.run(
      crypto.randomUUID(),
      async (signal, fence): Promise<Generation> => {
        const tokens = await task({ signal, fence });
        return { tokens, key: keyOf(tokens), fresh: true };
      },
    );
  }

  async #load(login: Login): Promise<OAuth2Tokens | undefined> {
    login.tokens = (await this.#options.load?.()) ?? login.tokens;
    const { accessToken, refreshToken } = login.tokens ?? {};
    return (accessToken ?? refreshToken) === undefined ? undefined : login.tokens;
  }

  #create(first: OAuth2Tokens | undefined): Login {
    const { grant, lock, renewals, save } = this.#options;
    const keys = this.#keys;
    const provider = this.#provider;
    const isClientsOwn = grant === 'client_credentials';
    const isCurrent = (): boolean => login === this.#current;
    /** A lock need not have kept the login from being replaced. */
    const check = (): void => {
      if (isCurrent()) return;
      throw new InvalidRequestError(
        'oauth2(): the login that this call was made in has ended meanwhile, by revoke() or ' +
          'another login',
      );
    };
    const refreshed = readRefreshOptions({
      load: async () => {
        check();
        return (await this.#load(login)) ?? (isClientsOwn ? null : undefined);
      },
      renew: (current, signal) => {
        check();
        return isClientsOwn
          ? clientCredentials(provider, this.#options, signal)
          : refreshTokens(provider, current, signal);
      },
      save: async (tokens, hold) => {
        check();
        await save?.(tokens, hold);
        login.tokens = tokens;
      },
      ...(keys && { apply: (request, tokens) => apply(keys, request, tokens) }),
      lock,
      renewals,
    });
    const canRenew = (): boolean =>
      isCurrent() && (isClientsOwn || login.tokens?.refreshToken !== undefined);
    const auth = renewing(
      refreshed,
      (request, response) => canRenew() && isUnauthorized(request, response),
    );
    const login: Login = { auth, tokens: first };
    return login;
  }
}

async function apply(keys: DpopKeys, request: SessionRequest, tokens: Tokens): Promise<void> {
  const { accessToken, tokenType } = tokens;
  if (accessToken === undefined) return;
  if (tokenType === 'dpop') await keys.sign(request, accessToken);
  else request.headers.set('authorization', `Bearer ${accessToken}`);
}
