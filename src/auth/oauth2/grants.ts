/** How tokens come from a provider: by each grant, and out of its answer. */
import type * as OAuth from 'oauth4webapi';
import { DecodeError } from '../../errors/decode-error.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { isVisible } from '../../request/credentials.ts';
import type { OAuth2Tokens, ReadOAuth2 } from './options.ts';
import type { Context, Provider } from './provider.ts';

/** What `authorizationUrl()` gives, to be kept until the user comes back. */
export interface ExpectedCallback {
  /** Ties the answer to the browser that has asked. */
  readonly state: string;
  /** Proves who has asked (RFC 7636). */
  readonly codeVerifier: string;
  /** Ties the ID token to the request, where `openid` is in the scope. */
  readonly nonce?: string | undefined;
}

/** The pairs of a `scope` and a `resource`. */
export function scopePairs({ scope, resource }: ReadOAuth2): [string, string][] {
  const resources = resource === undefined ? [] : [resource].flat();
  return [
    ...(scope === undefined ? [] : [['scope', scope] satisfies [string, string]]),
    ...resources.map((value): [string, string] => ['resource', value]),
  ];
}

/** The tokens of an answer; what it leaves out stays as it was. */
export function toTokens(
  answer: OAuth.TokenEndpointResponse,
  current: OAuth2Tokens | undefined,
): OAuth2Tokens {
  const { access_token, refresh_token, expires_in, id_token, token_type, scope } = answer;
  if (!isVisible(access_token))
    throw new DecodeError('oauth2(): the access token of the provider must be visible ASCII');
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? current?.refreshToken,
    expiresAt: expires_in === undefined ? undefined : Date.now() + expires_in * 1000,
    idToken: id_token ?? current?.idToken,
    tokenType: token_type,
    scope: scope ?? current?.scope,
  };
}

/** The parameters of a request that begins a grant: scope, resources, and the caller's own. */
export function requestParameters(options: ReadOAuth2): [string, string][] {
  return [...scopePairs(options), ...Object.entries(options.parameters ?? {})];
}

/** The client's own tokens (RFC 6749, section 4.4). */
export function clientCredentials(
  provider: Provider,
  options: ReadOAuth2,
  signal: AbortSignal,
): Promise<OAuth2Tokens> {
  const parameters = requestParameters(options);
  return provider.run(
    'the request for tokens',
    async ({ oauth, server, client, auth, options: init }) => {
      const response = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        auth,
        parameters,
        init,
      );
      return toTokens(
        await oauth.processClientCredentialsResponse(server, client, response),
        undefined,
      );
    },
    signal,
  );
}

/** Further tokens for a refresh token (RFC 6749, section 6). */
export function refreshTokens(
  provider: Provider,
  current: OAuth2Tokens | undefined,
  signal: AbortSignal,
): Promise<OAuth2Tokens> {
  const { refreshToken } = current ?? {};
  if (refreshToken === undefined)
    throw new InvalidRequestError(
      'oauth2(): the access token has ended, and there is no refresh token: log in again, by ' +
        'authorizationUrl() or device()',
    );
  return provider.run(
    'the renewal of tokens',
    async ({ oauth, server, client, auth, options }) => {
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        auth,
        refreshToken,
        options,
      );
      return toTokens(await oauth.processRefreshTokenResponse(server, client, response), current);
    },
    signal,
  );
}

/** Tokens for the code that a user has come back with (RFC 6749, section 4.1.3). */
export async function exchangeCode(
  { oauth, server, client, auth, options: init }: Context,
  { url, redirectUri, resources }: { url: URL; redirectUri: string; resources: URLSearchParams },
  { state, codeVerifier, nonce }: ExpectedCallback,
): Promise<OAuth2Tokens> {
  const parameters = oauth.validateAuthResponse(server, client, url, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    auth,
    parameters,
    redirectUri,
    codeVerifier,
    { ...init, additionalParameters: resources },
  );
  const expected = nonce === undefined ? {} : { expectedNonce: nonce, requireIdToken: true };
  return toTokens(
    await oauth.processAuthorizationCodeResponse(server, client, response, expected),
    undefined,
  );
}

/** Ends tokens at the provider (RFC 7009), each of them whatever becomes of the other. */
export function endTokens(provider: Provider, tokens: OAuth2Tokens): Promise<void> {
  const { refreshToken, accessToken } = tokens;
  return provider.run('the revocation', async ({ oauth, server, client, auth, options }) => {
    if (server.revocation_endpoint === undefined) return;
    const failures: unknown[] = [];
    for (const token of [refreshToken, accessToken]) {
      if (token === undefined) continue;
      try {
        const response = await oauth.revocationRequest(server, client, auth, token, options);
        await oauth.processRevocationResponse(response);
      } catch (error) {
        // The RFC's section 2.2.1: it has no such endings.
        const isUnknown =
          error instanceof oauth.ResponseBodyError && error.error === 'unsupported_token_type';
        if (!isUnknown) failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  });
}
