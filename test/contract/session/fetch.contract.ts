import {
  bearer,
  InvalidRequestError,
  NetworkError,
  Session,
  SessionError,
  TimeoutError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inBrowser,
  inProcess,
  nodeTest,
  open,
  reasonOf,
  rejection,
  sent,
  type Site,
  sites,
  wireTest,
} from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

test('session.fetch is bound and is the same function each time', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base });
  const { fetch } = session;
  expect(fetch).toBe(session.fetch);
  expect(((await (await fetch('echo')).json()) as JournalEntry).route).toBe('echo');
  const typed: typeof globalThis.fetch = session.fetch;
  expect(typed).toBe(fetch);
});

describe('input', () => {
  test('a string, a URL or a Request, with init', async () => {
    const { a } = sites();
    const { fetch } = open();
    await fetch(a.url('echo'), { method: 'POST', body: 'one', headers: { 'x-a': '1' } });
    await fetch(new URL(a.url('echo')), { method: 'PUT', body: new Blob(['two']) });
    await fetch(
      new Request(a.url('echo'), { method: 'PATCH', body: 'three', headers: { 'x-a': '3' } }),
    );
    await fetch(
      new Request(a.url('echo'), { method: 'POST', body: 'ignored', headers: { 'x-a': '4' } }),
      { method: 'DELETE', body: 'four' },
    );
    const entries = await a.requests();
    expect(entries.map((entry) => [entry.method, entry.body, sent(entry, 'x-a')])).toEqual([
      ['POST', 'one', '1'],
      ['PUT', 'two', undefined],
      ['PATCH', 'three', '3'],
      ['DELETE', 'four', '4'],
    ]);
  });

  test("headers of init take the place of all of the Request's, as in fetch", async () => {
    const { a } = sites();
    const request = new Request(a.url('echo'), { headers: { 'x-a': 'request', 'x-b': 'request' } });
    const echo = (await (
      await open().fetch(request, { headers: { 'x-b': 'init' } })
    ).json()) as JournalEntry;
    expect([sent(echo, 'x-a'), sent(echo, 'x-b')]).toEqual([undefined, 'init']);
  });

  test("the session's defaults are added: headers, cookies, auth", async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, headers: { 'x-a': '1' }, auth: bearer('t') });
    await session.post('login', { form: { user: 'ann', password: 'open sesame' } });
    const echo = (await (await session.fetch(new Request(a.url('echo')))).json()) as JournalEntry;
    expect([sent(echo, 'x-a'), sent(echo, 'authorization'), sent(echo, 'cookie')]).toEqual([
      '1',
      'Bearer t',
      'sid=ann',
    ]);
  });

  test("a Request's default credentials, redirect and mode count as unset", async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, credentials: 'omit', redirect: 'manual' });
    await session.get('cookies/set', { searchParams: { line: 'x=1' }, credentials: 'include' });
    const echo = (await (await session.fetch(new Request(a.url('cookies')))).json()) as {
      cookie: string | null;
    };
    expect(echo.cookie).toBeNull();
    const response = await session.fetch(new Request(a.url('redirect', { to: 'echo' })));
    expect(inBrowser ? response.type : response.status).toBe(inBrowser ? 'opaqueredirect' : 302);
  });

  test('init members that nobody knows are ignored, as fetch does', async () => {
    const { a } = sites();
    const init = {
      params: { q: 1 },
      timeout: 1,
      foo: 'bar',
      json: { a: 1 },
      retry: 9,
    } as RequestInit;
    const response = await open().fetch(a.url('echo'), init);
    expect(await response.json()).toMatchObject({ method: 'GET', search: '', body: '' });
  });

  test('a body with GET is refused with TypeError', async () => {
    const { a } = sites();
    await rejection(open().fetch(a.url('echo'), { body: 'x' }), TypeError);
    expect(await a.requests()).toEqual([]);
  });

  test('a bad input rejects and never throws at once', async () => {
    await rejection(open().fetch(Symbol('x') as never), TypeError);
  });
});

describe('outcome', () => {
  test('it never throws for a status, whatever throwHttpErrors says', async () => {
    const { a } = sites();
    const session = open({ throwHttpErrors: true, retry: 0 });
    for (const status of [400, 404, 500])
      expect((await session.fetch(a.url(`status/${status}`))).status).toBe(status);
  });

  test('a network failure is TypeError "fetch failed" with our error as its cause', async () => {
    const { a } = sites();
    const error = await rejection(open({ retry: 0 }).fetch(a.url('reset')), TypeError);
    expect(error.message).toBe('fetch failed');
    expect(error.cause).toBeInstanceOf(NetworkError);
  });

  test.each(['ftp://host/', 'http://', 'http://[bad/'])(
    'the URL %s is TypeError with our error as its cause',
    async (url) => {
      const error = await rejection(open().fetch(url), TypeError);
      expect(error.cause).toBeInstanceOf(InvalidRequestError);
    },
  );

  test('too many redirects and redirect: error are TypeErrors', async () => {
    const { a } = sites();
    const { fetch } = open({ retry: 0 });
    for (const error of [
      await rejection(fetch(a.url('loop')), TypeError),
      await rejection(fetch(a.url('redirect', { to: 'echo' }), { redirect: 'error' }), TypeError),
    ]) {
      expect(error.message).toBe('fetch failed');
      expect(SessionError.is(error.cause)).toBe(true);
    }
  });

  test('a timeout rejects with TimeoutError, not with TypeError', async () => {
    const { a } = sites();
    const error = await reasonOf(
      open({ timeout: { response: 40 }, retry: 0 }).fetch(a.url('never')),
    );
    expect(error).toBeInstanceOf(TimeoutError);
  });

  test("an abort rejects with the signal's reason, before, during and after headers", async () => {
    const { a } = sites();
    const { fetch } = open();
    const reason = new Error('mine');
    expect(await reasonOf(fetch(a.url('echo'), { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    const stop = new AbortController();
    const call = fetch(a.url('never'), { signal: stop.signal });
    await a.requests({ requests: 1 });
    stop.abort(reason);
    expect(await reasonOf(call)).toBe(reason);
    const later = new AbortController();
    const response = await fetch(a.url('gated', { first: 'x' }), { signal: later.signal });
    const text = reasonOf(response.text());
    later.abort(reason);
    expect(await text).toBe(reason);
  });

  test('an abort with an error of another call rejects with it, too', async () => {
    const { a } = sites();
    const { fetch } = open();
    const reason = new NetworkError('of another call');
    expect(await reasonOf(fetch(a.url('echo'), { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    const request = new Request(a.url('echo'), { signal: AbortSignal.abort(reason) });
    for (const init of [undefined, { cache: 'no-store' as const }])
      expect(await reasonOf(fetch(request, init))).toBe(reason);
    for (const input of [null, undefined]) await rejection(fetch(input as never), TypeError);
  });

  /** Aborts a call after it has followed a redirect. */
  const abortLate = async (a: Site) => {
    const stop = new AbortController();
    const call = open().fetch(
      new Request(a.url('redirect', { to: 'never' }), { signal: stop.signal }),
    );
    await a.requests({ requests: 2 });
    stop.abort('late');
    expect(await reasonOf(call)).toBe('late');
  };

  test('the signal of a Request holds after redirects', async () => {
    await abortLate(sites().a);
  });

  test('an abort after redirects ends what is on the wire', async () => {
    const { a } = sites();
    await abortLate(a);
    await a.requests({ aborted: 1 });
  });

  test("json() rejects with SyntaxError, as fetch's does", async () => {
    const { a } = sites();
    const { fetch } = open();
    await rejection((await fetch(a.url('reply', { text: 'no json' }))).json(), SyntaxError);
    await rejection((await fetch(a.url('reply'))).json(), SyntaxError);
    expect(await (await fetch(a.url('reply', { text: '[1]' }))).json()).toEqual([1]);
  });

  test('gives a Response, with the URL after redirects', async () => {
    const { a } = sites();
    const response = await open().fetch(a.url('redirect', { to: 'reply?text=x' }));
    expect(response).toBeInstanceOf(Response);
    expect([
      response.url,
      response.redirected,
      response.ok,
      await response.clone().text(),
      await response.text(),
    ]).toEqual([a.url('reply', { text: 'x' }), true, true, 'x', 'x']);
  });
});

describe('bodies and retries', () => {
  test("retries are the session's, also for a Request with a body", async () => {
    const { a } = sites();
    const session = open({ retry: { delay: () => 0, methods: ['GET', 'POST'] } });
    expect(await (await session.fetch(a.url('flaky', { fails: 2 }))).json()).toEqual({
      request: 3,
    });
    expect(
      (
        await session.fetch(
          new Request(a.url('flaky', { fails: 1, key: 'post' }), { method: 'POST', body: 'kept' }),
        )
      ).status,
    ).toBe(200);
    expect((await a.requests()).map((entry) => entry.body)).toEqual(['', '', '', 'kept', 'kept']);
  });

  test('extend({ retry: 0 }).fetch is for a client that retries itself', async () => {
    const { a } = sites();
    const session = open({ retry: { delay: () => 0 } });
    const { fetch } = session.extend({ retry: 0 });
    expect((await fetch(a.url('flaky', { fails: 2 }))).status).toBe(503);
    expect(await a.requests()).toHaveLength(1);
  });

  test('a Request keeps its body where the init has null', async () => {
    const { a } = sites();
    const request = new Request(a.url('echo'), { method: 'POST', body: 'kept' });
    expect(await (await open().fetch(request, { body: null })).json()).toMatchObject({
      body: 'kept',
    });
  });

  test("a Request's body above 1 MiB goes once", async () => {
    const transport = inProcess(async (request) => {
      const body = request.body as AsyncIterable<Uint8Array> | Uint8Array;
      if (!(body instanceof Uint8Array))
        for await (const chunk of body) expect(chunk.length).toBeGreaterThan(0);
      return new Response('busy', { status: 503 });
    });
    const session = open({ transport, retry: { delay: () => 0 } });
    expect(
      (
        await session.fetch(
          new Request('http://app.test/', { method: 'PUT', body: 'x'.repeat(1024 * 1024 + 1) }),
        )
      ).status,
    ).toBe(503);
    expect(transport.seen).toHaveLength(1);
    await session.fetch(
      new Request('http://app.test/', { method: 'PUT', body: 'x'.repeat(1024 * 1024) }),
    );
    expect(transport.seen).toHaveLength(4);
  });

  test('the body of a Request is used up by its call, as by fetch', async () => {
    const { a } = sites();
    const request = new Request(a.url('echo'), { method: 'POST', body: 'once' });
    await open().fetch(request);
    expect(request.bodyUsed).toBe(true);
    await rejection(open().fetch(request), TypeError);
    expect(await a.requests()).toHaveLength(1);
  });

  nodeTest('a JSON body of a Request is sent again on 307 with its content-length', async () => {
    const { a } = sites();
    const request = new Request(a.url('redirect', { to: 'echo', status: 307 }), {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    const echo = (await (await open().fetch(request)).json()) as JournalEntry;
    expect([
      echo.method,
      echo.body,
      sent(echo, 'content-type'),
      sent(echo, 'content-length'),
      sent(echo, 'transfer-encoding'),
    ]).toEqual(['POST', '{"a":1}', 'application/json', '7', undefined]);
  });

  wireTest('a 302 in between sets a cookie that the next hop sends', async () => {
    const { a } = sites();
    await open().fetch(new Request(a.url('redirect', { to: 'echo', line: 'x=1' })));
    expect(sent((await a.requests())[1] as JournalEntry, 'cookie')).toBe('x=1');
  });
});

test('after close it rejects with TypeError whose cause says so', async () => {
  const session = new Session();
  await session.close();
  const error = await rejection(session.fetch('http://app.test/'), TypeError);
  expect(error.cause).toMatchObject({ code: 'ERR_SESSION_CLOSED' });
});
