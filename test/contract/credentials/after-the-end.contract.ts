import {
  type Auth,
  csrf,
  type Middleware,
  type Session,
  SessionClosedError,
  type SessionOptions,
  type Transport,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { arrivals, canary, network } from '../../support/canaries.ts';
import { deferred, open, reasonOf, rejection, sites, wireTest } from '../../support/contract.ts';

/** What a middleware has kept. */
type Kept = () => Promise<unknown>;

const keeper =
  (kept: Kept[]): Middleware =>
  (request, next) => {
    kept.push(() => next(request));
    return next(request);
  };

/** Where a `next` can be kept. */
const doors: { door: string; use: (session: Session, keep: Middleware) => Session }[] = [
  { door: 'of a call', use: (session, keep) => session.use(keep) },
  { door: 'of an attempt', use: (session, keep) => session.use(keep, { around: 'attempt' }) },
  { door: 'of a hop', use: (session, keep) => session.use(keep, { around: 'hop' }) },
  {
    door: 'of auth',
    use: (session, keep: Auth) => Object.assign(session, { auth: keep }),
  },
  {
    door: 'outside of csrf(), which fetches a token',
    use: (session, keep) => session.use([keep, csrf({ from: { url: 'token' } })]),
  },
];

const ends: { end: string; run: (session: Session) => Promise<void>; from?: 'child' | 'parent' }[] =
  [
    { end: 'close()', run: (session) => session.close() },
    { end: 'destroy()', run: (session) => session.destroy() },
    { end: 'destroy(reason)', run: (session) => session.destroy('over') },
    { end: "close() of a child's own", run: (session) => session.close(), from: 'child' },
    { end: 'close() of the parent', run: (session) => session.close(), from: 'parent' },
  ];

/** How a session has its transport. */
const over: { over: string; options: (transport: Transport) => SessionOptions; mounts?: true }[] = [
  { over: 'its transport', options: (transport) => ({ transport }) },
  { over: 'a mount', options: () => ({}), mounts: true },
  {
    over: 'a managed one',
    options: (transport) => ({ transport: { ...transport, managed: true } }),
  },
];

const rows = doors.flatMap((door) =>
  ends.flatMap((end) =>
    over
      // Where the host follows redirects, there are no hops.
      .filter((way) => !(way.over === 'a managed one' && door.door === 'of a hop'))
      .map((way) => ({ ...door, ...end, ...way })),
  ),
);

describe('S14: a next() that was kept sends nothing after the end', () => {
  test.each(rows)('$door, after $end, over $over', async ({ use, run, from, options, mounts }) => {
    const { places, transport } = network('home');
    const secret = canary();
    const kept: Kept[] = [];
    const parent = open({
      ...options(transport),
      baseUrl: places.home.origin,
      headers: { 'x-api-key': secret },
    });
    if (mounts) parent.mount(places.home.origin, transport);
    const session = use(from ? parent.extend() : parent, keeper(kept));
    // A token is fetched anew, as it has none by then.
    await session
      .post('')
      .text()
      .catch(() => {});
    const before = await arrivals(places, secret);
    expect(before.home).toBeGreaterThan(0);
    await run(from === 'parent' ? parent : session);
    for (const send of kept) await rejection(send(), SessionClosedError);
    expect(await arrivals(places, secret)).toEqual(before);
  });

  test.each(doors.slice(0, 4))('$door, of a call that was running', async ({ use }) => {
    const { places, transport } = network('home');
    const kept: Kept[] = [];
    const sending = deferred();
    const arrived = deferred();
    const session = use(
      open({
        transport: {
          async send(request) {
            const response = await transport.send(request);
            arrived.resolve();
            await sending.promise;
            return response;
          },
        },
        baseUrl: places.home.origin,
      }),
      keeper(kept),
    );
    const running = reasonOf(session.get(''));
    await arrived.promise;
    await session.destroy('over');
    sending.resolve();
    expect(await running).toBe('over');
    for (const send of kept) expect(await reasonOf(send())).toBe('over');
    expect(await places.home.requests()).toHaveLength(1);
  });

  test('while the session is open it sends, for a cache that looks later', async () => {
    const { places, transport } = network('home');
    const kept: Kept[] = [];
    const session = open({ transport, baseUrl: places.home.origin }).use(keeper(kept));
    await session.get('');
    await kept[0]?.();
    expect(await places.home.requests()).toHaveLength(2);
  });

  test('while it is being closed, what runs goes on: retries, hops, legs', async () => {
    const { places, transport } = network('home');
    const { home } = places;
    const started = deferred();
    const session = open({
      transport,
      baseUrl: home.origin,
      retry: { delay: () => 0, limit: 1 },
      auth: async (request, next) => {
        const response = await next(request);
        started.resolve();
        return response.status === 503 ? next(request) : response;
      },
    });
    const call = session.get(home.url('redirect', { to: home.url('reply', { status: 503 }) }));
    await started.promise;
    const closing = session.close();
    expect((await call).status).toBe(503);
    await closing;
    expect(await home.requests()).toHaveLength(8);
  });

  wireTest('over real connections', async () => {
    const { a } = sites();
    const kept: Kept[] = [];
    for (const end of ['close', 'destroy'] as const) {
      const session = open().use(keeper(kept));
      await session.get(a.url('echo')).text();
      await session[end]();
    }
    for (const send of kept) await rejection(send(), SessionClosedError);
    expect(await a.requests()).toHaveLength(2);
  });
});
