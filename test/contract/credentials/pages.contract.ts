import type { PaginateOptions, Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import { arrivals, canary, network, type Place } from '../../support/canaries.ts';
import { open, sites, wireTest } from '../../support/contract.ts';
import { callCarriers, carry, paramsCarrier, sessionCarriers } from './carried.ts';

type Name = 'home' | 'friend' | 'evil';
type Places = Record<Name, Place>;

/** A page that names the next one. */
const page = (place: Place, next: string): string =>
  place.url('reply', { h: `Link: <${next}>; rel="next"` });

const carryUserinfo = (url: string, secret: string): string =>
  url.replace('://', `://user:${secret}@`);

const redirect = (place: Place, to: string): string => place.url('redirect', { to });

/**
 * Where the first page is, by way of where the second one; where a secret arrives, and how often.
 * `free`: of a session without a `baseUrl`, to which no other origin is one of its own; `params`:
 * the session's `searchParams`, which no redirect has; `userinfo`: that of the first URL.
 */
const paths: {
  leads: string;
  from: (places: Places) => string;
  arrives: Partial<Record<Name, number>>;
  free?: Partial<Record<Name, number>>;
  params?: Partial<Record<Name, number>>;
  userinfo?: Partial<Record<Name, number>>;
}[] = [
  {
    leads: 'home, link to home',
    from: ({ home }) => page(home, home.url('echo')),
    arrives: { home: 2 },
  },
  {
    leads: 'home, link to evil',
    from: ({ home, evil }) => page(home, evil.url('echo')),
    arrives: { home: 1 },
  },
  {
    leads: 'home, redirected to evil, link to evil',
    from: ({ home, evil }) => redirect(home, page(evil, evil.url('echo'))),
    arrives: { home: 1 },
  },
  {
    leads: 'home, redirected to evil, link to home',
    from: ({ home, evil }) => redirect(home, page(evil, home.url('echo'))),
    arrives: { home: 1 },
  },
  {
    leads: 'home, redirected to evil and back home, link to home',
    from: ({ home, evil }) => redirect(home, redirect(evil, page(home, home.url('echo')))),
    arrives: { home: 1 },
  },
  {
    leads: 'home, link to evil, link to home, link to home',
    from: ({ home, evil }) => page(home, page(evil, page(home, home.url('echo')))),
    arrives: { home: 1 },
  },
  {
    leads: 'home, link to friend, link to home',
    from: ({ home, friend }) => page(home, page(friend, home.url('echo'))),
    arrives: { home: 2, friend: 1 },
    free: { home: 1 },
  },
  {
    leads: 'home, redirected to friend, link to friend',
    from: ({ home, friend }) => redirect(home, page(friend, friend.url('echo'))),
    arrives: { home: 1, friend: 2 },
    free: { home: 1 },
    params: { home: 1, friend: 1 },
    userinfo: { home: 1, friend: 1 },
  },
  {
    leads: 'home, redirected to friend and to evil, link to friend',
    from: ({ home, friend, evil }) =>
      redirect(home, redirect(friend, page(evil, friend.url('echo')))),
    arrives: { home: 1, friend: 1 },
    free: { home: 1 },
    params: { home: 1 },
    userinfo: { home: 1, friend: 1 },
  },
];

const rows = paths.flatMap((path) =>
  [...callCarriers, ...sessionCarriers, paramsCarrier].map((carrier) => ({
    ...path,
    carrier,
    carries: carrier.name,
  })),
);

async function pages(
  session: Session,
  url: string,
  options: PaginateOptions = {},
): Promise<number> {
  let count = 0;
  for await (const response of session.paginate(url, options)) {
    await response.text();
    count++;
  }
  return count;
}

describe('R15: what a hop has dropped stays dropped for the pages behind it', () => {
  test.each(rows)('$leads: $carries', async ({ from, carrier, ...row }) => {
    const { places, transport } = network('home', 'friend', 'evil');
    const secret = canary();
    const { session, call, at } = carry(carrier, secret, {
      baseUrl: places.home.origin,
      origins: [places.friend.origin],
      transport,
    });
    expect(await pages(session, at(from(places)), call)).toBeGreaterThan(1);
    let expected = row.arrives;
    if (carrier.url) expected = row.userinfo ?? { home: 1 };
    if (carrier === paramsCarrier) expected = row.params ?? row.arrives;
    expect(await arrivals(places, secret)).toEqual(expected);
  });

  test.each(rows)('without a baseUrl: $leads: $carries', async ({ from, carrier, ...row }) => {
    const { places, transport } = network('home', 'friend', 'evil');
    const secret = canary();
    const { session, call, at } = carry(carrier, secret, { transport });
    await pages(session, at(from(places)), call);
    const expected = carrier.url ? { home: 1 } : (row.free ?? row.arrives);
    expect(await arrivals(places, secret)).toEqual(expected);
  });

  wireTest('on real servers, and the jar has the cookies of each hop', async () => {
    const { a: home, b: evil } = sites();
    const secret = canary();
    const session = open({ baseUrl: home.base });
    const url = redirect(home, page(evil, page(home, home.url('echo'))));
    await session.cookies.set('sid=1', home.base);
    await pages(session, url, { headers: { 'x-api-key': secret } });
    expect(await arrivals({ home, evil }, secret)).toEqual({ home: 1 });
    expect((await home.requests()).map(({ route }) => route)).toEqual([
      'redirect',
      'reply',
      'echo',
    ]);
    expect(await arrivals({ home, evil }, 'sid=1')).toEqual({ home: 3, evil: 1 });
  });
});

describe('the next page', () => {
  test.each([
    ['by a link', undefined],
    ['by nextPage as text', (to: string) => to],
    ['by nextPage as a URL', (to: string) => new URL(to)],
  ])('has no userinfo of the server: %s', async (_, given) => {
    const { places, transport } = network('home');
    const secret = canary();
    const next = carryUserinfo(places.home.url('echo'), secret);
    const nextPage =
      given && (({ url }: { url: string }) => (url === next ? undefined : given(next)));
    const session = open({ transport });
    await pages(session, page(places.home, next), { nextPage, limit: 2 });
    expect(await places.home.requests()).toHaveLength(2);
    expect(await arrivals(places, `user:${secret}`)).toEqual({});
  });

  test('keeps what is harmless, and what keepHeaders names, at another origin', async () => {
    const { places, transport } = network('home', 'evil');
    const { home, evil } = places;
    const session = open({ transport, baseUrl: home.origin });
    const headers = { accept: 'a/b', 'x-trace': 'kept', 'x-api-key': 'dropped' };
    await pages(session, page(home, evil.url('echo')), { headers, keepHeaders: ['x-trace'] });
    const [request] = await evil.requests();
    const arrived = new Headers(request?.headers);
    expect([arrived.get('accept'), arrived.get('x-trace'), arrived.get('x-api-key')]).toEqual([
      'a/b',
      'kept',
      null,
    ]);
  });

  test('as a Request has what the Request itself says', async () => {
    const { places, transport } = network('home', 'evil');
    const { home, evil } = places;
    const [ours, theirs] = [canary(), canary()];
    const session = open({ transport, baseUrl: home.origin });
    await pages(session, home.url('echo'), {
      headers: { 'x-api-key': ours },
      nextPage: () => new Request(evil.url('echo'), { headers: { 'x-own': theirs } }),
      limit: 2,
    });
    expect(await arrivals(places, ours)).toEqual({ home: 1 });
    expect(await arrivals(places, theirs)).toEqual({ evil: 1 });
  });
});
