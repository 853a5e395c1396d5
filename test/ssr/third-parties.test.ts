/** Doors by which a third party may come back to a backend in a visitor's name. */
import { basic, type Middleware, type Transport } from 'isosession';
import { digest, formLogin } from 'isosession/auth';
import { expect, test } from 'vitest';
import { arrivals, canary, network } from '../support/canaries.ts';
import { open, reasonOf } from '../support/contract.ts';
import { openForVisitor } from '../contract/ssr/visitor.ts';

/** Asks for Digest credentials at `/asks`. */
function asking(transport: Transport): Transport {
  return {
    async send(request) {
      const response = await transport.send(request);
      if (request.url.pathname !== '/asks' || request.headers.has('authorization')) return response;
      const challenge = 'Digest realm="r", nonce="n", qop="auth"';
      return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
    },
  };
}

test.each([
  { name: 'the backend itself', stops: ['api'], told: { api: 2 } },
  { name: 'a backend and another', stops: ['auth', 'api'], told: { auth: 1, api: 2 } },
  { name: 'a third party', stops: ['weather', 'api'], told: {} },
  { name: 'a third party in between', stops: ['api', 'weather', 'api'], told: { api: 1 } },
] as const)(
  'S21: a challenge behind $name is answered as one more hop',
  async ({ stops, told }) => {
    const { places, transport } = network('api', 'auth', 'weather');
    const cookie = canary();
    const { api, auth, weather } = places;
    const session = openForVisitor(
      open({ transport: asking(transport), retry: 0 }),
      { cookie: `sid=${cookie}` },
      {
        baseUrl: api.origin,
        origins: [auth.origin, weather.origin],
        to: [api.origin, auth.origin],
      },
    );
    const url = stops
      .slice(0, -1)
      .reduceRight<string>((to, stop) => places[stop].url('redirect', { to }), api.url('asks'));
    const response = await session.get(url, { auth: digest('user', 'password') });
    expect(response.status).toBe(200);
    expect(await arrivals(places, cookie)).toEqual(told);
  },
);

const page = '<form method=post action=/send><input name=user><input name=pass></form>';

/** A login page that leads to `stops` and then to a form. */
function shop(transport: Transport, ...stops: string[]): Transport {
  return {
    async send(request) {
      const { url, method, headers } = request;
      const { status } = await transport.send(request);
      if (url.pathname === '/private')
        return new Response(null, { status: headers.get('cookie')?.includes('in=1') ? 200 : 401 });
      if (url.pathname === '/send')
        return new Response(null, { headers: { 'set-cookie': 'in=1' } });
      if (method === 'GET' && url.pathname !== '/form') {
        const location = stops[url.pathname === '/login' ? 0 : Number(url.pathname.slice(1))];
        return new Response(null, { status: 302, headers: { location: location ?? '/form' } });
      }
      return new Response(page, { status, headers: { 'content-type': 'text/html' } });
    },
  };
}

test.each([
  { name: 'the login page itself', stops: [], told: { api: 5 } },
  {
    name: 'a third party that leads back',
    stops: ['https://weather.test/1', 'https://api.test/form'],
    told: { api: 3 },
  },
])('R15: a form that $name has chosen is one more hop', async (row) => {
  const { places, transport } = network('api', 'weather');
  const secret = canary();
  const session = open({
    baseUrl: places.api.origin,
    transport: shop(transport, ...row.stops),
    headers: { 'x-api-key': secret },
    auth: formLogin({ url: 'login', fields: { user: 'ann', pass: 'word' } }),
  });
  expect((await session.get('private')).status).toBe(200);
  expect(await arrivals(places, secret)).toEqual(row.told);
});

test.each([true, false])(
  'S14: a child of who has left sends nothing, managed: %s',
  async (managed) => {
    const { places, transport } = network('api');
    const visit = new AbortController();
    const session = openForVisitor(
      open({ transport: { ...transport, managed } }),
      {},
      { to: [places.api.origin] },
      { signal: visit.signal },
    );
    let kept: (() => Promise<unknown>) | undefined;
    const keeping: Middleware = (request, next) => {
      kept ??= () => next(request);
      return next(request);
    };
    const child = session.extend({ auth: basic('user', 'password') });
    child.use(keeping);
    await child.get(places.api.url('echo'));
    visit.abort(new Error('gone'));
    expect(await reasonOf(child.get(places.api.url('echo')))).toMatchObject({ message: 'gone' });
    expect(await reasonOf(kept?.() ?? Promise.resolve())).toMatchObject({ message: 'gone' });
    expect(await places.api.requests()).toHaveLength(1);
  },
);
