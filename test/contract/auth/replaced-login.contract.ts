import { InvalidRequestError, type Lock, NetworkError, type Tokens } from 'isosession';
import { oauth2, type OAuth2Options } from 'isosession/auth';
import { expect, test } from 'vitest';
import { deferred, inProcess, open, rejection } from '../../support/contract.ts';

const server = {
  issuer: 'https://login.test',
  authorization_endpoint: 'https://login.test/authorize',
  token_endpoint: 'https://login.test/token',
  revocation_endpoint: 'https://login.test/revoke',
};
const redirectUri = 'https://app.test/callback';

type Answer = (body: URLSearchParams) => Response | undefined | Promise<Response | undefined>;

/** Ann is logged in, at a provider whose answers a test may hold back or replace. */
async function logIn(options: Partial<OAuth2Options> = {}) {
  const users = ['robot', 'ann', 'bob'];
  let [logins, given] = [0, 0];
  /** The tokens that the resource takes. */
  const good = new Set<string | null>();
  const saved: Tokens[] = [];
  const asked: string[] = [];
  const sent: (string | null)[] = [];
  const answers: { renewal?: Answer; revocation?: Answer } = {};
  const transport = inProcess(async ({ url, headers, body }) => {
    if (url.host === 'api.test') {
      const authorization = headers.get('authorization');
      sent.push(authorization);
      return new Response(null, { status: good.has(authorization) ? 200 : 401 });
    }
    const parameters = new URLSearchParams(String(body));
    const grant = parameters.get('grant_type');
    asked.push(grant ?? `revoke ${parameters.get('token')}`);
    const answer = grant === null ? answers.revocation : answers.renewal;
    const other = grant === 'authorization_code' ? undefined : await answer?.(parameters);
    if (other) return other;
    if (grant === null) return new Response();
    if (grant === 'authorization_code') logins++;
    const [, user = users[logins]] = parameters.get('refresh_token')?.split('-') ?? [];
    const own = `${user}-${++given}`;
    good.add(`Bearer access-${own}`);
    return Response.json({
      access_token: `access-${own}`,
      refresh_token: `refresh-${own}`,
      token_type: 'bearer',
    });
  });
  const auth = oauth2({
    issuer: server,
    clientId: 'app',
    redirectUri,
    load: () => saved.at(-1),
    save: (tokens) => void saved.push(tokens),
    ...options,
  });
  const api = open({ baseUrl: 'https://api.test/', transport, auth, retry: 0 });
  /** Somebody logs in. */
  const enter = async () => {
    const { url, ...expected } = await auth.authorizationUrl();
    await auth.callback(`${redirectUri}?code=c&state=${url.searchParams.get('state')}`, expected);
  };
  // From now on the session carries the calls to the provider.
  await api.get('nobody');
  await enter();
  expect((await api.get('first')).status).toBe(200);
  sent.length = asked.length = 0;
  return {
    auth,
    api,
    enter,
    asked,
    sent,
    saved,
    answers,
    expire: () => good.clear(),
    /** Holds the next answers of a kind back; `begun` when one is being asked for. */
    hold(kind: keyof typeof answers) {
      const begun = deferred();
      const goOn = deferred();
      answers[kind] = async () => {
        begun.resolve();
        await goOn.promise;
        return undefined;
      };
      return { begun: begun.promise, goOn: goOn.resolve };
    },
  };
}

test('A14: a renewal under way when its user logs out does not log them in again', async () => {
  const { auth, api, asked, sent, saved, expire, hold } = await logIn();
  expire();
  const renewal = hold('renewal');
  const call = api.get('x');
  await renewal.begun;
  const loggedOut = auth.revoke();
  renewal.goOn();
  await Promise.all([call, loggedOut]);
  expect(saved.at(-1)).toEqual({});
  // What has come of the renewal is ended, too.
  expect(asked).toEqual(['refresh_token', 'revoke refresh-ann-2', 'revoke access-ann-2']);
  sent.length = 0;
  expect((await api.get('x')).status).toBe(401);
  expect(sent).toEqual([null]);
});

test('A14: a renewal under way when another user logs in does not undo that', async () => {
  const { api, enter, sent, saved, expire, hold } = await logIn();
  expire();
  const renewal = hold('renewal');
  const call = api.get('x');
  await renewal.begun;
  const entered = enter();
  // Longer than it takes who does not wait for the renewal.
  await Promise.race([entered, new Promise((resolve) => setTimeout(resolve, 100))]);
  renewal.goOn();
  await Promise.all([call, entered]);
  expect(saved.at(-1)?.refreshToken).toContain('bob');
  sent.length = 0;
  expect((await api.get('x')).status).toBe(200);
  expect(sent).toEqual([expect.stringContaining('bob')]);
});

test('A14: a renewal that waits for a logout is none: nothing is asked, nothing sent', async () => {
  const { auth, api, asked, sent, saved, expire, hold } = await logIn();
  expire();
  const revocation = hold('revocation');
  const loggedOut = auth.revoke();
  await revocation.begun;
  const call = rejection(api.get('x'), InvalidRequestError);
  await expect.poll(() => sent.length).toBe(1);
  revocation.goOn();
  await loggedOut;
  expect((await call).message).toContain('login');
  expect([asked, sent, saved.at(-1)]).toEqual([
    ['revoke refresh-ann-1', 'revoke access-ann-1'],
    ['Bearer access-ann-1'],
    {},
  ]);
});

test('A14: with a lock that locks nothing, what was renewed too late is not kept', async () => {
  const lock: Lock = { run: (_, task) => task(new AbortController().signal, 1) };
  const { auth, api, saved, expire, hold } = await logIn({ lock });
  expire();
  const renewal = hold('renewal');
  const call = rejection(api.get('x'), InvalidRequestError);
  await renewal.begun;
  await auth.revoke();
  renewal.goOn();
  expect((await call).message).toContain('login');
  expect(saved.at(-1)).toEqual({});
});

test('a 401 of the login before is the answer', async () => {
  const held = deferred();
  const { auth, api, asked, saved, expire } = await logIn();
  const begun = deferred();
  const call = api.get('x', {
    auth: (request, next) =>
      auth(request, async (signed) => {
        begun.resolve();
        await held.promise;
        return next(signed);
      }),
  });
  await begun.promise;
  await auth.revoke();
  expire();
  asked.length = 0;
  held.resolve();
  expect((await call).status).toBe(401);
  expect([asked, saved.at(-1)]).toEqual([[], {}]);
});

test.each([
  [
    'cannot end tokens of a type',
    () => Response.json({ error: 'unsupported_token_type' }, { status: 400 }),
    undefined,
  ],
  [
    'refuses',
    () => Response.json({ error: 'unauthorized_client' }, { status: 400 }),
    InvalidRequestError,
  ],
  [
    'is down',
    () => {
      throw new NetworkError('down');
    },
    NetworkError,
  ],
])('a logout forgets the tokens where the provider %s', async (_title, answer, type) => {
  const { auth, api, asked, sent, saved, answers } = await logIn();
  answers.revocation = answer;
  await (type ? rejection<Error>(auth.revoke(), type) : auth.revoke());
  expect(saved.at(-1)).toEqual({});
  expect(asked).toEqual(['revoke refresh-ann-1', 'revoke access-ann-1']);
  sent.length = 0;
  expect((await api.get('x')).status).toBe(401);
  expect(sent).toEqual([null]);
});

test('a client whose own tokens were ended gets others before its next call', async () => {
  const { auth, api, asked, sent } = await logIn({
    grant: 'client_credentials',
    clientAuth: { secret: 'of it' },
  });
  await auth.revoke();
  asked.length = sent.length = 0;
  expect((await api.get('x')).status).toBe(200);
  expect(asked).toEqual(['client_credentials']);
  expect(sent).toEqual([expect.stringContaining('Bearer access')]);
});
