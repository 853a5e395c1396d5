/**
 * Secrets that can be told apart, sessions and responses that hold them wherever one can stand,
 * and the search for them in what is printed.
 *
 * @module
 */
import { inspect } from 'node:util';
import {
  basic,
  bearer,
  type RequestOptions,
  type ResponsePromise,
  Session,
  type SessionResponse,
} from 'isosession';
import { onTestFinished } from 'vitest';
import type { Site } from '../../support/contract.ts';
import { printed } from '../../support/printed.ts';
import { always, answer, headLines, rawServer } from '../../support/raw-server.ts';

/** A part of every secret here. */
export const canary = 'cAnArY';

/** Everything that a log could make of a value, or of a copy that was sent elsewhere. */
export function shown(value: unknown): string {
  try {
    return `${printed(value)}\n${inspect(structuredClone(value), { depth: Infinity })}`;
  } catch {
    // What cannot be cloned cannot leak that way.
    return printed(value);
  }
}

/** A session with a canary wherever a secret can stand. */
export function armed(a: Site, more: object = {}): Session {
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

/** Every kind of error, and how a call comes to it. */
export const failures: {
  name: string;
  fail: (session: Session, a: Site) => PromiseLike<unknown>;
}[] = [
  { name: 'a status', fail: (session) => session.get('status/404').json() },
  {
    name: 'a status with throwHttpErrors',
    fail: (session) => session.get('status/500', { throwHttpErrors: true }),
  },
  { name: 'a reset', fail: (session) => session.get('reset') },
  {
    name: 'a refused connection',
    fail: (session) => session.get(`http://${canary}U:${canary}P@127.0.0.1:1/`),
  },
  {
    name: 'a name that does not exist',
    fail: (session) => session.get(`http://${canary}U:${canary}P@nowhere.invalid/`),
  },
  { name: 'a truncated body', fail: (session) => session.get('truncated').text() },
  {
    name: 'a response timeout',
    fail: (session) => session.get('never', { timeout: { response: 20 } }),
  },
  {
    name: 'a body timeout',
    fail: (session) => session.get('gated?first=x', { timeout: { body: 20 } }).text(),
  },
  {
    name: 'a total timeout',
    fail: (session) => session.get('never', { timeout: { total: 20 } }),
  },
  { name: 'too many redirects', fail: (session) => session.get('loop') },
  {
    name: 'a bad redirect target',
    fail: (session) => session.get(`redirect?to=${encodeURIComponent('ftp://x/')}`),
  },
  {
    name: 'a redirect that is an error',
    fail: (session) => session.get('redirect?to=echo', { redirect: 'error' }),
  },
  {
    name: 'a body that is too large',
    fail: (session) => session.get('bytes?n=100', { maxResponseSize: 5 }).text(),
  },
  { name: 'a body that is no JSON', fail: (session) => session.get('reply?text=nope').json() },
  { name: 'an empty body', fail: (session) => session.get('reply').json() },
  {
    name: 'a schema',
    fail: (session) =>
      session.get('echo').json({
        '~standard': {
          version: 1,
          vendor: 'x',
          validate: () => ({ issues: [{ message: 'no' }] }),
        },
      }),
  },
  { name: 'a bad URL', fail: (session) => session.get(`http://${canary}U:${canary}P@[x`) },
  {
    name: 'a URL of another scheme',
    fail: (session) => session.get(`ftp://${canary}U:${canary}P@host/`),
  },
  {
    name: 'a bad header',
    fail: (session) =>
      session.get('echo', {
        headers: { 'bad name': '1', authorization: `Bearer ${canary}Call` },
      }),
  },
  {
    name: 'a bad value of a secret header',
    fail: (session) => session.get('echo', { headers: { authorization: `Bearer ${canary}\n` } }),
  },
  {
    name: 'a bad cookie',
    fail: (session) => session.get('echo', { cookies: { sid: `${canary}\n` } }),
  },
  {
    name: 'a bad token',
    fail: (session) => session.get('echo', { auth: bearer(`${canary}\n`) }),
  },
  {
    name: 'an unknown option',
    fail: (session) => session.get('echo', { nope: canary } as never),
  },
  {
    name: 'two bodies',
    fail: (session) =>
      session.post('echo', { json: { password: canary }, form: { password: canary } } as never),
  },
  {
    name: 'a one-shot body asked for twice',
    fail: (session) => session.post('redirect?to=echo&status=307', { body: [canary].values() }),
  },
  {
    name: 'a closed session',
    fail: async (session) => {
      await session.close();
      return session.get('echo');
    },
  },
  {
    name: 'session.fetch',
    fail: (session, a) => session.fetch(a.url('reset').replace('://', `://${canary}U:${canary}P@`)),
  },
  {
    name: 'a status after a login',
    fail: async (session) => {
      await session.get('cookies/set', { searchParams: { line: 'a=1' } });
      return session
        .get('status/410', {
          auth: basic(`${canary}U`, `${canary}P`),
          cookies: { per: `${canary}C` },
        })
        .json();
    },
  },
];

/**
 * One canary for each place where a credential can stand, none of them a part of another, plain and
 * as Basic has it.
 */
export const places = [
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

/** The secret of each place. */
export const canaries = Object.fromEntries(
  places.map((place) => [place, `${canary}${place.toUpperCase()}0`]),
) as Record<(typeof places)[number], string>;

/** The secrets as they would be found in a text, those of Basic in base64. */
export const needles = [
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
export const leaks = (value: unknown): string[] => {
  const text = shown(value);
  return needles.filter((needle) => text.includes(needle));
};

/**
 * A session that puts a canary in every place at every call, against a server that answers with
 * more of them.
 */
export class Armed extends Session {
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

/** Responses that were made with secrets, or hold them. */
export const responses: {
  name: string;
  call: (session: Session, a: Site) => PromiseLike<SessionResponse>;
}[] = [
  {
    name: 'session credentials',
    call: async (session) => {
      const server = await rawServer(
        always(
          answer(
            'ok',
            headLines(
              '200 OK',
              `set-cookie: answer=${canaries.setCookie}; HttpOnly`,
              `link: <http://${canaries.urlUser}@x/>; rel=a, ` +
                `<//y:${canaries.urlPassword}@z>; rel=b`,
            ),
          ),
        ),
      );
      return session.get(server.origin);
    },
  },
  {
    name: 'credentials of the call',
    call: (session) =>
      session.get('cookies/set', {
        auth: basic(canaries.callUser, canaries.callPassword),
        searchParams: { line: 'a=1' },
      }),
  },
  {
    name: 'a header of the call',
    call: (session) =>
      session.get('cookies/set', {
        headers: { authorization: `Bearer ${canaries.callAuthorization}` },
        searchParams: { line: 'a=1' },
      }),
  },
  {
    name: 'a token',
    call: (session) =>
      session.get('cookies/set', {
        auth: bearer(() => canaries.token),
        searchParams: { line: 'a=1' },
      }),
  },
  {
    name: 'a URL with userinfo',
    call: (session, a) =>
      session.get(
        a
          .url('cookies/set', { line: 'a=1' })
          .replace('://', `://${canaries.urlUser}:${canaries.urlPassword}@`),
      ),
  },
];
