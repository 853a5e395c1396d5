/**
 * A real provider of OpenID Connect on loopback, with a resource beside it: refresh tokens rotate,
 * and one that is used twice ends its login.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Session } from 'isosession';
import { calculateJwkThumbprint, EmbeddedJWK, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import type { ClientMetadata } from 'oidc-provider';
import { afterAll, beforeEach, vi } from 'vitest';
import { readForms } from '../../../src/auth/form-login/read-forms.ts';

/** What a request to the provider or the resource was. */
export interface Asked {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  status: number;
}

/** A running provider. */
export interface TestProvider {
  readonly issuer: string;
  /** Of the resource, which tells who is asking; each path below it does. */
  readonly api: string;
  readonly asked: Asked[];
  /** The private key of the client `jwt`. */
  readonly key: CryptoKey;
  /** Answers the next requests for tokens in place of the provider. */
  intercept: ((response: ServerResponse) => void) | undefined;
  /** Cuts the connection once the provider has answered a request for tokens. */
  losesAnswers: boolean;
  /** Ends every access token that it has accepted. */
  expireAccess(): void;
  /** Lets a user log in and agree, and gives the URL that they come back to. */
  logIn(url: URL, user?: string): Promise<string>;
  /** Lets a user refuse what a device asks for. */
  refuse(url: URL): Promise<void>;
  close(): Promise<void>;
}

export const redirectUri = 'http://127.0.0.1:1/callback';
export const secret = 'of+the client &%=:';

/** Starts one for all tests of a file, each of which finds it as it was at first. */
export async function useProvider(): Promise<TestProvider> {
  const provider = await startProvider();
  afterAll(() => provider.close());
  beforeEach(() => {
    provider.intercept = undefined;
    provider.losesAnswers = false;
    provider.asked.length = 0;
  });
  return provider;
}

/** Starts it; the clients are `spa`, `basic`, `post` and `jwt`, each also with `-dpop`. */
export async function startProvider(redirectUris = [redirectUri]): Promise<TestProvider> {
  // It tells each time that it is not set up for the world.
  for (const method of ['info', 'warn'] as const) vi.spyOn(console, method).mockReturnValue();
  const { Provider } = await import('oidc-provider');
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] };
  const methods: Record<string, Partial<ClientMetadata>> = {
    spa: { token_endpoint_auth_method: 'none' },
    basic: { token_endpoint_auth_method: 'client_secret_basic', client_secret: secret },
    post: { token_endpoint_auth_method: 'client_secret_post', client_secret: secret },
    jwt: { token_endpoint_auth_method: 'private_key_jwt', jwks },
  };
  const clients = Object.entries(methods).flatMap(([id, method]) =>
    [false, true].map((isBound): ClientMetadata => ({
      client_id: isBound ? `${id}-dpop` : id,
      dpop_bound_access_tokens: isBound,
      redirect_uris: redirectUris,
      post_logout_redirect_uris: redirectUris,
      response_types: ['code'],
      grant_types: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
        ...(id === 'spa' ? [] : ['client_credentials']),
      ],
      scope: 'openid offline_access read',
      ...method,
    })),
  );

  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients,
    cookies: { keys: ['for tests'] },
    scopes: ['openid', 'offline_access', 'read'],
    clientBasedCORS: () => true,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    },
    ttl: { AccessToken: 3600, ClientCredentials: 3600 },
  });
  const answerProvider = provider.callback();
  const asked: Asked[] = [];
  const accepted = new Set<string>();
  const ended = new Set<string>();
  const nonce = randomBytes(9).toString('base64url');

  /** Who is asking, or why they are not told. */
  async function judge(request: IncomingMessage): Promise<string | { refused: string }> {
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
    const found =
      (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
    if (!found || ended.has(token)) return { refused: 'Bearer error="invalid_token"' };
    accepted.add(token);
    if (!found.jkt) return scheme === 'Bearer' ? owner(found) : { refused: 'Bearer' };
    const proof = String(request.headers.dpop);
    const verified = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' }).catch(
      () => undefined,
    );
    if (!verified || scheme !== 'DPoP') return { refused: 'DPoP error="invalid_dpop_proof"' };
    const { payload, protectedHeader } = verified;
    const path = (request.url ?? '').split('?')[0];
    const isRight =
      payload['htm'] === request.method &&
      payload['htu'] === issuer + path &&
      payload['ath'] === createHash('sha256').update(token).digest('base64url') &&
      found.jkt === (await calculateJwkThumbprint(protectedHeader.jwk as object));
    if (!isRight) return { refused: 'DPoP error="invalid_dpop_proof"' };
    if (payload['nonce'] !== nonce) return { refused: 'DPoP error="use_dpop_nonce"' };
    return owner(found);
  }
  const owner = (token: { accountId?: string; clientId?: string | undefined }) =>
    token.accountId ?? token.clientId ?? '';

  async function answerApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'authorization, dpop');
    response.setHeader('access-control-expose-headers', 'dpop-nonce, www-authenticate');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    if (request.url === '/api/moved') {
      response.writeHead(302, { location: '/api/here' }).end();
      return;
    }
    const verdict = await judge(request);
    response.setHeader('dpop-nonce', nonce);
    if (typeof verdict === 'string') return void response.end(JSON.stringify({ user: verdict }));
    response.writeHead(401, { 'www-authenticate': verdict.refused }).end();
  }

  const test: TestProvider = {
    issuer,
    api: `${issuer}/api/`,
    asked,
    key: privateKey,
    intercept: undefined,
    losesAnswers: false,
    expireAccess: () => {
      for (const token of accepted) ended.add(token);
    },
    logIn,
    refuse,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { url: path = '', method = '', headers } = request;
    const entry: Asked = { path, method, headers, status: 0 };
    asked.push(entry);
    response.once('close', () => (entry.status = response.statusCode));
    if (path.startsWith('/api/')) return void answerApi(request, response);
    if (test.losesAnswers && path === '/token') response.end = () => response.destroy();
    if (test.intercept && path === '/token') return test.intercept(response);
    void answerProvider(request, response);
  });
  return test;
}

/** As a user with a browser would: each form of the provider's is sent on. */
async function logIn(url: URL, user = 'ann'): Promise<string> {
  const browser = new Session({ trustEnv: false });
  try {
    let response = await browser.get(url, { redirect: 'manual' });
    for (let step = 0; step < 12; step++) {
      const location = response.headers.get('location');
      if (location !== null) {
        const next = new URL(location, response.url);
        if (next.port === '1') return next.href;
        response = await browser.get(next, { redirect: 'manual' });
        continue;
      }
      const [form] = await readForms(await response.text(), new URL(response.url));
      if (!form) return response.url;
      const typed = 'login' in form.fields ? { login: user, password: 'any' } : {};
      response = await browser.post(form.action, {
        form: { ...form.fields, ...typed },
        redirect: 'manual',
      });
    }
    throw new Error(`The login does not end: ${response.url}`);
  } finally {
    await browser.close();
  }
}

/** As a user with a browser would, who presses the button that aborts. */
async function refuse(url: URL): Promise<void> {
  const browser = new Session({ trustEnv: false });
  try {
    const page = await browser.get(url);
    const [form] = await readForms(await page.text(), new URL(page.url));
    if (!form) throw new Error('There is no form.');
    await browser.post(form.action, { form: { ...form.fields, abort: 'yes' } });
  } finally {
    await browser.close();
  }
}
