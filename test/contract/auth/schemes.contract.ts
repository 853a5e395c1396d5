import { type Auth, basic, bearer, InvalidRequestError, type Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  developmentTest,
  inProcess,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  wireTest,
} from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

const basicOf = (text: string) =>
  `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}`;

async function authorization(
  session: Session,
  ...call: Parameters<Session['get']>
): Promise<string | undefined> {
  return sent(await session.get(...call).json<JournalEntry>(), 'authorization');
}

describe('schemes', () => {
  test.each([
    ['user', 'pass'],
    ['ünï', 'cödé€'],
    ['', ''],
    ['user', 'with:colon'],
    ['a b', ' '],
  ])('basic(%j, %j) sends both as UTF-8', async (user, password) => {
    const { a } = sites();
    expect(
      await open({ auth: basic(user, password) })
        .get(a.url('basic', { user, password }))
        .json(),
    ).toEqual({ authenticated: true });
    expect(sent(await a.request(), 'authorization')).toBe(basicOf(`${user}:${password}`));
  });

  test('basic() takes a password of any length', async () => {
    const password = 'ö'.repeat(300_000);
    const transport = inProcess(({ headers }) => new Response(headers.get('authorization')));
    const sent = await open({ transport, auth: basic('ann', password) })
      .get('http://a.test/')
      .text();
    expect(sent.length).toBe('Basic '.length + 4 * Math.ceil(('ann:'.length + 600_000) / 3));
    expect(atob(sent.slice(-8))).toBe('\xc3\xb6'.repeat(2));
  });

  developmentTest('a user name with a colon is refused, as Basic cannot express it', () => {
    expect(() => basic('us:er', 'pass')).toThrow(InvalidRequestError);
  });

  developmentTest.each([
    [undefined, 'pass'],
    ['user', undefined],
    [undefined, undefined],
  ])('basic(%j, %j), as from a variable that is not set, is refused at once', (user, password) => {
    expect(() => basic(user as string, password as string)).toThrow(InvalidRequestError);
  });

  test('bearer sends a token, or what a function gives for each call', async () => {
    const { a } = sites();
    expect(await authorization(open({ auth: bearer('t0ken') }), a.url('echo'))).toBe(
      'Bearer t0ken',
    );
    let count = 0;
    const session = open({ auth: bearer(() => Promise.resolve(`t${++count}`)) });
    expect(await authorization(session, a.url('echo'))).toBe('Bearer t1');
    expect(await authorization(session, a.url('echo'))).toBe('Bearer t2');
  });

  test('a token with a line break is refused and nothing is sent', async () => {
    const { a } = sites();
    await rejection(
      open({ auth: bearer(() => 'a\r\nx-evil: 1') }).get(a.url('echo')),
      InvalidRequestError,
    );
    expect(await a.requests()).toEqual([]);
  });

  test('what a token function throws is what the call rejects with', async () => {
    const reason = new Error('no token today');
    const transport = inProcess(() => new Response());
    expect(
      await reasonOf(
        open({ transport, auth: bearer(() => Promise.reject(reason)) }).get('http://app.test/'),
      ),
    ).toBe(reason);
    expect(transport.seen).toEqual([]);
  });

  test('any function of the request is an auth', async () => {
    const { a } = sites();
    const auth: Auth = (request, next) => {
      request.headers.set(
        'x-signature',
        `${request.method} ${request.url.pathname.split('/').at(-1) ?? ''}`,
      );
      return next(request);
    };
    expect(sent(await open({ auth }).post(a.url('echo')).json<JournalEntry>(), 'x-signature')).toBe(
      'POST echo',
    );
  });

  test('an auth may send twice, with the body again and without using a retry', async () => {
    const { a } = sites();
    const auth: Auth = async (request, next) => {
      const first = await next(request);
      if (first.status !== 401) return first;
      const headers = new Headers(request.headers);
      headers.set('authorization', basicOf('user:pass'));
      return next({ ...request, headers });
    };
    const response = await open({ auth, retry: 0 }).post(
      a.url('basic', { user: 'user', password: 'pass' }),
      { json: { a: 1 } },
    );
    expect([response.status, response.attempts]).toEqual([200, 1]);
    expect((await a.requests()).map((entry) => [entry.body, sent(entry, 'authorization')])).toEqual(
      [
        ['{"a":1}', undefined],
        ['{"a":1}', basicOf('user:pass')],
      ],
    );
  });

  wireTest(
    'a body of one use cannot be sent for the second leg: nothing of it goes out',
    async () => {
      const { a } = sites();
      const auth: Auth = async (request, next) => {
        await next(request);
        return next(request);
      };
      const session = open({ auth, retry: 0 });
      await rejection(
        session.post(a.url('status/401'), { body: new Blob(['once']).stream() }),
        InvalidRequestError,
      );
      await rejection(
        session.post(a.url('status/401'), { body: ['on', 'ce'].values() }),
        InvalidRequestError,
      );
      expect((await a.requests()).map((entry) => entry.body)).toEqual(['once', 'once']);
    },
  );
});

describe('precedence', () => {
  test("call's auth, call's header, userinfo, session's auth, default header", async () => {
    const { a } = sites();
    const url = a.url('echo');
    const withUser = url.replace('://', '://url:secret@');
    const session = open({ auth: bearer('session'), headers: { authorization: 'Default header' } });
    const header = { authorization: 'Call header' };
    expect(await authorization(session, withUser, { auth: bearer('call'), headers: header })).toBe(
      'Bearer call',
    );
    expect(await authorization(session, withUser, { headers: header })).toBe('Call header');
    expect(await authorization(session, withUser)).toBe(basicOf('url:secret'));
    expect(await authorization(session, url)).toBe('Bearer session');
    session.auth = undefined;
    expect(await authorization(session, url)).toBe('Default header');
  });

  test("auth: null sends none of the session's", async () => {
    const { a } = sites();
    const session = open({ auth: bearer('session') });
    expect(await authorization(session, a.url('echo'), { auth: null })).toBeUndefined();
    expect(await authorization(session, a.url('echo'))).toBe('Bearer session');
  });

  test('session.auth is live', async () => {
    const { a } = sites();
    const session = open();
    expect(session.auth).toBeUndefined();
    const auth = bearer('later');
    session.auth = auth;
    expect(session.auth).toBe(auth);
    expect(await authorization(session, a.url('echo'))).toBe('Bearer later');
  });
});

describe('userinfo of a URL', () => {
  test('becomes Basic credentials, decoded, and is removed', async () => {
    const { a } = sites();
    const url = a.url('echo').replace('://', '://us%40er:p%C3%A4ss%3A@');
    const response = await open().get(url);
    expect(sent(await a.request(), 'authorization')).toBe(basicOf('us@er:päss:'));
    expect(response.url).toBe(a.url('echo'));
    expect(response.request.url).toBe(a.url('echo'));
  });

  test.each([
    ['100%', 'a%4'],
    ['%zz', '%C3%A4%'],
    ['%ff', '%'],
  ])('%s:%s has percent signs that begin no sequence, and means them', async (user, password) => {
    const { a } = sites();
    await open().get(a.url('echo').replace('://', `://${user}:${password}@`));
    expect(sent(await a.request(), 'authorization')).toBe(
      basicOf(`${user}:${password.replace('%C3%A4', 'ä')}`),
    );
  });

  test('is neither sent as a URL nor shown by an error', async () => {
    const { a } = sites();
    const url = a.url('status/404').replace('://', '://canaryuser:canarypass@');
    const error = (await reasonOf(open().get(url).json())) as Error & { request: { url: string } };
    expect(
      `${error.message} ${error.stack ?? ''} ${JSON.stringify(error)} ${error.request.url}`,
    ).not.toContain('canary');
    const entry = await a.request();
    expect(
      JSON.stringify(entry.headers.filter(([name]) => name.toLowerCase() !== 'authorization')) +
        entry.route +
        entry.search,
    ).not.toContain('canary');
  });

  test('of baseUrl counts for the calls that resolve against it', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base.replace('://', '://user:pass@') });
    expect(await authorization(session, 'echo')).toBe(basicOf('user:pass'));
    expect(JSON.stringify(session)).not.toContain('pass');
  });
});
