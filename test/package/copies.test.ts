import { chmodSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { propagation } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPeers, type Consumer, installTarball } from './consumer.ts';

/** The library, once as a program imports it, once as it requires it. */
interface Copy {
  readonly '.': typeof import('isosession');
  readonly './node': typeof import('isosession/node');
  readonly './auth': typeof import('isosession/auth');
  readonly './middleware': typeof import('isosession/middleware');
  readonly './ssr': typeof import('isosession/ssr');
  readonly './cookies': typeof import('isosession/cookies');
  readonly './store': typeof import('isosession/store');
  readonly './inspect': typeof import('isosession/inspect');
  readonly './opentelemetry': typeof import('isosession/opentelemetry');
  readonly './ky': typeof import('isosession/ky');
  readonly './cross-fetch': typeof import('isosession/cross-fetch');
  readonly './testing': typeof import('isosession/testing');
}

let consumer: Consumer;
let server: Server;
let url: string;
const copies: Partial<Record<string, Copy>> = {};
/** What was sent to `/login` and `/token`. */
const logins: string[] = [];

const loginPage = '<form method="post"><input name="t" value="hidden"><input name="user"></form>';

beforeAll(async () => {
  consumer = await installTarball();
  addPeers(consumer, ['ky', 'cross-fetch', 'oauth4webapi', 'htmlparser2', '@opentelemetry/api']);
  const { exports } = JSON.parse(
    readFileSync(join(consumer.installed, 'package.json'), 'utf8'),
  ) as { exports: Record<string, { node: { import: string } }> };
  const names = ['.', './node', './auth', './middleware', './ssr', './cookies', './store'];
  names.push('./inspect', './opentelemetry', './ky', './cross-fetch', './testing');
  const require = createRequire(join(consumer.path, 'program.cjs'));
  const required = names.map((name) => [name, require(`isosession${name.slice(1)}`)]);
  const imported = names.map(async (name) => [
    name,
    await import(pathToFileURL(join(consumer.installed, exports[name]!.node.import)).href),
  ]);
  copies['required'] = Object.fromEntries(required) as Copy;
  copies['imported'] = Object.fromEntries(await Promise.all(imported)) as Copy;
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());

  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const { method, url: path = '', headers } = request;
      const { searchParams, pathname } = new URL(path, 'http://localhost');
      const { authorization, cookie, traceparent, 'x-csrftoken': csrf } = headers;
      if (pathname === '/digest' && !authorization)
        response.setHeader('www-authenticate', 'Digest realm="r", nonce="n", qop="auth"');
      response.setHeader('cache-control', 'max-age=60');
      if (searchParams.has('set')) response.setHeader('set-cookie', `${searchParams.get('set')}`);
      response.statusCode = Number(
        searchParams.get('status') ?? (pathname === '/digest' && !authorization ? 401 : 200),
      );
      if (pathname === '/renewed' && authorization !== 'Bearer new') response.statusCode = 401;
      if (pathname === '/members' && !cookie?.includes('sid=ann')) response.statusCode = 401;
      if (method === 'POST' && /^\/(?:login|token)$/.test(pathname)) logins.push(body);
      if (pathname === '/login' && method === 'POST') response.setHeader('set-cookie', 'sid=ann');
      if (pathname === '/token') response.setHeader('content-type', 'application/json');
      const token = { access_token: 'a', token_type: 'bearer', expires_in: 60 };
      const echo = { method, body, authorization, cookie, traceparent, csrf };
      if (pathname === '/login' && method === 'GET') response.end(loginPage);
      else response.end(JSON.stringify(pathname === '/token' ? token : echo));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server?.close();
  server?.closeAllConnections();
  consumer?.remove();
});

/** As a store of that copy rejects: it gives no constructor of it. */
function storeError(type: Copy['./store']['StoreError']): Error {
  const error = new Error('too large');
  return Object.assign(Object.setPrototypeOf(error, type.prototype) as Error, {
    code: 'ERR_STORE',
    reason: 'size',
  });
}

interface Echo {
  method: string;
  body: string;
  authorization?: string;
  cookie?: string;
  traceparent?: string;
  csrf?: string;
}

it('a program that imports and requires the library has two copies of it', () => {
  expect(copies['required']?.['.'].Session).not.toBe(copies['imported']?.['.'].Session);
});

describe.each([
  ['imported', 'required'],
  ['required', 'imported'],
])('a session that was %s, with what was %s', (one, other) => {
  const mine = <Name extends keyof Copy>(name: Name): Copy[Name] => copies[one]![name];
  const theirs = <Name extends keyof Copy>(name: Name): Copy[Name] => copies[other]![name];
  const newSession = () => new (mine('.').Session)({ baseUrl: url });

  it('knows its errors and responses', async () => {
    const { HTTPError, SessionError, SessionResponse } = theirs('.');
    await using session = newSession();
    const error: unknown = await session
      .get('?status=404')
      .json()
      .catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(HTTPError);
    expect([SessionError.is(error), HTTPError.is(error)]).toEqual([true, true]);
    const response = await session.get('');
    expect(SessionResponse.is(response)).toBe(true);
    expect(SessionResponse.is(response.clone())).toBe(true);
    expect(SessionResponse.is(new Proxy(response, {}))).toBe(false);
    expect(SessionResponse.is(Object.create(SessionResponse.prototype))).toBe(false);
  });

  it('sends over its transport, with all that it tells', async () => {
    const transport = theirs('./node').undiciTransport();
    await using session = new (mine('.').Session)({ baseUrl: url, transport });
    const response = await session.post('', { form: { a: 1 } });
    expect(mine('.').SessionResponse.is(response)).toBe(true);
    expect(response.connection?.httpVersion).toBe('1.1');
    expect(await response.json()).toMatchObject({ method: 'POST', body: 'a=1' });
    expect(session.stats().sockets).toBe(1);
  });

  it('repeats what its transport has not sent', async () => {
    const transport = theirs('./node').undiciTransport();
    await using session = new (mine('.').Session)({
      transport,
      retry: { limit: 2, delay: () => 1, budget: 1 },
    });
    const attempts: number[] = [];
    session.use(
      (request, next) => {
        attempts.push(request.attempt);
        return next(request);
      },
      { around: 'attempt' },
    );
    const sending = session.post('http://127.0.0.1:1/', { json: 1 });
    await expect(sending).rejects.toMatchObject({ code: 'ERR_NETWORK' });
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('answers by its transport of tests', async () => {
    const { mockTransport, useTransport } = theirs('./testing');
    const session = newSession();
    const replaced = useTransport(mockTransport(() => Response.json({ mocked: true })));
    expect(await session.get('x').json()).toEqual({ mocked: true });
    replaced[Symbol.dispose]();
    expect(await session.get('').json()).toMatchObject({ method: 'GET' });
  });

  it('takes its credentials', async () => {
    const session = newSession();
    const { basic, bearer, refresh } = theirs('.');
    const asks = async (path: string, auth: ReturnType<typeof basic>): Promise<Echo> =>
      session.post(path, { auth, body: () => 'again' }).json<Echo>();
    expect(await asks('', basic('u', 'p'))).toMatchObject({ authorization: 'Basic dTpw' });
    expect(await asks('', bearer('t'))).toMatchObject({ authorization: 'Bearer t' });
    const renewing = refresh({
      load: () => ({ accessToken: 'old' }),
      renew: () => Promise.resolve({ accessToken: 'new' }),
    });
    expect(await asks('renewed', renewing)).toMatchObject({
      authorization: 'Bearer new',
      body: 'again',
    });
    const { authorization } = await asks('digest', theirs('./auth').digest('u', 'p'));
    expect(authorization).toMatch(/^Digest username="u"/);
    const path = consumer.write('netrc', 'default login n password p\n');
    chmodSync(path, 0o600);
    expect(await asks('', theirs('./node').netrc(path))).toMatchObject({
      authorization: 'Basic bjpw',
    });
  });

  it('logs in by its form and by its provider, once for the sessions of both', async () => {
    const { formLogin, oauth2 } = theirs('./auth');
    const { Session } = theirs('.');
    const fields = { user: 'ann' };
    const provider = { issuer: url, token_endpoint: `${url}token` };
    const form = formLogin({ url: 'login', fields });
    const robot = oauth2({ issuer: provider, clientId: 'robot', clientAuth: { secret: 's' } });
    for (const [auth, path, sent, shown] of [
      [form, 'members', 't=hidden&user=ann', { cookie: 'sid=ann' }],
      [robot, '', 'grant_type=client_credentials', { authorization: 'Bearer a' }],
    ] as const) {
      logins.length = 0;
      await using first = new (mine('.').Session)({ baseUrl: url, auth });
      await using second = new Session({ baseUrl: url, auth, cookies: first.cookies });
      const calls = [first.get(path), second.get(path)].map((call) => call.json<Echo>());
      expect(await Promise.all(calls)).toMatchObject([shown, shown]);
      expect(logins).toEqual([sent]);
    }
  });

  it('puts the token of its cookie on calls', async () => {
    await using session = newSession().use(theirs('.').csrf('django'));
    await session.get('?set=csrftoken%3Dt').text();
    expect(await session.post('').json()).toMatchObject({ csrf: 't' });
    expect(await session.get('').json<Echo>()).not.toHaveProperty('csrf');
  });

  it('is traced and measured', async () => {
    const exporter = new InMemorySpanExporter();
    const spanProcessors = [new SimpleSpanProcessor(exporter)];
    const reader = new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
    });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const tracerProvider = new NodeTracerProvider({ spanProcessors });
    await using session = newSession();
    session.use(theirs('./opentelemetry').opentelemetry({ tracerProvider, meterProvider }));
    const { traceparent } = await session.get('').json<Echo>();
    const [hop, call] = exporter.getFinishedSpans();
    expect([hop?.name, call?.name]).toEqual(['GET', 'call GET']);
    expect(hop?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    expect(traceparent).toContain(hop?.spanContext().spanId);
    const { resourceMetrics } = await reader.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const sockets = metrics.find(({ descriptor }) => descriptor.name.endsWith('.connections'));
    expect(sockets?.dataPoints).toMatchObject([{ value: 1 }]);
    await meterProvider.shutdown();
  });

  it('sends by its node-fetch', async () => {
    const transport = theirs('./cross-fetch').crossFetchTransport();
    await using session = new (mine('.').Session)({ baseUrl: url, transport });
    await session.get('?set=a%3D1').text();
    const response = await session.post('', { form: { b: 2 } });
    expect(mine('.').SessionResponse.is(response)).toBe(true);
    expect(await response.json()).toMatchObject({ body: 'b=2', cookie: 'a=1' });
    const refused = session.get('', { proxy: 'http://proxy.test:1', retry: 0 });
    const error: unknown = await refused.then(String, (thrown: unknown) => thrown);
    expect(mine('.').UnsupportedError.is(error)).toBe(true);
    expect(theirs('.').UnsupportedError.is(error)).toBe(true);
  });

  it('runs its middleware, also within middleware of a program', async () => {
    const session = newSession();
    const { cache, dedupe, limit } = theirs('./middleware');
    const cached = cache();
    session
      .use(dedupe())
      .use(limit({ concurrency: 1 }))
      .use(cached);
    const { bearer } = theirs('.');
    const inner = bearer('inner');
    session.use((request, next) => inner(request, next));
    const both = await Promise.all([session.get('').json(), session.get('').json()]);
    expect(both[0]).toEqual(both[1]);
    expect(both[0]).toMatchObject({ authorization: 'Bearer inner' });
  });

  it('shares its cookies, and takes its jar and its snapshot', async () => {
    const { Session } = theirs('.');
    await using first = new Session({ baseUrl: url });
    await first.get('?set=a%3D1').text();
    for (const cookies of [first.cookies, first.cookies.jar!]) {
      const session = new (mine('.').Session)({ baseUrl: url, cookies });
      expect(await session.get('').json()).toMatchObject({ cookie: 'a=1' });
      await session.get('?set=b%3D2').text();
      expect(await first.cookies.get('b')).toMatchObject({ value: '2' });
      await first.cookies.delete('b');
    }
    const restored = mine('.').Session.restore(await first.snapshot(), { baseUrl: url });
    expect(await restored.get('').json()).toMatchObject({ cookie: 'a=1' });
  });

  it('takes its settings as it reads them back', () => {
    const { Session } = theirs('.');
    const tls = { minVersion: 'TLSv1.3', verify: false } as const;
    const read = new Session({ tls, proxy: 'http://u:p@proxy.test:1', timeout: 5, retry: 1 });
    const { proxy, timeout, retry } = read;
    const session = new (mine('.').Session)({ tls: read.tls!, proxy: proxy!, timeout, retry });
    expect(session.tls).toEqual(read.tls);
    expect(session.proxy).toEqual(proxy);
    expect(session.timeout).toEqual(timeout);
    expect(session.retry).toEqual(retry);
  });

  it('is a parent of its visitors, whose cookies and answers it hands on', async () => {
    const { applySetCookies, dehydrate, forwardSession } = theirs('./ssr');
    const incoming = new Request(url, { headers: { cookie: 'v=1' } });
    const parent = newSession();
    const session = forwardSession(parent, incoming, { to: [url], context: { hydrate: true } });
    expect(await session.get('?set=s%3D2').json()).toMatchObject({ cookie: 'v=1' });
    for (const apply of [applySetCookies, mine('./ssr').applySetCookies]) {
      const page = new Response('');
      apply(session, page);
      expect(page.headers.getSetCookie()).toEqual([expect.stringMatching(/^s=2/)]);
    }
    const fresh = new (theirs('.').Session)({ baseUrl: url });
    mine('./ssr').hydrate(fresh, dehydrate(session));
    expect(await fresh.get('?set=s%3D2').json()).toMatchObject({ cookie: 'v=1' });
  });

  it('is shown without secrets, kept, saved, and given to ky', async () => {
    await using session = newSession();
    session.searchParams.set('own', 'hidden');
    const { explain, harRecorder, toCurl } = theirs('./inspect');
    const recorder = harRecorder(session);
    const response = await session.post('', { body: 'shown' });
    for (const command of [toCurl(response), toCurl(response.request)]) {
      // Of a request that is none of ours the body is not known.
      expect(command).toContain('--data-raw');
      expect(command).not.toContain('hidden');
    }
    await response.text();
    expect(JSON.stringify(recorder.har())).not.toContain('hidden');
    expect(JSON.stringify(await explain(session, ''))).not.toContain('hidden');
    const file = join(consumer.path, `saved-by-${other}`);
    await theirs('./node').saveTo(await session.get(''), file);
    expect(readFileSync(file, 'utf8')).toContain('"GET"');
    const ky = theirs('./ky').createKy(session);
    expect(await ky.post('', { json: 1 }).json()).toMatchObject({ body: '1' });
  });

  it('keeps its state in its stores, whose errors it knows', async () => {
    const store = theirs('./store').memoryStore();
    const options = { store, id: other, baseUrl: url };
    await using first = await mine('./store').openSession(options);
    await first.get('?set=kept%3D1').text();
    await first.save();
    await using second = await theirs('./store').openSession(options);
    expect(await second.cookies.get('kept')).toMatchObject({ value: '1' });

    const { StoreError } = theirs('./store');
    const failing = { ...store, load: () => Promise.reject(storeError(StoreError)) };
    const opening = mine('./store').openSession({ ...options, store: failing });
    await expect(opening).rejects.toMatchObject({ reason: 'size' });
  });
});
