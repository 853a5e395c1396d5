import {
  DecodeError,
  InvalidRequestError,
  NetworkError,
  type Session,
  TimeoutError,
  type Tokens,
} from 'isosession';
import { oauth2, type OAuth2Options } from 'isosession/auth';
import { describe, expect, test } from 'vitest';
import { inProcess, open, rejection, thrown } from '../../support/contract.ts';
import { answer, always, rawServer } from '../../support/raw-server.ts';
import { redirectUri, secret, useProvider } from './provider.ts';

const provider = await useProvider();

const robot = (options: Partial<OAuth2Options> = {}) =>
  oauth2({
    issuer: provider.issuer,
    clientId: 'basic',
    clientAuth: { secret },
    scope: 'read',
    ...options,
  });
const tokenRequests = () => provider.asked.filter(({ path }) => path === '/token');

test('a thousand 401s at once cause one renewal', { timeout: 60_000 }, async () => {
  const api = open({ baseUrl: provider.api, auth: robot() });
  await api.get('first').json();
  provider.expireAccess();
  provider.asked.length = 0;
  const responses = await Promise.all(Array.from({ length: 1000 }, (_, i) => api.get(`${i}`)));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  expect(tokenRequests()).toHaveLength(1);
});

describe('the old tokens are kept, and the error is typed, when the provider', () => {
  const old = { accessToken: 'old', refreshToken: 'canary-refresh', expiresAt: 1 };
  const fails = async (
    options: Partial<OAuth2Options>,
    type: abstract new (...args: never[]) => Error,
  ): Promise<Error> => {
    let stored: Tokens = old;
    const auth = oauth2({
      issuer: provider.issuer,
      clientId: 'spa',
      redirectUri,
      load: () => stored,
      save: (tokens) => void (stored = tokens),
      ...options,
    });
    const error = await rejection(open({ baseUrl: provider.api, auth }).get('x'), type);
    expect(stored).toBe(old);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('canary');
    return error;
  };

  test('is down', async () => {
    await fails({ issuer: 'http://127.0.0.1:1' }, NetworkError);
  });

  test('is slow', async () => {
    provider.intercept = () => {};
    const impatient = open({ timeout: { response: 100 } });
    await fails({ fetch: impatient.fetch }, TimeoutError);
  });

  test.each<[string, number, Record<string, string>, string]>([
    ['rubbish', 200, { 'content-type': 'text/html' }, '<p>canary'],
    ['broken JSON', 200, { 'content-type': 'application/json' }, '{"access_token": "canary'],
    ['no access token', 200, { 'content-type': 'application/json' }, '{"token_type":"bearer"}'],
    [
      'a token that no header can hold',
      200,
      { 'content-type': 'application/json' },
      '{"access_token":"canary\\n","token_type":"bearer"}',
    ],
    [
      'a type of token that nobody knows',
      200,
      { 'content-type': 'application/json' },
      '{"access_token":"canary","token_type":"mac"}',
    ],
    ['a page with 503', 503, { 'content-type': 'text/html' }, '<p>Down'],
  ])('answers %s', async (_title, status, headers, body) => {
    provider.intercept = (response) => void response.writeHead(status, headers).end(body);
    await fails({}, DecodeError);
  });

  test('refuses', async () => {
    const error = await fails({}, InvalidRequestError);
    expect(error.cause).toMatchObject({ error: 'invalid_grant', status: 400 });
  });

  test('does not know the client', async () => {
    const error = await fails({ clientId: 'nobody' }, InvalidRequestError);
    expect(error.cause).toMatchObject({ error: 'invalid_client' });
  });

  test('A6: redirects, which nobody follows', async () => {
    const seen: unknown[] = [];
    const other = await rawServer((socket) => {
      seen.push(socket);
      void always(answer('x'))(socket);
    });
    provider.intercept = (response) =>
      void response.writeHead(307, { location: `${other.origin}/token` }).end();
    await fails({}, DecodeError);
    await fails({ fetch: globalThis.fetch }, DecodeError);
    expect(seen).toEqual([]);
  });
});

test('a provider that was down is asked again by the next call', async () => {
  const api = open({ baseUrl: provider.api, auth: robot() });
  provider.intercept = (response) => void response.writeHead(500).end();
  await rejection(api.get('x'), DecodeError);
  provider.intercept = undefined;
  expect((await api.get('x')).status).toBe(200);
});

test('a session whose own fetch asks the provider does not wait for itself', async () => {
  const api: Session = open({
    baseUrl: provider.api,
    auth: robot({ fetch: (...call) => api.fetch(...call) }),
  });
  expect(await api.get('x').json()).toEqual({ user: 'basic' });
  expect(tokenRequests().map(({ headers }) => headers.authorization?.slice(0, 6))).toEqual([
    'Basic ',
  ]);
});

test("the provider gets nothing of the session's own", async () => {
  const api = open({
    auth: robot(),
    headers: { 'x-api-key': 'canary', authorization: 'canary' },
    searchParams: { key: 'canary' },
  });
  await api.cookies.set('a=canary', provider.issuer);
  expect((await api.get(`${provider.api}x`)).status).toBe(200);
  const asked = provider.asked.filter(({ path }) => !path.startsWith('/api/'));
  expect(asked.length).toBeGreaterThan(1);
  expect(JSON.stringify(asked)).not.toContain('canary');
});

test('an answer to a login is taken once, by who has asked', async () => {
  const auth = oauth2({
    issuer: provider.issuer,
    clientId: 'spa',
    redirectUri,
    scope: 'openid',
  });
  const { url, ...expected } = await auth.authorizationUrl();
  expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  const back = await provider.logIn(url);
  const forged = { ...expected, state: 'another' };
  await rejection(auth.callback(back, forged), DecodeError);
  const refused = new URL(back);
  refused.searchParams.delete('code');
  refused.searchParams.set('error', 'access_denied');
  const error = await rejection(auth.callback(refused, expected), InvalidRequestError);
  expect(error.cause).toMatchObject({ error: 'access_denied' });
  expect(await auth.callback(back, expected)).toMatchObject({ tokenType: 'bearer' });
  const twice = await rejection(auth.callback(back, expected), InvalidRequestError);
  expect(twice.cause).toMatchObject({ error: 'invalid_grant' });
});

test('without a refresh token a 401 is the answer, an end an error with the mend', async () => {
  const stored: { tokens?: Tokens } = {};
  const auth = oauth2({
    issuer: provider.issuer,
    clientId: 'spa',
    redirectUri,
    load: () => stored.tokens,
  });
  const api = open({ baseUrl: provider.api, auth });
  expect((await api.get('x')).status).toBe(401);
  stored.tokens = { accessToken: 'unknown' };
  expect((await api.get('x')).status).toBe(401);
  const ended = oauth2({
    issuer: provider.issuer,
    clientId: 'spa',
    redirectUri,
    load: () => ({ accessToken: 'a', expiresAt: 1 }),
  });
  const error = await rejection(
    open({ baseUrl: provider.api, auth: ended }).get('x'),
    InvalidRequestError,
  );
  expect(error.message).toContain('authorizationUrl()');
});

test('a device whose caller gives up is told', async () => {
  const auth = oauth2({ issuer: provider.issuer, clientId: 'spa', grant: 'device_code' });
  const controller = new AbortController();
  const login = await auth.device(controller.signal);
  controller.abort(new Error('enough'));
  await expect(login.tokens).rejects.toThrow('enough');
});

test('keys of DPoP are generated once, and outlive the Auth', async () => {
  let kept: CryptoKeyPair | undefined;
  let generated = 0;
  const dpop = {
    load: () => kept,
    save(keys: CryptoKeyPair) {
      generated++;
      kept = structuredClone(keys);
    },
  };
  for (let i = 0; i < 2; i++) {
    const auth = robot({ clientId: 'basic-dpop', dpop });
    const api = open({ baseUrl: provider.api, auth });
    const statuses = await Promise.all([1, 2, 3].map(async () => (await api.get('x')).status));
    expect(statuses).toEqual([200, 200, 200]);
  }
  expect([generated, kept?.privateKey.extractable]).toEqual([1, false]);
});

test.each<[Partial<Record<keyof OAuth2Options | 'clientID', unknown>>, string]>([
  [{ issuer: 'http://login.example.com/' }, 'https:'],
  [{ issuer: { issuer: 'http://login.example.com/' } }, 'https:'],
  [{ issuer: 'login.example.com' }, 'issuer'],
  [{ issuer: undefined }, 'issuer'],
  [{ clientId: '' }, 'clientId'],
  [{ clientAuth: { secret: '' } }, 'secret'],
  [{ clientAuth: 'canary' }, 'clientAuth'],
  [{ grant: 'password' }, 'grant'],
  [{ dpop: true }, 'dpop'],
  [{ clientID: 'x' }, 'clientId'],
  [{ lock: {} }, 'lock'],
])('%j is refused at once', (wrong, text) => {
  const options = { issuer: provider.issuer, clientId: 'spa', ...wrong };
  const error = thrown(() => oauth2(options as OAuth2Options), InvalidRequestError);
  expect(error.message).toContain(text);
  expect(error.message).not.toContain('canary');
});

test('an endpoint that is not https: is not asked', async () => {
  const transport = inProcess(() => new Response());
  const auth = oauth2({
    issuer: { issuer: 'https://login.test', token_endpoint: 'http://login.test/token' },
    clientId: 'x',
    clientAuth: { secret },
  });
  const session = open({ baseUrl: 'https://api.test/', transport, auth });
  const error = await rejection(session.get('x'), InvalidRequestError);
  expect(error.message).toContain('https:');
  expect(transport.seen).toEqual([]);
});
