/** `dedupe()`: equal requests under way at once are one. */
import {
  type Auth,
  basic,
  bearer,
  type CallOptions,
  HTTPError,
  NetworkError,
  refresh,
  type Session,
  type SessionRequest,
  TimeoutError,
} from 'isosession';
import { dedupe, type DedupeOptions } from 'isosession/middleware';
import { describe, expect, test } from 'vitest';
import {
  deferred,
  inBrowser,
  inProcess,
  open,
  reasonOf,
  rejection,
  sites,
} from '../../support/contract.ts';

const url = 'http://api.test/items';

/** A server that answers when it is told, by its count or by a function of it. */
function held(answer: (count: number) => Response = (count) => new Response(`answer ${count}`)) {
  const gate = deferred();
  const transport = inProcess(async ({ signal }, count) => {
    await Promise.race([
      gate.promise,
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    ]);
    return answer(count);
  });
  return { transport, release: () => gate.resolve() };
}

const openShared = (transport: ReturnType<typeof inProcess>): Session =>
  open({ transport, retry: 0 }).use(dedupe());

/** The next turn of the loop, by when what was called is under way. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

describe('calls at once are one request', () => {
  test('with a response and a body for each', async () => {
    const { transport, release } = held(
      (count) => new Response(`{"n":${count}}`, { headers: { 'x-a': '1' } }),
    );
    const session = openShared(transport);
    const calls = Array.from({ length: 5 }, (_, i) => session.get(url, { context: { i } }));
    await turn();
    release();
    const responses = await Promise.all(calls);
    expect(new Set(responses).size).toBe(5);
    for (const response of responses) {
      expect(response.headers.get('x-a')).toBe('1');
      expect(await response.json()).toEqual({ n: 1 });
      expect(response.url).toBe(url);
    }
    expect(transport.seen).toHaveLength(1);
    expect(await session.get(url).json()).toEqual({ n: 2 });
  });

  test('over the network, where they were redirected, too', async () => {
    const { a } = sites();
    const session = open().use(dedupe());
    const start = a.url('redirect', { to: a.url('held', { key: 'k' }) });
    const calls = [session.get(start), session.get(start)];
    await a.requests({ requests: 2 });
    await a.release('k');
    const [one, two] = await Promise.all(calls);
    expect(one?.url).toBe(two?.url);
    expect(two?.redirected).toBe(true);
    expect(await two?.text()).toBe(await one?.text());
    expect(await a.requests()).toHaveLength(2);
    if (!inBrowser) expect(two?.history).toHaveLength(1);
  });

  test('a HEAD, and none with a GET', async () => {
    const { transport, release } = held(() => new Response(null));
    const session = openShared(transport);
    const calls = [session.head(url), session.head(url), session.get(url)];
    await turn();
    release();
    await Promise.all(calls);
    expect(transport.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  test('that fails for all, and is an HTTP error for whoever asks for data', async () => {
    for (const [answer, type] of [
      [() => new Response('no', { status: 404 }), HTTPError],
      [
        () => {
          throw new TypeError('fetch failed');
        },
        NetworkError,
      ],
    ] as const) {
      const { transport, release } = held(answer);
      const session = openShared(transport);
      const calls = [session.get(url).text(), session.get(url).text()].map((call) =>
        rejection(call, type as typeof NetworkError),
      );
      await turn();
      release();
      await Promise.all(calls);
      expect(transport.seen).toHaveLength(1);
    }
  });
});

describe('S10: requests of their own have', () => {
  const apart: [string, CallOptions, CallOptions][] = [
    ['other URLs', { searchParams: { a: 1 } }, { searchParams: { a: 2 } }],
    ['other headers', { headers: { accept: 'a/b' } }, {}],
    ['other credentials', { auth: bearer('ann') }, { auth: bearer('bob') }],
    ['other redirects', { redirect: 'manual' }, {}],
    ['other timeouts', { timeout: { response: 1_000 } }, {}],
  ];
  test.each(apart)('%s', async (_, one, two) => {
    const { transport, release } = held();
    const session = openShared(transport);
    const calls = [session.get(url, one).text(), session.get(url, two).text()];
    await turn();
    release();
    expect(await Promise.all(calls)).toEqual(['answer 1', 'answer 2']);
  });

  test('a session and its child, and two sessions', async () => {
    const { transport, release } = held();
    const shared = dedupe();
    const session = open({ transport }).use(shared);
    const others = [session, session.extend(), open({ transport }).use(shared)];
    const calls = others.map((one) => one.get(url).text());
    await turn();
    release();
    await Promise.all(calls);
    expect(transport.seen).toHaveLength(3);
  });

  test('what is asked for after a call that may have changed it', async () => {
    const { transport, release } = held();
    const session = openShared(transport);
    const before = session.get(url).text();
    await turn();
    const change = session.post(url, { transport: inProcess(() => new Response('done')) });
    await change.text();
    const after = session.get(url).text();
    await turn();
    release();
    expect(await Promise.all([before, after])).toEqual(['answer 1', 'answer 2']);
  });

  test('D7: large bodies, slow ones, and streams of events', async () => {
    const bodies: (() => Response)[] = [
      () => new Response(new Uint8Array(2 ** 20 + 1)),
      () => new Response(new ReadableStream({ pull() {} })),
      () => new Response('data: a\n\n', { headers: { 'content-type': 'text/event-stream' } }),
    ];
    for (const body of bodies) {
      const { transport, release } = held((count) => (count === 1 ? body() : new Response('own')));
      const session = openShared(transport);
      const calls = [session.get(url), session.get(url)];
      await turn();
      release();
      expect(await (await calls[1])?.text()).toBe('own');
      await (await calls[0])?.body?.cancel();
    }
  });
});

describe('S10: credentials', () => {
  /** Two calls at once, before and after another user has logged in. */
  async function aroundLogin(auth: Auth, logIn: () => void, options?: DedupeOptions) {
    const { transport, release } = held();
    const session = open({ transport, auth }).use(dedupe(options));
    const before = session.get(url).text();
    await turn();
    logIn();
    const calls = [before, session.get(url).text()];
    await turn();
    release();
    await Promise.all(calls);
    return transport.seen.map(({ headers }) => headers.get('authorization'));
  }

  test('that are read as a request is sent make it one of its own', async () => {
    let user = 'ann';
    const own: Auth = (request, next) => {
      request.headers.set('authorization', `Bearer ${user}`);
      return next(request);
    };
    const tokens = refresh({
      load: () => ({ accessToken: user }),
      renew: async () => ({ accessToken: user }),
    });
    const late = [bearer(() => user), own, tokens];
    for (const auth of late) {
      user = 'ann';
      const sent = await aroundLogin(auth, () => (user = 'bob'));
      expect(sent).toHaveLength(2);
    }
    user = 'ann';
    expect(await aroundLogin(late[0] as Auth, () => (user = 'bob'))).toEqual([
      'Bearer ann',
      'Bearer bob',
    ]);
  });

  test('that stay as they are do not', async () => {
    for (const auth of [bearer('ann'), basic('ann', 'secret')])
      expect(await aroundLogin(auth, () => {})).toHaveLength(1);
  });

  test('that are read late are shared by a key that names the user', async () => {
    let user = 'ann';
    const key = ({ url: { href } }: SessionRequest) => `${user} ${href}`;
    const auth = bearer(() => user);
    expect(await aroundLogin(auth, () => {}, { key })).toHaveLength(1);
    expect(await aroundLogin(auth, () => (user = 'bob'), { key })).toHaveLength(2);
  });
});

describe('own options of a caller are', () => {
  test('its total deadline, its limits and its parser', async () => {
    const { transport, release } = held(() => new Response('"text"'));
    const session = openShared(transport);
    const calls = [
      session.get(url).text(),
      reasonOf(session.get(url, { timeout: { total: 10 } }).text()),
      reasonOf(session.get(url, { maxResponseSize: 2 }).text()),
      session.get(url, { headers: { accept: '*/*' }, parseJson: () => 'parsed' }),
    ] as const;
    expect(await calls[1]).toBeInstanceOf(TimeoutError);
    release();
    expect(await calls[0]).toBe('"text"');
    expect(((await calls[2]) as Error).name).toBe('ResponseTooLargeError');
    expect(await (await calls[3]).json()).toBe('parsed');
  });
});

describe('a caller that goes', () => {
  const calls = (session: Session, count: number) => {
    const controllers = Array.from({ length: count }, () => new AbortController());
    const all = controllers.map(({ signal }) => session.get(url, { signal }));
    return { controllers, all };
  };

  test.each([0, 1])('leaves the request to the others, be it the %i-th', async (gone) => {
    const { transport, release } = held();
    const { controllers, all } = calls(openShared(transport), 2);
    await turn();
    const reason = new Error('gone');
    const left = reasonOf(all[gone] as PromiseLike<unknown>);
    controllers[gone]?.abort(reason);
    expect(await left).toBe(reason);
    release();
    expect(await (await all[1 - gone])?.text()).toBe('answer 1');
    expect(transport.seen).toHaveLength(1);
    expect(transport.seen[0]?.signal?.aborted).toBe(false);
  });

  test('ends the request when it is the last', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
    ]) {
      const { transport } = held();
      const { controllers, all } = calls(openShared(transport), 3);
      await turn();
      const reasons = all.map((call) => reasonOf(call));
      for (const [at, index] of order.entries()) {
        expect(transport.seen[0]?.signal?.aborted).toBe(false);
        controllers[index]?.abort(new Error(String(at)));
        await reasons[index];
      }
      await turn();
      expect(transport.seen[0]?.signal?.aborted).toBe(true);
    }
  });

  test('alone leaves nothing to join', async () => {
    const { transport, release } = held();
    const session = openShared(transport);
    const { controllers, all } = calls(session, 1);
    await turn();
    const reason = new Error('gone');
    const left = reasonOf(all[0] as PromiseLike<unknown>);
    controllers[0]?.abort(reason);
    const next = [session.get(url), session.get(url)];
    expect(await left).toBe(reason);
    await turn();
    release();
    for (const response of await Promise.all(next)) expect(await response.text()).toBe('answer 2');
    expect(transport.seen).toHaveLength(2);
  });

  test('with its body takes nobody else’s', async () => {
    const { transport, release } = held();
    const { controllers, all } = calls(openShared(transport), 3);
    await turn();
    release();
    const responses = await Promise.all(all);
    const reason = new Error('gone');
    controllers[0]?.abort(reason);
    expect(await reasonOf(responses[0]?.text() as Promise<string>)).toBe(reason);
    for (const response of responses.slice(1)) expect(await response.text()).toBe('answer 1');
  });

  test('alone ends its body, and leaves nothing behind', async () => {
    const transport = inProcess(() => new Response(new ReadableStream({ pull() {} })));
    const session = openShared(transport);
    const controller = new AbortController();
    const response = await session.get(url, { signal: controller.signal });
    const reason = new Error('gone');
    const read = reasonOf(response.text());
    controller.abort(reason);
    expect(await read).toBe(reason);
    await session.close();
    expect(session.stats().inFlight).toBe(0);
  });
});

test('a session closes as soon as the bodies of all were read', async () => {
  const { transport, release } = held();
  const session = openShared(transport);
  const calls = [session.get(url), session.get(url)];
  await turn();
  release();
  const responses = await Promise.all(calls);
  for (const response of responses) await response.text();
  await session.close();
  expect(session.closed).toBe(true);
});

test('a key says what is equal, and what is not to be shared', async () => {
  const { transport, release } = held();
  const session = open({ transport }).use(
    dedupe({ key: ({ url: { pathname, search } }) => (search ? undefined : pathname) }),
  );
  const calls = [
    session.get(url, { headers: { accept: 'a/b' } }),
    session.get(url),
    session.get(`${url}?a`),
    session.get(`${url}?a`),
  ];
  await turn();
  release();
  await Promise.all(calls);
  expect(transport.seen).toHaveLength(3);
});
