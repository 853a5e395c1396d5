/** Whose response is given to whom: two users, by every kind of login, wherever they may meet. */
import {
  type Auth,
  basic,
  bearer,
  type CallOptions,
  type Middleware,
  type Session,
} from 'isosession';
import { cache, dedupe, keyvCache, memoryCache } from 'isosession/middleware';
import { forwardSession } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { inProcess, open } from '../../support/contract.ts';

const origin = 'http://api.test';

/** Who asks, as the server knows it. */
function userOf(headers: Headers): string {
  const text = `${headers.get('cookie') ?? ''} ${headers.get('authorization') ?? ''}`;
  const password = /Basic (\S+)/.exec(text)?.[1];
  return /ann|bob/.exec(password ? atob(password) : text)?.[0] ?? 'nobody';
}

/** Tells everybody who they are, to be kept for an hour. */
const server = () =>
  inProcess(
    ({ headers }) =>
      new Response(userOf(headers), { headers: { 'cache-control': 'max-age=3600', etag: '"1"' } }),
  );

/** As a Keyv keeps what it is given, wherever that is. */
function keyvOfJson() {
  const kept = new Map<string, string>();
  return {
    get: (key: string) => Promise.resolve(JSON.parse(kept.get(key) ?? 'null') as unknown),
    set: (key: string, value: unknown) => Promise.resolve(kept.set(key, JSON.stringify(value))),
    delete: (key: string) => Promise.resolve(kept.delete(key)),
  };
}

type User = 'ann' | 'bob';

/** A kind of login: what it does to a session, and to a call. */
interface Login {
  readonly name: string;
  in(session: Session, user: User): Promise<CallOptions>;
  out(session: Session): Promise<void>;
}

const byAuth = (name: string, authOf: (user: User) => Auth): Login => ({
  name,
  async in(session, user) {
    session.auth = authOf(user);
    return {};
  },
  async out(session) {
    session.auth = undefined;
  },
});

const logins: Login[] = [
  {
    name: 'a cookie',
    async in(session, user) {
      await session.cookies.set(`sid=${user}; Path=/`, origin);
      return {};
    },
    out: (session) => session.cookies.clear(),
  },
  byAuth('a token', bearer),
  byAuth('a password', (user) => basic(user, 'secret')),
  {
    name: 'auth of the call',
    in: async (_, user) => ({ auth: bearer(user) }),
    out: async () => {},
  },
];

/** Where two users may meet: the session of each. */
const places: { name: string; meet: () => Record<User, Session> }[] = [
  {
    name: 'one session',
    meet() {
      const session = open({ transport: server() }).use(cache());
      return { ann: session, bob: session };
    },
  },
  {
    name: 'a child',
    meet() {
      const session = open({ transport: server() }).use(cache());
      return { ann: session, bob: session.extend({ cookies: 'new' }) };
    },
  },
  {
    name: 'visitors of one server',
    meet() {
      const parent = open({ transport: server() }).use(cache());
      const visit = (): Session =>
        forwardSession(parent, new Request('http://app.test/'), { to: [origin] });
      return { ann: visit(), bob: visit() };
    },
  },
  ...(
    [
      ['a shared store', memoryCache],
      ['a shared Keyv', () => keyvCache(keyvOfJson())],
    ] as const
  ).map(([name, make]) => ({
    name,
    meet(): Record<User, Session> {
      const store = make();
      const one = (): Session => open({ transport: server() }).use(cache({ store }));
      return { ann: one(), bob: one() };
    },
  })),
];

const read = async (session: Session, options: CallOptions) => {
  const response = await session.get(`${origin}/me`, options);
  return { user: await response.text(), isHit: response.headers.has('cache-status') };
};

describe.each(places)('L34: two users of $name', ({ meet }) => {
  describe.each(logins)('by $name', (login) => {
    test.each([true, false])('see their own, with a logout between: %s', async (logsOut) => {
      const sessions = meet();
      const ann = await login.in(sessions.ann, 'ann');
      expect((await read(sessions.ann, ann)).user).toBe('ann');
      expect(await read(sessions.ann, ann)).toEqual({ user: 'ann', isHit: true });
      if (logsOut) {
        await login.out(sessions.ann);
        expect((await read(sessions.ann, {})).user).toBe('nobody');
      }
      const bob = await login.in(sessions.bob, 'bob');
      expect(await read(sessions.bob, bob)).toEqual({ user: 'bob', isHit: false });
      await login.in(sessions.ann, 'ann');
      expect(await read(sessions.ann, ann)).toEqual({ user: 'ann', isHit: true });
    });
  });
});

test('S10: two visitors of one server who ask at once share no request', async () => {
  const transport = server();
  const parent = open({ transport }).use(dedupe());
  const visits = ['ann', 'bob', 'ann'].map((user) =>
    forwardSession(
      parent,
      new Request('http://app.test/', { headers: { cookie: `sid=${user}` } }),
      {
        to: [origin],
        forwardCookies: ['sid'],
      },
    ),
  );
  const texts = await Promise.all(visits.map((visit) => visit.get(`${origin}/me`).text()));
  expect(texts).toEqual(['ann', 'bob', 'ann']);
  expect(transport.seen).toHaveLength(3);
});

test('a header that may be a credential tells users apart', async () => {
  const transport = inProcess(
    ({ headers }) =>
      new Response(headers.get('x-api-key'), { headers: { 'cache-control': 'max-age=3600' } }),
  );
  const session = open({ transport }).use(cache());
  for (const key of ['ann', 'bob'])
    expect(await session.get(origin, { headers: { 'x-api-key': key } }).text()).toBe(key);
});

describe('L34: what a middleware adds that is used after the cache', () => {
  const server = inProcess(
    ({ url, headers }) =>
      new Response(headers.get('x-api-key') ?? url.searchParams.get('key'), {
        headers: { 'cache-control': 'max-age=3600' },
      }),
  );
  const ways: [string, (key: string) => Middleware][] = [
    [
      'a credential',
      (key) => (request, next) => {
        request.headers.set('x-api-key', key);
        return next(request);
      },
    ],
    [
      'a part of the URL',
      (key) => (request, next) => {
        request.url.searchParams.set('key', key);
        return next(request);
      },
    ],
  ];
  test.each(ways)('%s: nothing is kept, and nobody gets what is another’s', async (_, way) => {
    let user = 'ann';
    const late: Middleware = (request, next) => way(user)(request, next);
    const session = open({ transport: server }).use(cache()).use(late, { around: 'hop' });
    expect(await session.get(`${origin}/me`).text()).toBe('ann');
    user = 'bob';
    const response = await session.get(`${origin}/me`);
    expect([await response.text(), response.headers.has('cache-status')]).toEqual(['bob', false]);
  });

  test('but is a part of the key where the cache is used last', async () => {
    let user = 'ann';
    const early: Middleware = (request, next) =>
      (ways[0] as (typeof ways)[0])[1](user)(request, next);
    const session = open({ transport: server }).use(early, { around: 'hop' }).use(cache());
    for (user of ['ann', 'bob', 'ann']) expect(await session.get(`${origin}/me`).text()).toBe(user);
    expect((await session.get(`${origin}/me`)).headers.has('cache-status')).toBe(true);
  });
});

test('no cookie that a kept response has set is set again', async () => {
  const transport = inProcess(
    () =>
      new Response('hello', {
        headers: { 'cache-control': 'max-age=3600', 'set-cookie': 'sid=ann; Path=/' },
      }),
  );
  const session = open({ transport }).use(cache());
  await session.get(`${origin}/`).text();
  await session.cookies.clear();
  const response = await session.get(`${origin}/`);
  expect(response.headers.get('cache-status')).toContain('hit');
  expect(await session.cookies.getAll()).toEqual([]);
});

test('a store is told nothing of who asks for what', async () => {
  const keys: string[] = [];
  const inner = memoryCache();
  const store = {
    ...inner,
    get(key: string) {
      keys.push(key);
      return inner.get(key);
    },
  };
  const session = open({ transport: server(), auth: bearer('ann') }).use(cache({ store }));
  for (let i = 0; i < 2; i++) await session.get(`${origin}/me?token=ann`).text();
  expect(keys.length).toBeGreaterThan(2);
  for (const key of keys) expect(key).toMatch(/^[\da-f]{64}$/);
});
