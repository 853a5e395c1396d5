/** The rings: how often a middleware runs, and what it sees, by where it stands. */
import {
  basic,
  InvalidRequestError,
  type Middleware,
  type Ring,
  type SessionOptions,
  type SessionRequest,
  type Transport,
  UnsupportedError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  developmentTest,
  inBrowser,
  inProcess,
  inProduction,
  open,
  rejection,
  sites,
  thrown,
  wireTest,
} from '../../support/contract.ts';

/** What a middleware saw of a request. */
interface Sight {
  readonly ring: Ring;
  readonly attempt: number;
  readonly hop: number;
  readonly path: string;
  readonly cookie: string | null;
}

const rings: readonly Ring[] = ['call', 'attempt', 'hop'];

function watch(ring: Ring, sights: Sight[]): Middleware {
  return (request, next) => {
    const { attempt, hop, url, headers } = request;
    sights.push({ ring, attempt, hop, path: url.pathname, cookie: headers.get('cookie') });
    return next(request);
  };
}

/** Fails once, then redirects from /start to /end and sets a cookie on the way. */
function redirectingServer(): Transport {
  return inProcess(({ url }, count) => {
    if (count === 1) return new Response(null, { status: 503 });
    if (url.pathname === '/end') return new Response('the end');
    return new Response(null, { status: 302, headers: { location: '/end', 'set-cookie': 'a=1' } });
  });
}

const base = 'http://api.example';
const atOnce: SessionOptions = { retry: { delay: () => 0 } };
// A browser keeps the cookies of its own fetch alone, and lets no script set any.
const kept = inBrowser ? null : 'a=1';

describe('in two attempts, the second with a redirect, a middleware of a ring runs', () => {
  const table: { ring: Ring; times: string; sights: Omit<Sight, 'ring'>[] }[] = [
    {
      ring: 'call',
      times: 'once',
      sights: [{ attempt: 1, hop: 0, path: '/start', cookie: null }],
    },
    {
      ring: 'attempt',
      times: 'once an attempt',
      sights: [
        { attempt: 1, hop: 0, path: '/start', cookie: null },
        { attempt: 2, hop: 0, path: '/start', cookie: null },
      ],
    },
    {
      ring: 'hop',
      times: 'once a hop, with its cookies',
      sights: [
        { attempt: 1, hop: 0, path: '/start', cookie: null },
        { attempt: 2, hop: 0, path: '/start', cookie: null },
        { attempt: 2, hop: 1, path: '/end', cookie: kept },
      ],
    },
  ];
  test.each(table)('around $ring: $times', async ({ ring, sights }) => {
    const seen: Sight[] = [];
    const session = open({ ...atOnce, transport: redirectingServer() });
    session.use(watch(ring, seen), { around: ring });
    expect(await session.get(`${base}/start`).text()).toBe('the end');
    expect(seen).toEqual(sights.map((sight) => ({ ring, ...sight })));
  });
});

test('rings stand inside each other, the first middleware of a ring outermost', async () => {
  const order: string[] = [];
  const note =
    (name: string): Middleware =>
    async (request, next) => {
      order.push(`${name} >`);
      const response = await next(request);
      order.push(`< ${name}`);
      return response;
    };
  const session = open({ transport: inProcess(() => new Response()) });
  session.use(note('hop'), { around: 'hop' });
  session.use([note('attempt 1'), note('attempt 2')], { around: 'attempt' });
  session.use(note('call'));
  await session.get(base);
  const inwards = ['call', 'attempt 1', 'attempt 2', 'hop'];
  const outwards = [...inwards].reverse();
  expect(order).toEqual([...inwards.map((name) => `${name} >`), ...outwards.map((n) => `< ${n}`)]);
});

test('a middleware around attempts stands above auth, one around hops below it', async () => {
  const seen: Record<string, string | null> = {};
  const session = open({ baseUrl: base, auth: basic('u', 'p'), transport: redirectingServer() });
  for (const ring of rings) {
    session.use(
      (request, next) => {
        seen[ring] = request.headers.get('authorization');
        return next(request);
      },
      { around: ring },
    );
  }
  await session.get('end', { retry: 0 });
  expect(seen).toEqual({ call: null, attempt: null, hop: 'Basic dTpw' });
});

test('waiting on the ring of attempts counts for timeout.total alone', async () => {
  const session = open({
    timeout: { response: 20, total: 5000 },
    transport: inProcess(() => new Response('answered')),
  });
  const slow: Middleware = async (request, next) => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return next(request);
  };
  session.use(slow, { around: 'attempt' });
  expect(await session.get(base).text()).toBe('answered');
});

test('a middleware around hops may answer by itself, and send a request elsewhere', async () => {
  const transport = inProcess(({ url }) => new Response(url.pathname));
  const session = open({ transport });
  session.use(
    async (request, next) => {
      if (request.url.pathname === '/kept') return new Response('from the middleware');
      return next({ ...request, url: new URL('/moved', request.url) });
    },
    { around: 'hop' },
  );
  expect(await session.get(`${base}/kept`).text()).toBe('from the middleware');
  expect(await session.get(`${base}/x`).text()).toBe('/moved');
  expect(transport.seen).toHaveLength(1);
});

test('a child has the rings of its parent, and what the parent gets later is its own', async () => {
  const seen: Sight[] = [];
  const parent = open({ transport: inProcess(() => new Response()) });
  parent.use(watch('attempt', seen), { around: 'attempt' });
  const child = parent.extend();
  parent.use(watch('hop', seen), { around: 'hop' });
  await child.get(base);
  expect(seen.map(({ ring }) => ring)).toEqual(['attempt']);
});

test('over the platform itself, hops are seen where they are ours, else refused', async () => {
  const { a } = sites();
  const seen: Sight[] = [];
  const session = open({ baseUrl: a.base });
  for (const ring of rings) session.use(watch(ring, seen), { around: ring });
  const call = session.get('echo').json();
  if (inBrowser) {
    const error = await rejection(call, UnsupportedError);
    expect(error.message).toContain(inProduction ? "around: 'hop'" : "around: 'attempt'");
    expect(await a.requests()).toEqual([]);
  } else {
    await call;
    expect(seen.map(({ ring }) => ring)).toEqual(['call', 'attempt', 'hop']);
  }
});

developmentTest.each([
  { name: 'a ring that does not exist', use: [() => {}, { around: 'socket' }] },
  { name: 'a name of Object.prototype for a ring', use: [() => {}, { around: 'constructor' }] },
  { name: 'no function', use: [{}] },
  { name: 'a list with something else in it', use: [[() => {}, 'x']] },
])('use() refuses $name', ({ use }) => {
  const session = open();
  // What a caller without types may write.
  const unchecked = session as unknown as { use(...args: unknown[]): void };
  thrown(() => unchecked.use(...use), InvalidRequestError);
});

describe('request.identity', () => {
  async function identityOf(
    session: ReturnType<typeof open>,
    ring: Ring,
    options?: Parameters<typeof session.get>[1],
  ): Promise<object> {
    let identity: object | undefined;
    const child = session.extend();
    child.use(
      (request: SessionRequest, next) => {
        identity = request.identity;
        return next(request);
      },
      { around: ring },
    );
    await child.get(base, options);
    return identity as object;
  }
  const server = () => inProcess(() => new Response(null, { headers: { 'set-cookie': 'a=1' } }));

  test.each(rings)('is the same for each call of one jar and auth, around %s', async (ring) => {
    const session = open({ auth: basic('u', 'p'), transport: server() });
    const first = await identityOf(session, ring);
    expect(await identityOf(session, ring)).toBe(first);
    expect(await identityOf(session, ring, { headers: { accept: 'text/html' } })).toBe(first);
  });

  test.each([
    { name: 'another auth', options: { auth: basic('v', 'p') } },
    { name: 'no auth', options: { auth: null } },
    { name: 'a header that is not harmless', options: { headers: { 'x-api-key': 'k' } } },
    ...(inBrowser ? [] : [{ name: 'cookies of the call', options: { cookies: { b: '2' } } }]),
  ])('is another one with $name', async ({ options }) => {
    const session = open({ auth: basic('u', 'p'), transport: server() });
    for (const ring of rings) {
      const first = await identityOf(session, ring);
      expect(await identityOf(session, ring, options)).not.toBe(first);
    }
  });

  // A browser has one jar for all.
  wireTest('is another one for another jar', async () => {
    const session = open({ transport: server() });
    const other = session.extend({ cookies: 'new' });
    expect(await identityOf(other, 'call')).not.toBe(await identityOf(session, 'call'));
  });
});

describe('the ring that a middleware names', () => {
  const named = (around: Ring, sights: Sight[]): Middleware =>
    Object.assign(watch(around, sights), { around });

  test('is the one that it stands on', async () => {
    const sights: Sight[] = [];
    const session = open({ transport: redirectingServer(), ...atOnce });
    session.use([named('attempt', sights), watch('call', sights)]);
    await session.get(`${base}/start`);
    expect(sights.map(({ ring, attempt }) => [ring, attempt])).toEqual([
      ['call', 1],
      ['attempt', 1],
      ['attempt', 2],
    ]);
  });

  test('gives way to the one that use() is told', async () => {
    const sights: Sight[] = [];
    const session = open({ transport: redirectingServer(), ...atOnce });
    session.use(named('attempt', sights), { around: 'call' });
    await session.get(`${base}/start`);
    expect(sights).toHaveLength(1);
  });

  developmentTest('must be one, or nothing is used at all', async () => {
    const sights: Sight[] = [];
    const session = open({ transport: redirectingServer(), ...atOnce });
    const wrong = Object.assign(watch('call', sights), { around: 'attempts' }) as Middleware;
    expect(
      thrown(() => session.use([watch('call', sights), wrong]), InvalidRequestError),
    ).toBeDefined();
    await session.get(`${base}/start`);
    expect(sights).toEqual([]);
  });
});
