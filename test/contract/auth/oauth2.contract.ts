import { DecodeError, InvalidRequestError } from 'isosession';
import { oauth2, type OAuth2Options } from 'isosession/auth';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { inProcess, open, rejection } from '../../support/contract.ts';

const server = {
  issuer: 'https://login.test',
  authorization_endpoint: 'https://login.test/authorize',
  token_endpoint: 'https://login.test/token',
  revocation_endpoint: 'https://login.test/revoke',
  end_session_endpoint: 'https://login.test/logout',
};
const redirectUri = 'https://app.test/callback';

/** A provider and a resource, whose tokens are good until the next one is given. */
function startNetwork(scheme: 'bearer' | 'dpop') {
  let given = 0;
  const asked: { path: string; body: string; authorization: string | null }[] = [];
  const transport = inProcess(({ url, headers, body }) => {
    const authorization = headers.get('authorization');
    asked.push({ path: url.host + url.pathname, body: String(body ?? ''), authorization });
    if (url.host === 'api.test') {
      const token = authorization?.split(' ')[1];
      const isGood = token === `token-${given}` && (scheme === 'bearer' || headers.has('dpop'));
      return new Response(null, { status: isGood ? 200 : 401 });
    }
    if (url.pathname === '/revoke') return new Response();
    given++;
    return Response.json({
      access_token: `token-${given}`,
      refresh_token: `refresh-${given}`,
      token_type: scheme,
    });
  });
  return {
    asked,
    /** The grants that were asked for. */
    grants: () =>
      asked
        .filter(({ path }) => path === 'login.test/token')
        .map(({ body }) => new URLSearchParams(body).get('grant_type')),
    expire: () => void given++,
    session: (options: Partial<OAuth2Options>) => {
      const auth = oauth2({ issuer: server, clientId: 'app', ...options });
      return { auth, api: open({ baseUrl: 'https://api.test/', transport, auth, retry: 0 }) };
    },
  };
}

const keys = () =>
  crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);

describe.each(['bearer', 'dpop'] as const)('tokens of the type %s', (scheme) => {
  const bound = async () => (scheme === 'dpop' ? { dpop: await keys() } : {});

  test("a client's own are got before the first call, and renewed once for all calls", async () => {
    const network = startNetwork(scheme);
    const { api } = network.session({ clientAuth: { secret: 'of it' }, ...(await bound()) });
    expect((await api.get('x')).status).toBe(200);
    network.expire();
    const calls = await Promise.all(Array.from({ length: 20 }, () => api.get('x')));
    expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([200]));
    expect(network.grants()).toEqual(['client_credentials', 'client_credentials']);
  });

  test('a user logs in, is renewed, logs out, and the URL is taken for one login', async () => {
    const network = startNetwork(scheme);
    const { auth, api } = network.session({ redirectUri, scope: 'read', ...(await bound()) });
    expect((await api.get('x')).status).toBe(401);
    const { url, ...expected } = await auth.authorizationUrl({ loginHint: 'ann' });
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'app',
      code_challenge_method: 'S256',
      state: expected.state,
      login_hint: 'ann',
      scope: 'read',
    });
    const back = `${redirectUri}?code=c&state=${expected.state}`;
    await rejection(auth.callback(back, { ...expected, state: 'another' }), DecodeError);
    await auth.callback(back, expected);
    expect((await api.get('x')).status).toBe(200);
    network.expire();
    expect((await api.get('x')).status).toBe(200);
    expect(network.grants()).toEqual(['authorization_code', 'refresh_token']);
    await auth.revoke();
    expect((await api.get('x')).status).toBe(401);
    const logout = await auth.logoutUrl(redirectUri);
    expect(logout?.href).toContain('https://login.test/logout?client_id=app');
  });
});

test('A6: a provider that redirects is followed nowhere', async () => {
  const transport = inProcess(
    () => new Response(null, { status: 307, headers: { location: 'https://evil.test/token' } }),
  );
  const auth = oauth2({ issuer: server, clientId: 'app', clientAuth: { secret: 'canary' } });
  const api = open({ baseUrl: 'https://api.test/', transport, auth, retry: 0 });
  const { message } = await rejection(api.get('x'), DecodeError);
  expect(message).not.toContain('canary');
  expect(transport.seen.map(({ url }) => url.host)).toEqual(['login.test']);
});

test.each([
  ['OpenID Connect', '/tenant/.well-known/openid-configuration'],
  ['RFC 8414', '/.well-known/oauth-authorization-server/tenant'],
])('a provider is found once by its URL: %s', async (_title, path) => {
  const issuer = 'https://login.test/tenant';
  const transport = inProcess(({ url }) => {
    if (url.host === 'api.test') return new Response();
    if (url.pathname === '/token') return agreed();
    return url.pathname === path
      ? Response.json({ ...server, issuer })
      : new Response(null, { status: 404 });
  });
  const auth = oauth2({ issuer, clientId: 'app', clientAuth: { secret: 's' } });
  const api = open({ baseUrl: 'https://api.test/', transport, auth, retry: 0 });
  await Promise.all([api.get('x'), api.get('y')]);
  const asked = transport.seen.map(({ url }) => url.host + url.pathname);
  const first = 'login.test/tenant/.well-known/openid-configuration';
  expect(asked.slice(0, -2)).toEqual([
    ...new Set([first, `login.test${path}`]),
    'login.test/token',
  ]);
});

test('A6: a provider that says that it is another one gets no secret', async () => {
  const transport = inProcess(() => Response.json({ ...server, issuer: 'https://evil.test' }));
  const auth = oauth2({ issuer: server.issuer, clientId: 'app', clientAuth: { secret: 'canary' } });
  const api = open({ baseUrl: 'https://api.test/', transport, auth, retry: 0 });
  await rejection(api.get('x'), DecodeError);
  expect(transport.seen.map(({ url }) => url.pathname)).toEqual([
    '/.well-known/openid-configuration',
  ]);
});

/** A provider of device codes, whose answers to the requests for tokens are these, in turn. */
function startDevices(code: object, answers: (() => Response)[]) {
  let asked = 0;
  const transport = inProcess(({ url }) =>
    url.pathname === '/device'
      ? Response.json({
          device_code: 'd',
          user_code: 'u',
          verification_uri: 'https://login.test/code',
          ...code,
        })
      : (answers[Math.min(asked++, answers.length - 1)]?.() ?? new Response()),
  );
  const auth = oauth2({
    issuer: { ...server, device_authorization_endpoint: 'https://login.test/device' },
    clientId: 'app',
    grant: 'device_code',
    fetch: open({ transport, retry: 0 }).fetch,
  });
  return { auth, asked: () => asked };
}
const pending = () => Response.json({ error: 'authorization_pending' }, { status: 400 });
const agreed = () => Response.json({ access_token: 'a', token_type: 'bearer' });

test('a device goes on asking where the provider could not be reached', async () => {
  const fail = (): never => {
    throw new TypeError('The network is down.');
  };
  const code = { expires_in: 60, interval: 0.01 };
  const { auth, asked } = startDevices(code, [pending, fail, fail, pending, agreed]);
  const { tokens, userCode } = await auth.device();
  expect([userCode, (await tokens).accessToken, asked()]).toEqual(['u', 'a', 5]);
});

test('an interval beyond the end of its code ends with it, and asks nothing', async () => {
  const { auth, asked } = startDevices({ expires_in: 0.05, interval: 1e12 }, [agreed]);
  const { tokens } = await auth.device();
  const { message } = await rejection(tokens, InvalidRequestError);
  expect([message, asked()]).toEqual([expect.stringContaining('has ended'), 0]);
});

test('the end of a code is its end, by whatever clock', async () => {
  const { auth, asked } = startDevices({ expires_in: 0.05, interval: 1 }, [agreed]);
  // As for a timer that fires before its time.
  const clocks = [Date, performance].map((clock) =>
    vi.spyOn(clock, 'now').mockReturnValue(clock.now()),
  );
  onTestFinished(() => clocks.forEach((clock) => clock.mockRestore()));
  const { tokens } = await auth.device();
  const { message } = await rejection(tokens, InvalidRequestError);
  expect([message, asked()]).toEqual([expect.stringContaining('has ended'), 0]);
});

test('an option that does not exist is refused', () => {
  const options = { issuer: server, clientID: 'x' } as unknown as OAuth2Options;
  expect(() => oauth2(options)).toThrow(InvalidRequestError);
});
