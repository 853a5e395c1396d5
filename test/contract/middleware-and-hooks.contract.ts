import {
  fetchTransport,
  type Middleware,
  NetworkError,
  type SessionRequest,
  SessionResponse,
  type TransportRequest,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inBrowser,
  inProcess,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  wireTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

const url = 'http://app.test/';

describe('middleware', () => {
  test('the one used first is outermost, and hooks stand within', async () => {
    const order: string[] = [];
    const log =
      (name: string): Middleware =>
      async (request, next) => {
        order.push(`${name} in`);
        const response = await next(request);
        order.push(`${name} out`);
        return response;
      };
    const session = open({
      transport: inProcess(() => (order.push('transport'), new Response())),
      auth: log('auth'),
      hooks: {
        beforeRequest: [() => void order.push('beforeRequest')],
        afterResponse: [() => void order.push('afterResponse')],
      },
    });
    expect(session.use(log('first')).use(log('second'))).toBe(session);
    await session.get(url);
    expect(order).toEqual([
      'first in',
      'second in',
      'beforeRequest',
      'auth in',
      'transport',
      'auth out',
      'afterResponse',
      'second out',
      'first out',
    ]);
  });

  test('sees the request as a record whose headers it may change', async () => {
    const { a } = sites();
    let seen: SessionRequest | undefined;
    const session = open({ baseUrl: a.base, headers: { 'x-session': '1' }, context: { app: 1 } });
    session.use((request, next) => {
      seen = request;
      expect(request).toMatchObject({
        method: 'POST',
        body: '{"a":1}',
        context: { app: 1, trace: 2 },
      });
      expect(request.url).toBeInstanceOf(URL);
      expect(request.url.href).toBe(a.url('echo', { q: 1 }));
      expect(request.headers.get('content-type')).toMatch(/json/);
      request.headers.set('x-added', 'yes');
      request.headers.delete('x-session');
      return next(request);
    });
    const echo = await session
      .post('echo', { json: { a: 1 }, searchParams: { q: 1 }, context: { trace: 2 } })
      .json<JournalEntry>();
    expect([sent(echo, 'x-added'), sent(echo, 'x-session')]).toEqual(['yes', undefined]);
    expect(session.headers.get('x-session')).toBe('1');
    expect(seen?.options.maxRedirects).toBe(20);
  });

  test('may hand on a changed copy: URL, method, body', async () => {
    const { a } = sites();
    const session = open();
    session.use((request, next) =>
      next({
        ...request,
        method: 'PUT',
        url: new URL(a.url('echo', { changed: 1 })),
        body: 'changed',
      }),
    );
    const echo = await session.get(a.url('nowhere')).json<JournalEntry>();
    expect(echo).toMatchObject({ method: 'PUT', search: '?changed=1', body: 'changed' });
  });

  test('may hand on a URL with userinfo, which becomes Basic credentials and is not shown', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport }).use((request, next) =>
      next({ ...request, url: new URL('http://user:secret@other.test/x#part') }),
    );
    const response = await session.get(url);
    expect([response.url, response.request.url]).toEqual([
      'http://other.test/x',
      'http://other.test/x',
    ]);
    expect([transport.seen[0]?.url.href, transport.seen[0]?.headers.get('authorization')]).toEqual([
      'http://other.test/x',
      `Basic ${btoa('user:secret')}`,
    ]);
  });

  test('may hand on other options for what stands within', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    session.use((request, next) =>
      next({
        ...request,
        options: { ...request.options, retry: { ...request.options.retry, limit: 0 } },
      }),
    );
    expect((await session.get('flaky')).status).toBe(503);
    // What is not there stays as it was.
    const plain = open({ baseUrl: a.base, retry: 0 }).use(({ options: _, ...request }, next) =>
      next(request as SessionRequest),
    );
    expect((await plain.get('status/503')).status).toBe(503);
  });

  test('may answer without sending, and a plain Response is upgraded', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    session.use(() => Promise.resolve(Response.json({ cached: true }, { status: 203 })));
    const response = await session.get(url);
    expect(SessionResponse.is(response)).toBe(true);
    expect([response.status, response.attempts, response.history]).toEqual([203, 1, []]);
    expect(response.links).toEqual({});
    expect(await session.get(url).json()).toEqual({ cached: true });
    expect(transport.seen).toEqual([]);
  });

  test('may call next any number of times', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    session.use(async (request, next) => {
      await next(request);
      await (await next(request)).text();
      return next(request);
    });
    expect((await session.post('echo', { json: { n: 1 } }).json<JournalEntry>()).body).toBe(
      '{"n":1}',
    );
    expect((await a.requests()).map((entry) => entry.body)).toEqual([
      '{"n":1}',
      '{"n":1}',
      '{"n":1}',
    ]);
  });

  test('that calls next without the request, as those of servers do, hands on its own', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    session.use((request, next) => {
      request.headers.set('x-mine', '1');
      return (next as () => Promise<SessionResponse>)();
    });
    const entry = await session.post('echo', { body: 'text' }).json<JournalEntry>();
    expect([sent(entry, 'x-mine'), entry.body]).toEqual(['1', 'text']);
  });

  test('what it throws is what the call rejects with, and what the call rejects with it may catch', async () => {
    const reason = new Error('mine');
    const throwing = open({ transport: inProcess(() => new Response()) }).use(() => {
      throw reason;
    });
    expect(await reasonOf(throwing.get(url))).toBe(reason);
    const catching = open({
      retry: 0,
      transport: inProcess(() => Promise.reject(new TypeError('cut'))),
    });
    catching.use((request, next) =>
      next(request).catch((error: unknown) => new Response((error as Error).name)),
    );
    expect(await catching.get(url).text()).toBe('NetworkError');
  });

  test('sees the response whatever its status, before anything is thrown for it', async () => {
    const { a } = sites();
    const seen: number[] = [];
    const session = open({ throwHttpErrors: true, retry: 0 });
    session.use(async (request, next) => {
      const response = await next(request);
      seen.push(response.status);
      return response.status === 404 ? new Response('"mended"') : response;
    });
    expect(await session.get(a.url('status/404')).json()).toBe('mended');
    await rejection(session.get(a.url('status/410')), Error);
    expect(seen).toEqual([404, 410]);
  });

  test('used later counts for later calls', async () => {
    const transport = inProcess((_, count) => new Response(String(count)));
    const session = open({ transport });
    await session.get(url);
    session.use((request, next) => (request.headers.set('x-late', '1'), next(request)));
    await session.get(url);
    expect(transport.seen.map((request) => request.headers.get('x-late'))).toEqual([null, '1']);
  });

  test("sees the caller's abort through request.signal", async () => {
    const stop = new AbortController();
    const session = open({ transport: inProcess(() => new Response()) });
    session.use(
      (request) =>
        new Promise((_, reject) => {
          request.signal?.addEventListener('abort', () => reject(request.signal?.reason as Error));
          stop.abort('stop');
        }),
    );
    expect(await reasonOf(session.get(url, { signal: stop.signal }))).toBe('stop');
  });
});

describe('hooks', () => {
  test('beforeRequest runs once per call, may change headers or answer', async () => {
    const { a } = sites();
    let calls = 0;
    const session = open({
      baseUrl: a.base,
      retry: { delay: () => 0 },
      hooks: {
        beforeRequest: [
          ({ request }) => {
            calls++;
            request.headers.set('x-hook', 'one');
          },
          async ({ request }) => {
            await Promise.resolve();
            if (request.url.searchParams.has('cached')) return new Response('from hook');
            return undefined;
          },
        ],
      },
    });
    await session.get('flaky', { searchParams: { fails: 2 } });
    expect(calls).toBe(1);
    expect((await a.requests()).map((entry) => sent(entry, 'x-hook'))).toEqual([
      'one',
      'one',
      'one',
    ]);
    expect(await session.get('echo?cached').text()).toBe('from hook');
    expect(await a.requests()).toHaveLength(3);
  });

  test('FIELD 58: afterResponse runs once per call with the final response and may replace it', async () => {
    const { a } = sites();
    const seen: number[] = [];
    const session = open({
      baseUrl: a.base,
      retry: { delay: () => 0 },
      hooks: {
        afterResponse: [
          ({ response }) => void seen.push(response.status, response.attempts),
          async ({ response }) =>
            new Response(`replaced ${await response.text()}`, { status: 202 }),
          ({ response }) => void seen.push(response.status),
        ],
      },
    });
    const response = await session.get('flaky', { searchParams: { fails: 1 } });
    expect(seen).toEqual([200, 2, 202]);
    expect(SessionResponse.is(response)).toBe(true);
    expect([response.status, await response.text()]).toEqual([202, 'replaced {"request":2}']);
  });

  test("FIELD 58: hooks of a child come in addition to its parent's", async () => {
    const order: string[] = [];
    const parent = open({
      transport: inProcess(() => new Response()),
      hooks: { beforeRequest: [() => void order.push('parent')] },
    });
    await parent.extend({ hooks: { beforeRequest: [() => void order.push('child')] } }).get(url);
    expect(order).toEqual(['parent', 'child']);
    order.length = 0;
    await parent.get(url);
    expect(order).toEqual(['parent']);
  });

  test('beforeError runs once, too, when a shortcut cannot read the body', async () => {
    const seen: string[] = [];
    const mine = new RangeError('mine');
    const session = open({
      transport: inProcess(() => new Response('no JSON')),
      hooks: {
        beforeError: [
          ({ error }) => {
            seen.push((error as Error).name);
            return mine;
          },
        ],
      },
    });
    expect(await reasonOf(session.get('http://app.test/').json())).toBe(mine);
    expect(seen).toEqual(['DecodeError']);
    expect(await session.get('http://app.test/').text()).toBe('no JSON');
    expect(seen).toHaveLength(1);
  });

  test("beforeError runs once per call that rejects, and what it returns takes the error's place", async () => {
    const { a } = sites();
    const seen: unknown[] = [];
    const own = new RangeError('mine');
    const session = open({
      baseUrl: a.base,
      retry: { delay: () => 0 },
      context: { app: 1 },
      hooks: {
        beforeError: [
          ({ error, request, context }) => {
            seen.push([(error as Error).name, request.method, context['app']]);
            return context['replace'] ? own : undefined;
          },
        ],
      },
    });
    await session.get('status/404');
    expect(seen).toEqual([]);
    expect(((await reasonOf(session.get('status/404').json())) as Error).name).toBe('HTTPError');
    expect(await reasonOf(session.get('status/503').json())).toMatchObject({ name: 'HTTPError' });
    expect(await reasonOf(session.get('status/404', { context: { replace: true } }).json())).toBe(
      own,
    );
    expect(await reasonOf(session.get('reset', { retry: 0, context: { replace: true } }))).toBe(
      own,
    );
    expect(seen).toEqual([
      ['HTTPError', 'GET', 1],
      ['HTTPError', 'GET', 1],
      ['HTTPError', 'GET', 1],
      ['NetworkError', 'GET', 1],
    ]);
  });

  test('what a hook throws rejects the call', async () => {
    const reason = new Error('hook');
    for (const name of ['beforeRequest', 'afterResponse'] as const) {
      const session = open({
        transport: inProcess(() => new Response()),
        hooks: {
          [name]: [
            () => {
              throw reason;
            },
          ],
        },
      });
      expect(await reasonOf(session.get(url))).toBe(reason);
    }
  });

  test('they are read when the session is made', async () => {
    const hooks = { beforeRequest: [] as (() => void)[] };
    let calls = 0;
    const session = open({ transport: inProcess(() => new Response()), hooks });
    hooks.beforeRequest.push(() => void calls++);
    await session.get(url);
    expect(calls).toBe(0);
  });
});

describe('transports', () => {
  test("one of one's own is given exactly what goes out", async () => {
    const transport = inProcess(
      () =>
        new Response('"answer"', { headers: { 'content-type': 'application/json', 'x-a': '1' } }),
    );
    const session = open({
      transport,
      baseUrl: url,
      headers: { 'x-session': '1' },
      timeout: { response: 5000 },
    });
    const response = await session.post('path', {
      json: { a: 1 },
      searchParams: { q: 1 },
      cache: 'no-store',
    });
    const request = transport.seen[0] as TransportRequest;
    expect(request.method).toBe('POST');
    expect(request.url).toBeInstanceOf(URL);
    expect(request.url.href).toBe(`${url}path?q=1`);
    expect(request.headers.get('x-session')).toBe('1');
    expect(request.headers.get('content-type')).toMatch(/^application\/json/);
    expect(
      typeof request.body === 'string'
        ? request.body
        : new TextDecoder().decode(request.body as Uint8Array),
    ).toBe('{"a":1}');
    expect(request.timeout).toMatchObject({ response: 5000 });
    expect(request.init.cache).toBe('no-store');
    expect(response).toMatchObject({ status: 200, attempts: 1 });
    expect(response.headers.get('x-a')).toBe('1');
    expect(await response.json()).toBe('answer');
  });

  test('is given what a function made for this sending, as if it had been the body', async () => {
    const transport = inProcess(({ url: { pathname } }) =>
      pathname === '/'
        ? new Response(null, { status: 307, headers: { location: '/next' } })
        : new Response(),
    );
    let calls = 0;
    await open({ transport }).post(url, { body: () => `call ${++calls}` });
    expect(
      transport.seen.map(({ body, headers }) => [body, headers.get('content-type')?.toLowerCase()]),
    ).toEqual([
      ['call 1', 'text/plain;charset=utf-8'],
      ['call 2', 'text/plain;charset=utf-8'],
    ]);
  });

  test('that is not managed has our redirects above it on every platform', async () => {
    const transport = inProcess(({ url: { pathname } }) =>
      pathname === '/'
        ? new Response(null, { status: 302, headers: { location: '/next' } })
        : new Response('end'),
    );
    const response = await open({ transport }).post(url, { form: { a: 1 } });
    expect(await response.text()).toBe('end');
    expect(transport.seen.map((request) => [request.method, request.url.pathname])).toEqual([
      ['POST', '/'],
      ['GET', '/next'],
    ]);
    expect([response.redirected, response.url, response.history.length]).toEqual([
      true,
      `${url}next`,
      1,
    ]);
  });

  test('that is managed does its own redirects', async () => {
    const answer = inProcess(
      () => new Response(null, { status: 302, headers: { location: '/next' } }),
    );
    const response = await open({
      transport: { managed: true, send: (request) => answer.send(request) },
    }).get(url);
    expect(response.status).toBe(302);
    expect(answer.seen).toHaveLength(1);
  });

  test('fetchTransport serves an app in this process', async () => {
    const app = {
      async fetch(request: Request): Promise<Response> {
        const { pathname } = new URL(request.url);
        if (pathname === '/old')
          return new Response(null, { status: 307, headers: { location: '/new' } });
        return Response.json({
          method: request.method,
          pathname,
          body: await request.text(),
          header: request.headers.get('x-a'),
        });
      },
    };
    const session = open({ baseUrl: url, transport: fetchTransport({ fetch: app.fetch }) });
    expect(await session.post('old', { json: { a: 1 }, headers: { 'x-a': '1' } }).json()).toEqual({
      method: 'POST',
      pathname: '/new',
      body: '{"a":1}',
      header: '1',
    });
  });

  test('fetchTransport hands an app a stream as it is, or refuses it', async () => {
    const app = { fetch: async (request: Request) => new Response(await request.text()) };
    const call = open({ baseUrl: url, transport: fetchTransport({ fetch: app.fetch }), retry: 0 })
      .post('', { body: new Response('streamed').body as never })
      .text();
    const outcome = await call.catch((error: Error) => error.name);
    expect(outcome).toBe(
      'duplex' in Request.prototype || !inBrowser ? 'streamed' : 'UnsupportedError',
    );
  });

  test.each<[string, (input: Request, init: RequestInit) => Promise<Response>]>([
    ['hands both on', (input, init) => globalThis.fetch(input, init)],
    ['makes a request of both', (input, init) => globalThis.fetch(new Request(input, init))],
    ['makes a URL of the first', (input, init) => globalThis.fetch(new URL(String(input)), init)],
    ['looks at the request alone', (input) => globalThis.fetch(input)],
  ])('fetchTransport over a fetch that %s sends the same', async (_, fetch) => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, transport: fetchTransport({ fetch }), timeout: 5000 });
    const entry = await session
      .put('echo', { body: 'text', headers: { 'x-a': '1' }, searchParams: { q: 1 } })
      .json<JournalEntry>();
    expect([entry.method, entry.body, sent(entry, 'x-a'), sent(entry, 'content-type')]).toEqual([
      'PUT',
      'text',
      '1',
      'text/plain;charset=UTF-8',
    ]);
    const form = new FormData();
    form.append('field', 'value');
    expect((await session.post('echo', { body: form }).json<JournalEntry>()).body).toContain(
      'value',
    );
  });

  wireTest('fetchTransport over an app keeps its cookies in the session', async () => {
    const fetch = (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const { pathname } = new URL(request.url);
      if (pathname === '/login')
        return Promise.resolve(
          new Response(null, {
            status: 302,
            headers: [
              ['location', '/me'],
              ['set-cookie', 'sid=1'],
              ['set-cookie', 'b=2'],
            ],
          }),
        );
      return Promise.resolve(new Response(request.headers.get('cookie')));
    };
    expect(
      await open({ baseUrl: url, transport: fetchTransport({ fetch }) })
        .get('login')
        .text(),
    ).toBe('sid=1; b=2');
  });

  test("of a call goes before any mount, and a mount before the session's", async () => {
    const named = (name: string) => inProcess(() => new Response(name));
    const session = open({ transport: named('session') });
    expect(await session.get(url).text()).toBe('session');
    session.mount('http://app.test', named('mount'));
    expect(await session.get(url).text()).toBe('mount');
    expect(await session.get(url, { transport: named('call') }).text()).toBe('call');
    expect(await session.get('http://other.test/').text()).toBe('session');
  });
});

describe('mount', () => {
  const named = (name: string) => inProcess(() => new Response(name));

  test('FIELD 46: the longest prefix wins, whatever the order', async () => {
    const session = open({ transport: named('none') });
    session
      .mount('http://app.test/a/b', named('a/b'))
      .mount('http://app.test', named('root'))
      .mount('http://app.test/a/', named('a'));
    for (const [path, wanted] of [
      ['/', 'root'],
      ['/x', 'root'],
      ['/a', 'root'],
      ['/a/', 'a'],
      ['/a/x', 'a'],
      ['/a/b', 'a/b'],
      ['/a/b/c', 'a/b'],
      ['/a/bc', 'a'],
      ['/a/b?q', 'a/b'],
    ] as const) {
      const got = await session.get(`http://app.test${path}`).text();
      // `/a/` as a prefix may or may not hold its own folder's name without the slash; both are
      // whole segments.
      if (path === '/a') expect(['root', 'a']).toContain(got);
      else expect([path, got]).toEqual([path, wanted]);
    }
  });

  test('FIELD 46: only whole origins and whole segments match', async () => {
    const session = open({ transport: named('none') });
    session.mount('https://api.example.com/v1', named('api'));
    for (const other of [
      'https://api.example.com.evil.org/v1',
      'https://api.example.com:8443/v1',
      'http://api.example.com/v1',
      'https://xapi.example.com/v1',
      'https://api.example.com/v11',
      'https://api.example.com/v',
    ]) {
      expect([other, await session.get(other).text()]).toEqual([other, 'none']);
    }
    for (const same of [
      'https://API.example.com/v1',
      'https://api.example.com:443/v1/x',
      'https://api.example.com/x/../v1/y',
    ])
      expect([same, await session.get(same).text()]).toEqual([same, 'api']);
  });

  test('the same prefix replaces', async () => {
    const session = open({ transport: named('none') });
    session.mount(url, named('one')).mount(new URL(url), named('two'));
    expect(await session.get(url).text()).toBe('two');
  });

  test('is looked up at every hop', async () => {
    const session = open({ transport: named('none') });
    session.mount(
      'http://one.test',
      inProcess(
        () => new Response(null, { status: 302, headers: { location: 'http://two.test/' } }),
      ),
    );
    session.mount('http://two.test', named('two'));
    expect(await session.get('http://one.test/').text()).toBe('two');
  });

  test('a managed transport on a later hop does not follow on its own', async () => {
    const { a } = sites();
    const managed = fetchTransport();
    const seen: RequestInit[] = [];
    const session = open({ transport: named('none') });
    session.mount(
      'http://one.test',
      inProcess(
        () =>
          new Response(null, {
            status: 302,
            headers: { location: a.url('redirect', { to: 'echo' }) },
          }),
      ),
    );
    session.mount(a.origin, {
      managed: true,
      send(request) {
        seen.push(request.init);
        return managed.send(request);
      },
    });
    const outcome = await session.get('http://one.test/').then(
      (response) => response.status,
      (error: Error) => error.name,
    );
    expect(seen[0]?.redirect).toBe('manual');
    // In a browser the redirect cannot be seen: its response has no Location to follow.
    if (!inBrowser) expect([outcome, seen.length]).toEqual([200, 2]);
  });
});

test('a network error in a mounted transport is a NetworkError like any other', async () => {
  const session = open({ retry: 0 });
  session.mount(url, { send: () => Promise.reject(new TypeError('gone')) });
  expect((await rejection(session.get(url), NetworkError)).cause).toBeInstanceOf(TypeError);
});
