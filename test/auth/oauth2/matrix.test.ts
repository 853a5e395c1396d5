import { bearer, InvalidRequestError, type Session, type Tokens } from 'isosession';
import { type OAuth2Options, oauth2 } from 'isosession/auth';
import { PrivateKeyJwt } from 'oauth4webapi';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { redirectUri, secret, useProvider } from './provider.ts';

const provider = await useProvider();

const generateKeys = () =>
  crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);

const clientAuths = { spa: undefined, basic: { secret }, post: { secret }, jwt: 'key' } as const;
type ClientName = keyof typeof clientAuths;

async function optionsOf(client: ClientName, isBound: boolean): Promise<OAuth2Options> {
  const given = clientAuths[client];
  const { token_endpoint_auth_methods_supported: _, ...server } = (await (
    await fetch(`${provider.issuer}/.well-known/openid-configuration`)
  ).json()) as { token_endpoint_auth_methods_supported: string[]; issuer: string };
  return {
    // A provider that takes secrets by POST alone says so.
    issuer:
      client === 'post'
        ? { ...server, token_endpoint_auth_methods_supported: ['client_secret_post'] }
        : provider.issuer,
    clientId: isBound ? `${client}-dpop` : client,
    clientAuth: given === 'key' ? PrivateKeyJwt(provider.key) : given,
    ...(isBound && { dpop: await generateKeys() }),
  };
}

/**
 * Tokens whose access has ended are renewed by a rotation; whoever uses the old ones then ends the
 * login for all.
 */
async function expectRotation({
  api,
  user,
  tokens,
  renewed,
  options,
}: {
  api: Session;
  user: string;
  tokens: Tokens;
  /** What was saved last. */
  renewed: () => Tokens | undefined;
  options: OAuth2Options;
}): Promise<void> {
  // Tokens of the same second as the end would be refused, too.
  await expect.poll(() => api.get('x').json(), { timeout: 5000, interval: 300 }).toEqual({ user });
  expect(renewed()?.refreshToken).not.toBe(tokens.refreshToken);
  expect(renewed()?.idToken).toEqual(expect.any(String));

  let stored: Tokens = { ...tokens, expiresAt: 1 };
  const thief = oauth2({
    ...options,
    load: () => stored,
    save: (news) => void (stored = news),
  });
  const error = await rejection(
    open({ baseUrl: provider.api, auth: thief }).get('x'),
    InvalidRequestError,
  );
  expect(error.cause).toMatchObject({ error: 'invalid_grant' });
  expect(stored).toEqual({ ...tokens, expiresAt: 1 });
  const ended = await rejection(api.get('x'), InvalidRequestError);
  expect(ended.cause).toMatchObject({ error: 'invalid_grant' });
  for (const text of [error, ended].map((one) => `${one.stack}${JSON.stringify(one)}`))
    expect(text).not.toContain(tokens.refreshToken);
}

const rows = (['spa', 'basic', 'post', 'jwt'] as const).flatMap((client) =>
  [false, true].map((isBound) => ({ client, isBound })),
);

describe.each(rows)('the client $client, DPoP: $isBound', ({ client, isBound }) => {
  const scheme = isBound ? 'DPoP' : 'Bearer';

  test('logs a user in, renews by rotation, is told of a token that was used twice', async () => {
    const saved: Tokens[] = [];
    const options = { ...(await optionsOf(client, isBound)), redirectUri };
    const auth = oauth2({
      ...options,
      scope: 'openid offline_access',
      save: (tokens) => void saved.push(tokens),
    });
    const api = open({ baseUrl: provider.api, auth });
    expect((await api.get('x')).status).toBe(401);
    const { url, ...expected } = await auth.authorizationUrl({ prompt: 'consent' });
    const tokens = await auth.callback(await provider.logIn(url), expected);
    expect(tokens).toMatchObject({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      idToken: expect.any(String),
      tokenType: scheme.toLowerCase(),
    });
    expect(await api.get('x').json()).toEqual({ user: 'ann' });
    expect((await api.get('moved')).url).toBe(`${provider.api}here`);

    provider.expireAccess();
    await expectRotation({ api, user: 'ann', tokens, renewed: () => saved.at(-1), options });
  });

  test('ends its tokens, and tells where to log out', async () => {
    const auth = oauth2({
      ...(await optionsOf(client, isBound)),
      scope: 'openid offline_access',
      redirectUri,
    });
    const { url, ...expected } = await auth.authorizationUrl({ prompt: 'consent' });
    const tokens = await auth.callback(await provider.logIn(url), expected);
    const logout = await auth.logoutUrl('http://127.0.0.1:1/callback');
    expect(logout?.pathname).toBe('/session/end');
    expect(Object.fromEntries(logout?.searchParams ?? [])).toEqual({
      client_id: isBound ? `${client}-dpop` : client,
      id_token_hint: tokens.idToken,
      post_logout_redirect_uri: 'http://127.0.0.1:1/callback',
    });
    await auth.revoke();
    const api = open({ baseUrl: provider.api, auth });
    expect((await api.get('x')).status).toBe(401);
    const stolen = open({ auth: bearer(tokens.accessToken as string) });
    expect((await stolen.get(`${provider.api}x`)).status).toBe(401);
  });
});

test.each(rows.filter(({ client }) => client !== 'spa'))(
  'the client $client, DPoP: $isBound, gets its own tokens before the first call, and others',
  async ({ client, isBound }) => {
    const auth = oauth2({ ...(await optionsOf(client, isBound)), scope: 'read' });
    const api = open({ baseUrl: provider.api, auth });
    provider.asked.length = 0;
    const users = await Promise.all(Array.from({ length: 20 }, () => api.get('x').json()));
    const clientId = isBound ? `${client}-dpop` : client;
    expect(users).toEqual(Array.from({ length: 20 }, () => ({ user: clientId })));
    const schemes = provider.asked
      .filter(({ path, status }) => path.startsWith('/api/') && status === 200)
      .map(({ headers }) => headers.authorization?.split(' ')[0]);
    expect(new Set(schemes)).toEqual(new Set([isBound ? 'DPoP' : 'Bearer']));
    // The first answer of a provider is the nonce that it wants.
    const grants = provider.asked.filter(({ path }) => path === '/token').map((_) => _.status);
    expect(grants).toEqual(isBound ? [400, 200] : [200]);
  },
);

test('each client logs a device in by a code that a user types elsewhere, and renews', async () => {
  const logins = await Promise.all(
    rows.map(async ({ client, isBound }) => {
      const saved: Tokens[] = [];
      const options: OAuth2Options = {
        ...(await optionsOf(client, isBound)),
        grant: 'device_code',
      };
      const auth = oauth2({
        ...options,
        scope: 'openid offline_access',
        save: (tokens) => void saved.push(tokens),
      });
      const login = await auth.device();
      expect(login).toMatchObject({
        userCode: expect.any(String),
        verificationUri: `${provider.issuer}/device`,
      });
      expect(login.expiresAt).toBeGreaterThan(Date.now());
      await provider.logIn(new URL(login.verificationUriComplete as string), 'bob');
      const tokens = await login.tokens;
      expect(tokens).toMatchObject({ tokenType: isBound ? 'dpop' : 'bearer' });
      const api = open({ baseUrl: provider.api, auth });
      expect(await api.get('x').json()).toEqual({ user: 'bob' });
      return { api, user: 'bob', tokens, renewed: () => saved.at(-1), options };
    }),
  );
  provider.expireAccess();
  for (const login of logins) await expectRotation(login);
});
