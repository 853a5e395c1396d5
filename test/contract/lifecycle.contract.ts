import * as isosession from 'isosession';
import {
  basic,
  HTTPError,
  InvalidRequestError,
  Session,
  SessionClosedError,
  type SessionOptions,
  type SessionSnapshot,
  type Transport,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inBrowser,
  inNode,
  inProcess,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  thrown,
  wireTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

const url = 'http://app.test/';

describe('close', () => {
  test('may be called many times, and a later call rejects with SessionClosedError', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    expect(session.closed).toBe(false);
    await session.get('echo');
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(session.closed).toBe(true);
    expect((await rejection(session.get('echo'), SessionClosedError)).code).toBe(
      'ERR_SESSION_CLOSED',
    );
    await rejection(session.get('echo').json(), SessionClosedError);
    await rejection(session.fetch(a.url('echo')), TypeError);
    expect(await a.requests()).toHaveLength(1);
  });

  test('use(), mount() and extend() of a closed session throw SessionClosedError, of its child as well', async () => {
    const session = open();
    const child = session.extend();
    await session.close();
    for (const closed of [session, child]) {
      thrown(() => closed.use((request, next) => next(request)), SessionClosedError);
      thrown(
        () =>
          closed.mount(
            url,
            inProcess(() => new Response()),
          ),
        SessionClosedError,
      );
      thrown(() => closed.extend(), SessionClosedError);
    }
  });

  test('waits for nothing when nothing is under way', async () => {
    const session = open();
    await session.close();
    expect(session.stats()).toMatchObject({ inFlight: 0, sockets: 0 });
  });

  test('Symbol.asyncDispose closes', async () => {
    const session = open();
    await session[Symbol.asyncDispose]();
    expect(session.closed).toBe(true);
  });

  test('F30: calls whose headers are awaited go on to their end', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const call = session.get('held?key=k').json();
    await a.requests({ requests: 1 });
    expect(session.stats().inFlight).toBe(1);
    const closed = session.close();
    await rejection(session.get('echo'), SessionClosedError);
    await a.release('k');
    expect(await call).toEqual({ released: true });
    await closed;
    expect(session.stats().inFlight).toBe(0);
  });

  test('F30: their retries and redirects go on too', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, retry: { delay: () => 0 } });
    const retried = session.get('flaky', { searchParams: { fails: 2 } });
    const redirected = session.get('chain?n=3');
    await a.requests({ requests: 1 });
    await session.close();
    expect([(await retried).attempts, (await redirected).status]).toEqual([3, 200]);
  });

  test('F30: a body that somebody reads goes on to its end', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const response = await session.get('gated', {
      searchParams: { first: 'x', rest: 'y', key: 'k' },
    });
    const text = response.text();
    const closed = session.close();
    await a.release('k');
    expect(await text).toBe('xy');
    await closed;
  });

  test('a body that nobody reads never ends short without an error', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const response = await session.get('gated', { searchParams: { first: 'x', key: 'k' } });
    await session.close();
    await rejection(response.text(), SessionClosedError);
  });

  wireTest('a body that was here already stays readable', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const response = await session.get('reply?text=here');
    await response.clone().text();
    if (!inNode) return;
    const other = await session.get('reply?text=here');
    // A second call on the same connection shows that the first body has come as a whole.
    await session.get('echo');
    await session.close();
    expect(await other.text()).toBe('here');
  });
});

describe('destroy', () => {
  test('rejects what is under way with SessionClosedError', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const call = reasonOf(session.get('never'));
    const response = await session.get('gated?first=x');
    const reading = reasonOf(response.text());
    await a.requests({ requests: 2 });
    await session.destroy();
    expect(await call).toBeInstanceOf(SessionClosedError);
    expect(await reading).toBeInstanceOf(SessionClosedError);
    expect(session.closed).toBe(true);
    await a.requests({ aborted: 2 });
  });

  test('rejects it with the reason that is given, and later calls with SessionClosedError', async () => {
    const { a } = sites();
    const reason = new Error('shutting down');
    const session = open({ baseUrl: a.base });
    const call = reasonOf(session.get('never'));
    await a.requests({ requests: 1 });
    await session.destroy(reason);
    expect(await call).toBe(reason);
    await rejection(session.get('echo'), SessionClosedError);
    await session.destroy();
    await session.close();
  });

  test('ends the wait for a retry', async () => {
    const { a } = sites();
    let waiting: () => void = () => {};
    const started = new Promise<void>((resolve) => (waiting = resolve));
    const session = open({
      baseUrl: a.base,
      retry: { delay: () => 1_000_000 },
      hooks: { beforeRetry: [() => waiting()] },
    });
    const call = reasonOf(session.get('flaky?fails=9'));
    await started;
    await session.destroy();
    expect(await call).toBeInstanceOf(SessionClosedError);
  });

  test('ends a close that waits', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const call = reasonOf(session.get('never'));
    await a.requests({ requests: 1 });
    const closed = session.close();
    await session.destroy();
    await closed;
    expect(await call).toBeInstanceOf(SessionClosedError);
  });
});

describe("transports of one's own", () => {
  test('are closed or destroyed with their session, each once', async () => {
    const log: string[] = [];
    const logged = (name: string): Transport => ({
      send: () => Promise.resolve(new Response()),
      close: () => Promise.resolve(void log.push(`close ${name}`)),
      destroy: (reason) => Promise.resolve(void log.push(`destroy ${name} ${String(reason)}`)),
    });
    const one = open({ transport: logged('own') }).mount(url, logged('mounted'));
    await one.get(url);
    await one.close();
    await one.close();
    expect(log.sort()).toEqual(['close mounted', 'close own']);
    log.length = 0;
    const two = open({ transport: logged('own') });
    await two.destroy('reason');
    expect(log).toEqual(['destroy own reason']);
  });
});

describe('extend', () => {
  test("a child has its parent's defaults, combined with its own, as they are now", async () => {
    const transport = inProcess(() => new Response());
    const parent = open({
      transport,
      baseUrl: url,
      headers: { 'x-a': 'parent', 'x-b': 'parent' },
      searchParams: { p: 1 },
      retry: { limit: 1 },
      timeout: { total: 9 },
      auth: basic('u', 'p'),
    });
    parent.headers.set('x-live', '1');
    const child = parent.extend({
      headers: { 'X-B': 'child', 'x-a': null },
      searchParams: { c: 2 },
      timeout: { body: 7 },
    });
    parent.headers.set('x-live', '2');
    parent.headers.set('x-later', '1');
    parent.retry = 5;
    await child.get('x');
    const request = transport.seen[0];
    expect(
      ['x-a', 'x-b', 'x-live', 'x-later', 'authorization'].map((name) =>
        request?.headers.get(name),
      ),
    ).toEqual([null, 'child', '1', null, 'Basic dTpw']);
    expect([...new URLSearchParams(request?.url.search)].sort()).toEqual([
      ['c', '2'],
      ['p', '1'],
    ]);
    expect(child.retry.limit).toBe(1);
    expect(child.timeout).toMatchObject({ total: 9, body: 7 });
    child.headers.set('x-b', 'only the child');
    expect(parent.headers.get('x-b')).toBe('parent');
  });

  test("a child of a class whose constructor makes another session is its parent's child all the same", () => {
    class Api extends Session {
      readonly helper: Session;

      constructor(options?: SessionOptions) {
        const helper = new Session();
        super(options);
        this.helper = helper;
      }
    }
    const child = new Api({ baseUrl: url }).extend();
    expect([child.baseUrl?.href, child.helper.baseUrl]).toEqual([url, undefined]);
  });

  test('null removes what the parent has', () => {
    const child = open({ baseUrl: url, auth: basic('u', 'p') }).extend({ auth: null });
    expect(child.auth).toBeUndefined();
    expect(child.baseUrl?.href).toBe(url);
  });

  test('mounts and middleware are shared', async () => {
    const parent = open({ transport: inProcess(() => new Response('transport')) });
    parent.mount(
      'http://mounted.test',
      inProcess((request) => new Response(`mounted ${request.headers.get('x-m') ?? ''}`)),
    );
    parent.use((request, next) => (request.headers.set('x-m', 'middleware'), next(request)));
    const child = parent.extend();
    expect(child).toBeInstanceOf(Session);
    expect(await child.get('http://mounted.test/').text()).toBe('mounted middleware');
    expect(await child.get(url).text()).toBe('transport');
    child.use((request, next) => (request.headers.set('x-m', 'child'), next(request)));
    expect(await child.get('http://mounted.test/').text()).toBe('mounted child');
    expect(await parent.get('http://mounted.test/').text()).toBe('mounted middleware');
  });

  wireTest('FIELD 11: cookies are shared, copied, new or none', async () => {
    const parent = open({ baseUrl: url });
    await parent.cookies.set('x=parent');
    const [share, copy, fresh, none] = [
      parent.extend(),
      parent.extend({ cookies: 'copy' }),
      parent.extend({ cookies: 'new' }),
      parent.extend({ cookies: false }),
    ];
    await parent.cookies.set('later=1');
    expect(share.cookies.jar).toBe(parent.cookies.jar);
    expect((await copy.cookies.getAll()).map(({ name }) => name)).toEqual(['x']);
    expect(await fresh.cookies.getAll()).toEqual([]);
    const transport = inProcess(() => new Response());
    await none.get(url, { transport });
    expect(transport.seen[0]?.headers.get('cookie')).toBeNull();
    await share.cookies.set('x=child');
    expect(await parent.cookies.get('x')).toMatchObject({ value: 'child' });
    await copy.cookies.set('x=copy');
    expect(await parent.cookies.get('x')).toMatchObject({ value: 'child' });
  });

  test('closing a child leaves its parent working', async () => {
    const { a } = sites();
    const parent = open({ baseUrl: a.base });
    const child = parent.extend();
    await parent.get('echo');
    await child.get('echo');
    await child.close();
    expect([child.closed, parent.closed]).toEqual([true, false]);
    await rejection(child.get('echo'), SessionClosedError);
    await parent.get('echo');
    if (inNode) expect(new Set((await a.requests()).map((entry) => entry.socket)).size).toBe(1);
  });

  test("destroying a child ends its calls and not its parent's", async () => {
    const { a } = sites();
    const parent = open({ baseUrl: a.base });
    const child = parent.extend();
    const theirs = parent.get('held?key=k').json();
    const ours = reasonOf(child.get('never'));
    await a.requests({ requests: 2 });
    await child.destroy('child');
    expect(await ours).toBe('child');
    await a.release('k');
    expect(await theirs).toEqual({ released: true });
  });
});

describe('snapshot and restore', () => {
  test('FIELD 59: a session is data that JSON and structuredClone carry, and comes back as it was', async () => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      headers: { 'x-a': '1' },
      searchParams: [
        ['q', 1],
        ['q', 2],
      ],
      timeout: { total: 5000 },
      retry: { limit: 5 },
    });
    await session.post('login', { form: { user: 'ann', password: 'open sesame' } });
    const snapshot = await session.snapshot();
    expect(snapshot.version).toBe(1);
    expect(structuredClone(snapshot)).toEqual(snapshot);
    const back = Session.restore(JSON.parse(JSON.stringify(snapshot)) as SessionSnapshot);
    expect(back.baseUrl?.href).toBe(a.base);
    expect(back.timeout).toMatchObject({ total: 5000 });
    expect(back.retry).toMatchObject({ limit: 5 });
    const echo = await back.get('echo').json<JournalEntry>();
    expect([sent(echo, 'x-a'), echo.search]).toEqual(['1', '?q=1&q=2']);
    expect(await back.get('me').json()).toEqual({ user: 'ann' });
    expect(snapshot.cookies).toHaveLength(inBrowser ? 0 : 1);
    await back.close();
  });

  test('infinite times and functions do not get lost in JSON unnoticed', async () => {
    const session = open({ timeout: false, retry: { limit: 3, delay: () => 5 } });
    const snapshot = JSON.parse(JSON.stringify(await session.snapshot())) as SessionSnapshot;
    const back = Session.restore(snapshot, { retry: { delay: () => 7 } });
    expect(back.timeout).toMatchObject({ connect: false, response: false, body: false });
    expect(back.retry.limit).toBe(3);
    expect(back.retry.delay?.(1)).toBe(7);
    await back.close();
  });

  test('no limit stays no limit, and a body timeout that nobody chose is not in it: streams of events have none', async () => {
    const session = open({
      timeout: { total: Infinity },
      retry: { limit: Infinity, backoffLimit: Infinity },
    });
    const snapshot = JSON.parse(JSON.stringify(await session.snapshot())) as SessionSnapshot;
    expect(snapshot.timeout).not.toHaveProperty('body');
    const back = Session.restore(snapshot);
    expect(
      Math.min(
        back.timeout.total as number,
        back.retry.limit as number,
        back.retry.backoffLimit as number,
      ),
    ).toBe(Number.MAX_VALUE);
    expect(back.timeout.body).toBe(30_000);
    expect((await open({ timeout: { body: 30_000 } }).snapshot()).timeout).toHaveProperty(
      'body',
      30_000,
    );
    await back.close();
  });

  test('what is infinite is a number in JSON, and no less when it comes back', async () => {
    const session = open({
      timeout: { total: Infinity },
      retry: { limit: Infinity, maxRetryAfter: Infinity, backoffLimit: Infinity },
    });
    const snapshot = await session.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    const back = Session.restore(snapshot);
    const { limit, maxRetryAfter, backoffLimit } = back.retry;
    for (const value of [limit, maxRetryAfter, backoffLimit, back.timeout.total])
      expect(value).toBeGreaterThanOrEqual(Number.MAX_VALUE);
    await back.close();
  });

  test('a user-agent that was chosen is in it, and that of this version is not', async () => {
    const transport = inProcess(() => new Response());
    for (const headers of [{ 'user-agent': 'mine/1' }, undefined]) {
      const snapshot = await open({ headers }).snapshot();
      expect(new Map(snapshot.headers).get('user-agent')).toBe(headers?.['user-agent']);
      const back = Session.restore(snapshot, { transport });
      expect(back.headers.get('user-agent')).toBe(open({ headers }).headers.get('user-agent'));
      await back.close();
    }
  });

  test('a default header that was taken away does not come back', async () => {
    const transport = inProcess(() => new Response());
    const snapshot = await open({ headers: { accept: null, 'user-agent': null } }).snapshot();
    const back = Session.restore(JSON.parse(JSON.stringify(snapshot)) as SessionSnapshot, {
      transport,
    });
    expect([back.headers.has('accept'), back.headers.has('user-agent')]).toEqual([false, false]);
    await back.close();
  });

  test('options of restore go over the snapshot', async () => {
    const snapshot = await open({ baseUrl: url, headers: { 'x-a': '1', 'x-b': '1' } }).snapshot();
    const transport = inProcess(() => new Response());
    const back = Session.restore(snapshot, { headers: { 'x-b': '2' }, transport });
    await back.get('');
    expect([transport.seen[0]?.headers.get('x-a'), transport.seen[0]?.headers.get('x-b')]).toEqual([
      '1',
      '2',
    ]);
    await back.close();
  });

  test.each([null, 5, 'x', {}, { version: 2 }, { version: 1 }, { version: 1, headers: 5 }])(
    'restore refuses %j at once',
    (snapshot) => {
      thrown(() => Session.restore(snapshot as never), InvalidRequestError);
    },
  );

  test('M2: a snapshot with __proto__ changes no prototype', async () => {
    const snapshot = JSON.stringify(await open({ baseUrl: url }).snapshot());
    const evil = JSON.parse(
      snapshot.replace('{', '{"__proto__":{"polluted":1},'),
    ) as SessionSnapshot;
    try {
      await Session.restore(evil).close();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidRequestError);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('stats', () => {
  test('an idle session holds nothing', () => {
    expect(open().stats()).toEqual({
      sockets: 0,
      queued: 0,
      inFlight: 0,
      unreadBodies: 0,
      cookies: 0,
    });
  });

  test('inFlight counts the calls whose response is awaited', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const calls = [session.get('held?key=k'), session.get('held?key=k&n=2')];
    await a.requests({ requests: 2 });
    expect(session.stats().inFlight).toBe(2);
    if (inNode) expect(session.stats().sockets).toBe(2);
    await a.release('k');
    await Promise.all(calls);
    expect(session.stats().inFlight).toBe(0);
  });
});

describe('functions of one call', () => {
  test.each([
    ['get', 'GET'],
    ['post', 'POST'],
    ['put', 'PUT'],
    ['patch', 'PATCH'],
    ['del', 'DELETE'],
    ['options', 'OPTIONS'],
    ['request', 'GET'],
  ] as const)('%s sends %s', async (name, method) => {
    const { a } = sites();
    expect(
      await isosession[name](a.url('echo'), { searchParams: { q: 1 } }).json<JournalEntry>(),
    ).toMatchObject({ method, search: '?q=1' });
  });

  test('head sends HEAD', async () => {
    const { a } = sites();
    expect((await isosession.head(a.url('echo'))).status).toBe(200);
    expect((await a.request()).method).toBe('HEAD');
  });

  test('their errors and bodies are those of a session', async () => {
    const { a } = sites();
    expect((await rejection(isosession.get(a.url('status/404')).json(), HTTPError)).data).toEqual({
      status: 404,
    });
    const response = await isosession.get(a.url('bytes', { n: 100_000 }));
    expect((await response.bytes()).length).toBe(100_000);
    await rejection(isosession.get(a.url('echo'), { nope: 1 } as never), InvalidRequestError);
  });

  wireTest('they share no cookies', async () => {
    const { a } = sites();
    await isosession.get(a.url('cookies/set', { line: 'x=1' }));
    expect(await isosession.get(a.url('cookies')).json()).toEqual({ cookie: null });
  });

  wireTest('the connection of each is closed when its body has ended', async () => {
    const { a } = sites();
    await isosession.get(a.url('reply', { text: 'end' })).text();
    await isosession.get(a.url('reply', { text: 'end' })).text();
    if (inNode) expect(new Set((await a.requests()).map((entry) => entry.socket)).size).toBe(2);
  });
});
