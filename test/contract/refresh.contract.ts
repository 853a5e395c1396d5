import {
  type Auth,
  HTTPError,
  InvalidRequestError,
  type Lock,
  NetworkError,
  refresh,
  type RefreshOptions,
  type Session,
  type SessionOptions,
  type Tokens,
} from 'isosession';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  deferred,
  inProcess,
  open,
  reasonOf,
  rejection,
  sent,
  type Site,
  sites,
  thrown,
  wireTest,
} from '../support/contract.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Tokens that the server's access check refuses, and its token endpoint takes once. */
const expired: Tokens = { accessToken: 'a0', refreshToken: 'r0' };

/** Renews by the session itself, at the site's token endpoint. */
const renewAt =
  (session: () => Session, route = 'renewal') =>
  (tokens: Tokens | undefined): Promise<Tokens> =>
    session()
      .post(route, { json: { refreshToken: tokens?.refreshToken }, auth: null, redirect: 'error' })
      .json<Tokens>();

/** A session at a site whose tokens have expired. */
function armed(
  site: Site,
  options: Partial<RefreshOptions> = {},
  more: SessionOptions = {},
): Session {
  const session: Session = open({
    baseUrl: site.base,
    auth: refresh({ load: () => expired, renew: renewAt(() => session), ...options }),
    ...more,
  });
  return session;
}

/** The requests that came to one route. */
const cameTo = async (site: Site, route: string) =>
  (await site.requests()).filter((entry) => entry.route === route);

/** How often the tokens were renewed. */
const renewals = async (site: Site) => (await cameTo(site, 'renewal')).length;

const statuses = (responses: Response[]) => [...new Set(responses.map(({ status }) => status))];

/** A server of this process: a 401 for all but the given token. */
const only = (token: () => string) =>
  inProcess(
    ({ headers }) =>
      new Response(null, {
        status: headers.get('authorization') === `Bearer ${token()}` ? 200 : 401,
      }),
  );
const url = 'http://app.test/';

describe('tokens', () => {
  test('are loaded once, and sent as a bearer token', async () => {
    const load = vi.fn(() => Promise.resolve({ accessToken: 't0ken' }));
    const transport = inProcess(() => new Response());
    const session = open({
      transport,
      auth: refresh({ load, renew: () => Promise.reject(new Error('unexpected')) }),
    });
    await Promise.all([session.get(url), session.get(url)]);
    await session.get(url);
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer t0ken',
      'Bearer t0ken',
      'Bearer t0ken',
    ]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('that are not there yet are asked for again by the next call', async () => {
    const answers = [null, undefined, { accessToken: 'later' }];
    const transport = inProcess(() => new Response());
    const session = open({
      transport,
      auth: refresh({
        load: () => answers.shift(),
        renew: () => Promise.reject(new Error('unexpected')),
      }),
    });
    for (let i = 0; i < 4; i++) await session.get(url);
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      null,
      null,
      'Bearer later',
      'Bearer later',
    ]);
  });

  test('that cannot be loaded reject the call, and the next call tries anew', async () => {
    const reason = new Error('no store');
    let fails = true;
    const transport = only(() => 'a');
    const session = open({
      transport,
      auth: refresh({
        load: () => (fails ? Promise.reject(reason) : { accessToken: 'a' }),
        renew: () => Promise.reject(new Error('unexpected')),
      }),
    });
    expect(await Promise.all([reasonOf(session.get(url)), reasonOf(session.get(url))])).toEqual([
      reason,
      reason,
    ]);
    fails = false;
    expect((await session.get(url)).status).toBe(200);
    expect(transport.seen).toHaveLength(1);
  });

  test('that a header cannot hold are refused and nothing is sent', async () => {
    const transport = inProcess(() => new Response());
    await rejection(
      open({
        transport,
        auth: refresh({
          load: () => ({ accessToken: 'a\r\nx-evil: 1' }),
          renew: () => Promise.resolve({}),
        }),
      }).get(url),
      InvalidRequestError,
    );
    expect(transport.seen).toEqual([]);
  });

  test('go where apply puts them, on records of its own', async () => {
    const transport = inProcess(
      (_, count) => new Response(null, { status: count === 1 ? 401 : 200 }),
    );
    const apply: RefreshOptions['apply'] = (request, { key }) => {
      request.headers.append('x-key', String(key));
      request.url.searchParams.append('key', String(key));
    };
    await open({
      transport,
      auth: refresh({
        load: () => ({ key: 1 }),
        renew: () => Promise.resolve({ key: 2, accessToken: 'für apply' }),
        apply,
      }),
    }).get(url);
    expect(
      transport.seen.map((request) => [request.headers.get('x-key'), request.url.search]),
    ).toEqual([
      ['1', '?key=1'],
      ['2', '?key=2'],
    ]);
  });

  test('stay with the origin of the session: no other gets them, by call or by redirect, and its 401 renews nothing', async () => {
    const { a, b } = sites();
    const renew = vi.fn(() => Promise.resolve({ accessToken: 'renewed' }));
    const session = armed(a, { renew });
    expect((await session.get(b.url('private'))).status).toBe(401);
    expect((await session.get('redirect', { searchParams: { to: b.url('private') } })).status).toBe(
      401,
    );
    expect((await b.requests()).map((entry) => sent(entry, 'authorization'))).toEqual([
      undefined,
      undefined,
    ]);
    expect(renew).not.toHaveBeenCalled();
  });

  wireTest.each([
    ['another origin of the session', 'http://api.test/'],
    ['https', 'https://app.test/'],
  ])('go along on a redirect to %s, whose 401 renews them', async (_, target) => {
    const transport = inProcess(({ url: { href }, headers }) => {
      if (href === url) return new Response(null, { status: 307, headers: { location: target } });
      return new Response(null, {
        status: headers.get('authorization') === 'Bearer b' ? 200 : 401,
      });
    });
    const auth = refresh({
      load: () => expired,
      renew: () => Promise.resolve({ accessToken: 'b' }),
    });
    expect(
      (await open({ baseUrl: url, origins: ['http://api.test'], transport, auth }).get('')).status,
    ).toBe(200);
    expect(
      transport.seen.map((request) => [request.url.href, request.headers.get('authorization')]),
    ).toEqual([
      [url, 'Bearer a0'],
      [target, 'Bearer a0'],
      [url, 'Bearer b'],
      [target, 'Bearer b'],
    ]);
  });

  test('A6: a token endpoint that redirects sends the refresh token nowhere', async () => {
    const { a, b } = sites();
    const session: Session = armed(
      a,
      {
        renew: (tokens) =>
          renewAt(
            () => session,
            `redirect?status=307&to=${encodeURIComponent(b.url('renewal'))}`,
          )(tokens),
      },
      { retry: 0 },
    );
    await rejection(session.get('private'), NetworkError);
    expect(await b.requests()).toEqual([]);
  });
});

describe('a 401', () => {
  test(
    'A5: to 1,000 concurrent calls causes one renewal, and every call succeeds',
    { timeout: 60_000 },
    async () => {
      const { a } = sites();
      const save = vi.fn();
      const session = armed(a, { save });
      const responses = await Promise.all(
        Array.from({ length: 1000 }, () => session.get('private').json<{ token: string }>()),
      );
      expect(responses.filter(({ token }) => token === 'a1')).toHaveLength(1000);
      expect(await renewals(a)).toBe(1);
      expect(save.mock.calls).toEqual([[{ accessToken: 'a1', refreshToken: 'r1' }]]);
    },
  );

  test('to a call that was sent with older tokens sends it again with the current ones', async () => {
    const { a } = sites();
    const session = armed(a);
    const slow = session.get('private', { searchParams: { key: 'slow' } });
    await a.requests({ requests: 1 });
    expect((await session.get('private')).status).toBe(200);
    await a.release('slow');
    expect((await slow).status).toBe(200);
    expect((await cameTo(a, 'private')).map((entry) => sent(entry, 'authorization'))).toEqual([
      'Bearer a0',
      'Bearer a0',
      'Bearer a1',
      'Bearer a1',
    ]);
    expect(await renewals(a)).toBe(1);
  });

  test('to older tokens and then to the current ones renews after all', async () => {
    const { a } = sites();
    const session = armed(a);
    const slow = session.get('private', { searchParams: { key: 'slow' } });
    await a.requests({ requests: 1 });
    await session.get('private');
    await session.get('expire', { auth: null });
    await a.release('slow');
    expect(await (await slow).json()).toMatchObject({ token: 'a2' });
    expect(await renewals(a)).toBe(2);
  });

  test('A3: after a renewal is the response of the call, still readable', async () => {
    const { a } = sites();
    const session = armed(a);
    const response = await session.get('status/401');
    expect([response.status, await response.json()]).toEqual([401, { status: 401 }]);
    expect((await a.requests()).map(({ route }) => route)).toEqual([
      'status/401',
      'renewal',
      'status/401',
    ]);
  });

  test('renews once in a call, however many attempts it takes', async () => {
    const answers = [401, 503, 401];
    const transport = inProcess(
      (_, count) => new Response(null, { status: answers[count - 1] ?? 200 }),
    );
    const renew = vi.fn(() => Promise.resolve({ accessToken: 'b' }));
    const response = await open({
      transport,
      retry: { delay: () => 0 },
      auth: refresh({ load: () => ({ accessToken: 'a' }), renew }),
    }).get(url);
    expect([response.status, response.attempts, transport.seen.length]).toEqual([401, 2, 3]);
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('and tokens that expire renew once in a call, which had a failed renewal before', async () => {
    const transport = inProcess(
      (_, count) => new Response(null, { status: count === 1 ? 503 : 200 }),
    );
    const renew = vi.fn(() => Promise.reject(new Error('unreachable')));
    const load = () => ({ accessToken: 'a', expiresAt: Date.now() + 5000 });
    expect(
      (
        await open({ transport, retry: { delay: () => 0 }, auth: refresh({ load, renew }) }).get(
          url,
        )
      ).attempts,
    ).toBe(2);
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('is not read, and its body is ended', async () => {
    const cancel = vi.fn();
    const transport = inProcess((_, count) =>
      count === 1 ? new Response(new ReadableStream({ cancel }), { status: 401 }) : new Response(),
    );
    expect(
      (
        await open({
          transport,
          auth: refresh({
            load: () => expired,
            renew: () => Promise.resolve({ accessToken: 'b' }),
          }),
        }).get(url)
      ).status,
    ).toBe(200);
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  test('sends the body again', async () => {
    const { a } = sites();
    const session = armed(a);
    expect(await session.post('private', { json: { note: 1 } }).json()).toEqual({
      token: 'a1',
      body: '{"note":1}',
    });
  });

  wireTest(
    'A4: to a body of one use rejects the call, whose tokens are renewed all the same',
    async () => {
      const { a } = sites();
      const session = armed(a);
      const error = await rejection(
        session.post('private', { body: new Blob(['once']).stream() }),
        InvalidRequestError,
      );
      expect(error.message).toContain('give a function');
      expect(
        (await session.post('private', { body: () => new Blob(['once']).stream() })).status,
      ).toBe(200);
      expect((await cameTo(a, 'private')).map(({ body }) => body)).toEqual(['once', 'once']);
    },
  );

  test('in a session of HttpOnly cookies renews them and sends again', async () => {
    const { a } = sites();
    const session: Session = armed(a, {
      load: () => ({}),
      renew: () => session.post('renewal?cookies=1', { auth: null }).json<Tokens>(),
    });
    for (const token of ['a1', 'a2']) {
      const all = await Promise.all(
        Array.from({ length: 20 }, () => session.get('private').json<{ token: string }>()),
      );
      expect(all.filter((answer) => answer.token === token)).toHaveLength(20);
      await session.get('expire', { auth: null });
    }
    expect(await renewals(a)).toBe(2);
    expect(
      (await cameTo(a, 'private')).every((entry) => sent(entry, 'authorization') === undefined),
    ).toBe(true);
  });

  test('S14: of one login waits for none of another', async () => {
    const held = deferred<Tokens>();
    const transport = only(() => 'new');
    const [first, second] = [() => held.promise, () => Promise.resolve({ accessToken: 'new' })].map(
      (renew) => open({ transport, auth: refresh({ load: () => expired, renew }) }),
    ) as [Session, Session];
    const waiting = first.get(url);
    expect((await second.get(url)).status).toBe(200);
    held.resolve({ accessToken: 'new' });
    expect((await waiting).status).toBe(200);
  });

  test('of sessions that share their auth causes one renewal', async () => {
    const { a } = sites();
    const parent = armed(a);
    const child = parent.extend({ headers: { 'x-child': '1' } });
    expect(statuses(await Promise.all([parent.get('private'), child.get('private')]))).toEqual([
      200,
    ]);
    expect(await renewals(a)).toBe(1);
  });
});

describe('a renewal that fails', () => {
  test.each([
    ['a network error', () => new NetworkError('reset')],
    ["an error of the caller's own", () => new Error('log in again')],
  ])('rejects each call that waited with its reason, once: %s', async (_, make) => {
    const reason = make();
    const transport = only(() => 'never');
    const renew = vi.fn(() => Promise.reject(reason));
    const session = open({
      transport,
      retry: { delay: () => 0 },
      auth: refresh({ load: () => expired, renew }),
    });
    const errors = await Promise.all(Array.from({ length: 100 }, () => reasonOf(session.get(url))));
    expect(new Set(errors)).toEqual(new Set([reason]));
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('keeps the old tokens, and the next call tries anew', async () => {
    const { a } = sites();
    let route = 'status/503';
    const session: Session = armed(a, { renew: (tokens) => renewAt(() => session, route)(tokens) });
    expect((await rejection(session.get('private'), HTTPError)).status).toBe(503);
    expect(sent(await (await session.get('echo')).json(), 'authorization')).toBe('Bearer a0');
    route = 'renewal';
    expect((await session.get('private')).status).toBe(200);
  });

  test('with no tokens is refused by name', async () => {
    const session = open({
      transport: only(() => 'never'),
      auth: refresh({
        load: () => expired,
        renew: () => Promise.resolve(undefined as unknown as Tokens),
      }),
    });
    expect((await rejection(session.get(url), InvalidRequestError)).message).toContain(
      'refresh.renew',
    );
  });

  test.each(['a\r\nx-evil: 1', '', 42, null])(
    'with an access token that no header can hold keeps the old tokens, and is not saved: %j',
    async (accessToken) => {
      const answers = [{ accessToken }, { accessToken: 'b' }] as Tokens[];
      const save = vi.fn();
      const session = open({
        transport: only(() => 'b'),
        auth: refresh({
          load: () => expired,
          renew: () => Promise.resolve(answers.shift() as Tokens),
          save,
        }),
      });
      expect((await rejection(session.get(url), InvalidRequestError)).message).toContain(
        'refresh.renew',
      );
      expect((await session.get(url)).status).toBe(200);
      expect(save.mock.calls).toEqual([[{ accessToken: 'b' }]]);
    },
  );

  test('when isExpired throws for its tokens does not lose them', async () => {
    const { a } = sites();
    const reason = new Error('not a JWT');
    let store = expired;
    const session = armed(a, {
      load: () => store,
      save: (tokens) => void (store = tokens),
      isExpired({ accessToken }) {
        if (accessToken === 'a1') throw reason;
        return false;
      },
    });
    expect(await reasonOf(session.get('private'))).toBe(reason);
    expect(store.refreshToken).toBe('r1');
    expect(await session.get('private').json()).toMatchObject({ token: 'a1' });
    expect(await renewals(a)).toBe(1);
  });

  test('when its tokens cannot be saved rejects the calls that waited; the next ones use them', async () => {
    const { a } = sites();
    const reason = new Error('quota');
    const session = armed(a, { save: () => Promise.reject(reason) });
    expect(await reasonOf(session.get('private'))).toBe(reason);
    expect((await session.get('private')).status).toBe(200);
    await session.get('expire', { auth: null });
    expect(await reasonOf(session.get('private'))).toBe(reason);
    expect(await session.get('private').json()).toMatchObject({ token: 'a2' });
  });

  test('when its lock cannot be given back does not lose the tokens', async () => {
    const { a } = sites();
    const reason = new Error('lock server is gone');
    const lock: Lock = {
      async run(_, task) {
        await task(new AbortController().signal);
        throw reason;
      },
    };
    const session = armed(a, { lock });
    expect(await reasonOf(session.get('private'))).toBe(reason);
    expect((await session.get('private')).status).toBe(200);
    expect(await renewals(a)).toBe(1);
  });
});

describe('a call that is aborted while it waits', () => {
  test('rejects alone, with its own reason', async () => {
    const { a } = sites();
    const session: Session = armed(a, { renew: renewAt(() => session, 'renewal?key=token') });
    const controller = new AbortController();
    const aborted = session.get('private', { signal: controller.signal });
    const others = Promise.all([session.get('private'), session.get('private')]);
    await a.requests({ requests: 4 });
    const reason = new Error('changed my mind');
    controller.abort(reason);
    expect(await reasonOf(aborted)).toBe(reason);
    await a.release('token');
    expect(statuses(await others)).toEqual([200]);
    expect(await renewals(a)).toBe(1);
    expect(await cameTo(a, 'private')).toHaveLength(5);
  });

  test('does not end the renewal, even if it was the last', async () => {
    const { a } = sites();
    let aborts: AbortSignal | undefined;
    const session: Session = armed(a, {
      renew(tokens, signal) {
        aborts = signal;
        return renewAt(() => session, 'renewal?key=token')(tokens);
      },
    });
    const controller = new AbortController();
    const aborted = session.get('private', { signal: controller.signal });
    await a.requests({ requests: 2 });
    controller.abort();
    await reasonOf(aborted);
    const next = session.get('private');
    await a.release('token');
    expect((await next).status).toBe(200);
    expect(aborts?.aborted).toBe(false);
    expect(await renewals(a)).toBe(1);
  });

  test('ends by the signal that a middleware gave it', async () => {
    const controller = new AbortController();
    const started = deferred();
    const session = open({
      transport: only(() => 'never'),
      auth: refresh({
        load: () => expired,
        renew: () => (started.resolve(), new Promise(() => {})),
      }),
    });
    session.use((request, next) => next({ ...request, signal: controller.signal }));
    const call = session.get(url);
    await started.promise;
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await reasonOf(call)).toBe(reason);
  });
});

test('an attempt that a middleware gave up leaves its renewal to the next attempt of the call', async () => {
  const renewed = deferred<Tokens>();
  const started = deferred();
  const transport = inProcess(({ headers }, count) => {
    // By then the next attempt waits for the renewal.
    if (count === 2) setTimeout(() => renewed.resolve({ accessToken: 'b' }));
    return new Response(null, { status: headers.get('authorization') === 'Bearer b' ? 200 : 401 });
  });
  const session = open({
    transport,
    auth: refresh({ load: () => expired, renew: () => (started.resolve(), renewed.promise) }),
  });
  const controller = new AbortController();
  session.use((request, next) =>
    next({ ...request, signal: controller.signal }).catch(() => next(request)),
  );
  const call = session.get(url);
  await started.promise;
  controller.abort();
  expect((await call).status).toBe(200);
  expect(transport.seen).toHaveLength(3);
});

test('an attempt that waits for the renewal of one before ends by its own signal', async () => {
  const started = deferred();
  const second = new AbortController();
  const reason = new Error('enough');
  const transport = inProcess((_, count) => {
    if (count === 2) setTimeout(() => second.abort(reason));
    return new Response(null, { status: 401 });
  });
  const session = open({
    transport,
    auth: refresh({ load: () => expired, renew: () => (started.resolve(), new Promise(() => {})) }),
  });
  const first = new AbortController();
  session.use((request, next) =>
    next({ ...request, signal: first.signal }).catch(() =>
      next({ ...request, signal: second.signal }),
    ),
  );
  const call = reasonOf(session.get(url));
  await started.promise;
  first.abort();
  expect(await call).toBe(reason);
});

describe('before tokens expire', () => {
  const soon = (ms: number): Tokens => ({ ...expired, expiresAt: Date.now() + ms });

  test.each([
    [-1000, 0],
    [5000, 0],
    [15_000, 1],
  ])('whose end is %i ms away, %i requests are sent before the renewal', async (ms, before) => {
    const { a } = sites();
    const session = armed(a, { load: () => soon(ms) });
    expect(statuses(await Promise.all([session.get('private'), session.get('private')]))).toEqual([
      200,
    ]);
    expect(
      (await cameTo(a, 'private')).filter((entry) => sent(entry, 'authorization') === 'Bearer a0'),
    ).toHaveLength(2 * before);
    expect(await renewals(a)).toBe(1);
  });

  test('isExpired decides', async () => {
    const transport = only(() => 'b');
    const session = open({
      transport,
      auth: refresh({
        load: () => ({ accessToken: 'a', old: true }),
        renew: () => Promise.resolve({ accessToken: 'b' }),
        isExpired: ({ old }) => old === true,
      }),
    });
    expect((await session.get(url)).status).toBe(200);
    expect(transport.seen).toHaveLength(1);
  });

  test('a renewal that fails leaves them in use until their end', async () => {
    const reason = new Error('unreachable');
    let tokens = soon(5000);
    const make = () => {
      const renew = vi.fn(() => Promise.reject(reason));
      return {
        renew,
        session: open({
          transport: only(() => 'a0'),
          auth: refresh({ load: () => tokens, renew }),
        }),
      };
    };
    const holding = make();
    expect((await holding.session.get(url)).status).toBe(200);
    expect(holding.renew).toHaveBeenCalledTimes(1);
    tokens = soon(-1);
    expect(await reasonOf(make().session.get(url))).toBe(reason);
  });

  test('of which the server has refused some, a failed renewal is the error of the call', async () => {
    const reason = new Error('unreachable');
    const renew = vi.fn(() => Promise.reject(reason));
    expect(
      await reasonOf(
        open({
          transport: only(() => 'never'),
          auth: refresh({ load: () => soon(5000), renew }),
        }).get(url),
      ),
    ).toBe(reason);
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('an abort is no failed renewal', async () => {
    const controller = new AbortController();
    const transport = only(() => 'a0');
    const renew = () => new Promise<never>(() => controller.abort(new Error('enough')));
    expect(
      await reasonOf(
        open({ transport, auth: refresh({ load: () => soon(5000), renew }) }).get(url, {
          signal: controller.signal,
        }),
      ),
    ).toBe(controller.signal.reason);
    expect(transport.seen).toEqual([]);
  });

  test('tokens that come expired, as by seconds for ms, are sent until the server refuses them', async () => {
    let count = 0;
    let right = 'b1';
    const renew = vi.fn(() =>
      Promise.resolve({
        accessToken: `b${++count}`,
        expiresAt: Math.round(Date.now() / 1000) + 3600,
      }),
    );
    const session = open({
      transport: only(() => right),
      auth: refresh({ load: () => expired, renew }),
    });
    for (let i = 0; i < 3; i++) expect((await session.get(url)).status).toBe(200);
    expect(renew).toHaveBeenCalledTimes(1);
    right = 'b2';
    expect((await session.get(url)).status).toBe(200);
    expect(renew).toHaveBeenCalledTimes(2);
  });
});

describe('the store', () => {
  test('is written before anybody uses the new tokens', async () => {
    const saved = deferred();
    const saving = deferred();
    const transport = only(() => 'b');
    const save = () => (saving.resolve(), saved.promise);
    const call = open({
      transport,
      auth: refresh({
        load: () => expired,
        renew: () => Promise.resolve({ accessToken: 'b' }),
        save,
      }),
    }).get(url);
    await saving.promise;
    expect(transport.seen).toHaveLength(1);
    saved.resolve();
    expect((await call).status).toBe(200);
  });

  test('that another process has written is read before anything is renewed', async () => {
    let tokens: Tokens = expired;
    const renew = vi.fn(() => Promise.reject(new Error('reuse')));
    const session = open({
      transport: only(() => tokens.accessToken ?? ''),
      auth: refresh({ load: () => tokens, renew }),
    });
    await session.get(url);
    tokens = { accessToken: 'theirs', refreshToken: 'theirs' };
    expect((await session.get(url)).status).toBe(200);
    expect(renew).not.toHaveBeenCalled();
  });

  test('whose tokens of another process are refused, too, does not keep them from being renewed', async () => {
    let tokens: Tokens = expired;
    const renew = vi.fn(() => Promise.resolve({ accessToken: 'b' }));
    const transport = inProcess(
      ({ headers }, count) =>
        new Response(null, {
          status: count === 1 || headers.get('authorization') === 'Bearer b' ? 200 : 401,
        }),
    );
    const session = open({ transport, auth: refresh({ load: () => tokens, renew }) });
    await session.get(url);
    tokens = { accessToken: 'theirs', refreshToken: 'theirs' };
    expect((await session.get(url)).status).toBe(200);
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer a0',
      'Bearer a0',
      'Bearer theirs',
      'Bearer b',
    ]);
    expect(renew.mock.calls).toEqual([[tokens, expect.any(AbortSignal)]]);
  });

  test('that others write all the time does not keep a call for ever', async () => {
    let count = 0;
    const transport = only(() => 'never');
    const session = open({
      transport,
      auth: refresh({
        load: () => ({ accessToken: `a${++count}` }),
        renew: () => Promise.reject(new Error('unexpected')),
      }),
    });
    expect((await session.get(url)).status).toBe(401);
    expect(transport.seen).toHaveLength(3);
  });

  test('that others wrote once is no news for ever', async () => {
    let tokens: Tokens = expired;
    let right = 'a0';
    const renew = vi.fn(({ refreshToken = '' }: Tokens = {}) =>
      Promise.resolve({ accessToken: right, refreshToken: `${refreshToken}+` }),
    );
    const session = open({
      transport: only(() => right),
      auth: refresh({ load: () => tokens, renew }),
    });
    await session.get(url);
    tokens = { accessToken: 'theirs', refreshToken: 'r' };
    for (right of ['b', 'c']) expect((await session.get(url)).status).toBe(200);
    expect(renew.mock.calls.map(([current]) => current?.refreshToken)).toEqual(['r', 'r+']);
  });

  test('that nobody writes is no news: the next renewal uses the newest refresh token', async () => {
    const { a } = sites();
    const session = armed(a);
    for (const token of ['a1', 'a2', 'a3']) {
      expect(await session.get('private').json()).toMatchObject({ token });
      await session.get('expire', { auth: null });
    }
    expect((await cameTo(a, 'renewal')).map(({ body }) => body)).toEqual(
      ['r0', 'r1', 'r2'].map((refreshToken) => JSON.stringify({ refreshToken })),
    );
  });

  test('that keeps the refresh token alone is no news either', async () => {
    const { a } = sites();
    let store = 'r0';
    const session = armed(a, {
      load: () => ({ refreshToken: store }),
      save: ({ refreshToken }) => void (store = refreshToken ?? ''),
    });
    for (const token of ['a1', 'a2']) {
      expect(await session.get('private').json()).toMatchObject({ token });
      await session.get('expire', { auth: null });
    }
    expect(await renewals(a)).toBe(2);
  });

  test('that answers late does not bring back older tokens', async () => {
    const late = deferred<Tokens>();
    const asked = deferred();
    let count = 0;
    const load = () => (++count === 2 ? (asked.resolve(), late.promise) : undefined);
    const [sending, gate] = [deferred(), deferred<Response>()];
    const transport = inProcess(({ headers }) =>
      headers.get('authorization') === null
        ? (sending.resolve(), gate.promise)
        : new Response(null, { status: headers.get('authorization') === 'Bearer b' ? 200 : 401 }),
    );
    const session = open({
      transport,
      auth: refresh({ load, renew: () => Promise.resolve({ accessToken: 'b' }) }),
    });
    const first = session.get(url);
    await sending.promise;
    const second = session.get(url);
    await asked.promise;
    gate.resolve(new Response(null, { status: 401 }));
    expect((await first).status).toBe(200);
    late.resolve({ accessToken: 'old' });
    expect((await second).status).toBe(200);
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      null,
      'Bearer b',
      'Bearer b',
    ]);
  });
});

describe('a call that a renewal makes', () => {
  test('in the session itself, with auth: null, is sent at once', async () => {
    const { a } = sites();
    expect((await armed(a).get('private')).status).toBe(200);
    expect(
      sent((await cameTo(a, 'renewal'))[0] as { headers: [string, string][] }, 'authorization'),
    ).toBeUndefined();
  });

  test('without it waits for itself, which ends after a minute with an error that says what is missing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const started = deferred();
    const session: Session = open({
      transport: only(() => 'never'),
      auth: refresh({
        load: () => expired,
        renew: () => (started.resolve(), session.post(url).json<Tokens>()),
      }),
    });
    const calls = [session.get(url), session.get(url)].map((call) =>
      rejection(call, InvalidRequestError),
    );
    await started.promise;
    await vi.advanceTimersByTimeAsync(60_000);
    for (const { message } of await Promise.all(calls)) expect(message).toContain('auth: null');
  });
});

describe("a lock of the caller's own", () => {
  test.each([
    ['are seen', expired, 'renewal'],
    ['are cookies', {}, 'renewal?cookies=1'],
  ])(
    'is run once for a renewal, with a key that tells the tokens apart when they %s',
    async (_, tokens, route) => {
      const keys: string[] = [];
      const lock: Lock = {
        run<T>(key: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
          keys.push(key);
          return task(new AbortController().signal);
        },
      };
      const { a } = sites();
      const session: Session = armed(a, {
        lock,
        load: () => tokens,
        renew: (current) => renewAt(() => session, route)(current),
      });
      await Promise.all([session.get('private'), session.get('private')]);
      await session.get('expire', { auth: null });
      await session.get('private');
      expect(keys).toHaveLength(2);
      expect(new Set(keys).size).toBe(2);
    },
  );

  test('may give what somebody else has got for the same key', async () => {
    const results = new Map<string, Promise<unknown>>();
    const lock: Lock = {
      run<T>(key: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
        if (!results.has(key)) results.set(key, task(new AbortController().signal));
        return results.get(key) as Promise<T>;
      },
    };
    const { a } = sites();
    let store = expired;
    const shared: Partial<RefreshOptions> = {
      lock,
      load: () => store,
      save: (tokens) => void (store = tokens),
    };
    const [first, second] = [armed(a, shared), armed(a, shared)];
    expect(statuses(await Promise.all([first.get('private'), second.get('private')]))).toEqual([
      200,
    ]);
    expect(await renewals(a)).toBe(1);

    await second.get('expire', { auth: null });
    expect((await second.get('private')).status).toBe(200);
    expect(
      (await cameTo(a, 'private')).slice(4).map((entry) => sent(entry, 'authorization')),
    ).toEqual(['Bearer a1', 'Bearer a2']);
  });

  test('hands its signal to the renewal', async () => {
    const controller = new AbortController();
    const reason = new Error('lease ran out');
    const lock: Lock = { run: (_, task) => task(controller.signal) };
    const renew: RefreshOptions['renew'] = (_, signal) =>
      new Promise((__, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        controller.abort(reason);
      });
    expect(
      await reasonOf(
        open({
          transport: only(() => 'never'),
          auth: refresh({ load: () => expired, renew, lock }),
        }).get(url),
      ),
    ).toBe(reason);
  });
});

describe('options', () => {
  const good = { load: () => undefined, renew: () => Promise.resolve({}) };

  test.each([
    [{ ...good, isExpried: () => true }, 'isExpired'],
    [{ renew: good.renew }, 'load'],
    [{ load: good.load }, 'renew'],
    [{ ...good, save: 'disk' }, 'save'],
    [{ ...good, lock: {} }, 'lock'],
    [undefined, 'refresh'],
  ])('of the wrong kind are refused by name: %j', (options, name) => {
    expect(thrown(() => refresh(options as RefreshOptions), InvalidRequestError).message).toContain(
      name,
    );
  });

  test('that are inherited count for nothing', () => {
    const auth: () => Auth = () => refresh(Object.create(good) as RefreshOptions);
    thrown(auth, InvalidRequestError);
  });
});
