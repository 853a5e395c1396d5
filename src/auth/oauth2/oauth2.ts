import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { callOf } from '../../request/session-request.ts';
import type { Auth, Next, SessionRequest } from '../../types/middleware.ts';
import { type DeviceLogin, startDevice } from './device.ts';
import { DpopKeys } from './dpop-keys.ts';
import { endTokens, exchangeCode, type ExpectedCallback, scopePairs } from './grants.ts';
import { Logins } from './logins.ts';
import { type OAuth2Options, type OAuth2Tokens, readOAuth2 } from './options.ts';
import { endpointOf, Provider } from './provider.ts';

/** What one request for authorization has of its own. */
export interface AuthorizationOptions {
  /** Such as `login` or `none` (OpenID Connect Core, section 3.1.2.1). */
  prompt?: string | undefined;
  /** Who is likely to log in. */
  loginHint?: string | undefined;
  /** In the place of the `scope` of all. */
  scope?: string | undefined;
  /** Further ones, over those of all. */
  parameters?: Record<string, string> | undefined;
}

/** An `Auth` whose tokens come from an OAuth 2 provider, and what gets and ends them. */
export interface OAuth2 extends Auth {
  /**
   * Where to send a user to log in, with PKCE. Keep the other members until they come back, in the
   * session of a server or in `sessionStorage`.
   */
  authorizationUrl(options?: AuthorizationOptions): Promise<ExpectedCallback & { url: URL }>;
  /**
   * Takes the URL that a user has come back to, and keeps the tokens.
   *
   * @throws {InvalidRequestError} when the provider refuses, or the URL is no answer to `expected`.
   */
  callback(url: string | URL, expected: ExpectedCallback): Promise<OAuth2Tokens>;
  /** Asks for a code that a user types in elsewhere (RFC 8628). */
  device(signal?: AbortSignal): Promise<DeviceLogin>;
  /**
   * Ends the tokens at the provider (RFC 7009), if it can, and forgets them in any case: `save` is
   * given `{}`. Rejects when the provider could not be asked: there they may still hold.
   */
  revoke(): Promise<void>;
  /** Where a user logs out of the provider; `undefined` if it has no such place. */
  logoutUrl(returnTo?: string | URL): Promise<URL | undefined>;
}

/**
 * Tokens of an OAuth 2 or OpenID Connect provider: by the client's own credentials, by a user's
 * login with PKCE or by a device's code. They are renewed as `refresh()` does it, once for all who
 * wait, and are sent as bearer tokens or, with `dpop`, with a proof of possession. `oauth4webapi`
 * has to be installed, for `dpop` the package of that name, too.
 *
 * It belongs to one login: `callback()`, `device()` and `revoke()` put another one, or none, in its
 * place, after a renewal that is under way. Nothing is renewed for a call of the login before: its
 * 401 is the answer, or, where it waits for tokens, it rejects.
 * The provider's endpoints are asked without cookies, without following redirects, and within 30 s.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { oauth2 } from 'isosession/auth';
 *
 * const api = new Session({
 *   baseUrl: 'https://api.example.com/',
 *   auth: oauth2({
 *     issuer: 'https://login.example.com/',
 *     clientId: 'robot',
 *     clientAuth: { secret: 'of the robot' },
 *     scope: 'read',
 *   }),
 * });
 * ```
 *
 * @throws {InvalidRequestError} for an option that does not exist or has a wrong value; from a call
 * and from each method, when the provider refuses (its `cause` has the provider's `error`);
 * {@link DecodeError} when its answer is not what it should be, {@link NetworkError} and
 * {@link TimeoutError} when there is none, {@link UnsupportedError} for a package that is missing.
 * The old tokens are kept.
 */
export function oauth2(options: OAuth2Options): OAuth2 {
  const given = readOAuth2(options);
  const keys = given.dpop && new DpopKeys(given.dpop);
  const provider = new Provider(given, keys);
  const logins = new Logins(given, provider, keys);

  const redirectUri = (): string => {
    if (given.redirectUri !== undefined) return given.redirectUri;
    throw new InvalidRequestError('oauth2(): redirectUri is needed where users log in');
  };

  const auth = async (request: SessionRequest, next: Next): Promise<Response> => {
    provider.useSession(callOf(request).state);
    if (provider.isAsking(request.url)) return next(request);
    return logins.auth(request, keys ? (signed) => keys.proveAgain(signed, next) : next);
  };

  async function authorizationUrl(
    of: AuthorizationOptions = {},
  ): Promise<ExpectedCallback & { url: URL }> {
    const redirect = redirectUri();
    return provider.run('the request for authorization', async ({ oauth, server, options }) => {
      const url = endpointOf(server.authorization_endpoint, 'authorization_endpoint');
      const codeVerifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      const scope = of.scope ?? given.scope;
      const nonce = scope?.split(' ').includes('openid') ? oauth.generateRandomNonce() : undefined;
      const pairs: [string, string | undefined][] = [
        ['client_id', given.clientId],
        ['redirect_uri', redirect],
        ['response_type', 'code'],
        ['state', state],
        ['code_challenge', await oauth.calculatePKCECodeChallenge(codeVerifier)],
        ['code_challenge_method', 'S256'],
        ['nonce', nonce],
        ['prompt', of.prompt],
        ['login_hint', of.loginHint],
        ['dpop_jkt', await options.DPoP?.calculateThumbprint()],
        ...Object.entries({ ...given.parameters, ...of.parameters }),
      ];
      for (const [name, value] of pairs) if (value !== undefined) url.searchParams.set(name, value);
      for (const [name, value] of scopePairs({ ...given, scope }))
        url.searchParams.append(name, value);
      return { url, state, codeVerifier, ...(nonce !== undefined && { nonce }) };
    });
  }

  async function callback(url: string | URL, expected: ExpectedCallback): Promise<OAuth2Tokens> {
    // Without them nobody here has begun this login.
    if (typeof expected?.state !== 'string' || typeof expected.codeVerifier !== 'string')
      throw new InvalidRequestError(
        'oauth2(): callback() takes state and codeVerifier as authorizationUrl() gave them',
      );
    const parts = {
      url: new URL(url, redirectUri()),
      redirectUri: redirectUri(),
      resources: new URLSearchParams(scopePairs({ ...given, scope: undefined })),
    };
    const what = 'the login';
    return logins.replace(
      await provider.run(what, (context) => exchangeCode(context, parts, expected)),
    );
  }

  const revoke = (): Promise<void> => logins.forget((tokens) => endTokens(provider, tokens));

  function logoutUrl(returnTo?: string | URL): Promise<URL | undefined> {
    return provider.run('the logout', async ({ server }) => {
      if (server.end_session_endpoint === undefined) return undefined;
      const url = endpointOf(server.end_session_endpoint, 'end_session_endpoint');
      const { idToken } = (await logins.load()) ?? {};
      url.searchParams.set('client_id', given.clientId);
      if (idToken !== undefined) url.searchParams.set('id_token_hint', idToken);
      if (returnTo !== undefined)
        url.searchParams.set('post_logout_redirect_uri', String(returnTo));
      return url;
    });
  }

  const device = (signal?: AbortSignal): Promise<DeviceLogin> =>
    startDevice(provider, given, {
      keep: (tokens) => logins.replace(tokens),
      ...(signal && { signal }),
    });

  return Object.assign(auth, { authorizationUrl, callback, device, revoke, logoutUrl });
}
