import { inspect } from 'node:util';
import {
  basic,
  bearer,
  fetchTransport,
  type RequestOptions,
  type ResponsePromise,
  Session,
  SessionError,
  type SessionResponse,
} from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open, reasonOf, type Site, sites } from '../support/contract.ts';
import { printed } from '../support/printed.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

const canary = 'cAnArY';

/** Everything that a log could make of a value, or of a copy that was sent elsewhere. */
function shown(value: unknown): string {
  try {
    return `${printed(value)}\n${inspect(structuredClone(value), { depth: Infinity })}`;
  } catch {
    // What cannot be cloned cannot leak that way.
    return printed(value);
  }
}

/** A session with a canary wherever a secret can stand. */
function armed(a: Site, more: object = {}): Session {
  const session = new Session({
    baseUrl: a.base.replace('://', `://${canary}User:${canary}Pass@`),
    retry: 0,
    headers: {
      authorization: `Bearer ${canary}Header`,
      'proxy-authorization': `Basic ${canary}Proxy`,
      cookie: `c=${canary}Cookie`,
    },
    ...more,
  });
  onTestFinished(() => session.destroy());
  return session;
}

const kinds: [string, (session: Session, a: Site) => PromiseLike<unknown>][] = [
  ['a status', (session) => session.get('status/404').json()],
  [
    'a status with throwHttpErrors',
    (session) => session.get('status/500', { throwHttpErrors: true }),
  ],
  ['a reset', (session) => session.get('reset')],
  ['a refused connection', (session) => session.get(`http://${canary}U:${canary}P@127.0.0.1:1/`)],
  [
    'a name that does not exist',
    (session) => session.get(`http://${canary}U:${canary}P@nowhere.invalid/`),
  ],
  ['a truncated body', (session) => session.get('truncated').text()],
  ['a response timeout', (session) => session.get('never', { timeout: { response: 20 } })],
  ['a body timeout', (session) => session.get('gated?first=x', { timeout: { body: 20 } }).text()],
  ['a total timeout', (session) => session.get('never', { timeout: { total: 20 } })],
  ['too many redirects', (session) => session.get('loop')],
  [
    'a bad redirect target',
    (session) => session.get(`redirect?to=${encodeURIComponent('ftp://x/')}`),
  ],
  [
    'a redirect that is an error',
    (session) => session.get('redirect?to=echo', { redirect: 'error' }),
  ],
  [
    'a body that is too large',
    (session) => session.get('bytes?n=100', { maxResponseSize: 5 }).text(),
  ],
  ['a body that is no JSON', (session) => session.get('reply?text=nope').json()],
  ['an empty body', (session) => session.get('reply').json()],
  [
    'a schema',
    (session) =>
      session.get('echo').json({
        '~standard': {
          version: 1,
          vendor: 'x',
          validate: () => ({ issues: [{ message: 'no' }] }),
        },
      }),
  ],
  ['a bad URL', (session) => session.get(`http://${canary}U:${canary}P@[x`)],
  ['a URL of another scheme', (session) => session.get(`ftp://${canary}U:${canary}P@host/`)],
  [
    'a bad header',
    (session) =>
      session.get('echo', { headers: { 'bad name': '1', authorization: `Bearer ${canary}Call` } }),
  ],
  [
    'a bad value of a secret header',
    (session) => session.get('echo', { headers: { authorization: `Bearer ${canary}\n` } }),
  ],
  ['a bad cookie', (session) => session.get('echo', { cookies: { sid: `${canary}\n` } })],
  ['a bad token', (session) => session.get('echo', { auth: bearer(`${canary}\n`) })],
  ['an unknown option', (session) => session.get('echo', { nope: canary } as never)],
  [
    'two bodies',
    (session) => session.post('echo', { json: { password: canary }, form: { password: canary } }),
  ],
  [
    'a one-shot body that is asked for again',
    (session) => session.post('redirect?to=echo&status=307', { body: [canary].values() }),
  ],
  [
    'a closed session',
    async (session) => {
      await session.close();
      return session.get('echo');
    },
  ],
  [
    'session.fetch',
    (session, a) => session.fetch(a.url('reset').replace('://', `://${canary}U:${canary}P@`)),
  ],
  [
    'a status after a login',
    async (session) => {
      await session.get('cookies/set', { searchParams: { line: 'a=1' } });
      return session
        .get('status/410', {
          auth: basic(`${canary}U`, `${canary}P`),
          cookies: { per: `${canary}C` },
        })
        .json();
    },
  ],
];

/**
 * One canary for each place where a credential can stand, none of them a part of another, plain and
 * as Basic has it.
 */
const places = [
  'baseUrlUser',
  'baseUrlPassword',
  'sessionAuthorization',
  'sessionProxyAuthorization',
  'sessionCookie',
  'jar',
  'jarHttpOnly',
  'callAuthorization',
  'callCookieHeader',
  'callCookie',
  'callUser',
  'callPassword',
  'token',
  'setCookie',
  'hopSetCookie',
  'locationUser',
  'locationPassword',
  'urlUser',
  'urlPassword',
] as const;
const canaries = Object.fromEntries(
  places.map((place) => [place, `${canary}${place.toUpperCase()}0`]),
) as Record<(typeof places)[number], string>;
const needles = [
  ...Object.values(canaries),
  ...(
    [
      ['baseUrlUser', 'baseUrlPassword'],
      ['callUser', 'callPassword'],
      ['urlUser', 'urlPassword'],
    ] as const
  ).map(([user, password]) =>
    Buffer.from(`${canaries[user]}:${canaries[password]}`).toString('base64').slice(4, -4),
  ),
];

/** Which places a value gives away. */
const leaks = (value: unknown): string[] => {
  const text = shown(value);
  return needles.filter((needle) => text.includes(needle));
};

/**
 * A session that puts a canary in every place at every call, against a server that answers with
 * more of them.
 */
class Armed extends Session {
  constructor(a: Site) {
    super({
      baseUrl: a.base.replace('://', `://${canaries.baseUrlUser}:${canaries.baseUrlPassword}@`),
      retry: 0,
      headers: {
        authorization: `Bearer ${canaries.sessionAuthorization}`,
        'proxy-authorization': `Basic ${canaries.sessionProxyAuthorization}`,
        cookie: `s=${canaries.sessionCookie}`,
      },
    });
    onTestFinished(() => this.destroy());
  }

  static async in(a: Site): Promise<Armed> {
    const session = new Armed(a);
    await session.cookies.set(`jar=${canaries.jar}`);
    await session.cookies.set(`only=${canaries.jarHttpOnly}; HttpOnly`);
    return session;
  }

  override get(input: string, options: RequestOptions = {}): ResponsePromise {
    return super.get(input, {
      cookies: { call: canaries.callCookie },
      ...options,
      headers: {
        cookie: `h=${canaries.callCookieHeader}`,
        ...(options.headers as Record<string, string>),
      },
    });
  }
}

const responses: [string, (session: Session, a: Site) => PromiseLike<SessionResponse>][] = [
  [
    'session credentials',
    async (session) => {
      const server = await rawServer(
        always(
          answer(
            'ok',
            `HTTP/1.1 200 OK\r\nset-cookie: answer=${canaries.setCookie}; HttpOnly\r\nlink: <http://${canaries.urlUser}@x/>; rel=a, <//y:${canaries.urlPassword}@z>; rel=b\r\n`,
          ),
        ),
      );
      return session.get(server.origin);
    },
  ],
  [
    'credentials of the call',
    (session) =>
      session.get('cookies/set', {
        auth: basic(canaries.callUser, canaries.callPassword),
        searchParams: { line: 'a=1' },
      }),
  ],
  [
    'a header of the call',
    (session) =>
      session.get('cookies/set', {
        headers: { authorization: `Bearer ${canaries.callAuthorization}` },
        searchParams: { line: 'a=1' },
      }),
  ],
  [
    'a token',
    (session) =>
      session.get('cookies/set', {
        auth: bearer(() => canaries.token),
        searchParams: { line: 'a=1' },
      }),
  ],
  [
    'a URL with userinfo',
    (session, a) =>
      session.get(
        a
          .url('cookies/set', { line: 'a=1' })
          .replace('://', `://${canaries.urlUser}:${canaries.urlPassword}@`),
      ),
  ],
];

describe('L1: each of nineteen places keeps its secret', () => {
  test.each(kinds)(
    'in the error of %s, its request, its response and its causes',
    async (_name, fail) => {
      const { a } = sites();
      const session = await Armed.in(a);
      const error = (await reasonOf(fail(session, a))) as SessionError & {
        response?: SessionResponse;
        history?: SessionResponse[];
      };
      for (const value of [
        error,
        error.request,
        error.response,
        error.history,
        session,
        session.cookies,
        session.headers,
      ])
        expect(leaks(value)).toEqual([]);
      for (let cause = error.cause; cause !== undefined; cause = (cause as Error).cause)
        expect(leaks(cause)).toEqual([]);
    },
  );

  test.each(responses)(
    'in a response to %s, its request, its clone and its headers',
    async (_name, call) => {
      const { a } = sites();
      const session = await Armed.in(a);
      const response = await call(session, a);
      expect(response.status).toBe(200);
      for (const value of [
        response,
        response.request,
        response.request.headers,
        response.headers,
        response.clone(),
        response.history,
        { nested: [response] },
      ])
        expect(leaks(value)).toEqual([]);
    },
  );

  test('in a redirect with cookies and userinfo', async () => {
    const { a } = sites();
    const session = await Armed.in(a);
    const to = a
      .url('echo')
      .replace('://', `://${canaries.locationUser}:${canaries.locationPassword}@`);
    const hop = await rawServer(
      always(
        answer(
          '',
          `HTTP/1.1 302 Found\r\nlocation: ${to}\r\nset-cookie: hop=${canaries.hopSetCookie}\r\n`,
        ),
      ),
    );
    const response = await session.get(hop.origin);
    expect(response.url).toBe(a.url('echo'));
    for (const value of [
      response,
      response.request,
      response.history,
      response.history[0]?.headers,
      response.url,
    ])
      expect(leaks(value)).toEqual([]);
    const error = await reasonOf(session.get(hop.origin, { maxRedirects: 0 }));
    expect(leaks(error)).toEqual([]);
    const refused = await rawServer(
      always(
        answer(
          '',
          `HTTP/1.1 302 Found\r\nlocation: ftp://${canaries.locationUser}:${canaries.locationPassword}@x/\r\n`,
        ),
      ),
    );
    expect(leaks(await reasonOf(session.get(refused.origin)))).toEqual([]);
  });
});

describe('L1: nothing printed, inspected or serialised shows a credential', () => {
  test.each(kinds)('of the error of %s', async (_name, fail) => {
    const { a } = sites();
    const session = armed(a);
    await session.cookies.set(`jar=${canary}Jar`);
    const error = await reasonOf(fail(session, a));
    expect(error).toBeInstanceOf(Error);
    expect(SessionError.is(error) || SessionError.is((error as Error).cause)).toBe(true);
    expect(shown(error)).not.toContain(canary);
    const { request } = error as SessionError;
    if (request) expect(shown(request)).not.toContain(canary);
  });

  test('of a session, its cookies and its stats', async () => {
    const { a } = sites();
    const session = armed(a, { auth: basic(`${canary}U`, `${canary}P`) });
    await session.cookies.set(`jar=${canary}Jar; HttpOnly`);
    for (const value of [
      session,
      session.cookies,
      session.auth,
      session.stats(),
      session.extend(),
      { nested: { session } },
    ])
      expect(shown(value)).not.toContain(canary);
    // The names are there: it is the values that are not.
    expect(inspect(session.cookies)).toContain('jar');
  });

  test('of a response, its request and its history', async () => {
    const { a } = sites();
    const session = armed(a, { auth: bearer(`${canary}Token`) });
    const response = await session.get('redirect', {
      searchParams: { to: `cookies/set?line=sid%3D${'x'}`, line: 'hop=1' },
      cookies: { per: `${canary}Call` },
    });
    const secret = await session.post('login', {
      form: { user: `${canary}Sid`, password: 'open sesame' },
    });
    for (const value of [
      response,
      response.request,
      response.history,
      response.clone(),
      secret,
      secret.headers,
    ]) {
      if (value === secret.headers) continue;
      expect(shown(value)).not.toContain(canary);
    }
    expect(inspect(secret)).toContain('[redacted]');
    // The secrets themselves are there for the program.
    expect(secret.headers.getSetCookie()[0]).toContain(canary);
    expect(secret.cookies['sid']).toContain(canary);
  });

  test('of the headers of a response that a fetch made', async () => {
    const { a } = sites();
    const response = await open({ transport: fetchTransport() }).get(
      a.url('cookies/set', { line: `sid=${canary}` }),
    );
    expect(shown(response.headers)).not.toContain(canary);
    expect(response.headers.getSetCookie()[0]).toContain(canary);
  });

  test('of what hooks and middleware are given', async () => {
    const { a } = sites();
    const texts: string[] = [];
    const session = armed(a, {
      auth: bearer(`${canary}Token`),
      hooks: {
        afterResponse: [(state: { request: object }) => void texts.push(shown(state.request))],
      },
    });
    session.use((request, next) => {
      texts.push(shown(request));
      return next(request);
    });
    await session.get('echo');
    expect(texts).toHaveLength(2);
    expect(texts.join('')).not.toContain(canary);
  });

  test('a snapshot is what it says: it holds the cookies, and it is the only thing that does', async () => {
    const session = open({ baseUrl: 'http://app.test/' });
    await session.cookies.set(`jar=${canary}`);
    expect(JSON.stringify(await session.snapshot())).toContain(canary);
  });
});
