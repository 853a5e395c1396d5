/** openid-client over `session.fetch`, and its tokens as the auth of a session. */
import { NetworkError, refresh, Session, type Tokens } from 'isosession';
import * as client from 'openid-client';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { redirectUri, secret, startProvider, type TestProvider } from '../auth/oauth2/provider.ts';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => void (provider.asked.length = 0));

const paths = (): string[] => provider.asked.map(({ method, path }) => `${method} ${path}`);

/** What a session finds out about the provider. */
async function discover(id: string, auth: client.ClientAuth) {
  const session = new Session();
  onTestFinished(() => session.close());
  const config = await client.discovery(new URL(provider.issuer), id, undefined, auth, {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: session.fetch,
  });
  return { session, config };
}

const toTokens = (answer: client.TokenEndpointResponse): Tokens => ({
  accessToken: answer.access_token,
  ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
});

test('a service gets its token by the session, and asks by it', async () => {
  const { session, config } = await discover('basic', client.ClientSecretBasic(secret));
  const api = session.extend({
    baseUrl: provider.api,
    auth: refresh({
      load: () => undefined,
      renew: async () => toTokens(await client.clientCredentialsGrant(config, { scope: 'read' })),
    }),
  });
  const answers = await Promise.all(['a', 'b', 'c'].map((path) => api.get(path).json()));
  expect(answers).toEqual(Array(3).fill({ user: 'basic' }));
  expect(paths().filter((path) => path === 'POST /token')).toHaveLength(1);
});

test('a login by PKCE, whose tokens are renewed once for all calls that wait', async () => {
  const { session, config } = await discover('spa', client.None());
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid offline_access read',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  });
  const back = new URL(await provider.logIn(url));
  const checks = { pkceCodeVerifier, expectedState };
  const login = await client.authorizationCodeGrant(config, back, checks);
  expect(login.claims()?.sub).toBe('ann');

  let tokens = toTokens(login);
  const api = session.extend({
    baseUrl: provider.api,
    auth: refresh({
      load: () => tokens,
      renew: async (current) =>
        toTokens(await client.refreshTokenGrant(config, current?.refreshToken ?? '')),
      save: (renewed) => void (tokens = renewed),
    }),
  });
  expect(await api.get('a').json()).toEqual({ user: 'ann' });
  provider.expireAccess();
  provider.asked.length = 0;
  const answers = await Promise.all(['a', 'b', 'c'].map((path) => api.get(path).json()));
  expect(answers).toEqual(Array(3).fill({ user: 'ann' }));
  expect(paths().filter((path) => path === 'POST /token')).toHaveLength(1);
});

test('a refusal is its own error, and a failed network has the cause of the session', async () => {
  const { config } = await discover('post', client.ClientSecretPost('wrong'));
  const refused: unknown = await client.clientCredentialsGrant(config).catch((reason) => reason);
  expect(refused).toBeInstanceOf(client.ResponseBodyError);
  expect(refused).toHaveProperty('error', 'invalid_client');

  const session = new Session({ retry: 0 });
  const lost = await client
    .discovery(new URL('http://127.0.0.1:1/'), 'basic', undefined, undefined, {
      execute: [client.allowInsecureRequests],
      [client.customFetch]: session.fetch,
    })
    .catch((reason: unknown) => reason);
  const causes: unknown[] = [];
  for (let at = lost; at instanceof Error; at = at.cause) causes.push(at);
  expect(causes.some((cause) => NetworkError.is(cause))).toBe(true);
});

test('what its deadline ends is a TimeoutError', async () => {
  const { config } = await discover('basic', client.ClientSecretBasic(secret));
  provider.intercept = () => undefined;
  onTestFinished(() => void (provider.intercept = undefined));
  config.timeout = 0.2;
  const late: unknown = await client.clientCredentialsGrant(config).catch((reason) => reason);
  expect(late).toHaveProperty('code', 'OAUTH_TIMEOUT');
});
