import type { CallOptions, RequestOptions, Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inBrowser, inProcess, open, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

const url = 'http://app.test/';

describe('merging', () => {
  test('undefined inherits every option of the session', async () => {
    const transport = inProcess(() => new Response(null, { status: 404 }));
    const session = open({
      transport,
      baseUrl: url,
      headers: { 'x-a': '1' },
      searchParams: { q: 1 },
      auth: (request, next) => next(request),
      throwHttpErrors: false,
      retry: 0,
    });
    const options: RequestOptions = {
      headers: undefined,
      searchParams: undefined,
      auth: undefined,
      throwHttpErrors: undefined,
      retry: undefined,
      timeout: undefined,
      transport: undefined,
      context: undefined,
      json: undefined,
      form: undefined,
      body: undefined,
      signal: undefined,
      maxRedirects: undefined,
      maxResponseSize: undefined,
      cookies: undefined,
    };
    await session.get('', options);
    expect(transport.seen[0]?.headers.get('x-a')).toBe('1');
    expect(transport.seen[0]?.url.search).toBe('?q=1');
  });

  test('inherited properties are never read', async () => {
    const transport = inProcess(() => new Response());
    const options = Object.create({
      method: 'DELETE',
      searchParams: { evil: 1 },
      nope: 1,
      headers: { 'x-evil': '1' },
    }) as RequestOptions;
    options.headers = Object.assign(Object.create({ 'x-inherited': '1' }) as object, {
      'x-own': '1',
    });
    await open({ transport }).request(url, options);
    const [request] = transport.seen;
    expect([request?.method, request?.url.href]).toEqual(['GET', url]);
    expect([...(request?.headers.keys() ?? [])].filter((name) => name.startsWith('x-'))).toEqual([
      'x-own',
    ]);
  });

  test('a Request given as options is read by its getters', async () => {
    const { a } = sites();
    // In a browser the body of a Request is a stream, which Chromium sends over HTTP/2 only.
    const init = new Request('http://ignored.test/', {
      method: 'POST',
      headers: { 'x-from': 'init' },
      ...(!inBrowser && { body: 'from init' }),
    });
    const echo = await open()
      .request(a.url('echo'), init as CallOptions)
      .json<JournalEntry>();
    expect(echo).toMatchObject({ method: 'POST', body: inBrowser ? '' : 'from init' });
    expect(echo.headers.find(([name]) => name.toLowerCase() === 'x-from')?.[1]).toBe('init');
  });

  test('keys named __proto__, constructor and prototype stay data', async () => {
    const transport = inProcess(() => new Response());
    const evil = JSON.parse('{"__proto__":{"x-evil":"1","method":"DELETE"},"x-own":"1"}') as Record<
      string,
      string
    >;
    const session = open({ transport });
    await Promise.allSettled([
      session.get(url, JSON.parse('{"__proto__":{"method":"DELETE","json":1}}') as RequestOptions),
      session.get(url, { headers: evil }),
      session.get(url, { searchParams: evil }),
      session.post(url, { form: evil }),
      session.get(url, { context: evil }),
      session.get(url, { cookies: evil }),
      session.get(url, { retry: JSON.parse('{"__proto__":{"limit":9}}') as never }),
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['x-evil']).toBeUndefined();
    for (const request of transport.seen) expect(['GET', 'POST']).toContain(request.method);
    for (const request of transport.seen) expect(request.headers.get('x-evil')).toBeNull();
  });

  test('Object.prototype may be polluted with any option: the request stays the same', async () => {
    const transport = inProcess(() => new Response('ok'));
    const session = open({ transport });
    const hostile: Record<string, unknown> = {
      method: 'DELETE',
      headers: { 'x-evil': '1' },
      body: 'evil',
      json: { evil: 1 },
      form: { evil: 1 },
      searchParams: { evil: 1 },
      baseUrl: 'http://evil.test/',
      auth: () => {
        throw new Error('evil');
      },
      redirect: 'error',
      credentials: 'include',
      timeout: { total: 1 },
      retry: { limit: 9 },
      limit: 9,
      total: 1,
      response: 1,
      keepHeaders: ['x'],
      cookies: { evil: '1' },
      maxResponseSize: 1,
      transport: { send: () => new Response('evil') },
      hooks: {},
      context: {},
      throwHttpErrors: true,
      parseJson: () => 'evil',
      origins: ['http://evil.test'],
      name: 'evil',
      path: '/evil',
      http: false,
    };
    for (const [name, value] of Object.entries(hostile)) {
      let text: unknown;
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
      try {
        const response = await session.post(url, { json: { a: 1 } });
        text = await response.text();
      } finally {
        Reflect.deleteProperty(Object.prototype, name);
      }
      expect(text, name).toBe('ok');
      const {
        method,
        url: { href },
        headers,
        body,
      } = transport.seen.at(-1) as (typeof transport.seen)[number];
      expect(
        [method, href, headers.get('x-evil'), headers.get('cookie'), headers.get('authorization')],
        name,
      ).toEqual(['POST', url, null, null, null]);
      expect(
        typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array),
        name,
      ).toBe('{"a":1}');
    }
  });

  test('null goes back to what holds without the option, in a child and in a call', async () => {
    const transport = inProcess(({ url: { search }, headers, body, init }) =>
      Response.json([search, headers.get('x-a'), headers.get('x-hook'), body, init.mode]),
    );
    const parent = open({
      transport,
      baseUrl: url,
      origins: ['http://other.test'],
      headers: { 'x-a': '1' },
      searchParams: { q: 1 },
      mode: 'cors',
      context: { a: 1 },
      stringifyJson: () => 'mine',
      hooks: {
        beforeRequest: [
          ({ request, context }) => request.headers.set('x-hook', String(context['a'])),
        ],
      },
    });
    const all = {
      headers: null,
      searchParams: null,
      mode: null as never,
      context: null,
      stringifyJson: null,
    };
    const ask = (session: Session, options?: CallOptions) =>
      session.post('', { json: 1, ...options }).json();
    expect(await ask(parent)).toEqual(['?q=1', '1', '1', 'mine', 'cors']);
    expect(await ask(parent, all)).toEqual(['', null, 'undefined', '1', null]);
    expect(await ask(parent.extend(all))).toEqual(['', null, 'undefined', '1', null]);
    expect(await ask(parent.extend({ hooks: null, transport }))).toEqual([
      '?q=1',
      '1',
      null,
      'mine',
      'cors',
    ]);
    expect(await parent.extend({ origins: null }).get('http://other.test').json()).toEqual([
      '',
      null,
      '1',
      null,
      'cors',
    ]);
    expect(await parent.get('http://other.test').json()).toEqual(['?q=1', '1', '1', null, 'cors']);
    for (const name of [
      'cache',
      'credentials',
      'integrity',
      'keepalive',
      'redirect',
      'referrer',
      'referrerPolicy',
      'timeout',
      'retry',
      'auth',
      'cookies',
      'transport',
    ]) {
      expect(
        await ask(parent.extend({ [name]: null, ...(name === 'transport' ? {} : { transport }) }), {
          transport,
          [name === 'transport' ? 'auth' : name]: null,
        }),
        name,
      ).toHaveLength(5);
    }
  });

  test('what a session was given may change afterwards without changing the session', async () => {
    const transport = inProcess(() => new Response());
    const headers: Record<string, string> = { 'x-a': '1' };
    const searchParams = new URLSearchParams('q=1');
    const retry = { limit: 0, methods: ['GET'] };
    const origins = ['http://one.test'];
    const session = open({ transport, headers, searchParams, retry, origins, baseUrl: url });
    headers['x-a'] = '2';
    searchParams.set('q', '2');
    retry.limit = 9;
    retry.methods.push('POST');
    origins[0] = 'http://evil.test';
    await session.get('');
    expect(transport.seen[0]?.headers.get('x-a')).toBe('1');
    expect(transport.seen[0]?.url.search).toBe('?q=1');
    expect(session.retry).toMatchObject({ limit: 0, methods: ['GET'] });
  });

  test('what a call was given may change as soon as the call has started', async () => {
    const transport = inProcess(() => new Response());
    const headers = new Headers({ 'x-a': '1' });
    const session = open({ transport });
    const call = session.get(url, { headers });
    await Promise.resolve();
    await Promise.resolve();
    headers.set('x-a', '2');
    await call;
    await session.get(url);
    expect(transport.seen.map((request) => request.headers.get('x-a'))).toEqual(['1', null]);
  });

  test('context is combined by key, handed to hooks as it is, and never sent', async () => {
    const { a } = sites();
    const seen: unknown[] = [];
    const secret = { deep: { token: 'c0ntext' } };
    const session = open({
      context: { app: 'shop', who: 'session' },
      hooks: {
        beforeRequest: [({ context }) => void seen.push({ ...context }, context['secret'])],
      },
    });
    const echo = await session
      .post(a.url('echo'), { context: { who: 'call', secret } })
      .json<JournalEntry>();
    expect(seen).toEqual([{ app: 'shop', who: 'call', secret }, secret]);
    expect(seen[1]).toBe(secret);
    expect(JSON.stringify(echo)).not.toContain('c0ntext');
  });
});
