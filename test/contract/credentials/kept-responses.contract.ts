import {
  type Middleware,
  NetworkError,
  SchemaError,
  type Session,
  type SessionOptions,
  type SessionResponse,
  type StandardSchemaV1,
  type Transport,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { canary, network } from '../../support/canaries.ts';
import { inProcess, open, reasonOf, rejection, sites, wireTest } from '../../support/contract.ts';

/** What keeps the first response, and gives all later calls a clone of it. */
class Keeper {
  #kept: Promise<SessionResponse> | undefined;

  async give(send: () => Promise<SessionResponse>): Promise<Response> {
    this.#kept ??= send();
    return (await this.#kept).clone();
  }
}

const middleware =
  (keeper: Keeper): Middleware =>
  (request, next) =>
    keeper.give(() => next(request));

/** Where a response of one call can become that of another. */
const doors: { door: string; use: (session: Session, keeper: Keeper) => Session }[] = [
  { door: 'a middleware', use: (session, keeper) => session.use(middleware(keeper)) },
  {
    door: 'a middleware around attempts',
    use: (session, keeper) => session.use(middleware(keeper), { around: 'attempt' }),
  },
  {
    door: 'a middleware around hops',
    use: (session, keeper) => session.use(middleware(keeper), { around: 'hop' }),
  },
  {
    door: 'a hook',
    use(session, keeper) {
      let kept: SessionResponse | undefined;
      return session.extend({
        hooks: {
          beforeRequest: [() => kept && keeper.give(async () => kept as SessionResponse)],
          afterResponse: [({ response }) => void (kept ??= response.clone())],
        },
      });
    },
  },
  {
    door: 'a transport over another session',
    use(session, keeper) {
      const transport: Transport = {
        send: ({ url, headers }) =>
          keeper.give(async () => session.get(url, { headers, throwHttpErrors: false })),
      };
      return session.extend({ transport });
    },
  },
];

const noNumbers: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
};

describe('L5: a response belongs to one call', () => {
  const start = (use: (typeof doors)[number]['use'], options: SessionOptions = {}) => {
    const { places, transport } = network('home');
    const session = open({ transport, baseUrl: places.home.origin, ...options });
    const secret = canary();
    const led = use(session, new Keeper());
    const url = places.home.url('reply', [
      ['text', '"data"'],
      ['h', 'x-version: 1'],
    ]);
    const asAlice = {
      headers: { 'x-user': secret, authorization: secret },
      context: { user: secret },
    };
    return { places, session: led, secret, url, asAlice };
  };

  test.each(doors)(
    'by $door: request, context, attempts and parser are its own',
    async ({ use }) => {
      const { session, secret, url, asAlice } = start(use);
      const alice = await session.get(url, asAlice);
      const context = { user: 'bob' };
      const parseJson = (text: string): unknown => `bob ${text}`;
      const bob = await session.get(`${url}&bob`, {
        headers: { 'x-user': 'bob' },
        context,
        parseJson,
      });
      expect(bob).not.toBe(alice);
      expect([bob.request.headers.get('x-user'), bob.request.url]).toEqual(['bob', `${url}&bob`]);
      expect(JSON.stringify([...bob.request.headers])).not.toContain(secret);
      expect([bob.status, bob.headers.get('x-version'), bob.attempts, bob.history]).toEqual([
        200,
        '1',
        1,
        [],
      ]);
      expect(await bob.clone().json()).toBe('bob "data"');
      const error = await rejection(bob.json(noNumbers), SchemaError);
      expect([error.context, error.request?.headers.get('x-user')]).toEqual([
        expect.objectContaining(context),
        'bob',
      ]);
      // Nor has she become him.
      expect([alice.request.headers.get('x-user'), await alice.json()]).toEqual([secret, 'data']);
    },
  );

  test.each(doors)('by $door: an HTTP error says whose it is', async ({ use }) => {
    const { session, secret, url, asAlice } = start(use, { throwHttpErrors: true, retry: 0 });
    await reasonOf(session.get(`${url}&status=404`, asAlice));
    const error = (await reasonOf(
      session.get(`${url}&status=404`, { context: { user: 'bob' } }),
    )) as {
      context: object;
      request: { headers: Headers };
    };
    expect(error.context).toMatchObject({ user: 'bob' });
    expect(JSON.stringify([...error.request.headers])).not.toContain(secret);
  });

  test('one that was read is refused, as a plain one is', async () => {
    let kept: SessionResponse | undefined;
    const session = open({ transport: inProcess(() => new Response('text')) });
    session.use(async (request, next) => (kept ??= await next(request)));
    await session.get('http://home.test/').text();
    expect(String(await reasonOf(session.get('http://home.test/')))).toContain('unread Response');
  });

  test('a body that breaks tells nothing of the call that it came from', async () => {
    const secret = canary();
    const limits: SessionOptions = {
      transport: inProcess(() => new Response('x'.repeat(2000))),
      maxResponseSize: 1000,
    };
    const alice = open(limits);
    const bob = open().use(() => alice.get('http://home.test/', { context: { user: secret } }));
    const error = await rejection(
      bob.get('http://b.test/', { context: { user: 'bob' } }).text(),
      NetworkError,
    );
    expect([error.context, error.cause]).toEqual([
      expect.objectContaining({ user: 'bob' }),
      undefined,
    ]);
    expect(error.message).toContain('http://b.test/');
  });

  wireTest('on a real server, with the cookie that was sent', async () => {
    const { a } = sites();
    const secret = canary();
    const keeper = new Keeper();
    const [alice, bob] = [open(), open()].map((session) =>
      session.use(middleware(keeper), { around: 'hop' }),
    ) as [Session, Session];
    await alice.cookies.set(`sid=${secret}`, a.base);
    await bob.cookies.set('sid=bob', a.base);
    expect((await alice.get(a.url('echo'))).request.headers.get('cookie')).toContain(secret);
    const response = await bob.get(a.url('echo'));
    expect(response.request.headers.get('cookie')).toBe('sid=bob');
    expect(await response.json()).toMatchObject({ method: 'GET' });
    expect(await a.requests()).toHaveLength(1);
  });
});
