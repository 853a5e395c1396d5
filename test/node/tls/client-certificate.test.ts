/** A client certificate is a credential: which servers are shown it, by every door of a session. */
import {
  type RequestOptions,
  type Session,
  type SessionOptions,
  type TlsOptions,
  type Transport,
} from 'isosession';
import { createKy } from 'isosession/ky';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { authority, identities } from '../../support/certificates.ts';
import { inProcess, open } from '../../support/contract.ts';
import { tlsServer, type TlsServer } from '../../support/tls-server.ts';
import { passphrase, pfx } from './keys.ts';

/** What the session shows, and a call: servers know them by these names. */
const ofSession: TlsOptions = { ca: authority, ...identities.wrong };
const ofCall: TlsOptions = { ca: authority, pfx, passphrase };
const sessionName = 'other.test';
const callName = 'localhost';

/** By the names of servers. */
type Urls = Readonly<Record<'a' | 'b' | 'c', string>>;

interface Row {
  what: string;
  session(urls: Urls): SessionOptions;
  /** By default A is called. */
  door?(session: Session, urls: Urls): Promise<unknown>;
  /** The names that each server that was called was shown, in order; `-`: none. */
  shown: Readonly<Record<string, readonly string[]>>;
}

const get =
  (url: (urls: Urls) => string, options?: RequestOptions): NonNullable<Row['door']> =>
  async (session, urls) =>
    (await session.get(url(urls), options)).text();

const via = (...stops: string[]): string =>
  stops.reduceRight((to, stop) => `${stop}?to=${encodeURIComponent(to)}`);

const tls = ofSession;
const scopeOfA = ({ a }: Urls): SessionOptions => ({ baseUrl: a, tls });
const scopeOfAB = ({ a, b }: Urls): SessionOptions => ({ baseUrl: a, origins: [b], tls });
const anywhere = (): SessionOptions => ({ tls });
const aToB = get(({ a, b }) => via(a, b));
const transport = (): Transport => undiciTransport({ tls });

const rows: Row[] = [
  { what: "a call in the session's scope", session: scopeOfA, shown: { a: [sessionName] } },
  { what: 'one out of it', session: scopeOfA, door: get(({ b }) => b), shown: { b: ['-'] } },
  {
    what: 'one to origins',
    session: scopeOfAB,
    door: get(({ b }) => b),
    shown: { b: [sessionName] },
  },
  { what: 'any without a baseUrl', session: anywhere, shown: { a: [sessionName] } },
  {
    what: "credentials: 'omit'",
    session: scopeOfA,
    door: get(({ a }) => a, { credentials: 'omit' }),
    shown: { a: ['-'] },
  },
  {
    what: "the session's own credentials: 'omit'",
    session: (urls) => ({ ...scopeOfA(urls), credentials: 'omit' }),
    shown: { a: ['-'] },
  },
  {
    what: 'a redirect out of the scope',
    session: scopeOfA,
    door: aToB,
    shown: { a: [sessionName], b: ['-'] },
  },
  {
    what: 'a redirect without a baseUrl',
    session: anywhere,
    door: aToB,
    shown: { a: [sessionName], b: ['-'] },
  },
  {
    what: 'a redirect to origins',
    session: scopeOfAB,
    door: aToB,
    shown: { a: [sessionName], b: [sessionName] },
  },
  {
    what: 'a redirect out of the scope and back',
    session: scopeOfA,
    door: get(({ a, b }) => via(a, b, a)),
    shown: { a: [sessionName, '-'], b: ['-'] },
  },
  {
    what: 'a redirect into the scope',
    session: scopeOfA,
    door: get(({ a, b }) => via(b, a)),
    shown: { b: ['-'], a: ['-'] },
  },
  {
    what: 'a redirect between origins, out and on',
    session: scopeOfAB,
    door: get(({ a, b, c }) => via(a, b, c, b)),
    shown: { a: [sessionName], b: [sessionName, '-'], c: ['-'] },
  },
  {
    what: "a call's own, out of the scope",
    session: scopeOfA,
    door: get(({ b }) => b, { tls: ofCall }),
    shown: { b: [callName] },
  },
  {
    what: "a call's own, led elsewhere",
    session: scopeOfA,
    door: get(({ a, b }) => via(a, b, a), { tls: ofCall }),
    shown: { a: [callName, '-'], b: ['-'] },
  },
  {
    what: "a call's own, with credentials: 'omit'",
    session: scopeOfA,
    door: get(({ a }) => a, { tls: ofCall, credentials: 'omit' }),
    shown: { a: ['-'] },
  },
  {
    what: 'a call that goes back to the defaults of the transport',
    session: (urls) => ({
      ...scopeOfA(urls),
      transport: undiciTransport({ tls: { ca: authority } }),
    }),
    door: get(({ a }) => a, { tls: null }),
    shown: { a: ['-'] },
  },
  {
    what: 'a middleware that leads out of the scope',
    session: scopeOfA,
    door: (session, urls) =>
      get(({ a }) => a)(
        session.use((request, next) => next({ ...request, url: new URL(urls.b) })),
        urls,
      ),
    shown: { b: ['-'] },
  },
  {
    what: 'a middleware that leads elsewhere without a baseUrl',
    session: anywhere,
    door: (session, urls) =>
      get(({ a }) => a)(
        session.use((request, next) => next({ ...request, url: new URL(urls.b) })),
        urls,
      ),
    shown: { b: ['-'] },
  },
  {
    what: 'a middleware that leads into the scope',
    session: scopeOfA,
    door: (session, urls) =>
      get(({ b }) => b)(
        session.use((request, next) => next({ ...request, url: new URL(urls.a) })),
        urls,
      ),
    shown: { a: ['-'] },
  },
  {
    what: 'a middleware that leads to origins',
    session: scopeOfAB,
    door: (session, urls) =>
      get(({ a }) => a)(
        session.use((request, next) => next({ ...request, url: new URL(urls.b) })),
        urls,
      ),
    shown: { b: [sessionName] },
  },
  {
    what: 'a middleware of a hop that leads back',
    session: scopeOfA,
    door: (session, urls) =>
      get(({ a, b }) => via(a, b))(
        session.use(
          (request, next) => next(request.hop ? { ...request, url: new URL(urls.a) } : request),
          {
            around: 'hop',
          },
        ),
        urls,
      ),
    shown: { a: [sessionName, '-'] },
  },
  {
    what: "the settings of the session's transport",
    session: ({ a }) => ({ baseUrl: a, transport: transport() }),
    door: async (session, urls) => {
      await get(({ a, b }) => via(a, b))(session, urls);
      await get(({ c }) => c)(session, urls);
    },
    shown: { a: [sessionName], b: ['-'], c: ['-'] },
  },
  {
    what: 'those of a transport that is mounted elsewhere',
    session: ({ a }) => ({ baseUrl: a, transport: undiciTransport({ tls: { ca: authority } }) }),
    door: async (session, urls) => {
      session.mount(urls.b, transport());
      await get(({ a, b }) => via(a, b))(session, urls);
      await get(({ b, c }) => via(b, c))(session, urls);
    },
    shown: { a: ['-'], b: ['-', sessionName], c: ['-'] },
  },
  {
    what: "those of a call's transport",
    session: scopeOfA,
    door: (session, urls) =>
      get(({ b, c }) => via(b, c), { tls: null, transport: transport() })(session, urls),
    shown: { b: [sessionName], c: ['-'] },
  },
  {
    what: 'fetch, a Request, a child and ky',
    session: scopeOfA,
    async door(session, { a, b }) {
      const ky = createKy(session.extend(), { throwHttpErrors: false });
      for (const url of [a, b]) {
        await (await session.fetch(url)).text();
        await (await session.fetch(new Request(url))).text();
        await session
          .extend({ headers: { 'x-a': '1' } })
          .get(url)
          .text();
        await ky.get(url).text();
      }
    },
    shown: { a: Array(4).fill(sessionName), b: Array(4).fill('-') },
  },
  {
    what: 'a child of another scope',
    session: scopeOfA,
    async door(session, { a, b }) {
      const child = session.extend({ baseUrl: b });
      await child.get(a).text();
      await child.get(b).text();
    },
    shown: { a: ['-'], b: [sessionName] },
  },
  {
    what: 'a session that was assigned it',
    session: ({ a }) => ({ baseUrl: a }),
    async door(session, { a, b }) {
      session.tls = tls;
      await session.get(a).text();
      await session.get(b).text();
    },
    shown: { a: [sessionName], b: ['-'] },
  },
];

async function servers(h2: boolean): Promise<Record<'a' | 'b' | 'c', TlsServer>> {
  const asking = { requestCert: true, rejectUnauthorized: false, h2 };
  const [a, b, c] = [
    await tlsServer(identities.good, asking),
    await tlsServer(identities.good, asking),
    await tlsServer(identities.good, asking),
  ];
  return { a, b, c };
}

/** What each server that was called was shown. */
const shownTo = (all: Record<string, TlsServer>): Row['shown'] =>
  Object.fromEntries(
    Object.entries(all)
      .filter(([, { requests }]) => requests.length > 0)
      .map(([name, { requests }]) => [name, requests.map(({ client }) => client ?? '-')]),
  );

const urlsOf = ({ a, b, c }: Record<'a' | 'b' | 'c', TlsServer>): Urls => ({
  a: `${a.origin}/`,
  b: `${b.origin}/`,
  c: `${c.origin}/`,
});

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])('R21: over %s, a client certificate', (_, h2) => {
  test.each(rows)('goes where it may: $what', async ({ session: options, door, shown }) => {
    const all = await servers(h2);
    const urls = urlsOf(all);
    const { transport: given = undiciTransport({ http2: h2 }), ...rest } = options(urls);
    const session = open({ retry: 0, trustEnv: false, transport: given, ...rest });
    await (door ?? get(({ a }) => a))(session, urls);
    expect(shownTo(all)).toEqual(shown);
  });
});

test('R21: a connection that has shown it is lent to no call that shows none', async () => {
  const all = await servers(false);
  const session = open({ baseUrl: all.a.origin, tls, trustEnv: false });
  for (const credentials of ['include', 'omit', 'include', 'omit'] as const)
    await session.get('', { credentials }).text();
  expect(all.a.requests.map(({ connection, client }) => [connection, client])).toEqual([
    [1, sessionName],
    [2, undefined],
    [1, sessionName],
    [2, undefined],
  ]);
});

test('R21: a transport of the user is told of it as far as it may go', async () => {
  const network = inProcess(({ url }) =>
    url.protocol === 'http:'
      ? new Response(null, { status: 301, headers: { location: 'https://a.test/' } })
      : new Response(),
  );
  const session = open({ baseUrl: 'http://a.test/', tls: ofCall, transport: network });
  await session.get('');
  await session.get('https://b.test/');
  await session.get('', { credentials: 'omit' });
  expect(
    network.seen.map(({ url, init }) => [
      url.origin,
      ...Object.keys((init as { tls?: object }).tls ?? {}),
    ]),
  ).toEqual([
    ['http://a.test', 'verify', 'ca', 'pfx', 'passphrase'],
    // The same host as it turns to https is no other origin.
    ['https://a.test', 'verify', 'ca', 'pfx', 'passphrase'],
    ['https://b.test', 'verify', 'ca'],
    ['http://a.test', 'verify', 'ca'],
    ['https://a.test', 'verify', 'ca'],
  ]);
});

test('R21: it is part of whose a call is', async () => {
  const session = open({ baseUrl: 'http://a.test/', transport: inProcess(() => new Response()) });
  const identities = new Set<object>();
  session.use((request, next) => {
    identities.add(request.identity);
    return next(request);
  });
  for (const own of [ofCall, ofSession, { ca: authority }, ofCall, undefined])
    await session.get('', { tls: own });
  await session.get('', { tls: ofCall, credentials: 'omit' });
  expect(identities.size).toBe(3);
});

test("R28: the bytes of a pfx are nobody else's to change", async () => {
  const server = await tlsServer(identities.good, { requestCert: true, ca: authority });
  const given = new Uint8Array(pfx);
  const session = open({ tls: { ca: authority, pfx: given, passphrase } });
  given.fill(0);
  session.tls?.pfx?.fill(0);
  session.extend().tls?.pfx?.fill(0);
  session.use((request, next) => {
    request.options.init.tls?.pfx?.fill(0);
    return next(request);
  });
  await session.get(server.origin);
  await session.extend({ tls: { ...session.tls, minVersion: 'TLSv1.3' } }).get(server.origin);
  expect(server.requests.map(({ client }) => client)).toEqual([callName, callName]);
});
