import {
  DecodeError,
  InvalidRequestError,
  NetworkError,
  ResponseTooLargeError,
  type Tokens,
} from 'isosession';
import { oauth2, type OAuth2Options } from 'isosession/auth';
import { expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { redirectUri, useProvider } from './provider.ts';

const provider = await useProvider();

const spa = (options: Partial<OAuth2Options> = {}) =>
  oauth2({
    issuer: provider.issuer,
    clientId: 'spa',
    redirectUri,
    scope: 'openid offline_access',
    ...options,
  });

test.each([
  ['of another provider', (back: URL) => back.searchParams.set('iss', 'https://evil.test/')],
  ['that says nothing of its provider', (back: URL) => back.searchParams.delete('iss')],
  ['without a state', (back: URL) => back.searchParams.delete('state')],
  ['with two states', (back: URL) => back.searchParams.append('state', 'x')],
])('an answer %s is not taken, and its code is sent to nobody', async (_title, forge) => {
  const auth = spa();
  const { url, ...expected } = await auth.authorizationUrl();
  const back = new URL(await provider.logIn(url));
  expect(back.searchParams.get('iss')).toBe(provider.issuer);
  forge(back);
  provider.asked.length = 0;
  await rejection(auth.callback(back, expected), DecodeError);
  expect(provider.asked).toEqual([]);
});

test.each([
  ['another nonce', { nonce: 'another' }],
  ['no nonce', { nonce: undefined }],
])('an ID token is not taken where %s was asked for', async (_title, forged) => {
  let saved = 0;
  const auth = spa({ save: () => void saved++ });
  const { url, ...expected } = await auth.authorizationUrl();
  expect(url.searchParams.get('nonce')).toBe(expected.nonce);
  const back = await provider.logIn(url);
  await rejection(auth.callback(back, { ...expected, ...forged }), DecodeError);
  expect(saved).toBe(0);
});

test.each([null, {}, { state: 's' }, { codeVerifier: 'v' }])(
  'an answer that nobody has asked for is not taken: %j',
  async (expected) => {
    const back = `${redirectUri}?code=of-somebody-else&iss=${encodeURIComponent(provider.issuer)}`;
    const error = await rejection(spa().callback(back, expected as never), InvalidRequestError);
    expect(error.message).toContain('authorizationUrl()');
    expect(provider.asked).toEqual([]);
  },
);

test('a rotation whose answer was lost keeps the old tokens, which are then refused', async () => {
  let stored: Tokens | undefined;
  const auth = spa({ load: () => stored, save: (tokens) => void (stored = tokens) });
  const { url, ...expected } = await auth.authorizationUrl({ prompt: 'consent' });
  await auth.callback(await provider.logIn(url), expected);
  const old = stored;
  stored = { ...stored, accessToken: 'ended' };
  const api = open({ baseUrl: provider.api, auth: spa({ load: () => stored }) });
  provider.losesAnswers = true;
  await rejection(api.get('x'), NetworkError).finally(() => (provider.losesAnswers = false));
  expect(stored?.refreshToken).toBe(old?.refreshToken);
  const error = await rejection(api.get('x'), InvalidRequestError);
  expect(error.cause).toMatchObject({ error: 'invalid_grant' });
});

test('an answer of 10 MB is not read', async () => {
  provider.intercept = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"access_token":"${'x'.repeat(10 * 2 ** 20)}","token_type":"bearer"}`);
  };
  const load = () => ({ accessToken: 'a', refreshToken: 'r', expiresAt: 1 });
  for (const fetch of [undefined, globalThis.fetch]) {
    const api = open({ baseUrl: provider.api, auth: spa({ load, fetch }) });
    await rejection(api.get('x'), ResponseTooLargeError);
  }
});

test('a user who refuses a device is an error with the word of the provider', async () => {
  const auth = spa({ grant: 'device_code' });
  const login = await auth.device();
  await provider.refuse(new URL(login.verificationUriComplete as string));
  const error = await rejection(login.tokens, InvalidRequestError);
  expect(error.cause).toMatchObject({ error: 'access_denied' });
});
