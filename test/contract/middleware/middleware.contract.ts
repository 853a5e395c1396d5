import { type Middleware, type SessionRequest, SessionResponse } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, open, reasonOf, rejection, sent, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

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

  test('may hand on a URL with userinfo, which becomes Basic credentials', async () => {
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
    // A middleware that hands on no options leaves them as they were.
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

  test('may call next() without the request, as middleware of servers does', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    session.use((request, next) => {
      request.headers.set('x-mine', '1');
      return (next as () => Promise<SessionResponse>)();
    });
    const entry = await session.post('echo', { body: 'text' }).json<JournalEntry>();
    expect([sent(entry, 'x-mine'), entry.body]).toEqual(['1', 'text']);
  });

  test('may reject the call, and may catch what the call rejects with', async () => {
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
