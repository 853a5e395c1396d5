import { fetchTransport, TimeoutError, type TransportRequest } from 'isosession';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  deferred,
  inBrowser,
  inProcess,
  open,
  rejection,
  sent,
  sites,
  wireTest,
} from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

const url = 'http://app.test/';

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

  test('fetchTransport sees a patch of the global fetch, whenever it came', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, transport: fetchTransport() });
    const patched = vi.fn(globalThis.fetch);
    vi.stubGlobal('fetch', patched);
    onTestFinished(() => void vi.unstubAllGlobals());
    expect((await session.extend().get('echo')).status).toBe(200);
    expect(patched).toHaveBeenCalledTimes(1);
    vi.unstubAllGlobals();
    expect((await session.get('echo')).status).toBe(200);
    expect(patched).toHaveBeenCalledTimes(1);
  });

  const fetches: {
    name: string;
    fetch: (input: Request, init: RequestInit) => Promise<Response>;
  }[] = [
    { name: 'hands both on', fetch: (input, init) => globalThis.fetch(input, init) },
    {
      name: 'makes a request of both',
      fetch: (input, init) => globalThis.fetch(new Request(input, init)),
    },
    {
      name: 'makes a URL of the first',
      fetch: (input, init) => globalThis.fetch(new URL(String(input)), init),
    },
    {
      // As h3 does, and so Nuxt's `event.fetch`.
      name: 'spreads the headers of the second',
      fetch: (input, { headers, ...init }) =>
        globalThis.fetch(String(input), { ...init, headers: { ...(headers as object) } }),
    },
    { name: 'looks at the request alone', fetch: (input) => globalThis.fetch(input) },
  ];
  for (const { name, fetch } of fetches) {
    test(`fetchTransport over a fetch that ${name} sends the same`, async () => {
      const { a } = sites();
      const session = open({
        baseUrl: a.base,
        transport: fetchTransport({ fetch }),
        timeout: 5000,
      });
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
  }

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

describe("fetchTransport({ signal: 'given' })", () => {
  test("passes the caller's own signal, and none where there is none", async () => {
    const seen: unknown[] = [];
    const fetch = (_: Request, init: RequestInit) => {
      seen.push(init.signal);
      return new Response();
    };
    const session = open({ transport: fetchTransport({ fetch, signal: 'given' }) });
    const { signal } = new AbortController();
    await session.get(url);
    await session.get(url, { signal });
    await session.get(url, { transport: fetchTransport({ fetch }) });
    expect(seen).toEqual([undefined, signal, expect.any(AbortSignal)]);
    expect(seen[1]).toBe(signal);
  });

  test('a deadline leaves the request, whose body is discarded when it comes', async () => {
    const answer = deferred<Response>();
    const cancelled = deferred<unknown>();
    const fetch = () => answer.promise;
    const session = open({ transport: fetchTransport({ fetch, signal: 'given' }), retry: 0 });
    await rejection(session.get(url, { timeout: { total: 20 } }), TimeoutError);
    answer.resolve(new Response(new ReadableStream({ cancel: () => cancelled.resolve('once') })));
    expect(await cancelled.promise).toBe('once');
  });

  test('what fails after its call has ended is told to nobody', async () => {
    const answer = deferred<Response>();
    const stop = new AbortController();
    const fetch = () => {
      stop.abort(new RangeError('enough'));
      return answer.promise;
    };
    const session = open({ transport: fetchTransport({ fetch, signal: 'given' }), retry: 0 });
    const call = session.get(url, { signal: stop.signal });
    await rejection(call, RangeError);
    answer.reject(new Error('late'));
  });
});

describe('fetchTransport() over the fetch of a framework', () => {
  const thrown: [of: string, error: object][] = [
    ['React, by its digest', Object.assign(new Error(), { digest: 'DYNAMIC_SERVER_USAGE' })],
    ['SvelteKit, which redirects', { status: 303, location: '/login' }],
    ['SvelteKit, which fails', { status: 404, body: { message: 'Not found' } }],
    ['React Router', new Response(null, { status: 302, headers: { location: '/' } })],
  ];
  test.each(thrown)('hands on what ends a render of %s, once and as it is', async (_, error) => {
    let calls = 0;
    const fetch = async (): Promise<Response> => {
      calls++;
      throw error;
    };
    const session = open({ transport: fetchTransport({ fetch }), retry: { delay: () => 0 } });
    expect(await session.get(url).catch((reason: unknown) => reason)).toBe(error);
    expect(calls).toBe(1);
  });
});
