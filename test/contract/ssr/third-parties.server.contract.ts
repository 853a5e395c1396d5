import type { SessionOptions } from 'isosession';
import { setCookieHeaders } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { arrivals, canary, network, type Place } from '../../support/canaries.ts';
import { open } from '../../support/contract.ts';
import { openForVisitor } from './visitor.ts';

/** Both backends are in `to`, and nobody else is. */
const names = ['api', 'auth', 'weather'] as const;
type Places = Readonly<Record<(typeof names)[number], Place>>;

/** What each place sets is known by this. */
const setBy = (place: string): string => `by-${place}=1; Path=/`;

/** A redirect from place to place, each of which sets a cookie. */
const along = (places: Places, ...stops: (keyof Places)[]): string => {
  const last = stops.at(-1) as keyof Places;
  return stops.slice(0, -1).reduceRight(
    (to, stop) =>
      places[stop].url('redirect', [
        ['to', to],
        ['line', setBy(stop)],
      ]),
    places[last].url('cookies/set', { line: setBy(last) }),
  );
};

interface Row {
  what: string;
  stops: (keyof Places)[];
  /** Where the visitor's cookie and header arrive. */
  told: Readonly<Partial<Record<keyof Places, number>>>;
  /** Whose cookies go to the page. */
  set: (keyof Places)[];
}

const rows: Row[] = [
  { what: 'a backend', stops: ['api'], told: { api: 1 }, set: ['api'] },
  {
    what: 'one backend and another',
    stops: ['api', 'auth', 'api'],
    told: { api: 2, auth: 1 },
    set: ['auth', 'api'],
  },
  { what: 'a third party', stops: ['weather'], told: {}, set: [] },
  { what: 'a third party that leads to a backend', stops: ['weather', 'api'], told: {}, set: [] },
  {
    what: 'a third party that leads from backend to backend',
    stops: ['weather', 'api', 'auth', 'api'],
    told: {},
    set: [],
  },
  {
    what: 'a backend that leads to a third party and back',
    stops: ['api', 'weather', 'api'],
    told: { api: 1 },
    set: ['api'],
  },
];

const scopes: [
  what: string,
  options: (places: Places) => SessionOptions,
  takesHeaders?: boolean,
][] = [
  ['with a baseUrl', ({ api }) => ({ baseUrl: api.origin })],
  ['without one', () => ({})],
  [
    'whose origins have all of them',
    ({ api, auth, weather }) => ({ baseUrl: api.origin, origins: [auth.origin, weather.origin] }),
    true,
  ],
];

describe.each(scopes)('S21: in a render %s', (_, options, takesHeaders) => {
  test.each(rows)(
    'a visitor is known to, and logged in by: $what',
    async ({ stops, told, set }) => {
      const { places, transport } = network(...names);
      const [cookie, header] = [canary(), canary()];
      const session = openForVisitor(
        open({ ...options(places), transport }),
        { cookie: `sid=${cookie}`, 'x-tenant': header },
        { to: [places.api.origin, places.auth.origin], forwardHeaders: ['x-tenant'] },
      );
      await session.get(along(places, ...stops));
      expect(await arrivals(places, cookie)).toEqual(told);
      // A redirect takes a header to another origin within the session's origins alone.
      const first = stops[0] === 'api' ? { api: 1 } : {};
      expect(await arrivals(places, header)).toEqual(takesHeaders ? told : first);
      expect(setCookieHeaders(session)).toEqual(set.map(setBy));
    },
  );

  test.each([
    { what: 'a third party', stops: ['weather', 'api'], told: {}, set: [] },
    {
      what: 'a backend, and a third party',
      stops: ['api', 'weather', 'api', 'auth', 'api'],
      told: { api: 1 },
      set: ['api'],
    },
    {
      what: 'a backend and another',
      stops: ['api', 'auth', 'api'],
      told: { api: 2, auth: 1 },
      set: ['auth', 'api'],
    },
  ] satisfies Row[])('nor by the links of pages: $what', async ({ stops, told, set }) => {
    const { places, transport } = network(...names);
    const cookie = canary();
    const session = openForVisitor(
      open({ ...options(places), transport }),
      { cookie: `sid=${cookie}` },
      { to: [places.api.origin, places.auth.origin] },
    );
    const start = stops.reduceRight((next, stop) => {
      const link: [string, string][] = next ? [['h', `Link: <${next}>; rel="next"`]] : [];
      return places[stop].url('reply', [['h', `Set-Cookie: ${setBy(stop)}`], ...link]);
    }, '');
    let count = 0;
    for await (const page of session.paginate(start)) count += (await page.text()).length || 1;
    expect(count).toBe(stops.length);
    expect(await arrivals(places, cookie)).toEqual(told);
    expect(setCookieHeaders(session)).toEqual(set.map(setBy));
  });

  test('what a third party has led a backend to set is not sent by later calls', async () => {
    const { places, transport } = network(...names);
    const login = canary();
    const session = openForVisitor(
      open({ ...options(places), transport }),
      {},
      { to: [places.api.origin] },
    );
    const magic = places.api.url('cookies/set', { line: `sid=${login}; Path=/` });
    await session.get(places.weather.url('redirect', { to: magic }));
    await session.get(places.api.url('echo'));
    // It stands in the URL that is redirected to, and in no cookie.
    expect(await arrivals(places, `sid=${login}`)).toEqual({});
    await session.get(magic);
    await session.get(places.api.url('echo'));
    expect(await arrivals(places, `sid=${login}`)).toEqual({ api: 1 });
    expect(setCookieHeaders(session)).toEqual([`sid=${login}; Path=/`]);
  });

  test('what the visitor has got in this render goes nowhere for a third party', async () => {
    const { places, transport } = network(...names);
    const renewed = canary();
    const session = openForVisitor(
      open({ ...options(places), transport }),
      {},
      { to: [places.api.origin] },
    );
    await session.get(places.api.url('cookies/set', { line: `sid=${renewed}; Path=/` }));
    await session.get(places.weather.url('redirect', { to: places.api.url('echo') }));
    expect(await arrivals(places, `sid=${renewed}`)).toEqual({});
    await session.get(places.api.url('echo'));
    expect(await arrivals(places, `sid=${renewed}`)).toEqual({ api: 1 });
  });
});

test('S21: a host that follows redirects is told of no visitor it could take along', async () => {
  const { places, transport } = network(...names);
  const [cookie, header] = [canary(), canary()];
  const session = openForVisitor(
    open({ transport: { ...transport, managed: true } }),
    { cookie: `sid=${cookie}`, 'x-tenant': header, 'accept-language': 'de' },
    { to: [places.api.origin], forwardHeaders: ['x-tenant', 'accept-language'] },
  );
  for (const place of Object.values(places)) await session.get(place.url('echo'));
  for (const place of Object.values(places))
    await session.get(place.url('echo'), { redirect: 'manual' });
  expect(await arrivals(places, cookie)).toEqual({});
  expect(await arrivals(places, header)).toEqual({ api: 1 });
  expect(await arrivals(places, 'de')).toEqual({ api: 2, auth: 2, weather: 2 });
});
