import {
  basic,
  bearer,
  csrf,
  type HookState,
  type Middleware,
  type Session,
  type SessionOptions,
  type SessionRequest,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { arrivals, canary, network, type Place } from '../../support/canaries.ts';
import { open, wireTest } from '../../support/contract.ts';
import { callCarriers, carry, paramsCarrier, sessionCarriers } from './carried.ts';

/** Leads the calls of a session to another origin. */
type Lead = (session: Session, to: string) => Session;

const leading =
  (to: string): Middleware =>
  (request, next) =>
    next({ ...request, url: moved(request, to) });

/** The URL with another origin, its path and its query as they were. */
const moved = ({ url }: SessionRequest, to: string): URL => new URL(url.pathname + url.search, to);

const hook =
  (to: string) =>
  ({ request }: HookState): void => {
    request.url = moved(request, to);
  };

const doors: { door: string; lead: Lead }[] = [
  { door: 'a middleware', lead: (session, to) => session.use(leading(to)) },
  {
    door: 'a middleware that changes its record',
    lead: (session, to) =>
      session.use((request, next) => {
        const { host, protocol } = new URL(to);
        Object.assign(request.url, { protocol, host });
        return next(request);
      }),
  },
  {
    door: 'a middleware around attempts',
    lead: (session, to) => session.use(leading(to), { around: 'attempt' }),
  },
  {
    door: 'a middleware around hops',
    lead: (session, to) => session.use(leading(to), { around: 'hop' }),
  },
  {
    door: 'a hook',
    lead: (session, to) => session.extend({ hooks: { beforeRequest: [hook(to)] } }),
  },
  {
    door: 'a hook before a retry',
    lead: (session, to) =>
      session
        .use(
          async (request, next) =>
            request.attempt > 1 ? next(request) : new Response(null, { status: 503 }),
          { around: 'attempt' },
        )
        .extend({ retry: { delay: () => 0 }, hooks: { beforeRetry: [hook(to)] } }),
  },
];

const carriers = [...callCarriers, ...sessionCarriers, paramsCarrier];

const rows = doors.flatMap(({ door, lead }) =>
  carriers.map((carrier) => ({ door, lead, carrier, carries: carrier.name })),
);

const places = () => network('home', 'friend', 'evil');

describe('R16: a URL that changes takes nothing along that belonged to the old one', () => {
  describe.each([
    { scope: 'with a baseUrl', hasBase: true },
    { scope: 'without one', hasBase: false },
  ])('$scope', ({ hasBase }) => {
    const open = (carrier: (typeof carriers)[number]) => {
      const { places: origins, transport } = places();
      const secret = canary();
      const scope: SessionOptions = hasBase
        ? { baseUrl: origins.home.origin, origins: [origins.friend.origin] }
        : {};
      return { origins, secret, ...carry(carrier, secret, { ...scope, transport }) };
    };

    test.each(rows)('$door, to evil: $carries', async ({ lead, carrier }) => {
      const { origins, secret, session, call, at } = open(carrier);
      const led = lead(session, origins.evil.origin);
      await led.get(at(origins.home.url('echo', { own: 1 })), call);
      expect((await origins.evil.requests()).at(-1)).toMatchObject({
        route: 'echo',
        search: '?own=1',
      });
      expect(await arrivals(origins, secret)).toEqual({});
    });

    // On the ring of hops everything is attached by then, and a jar's cookies are of one URL.
    const kept = rows.filter(({ door, carries }) => !/hops/.test(door) || !/cook/.test(carries));
    test.each(hasBase ? kept : [])('$door, to friend: $carries', async ({ lead, carrier }) => {
      const { origins, secret, session, call, at } = open(carrier);
      const led = lead(session, origins.friend.origin);
      await led.get(at(origins.home.url('echo')), call);
      expect(await arrivals(origins, secret)).toEqual({ friend: 1 });
    });
  });

  test.each(doors)('what was set for the new URL goes there: $door', async ({ lead }) => {
    const { places: origins, transport } = places();
    const secret = canary();
    const session = open({ transport, baseUrl: origins.home.origin, auth: bearer('old') });
    session.use((request, next) => {
      const headers = new Headers({ authorization: secret });
      return next({ ...request, url: new URL(origins.friend.url('x', { key: secret })), headers });
    });
    await session.get('');
    expect(await arrivals(origins, secret)).toEqual({ friend: 1 });
    const led = lead(open({ transport }), origins.evil.origin);
    await led.get(origins.home.url('x', { key: secret }));
    expect(await arrivals(origins, secret)).toEqual({ friend: 1, evil: 1 });
  });

  test('what a hook has set does not follow the hook behind it', async () => {
    const { places: origins, transport } = places();
    const secret = canary();
    const session = open({
      transport,
      hooks: {
        beforeRequest: [
          ({ request }) => request.headers.set('x-api-key', secret),
          hook(origins.evil.origin),
          ({ request }) => request.headers.set('x-seen', String(request.headers.get('x-api-key'))),
        ],
      },
    });
    await session.get(origins.home.url('echo'));
    expect(await arrivals(origins, secret)).toEqual({});
    expect(await arrivals(origins, 'x-seen')).toEqual({ evil: 1 });
  });

  test.each([true, false])('a CSRF token stays, the middleware inside: %s', async (inside) => {
    const { places: origins, transport } = places();
    const secret = canary();
    const session = open({ transport, baseUrl: origins.home.origin });
    const token = csrf({ from: { header: 'x-token' } });
    session.use(token);
    await session.get('reply', { searchParams: { h: `x-token: ${secret}` } });
    await session.post('');
    expect(await arrivals(origins, `x-xsrf-token\n${secret}`)).toEqual({ home: 1 });
    const led = session.extend();
    led.use(leading(origins.evil.origin));
    if (inside) led.use(token);
    await led.post('');
    expect(await origins.evil.requests()).toHaveLength(1);
    expect(await arrivals({ evil: origins.evil }, secret)).toEqual({});
  });

  wireTest("what answers in another's place has its own cookies and redirects", async () => {
    const { places: origins, transport } = places();
    const { home, evil } = origins;
    const secret = canary();
    const session = open({ transport, baseUrl: home.origin, headers: { 'x-api-key': secret } });
    await session.cookies.set('sid=1', home.origin);
    session.use(
      (request, next) =>
        request.hop > 0
          ? next(request)
          : next({
              ...request,
              url: new URL(evil.url('redirect', { to: home.url('x'), line: 'sid=evil' })),
            }),
      { around: 'hop' },
    );
    await session.get('');
    expect((await home.requests()).map(({ route }) => route)).toEqual(['x']);
    expect(await arrivals(origins, secret)).toEqual({});
    expect(await arrivals(origins, 'sid=1')).toEqual({ home: 1 });
    expect(await session.cookies.get('sid', evil.origin)).toMatchObject({ value: 'evil' });
  });
});

wireTest('a host header follows no redirect to another origin, even between origins', async () => {
  const hostOf = async (place: Place) =>
    (await place.requests()).map(({ headers }) => new Headers(headers).get('host'));
  const { places: origins, transport } = places();
  const { home, friend } = origins;
  const session = open({ transport, baseUrl: home.origin, origins: [friend.origin] });
  const headers = { host: 'canary.test' };
  await session.get(home.url('redirect', { to: home.url('echo') }), { headers });
  await session.get(home.url('redirect', { to: friend.url('echo') }), { headers });
  expect(await hostOf(home)).toEqual(['canary.test', 'canary.test', 'canary.test']);
  expect(await hostOf(friend)).toEqual([null]);
  await session.use(leading(friend.origin)).get('', { headers });
  expect(await hostOf(friend)).toEqual([null, null]);
});

describe("R17: userinfo of a baseUrl goes with that baseUrl's origin", () => {
  const at = (place: Place, secret: string) => place.origin.replace('://', `://user:${secret}@`);

  test.each<{ door: string; change: (session: Session, to: string | null) => Session }>([
    { door: 'extend', change: (session, baseUrl) => session.extend({ baseUrl }) },
    {
      door: 'the setter',
      change: (session, baseUrl) => Object.assign(session, { baseUrl }),
    },
    {
      door: 'the setter of a child',
      change: (session, baseUrl) => Object.assign(session.extend(), { baseUrl }),
    },
  ])('by $door', async ({ change }) => {
    const { places: origins, transport } = places();
    const { home, evil } = origins;
    const secret = canary();
    const session = () => open({ transport, baseUrl: at(home, secret) });
    await session().get('');
    expect(await arrivals(origins, secret)).toEqual({ home: 1 });
    await change(session(), `${home.origin}/v2/`).get('');
    expect(await arrivals(origins, secret)).toEqual({ home: 2 });
    await change(session(), evil.origin).get('');
    await change(change(session(), evil.origin), home.origin).get('');
    await change(session(), null).get(home.origin);
    expect(await arrivals(origins, secret)).toEqual({ home: 2 });
    const [own, theirs] = [canary(), canary()];
    await change(
      open({ transport, baseUrl: at(home, secret), auth: basic('u', own) }),
      evil.origin,
    ).get('');
    await change(session(), at(evil, theirs)).get('');
    expect(await arrivals(origins, own)).toEqual({ evil: 1 });
    expect(await arrivals(origins, theirs)).toEqual({ evil: 1 });
    expect(await arrivals(origins, secret)).toEqual({ home: 2 });
  });
});
