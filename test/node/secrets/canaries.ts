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

export const kinds: [string, (session: Session, a: Site) => PromiseLike<unknown>][] = [
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

export const canaries = Object.fromEntries(
  places.map((place) => [place, `${canary}${place.toUpperCase()}0`]),
) as Record<(typeof places)[number], string>;

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

export const responses: [string, (session: Session, a: Site) => PromiseLike<SessionResponse>][] = [
  [
    'session credentials',
    async (session) => {
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
