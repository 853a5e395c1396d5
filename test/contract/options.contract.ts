import {
  fetchTransport,
  InvalidRequestError,
  type RequestOptions,
  Session,
  type SessionOptions,
  UnsupportedError,
} from 'isosession';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  browserTest,
  inBrowser,
  inNode,
  inProcess,
  nodeTest,
  open,
  rejection,
  sites,
  thrown,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

const url = 'http://app.test/';

describe('an option that does not exist', () => {
  test.each([
    ['params', 'searchParams'],
    ['query', 'searchParams'],
    ['qs', 'searchParams'],
    ['data', 'form'],
    ['header', 'headers'],
    ['timeouts', 'timeout'],
    ['retries', 'retry'],
    ['maxRedirect', 'maxRedirects'],
    ['throwHttpError', 'throwHttpErrors'],
    ['searchparams', 'searchParams'],
  ])('%s rejects before anything is sent and the message names %s', async (name, meant) => {
    const transport = inProcess(() => new Response());
    const error = await rejection(
      open({ transport }).get(url, { [name]: {} } as RequestOptions),
      InvalidRequestError,
    );
    expect(error.message).toContain(name);
    expect(error.message).toContain(meant);
    expect(transport.seen).toEqual([]);
  });

  test.each([
    ['baseURL', 'baseUrl'],
    ['prefixUrl', 'baseUrl'],
    ['prefix', 'baseUrl'],
    ['params', 'searchParams'],
    ['cookie', 'cookies'],
  ])('of a session throws at once: %s, and the message names %s', (name, meant) => {
    const error = thrown(() => new Session({ [name]: {} } as SessionOptions), InvalidRequestError);
    expect(error.message).toContain(name);
    expect(error.message).toContain(meant);
  });

  test('within timeout or retry is refused too', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    expect(
      (await rejection(session.get(url, { timeout: { reponse: 5 } as never }), InvalidRequestError))
        .message,
    ).toContain('response');
    expect(
      (await rejection(session.get(url, { retry: { limits: 5 } as never }), InvalidRequestError))
        .message,
    ).toContain('limit');
    thrown(() => open({ hooks: { beforeRequests: [] } as never }), InvalidRequestError);
  });

  test('is not asked of what runtimes and frameworks add', async () => {
    const transport = inProcess(() => new Response());
    const added = [
      'duplex',
      'window',
      'next',
      'cf',
      'client',
      'unix',
      'verbose',
      'decompress',
      'targetAddressSpace',
      'attributionReporting',
      'privateToken',
    ];
    for (const name of added)
      await open({ transport }).get(url, { [name]: null } as RequestOptions);
    expect(transport.seen).toHaveLength(added.length);
  });

  test.each(['baseUrl', 'origins', 'hooks', 'trustEnv'])(
    '%s is of a session only',
    async (name) => {
      const transport = inProcess(() => new Response());
      const value = { baseUrl: url, origins: [], hooks: {}, trustEnv: true }[name];
      expect(
        (
          await rejection(
            open({ transport }).get(url, { [name]: value } as RequestOptions),
            InvalidRequestError,
          )
        ).message,
      ).toContain(name);
      expect(transport.seen).toEqual([]);
    },
  );

  test.each([
    ['method', 'GET'],
    ['json', 1],
    ['form', {}],
    ['body', 'x'],
    ['signal', new AbortController().signal],
  ])('%s is of a call only', (name, value) => {
    expect(
      thrown(() => new Session({ [name]: value } as SessionOptions), InvalidRequestError).message,
    ).toContain(name);
  });
});

describe('a value of the wrong kind', () => {
  const rows: [string, unknown][] = [
    ['headers', 'x: 1'],
    ['headers', 5],
    ['headers', ['a', 'b']],
    ['headers', ['ab', 'cd']],
    ['headers', [['a']]],
    ['headers', [['a', 'b', 'c']]],
    ['searchParams', ['ab']],
    ['form', ['ab']],
    ['searchParams', 5],
    ['form', 'a=1'],
    ['form', 5],
    ['retry', -1],
    ['retry', 1.5],
    ['retry', '2'],
    ['retry', { limit: -1 }],
    ['retry', { methods: 'GET' }],
    ['retry', { delay: 5 }],
    ['retry', { shouldRetry: true }],
    ['retry', { statusCodes: ['500'] }],
    ['maxRedirects', -1],
    ['maxRedirects', '5'],
    ['throwHttpErrors', 'yes'],
    ['parseJson', 'x'],
    ['stringifyJson', {}],
    ['onDownloadProgress', 5],
    ['maxResponseSize', -1],
    ['maxResponseSize', '1mb'],
    ['keepHeaders', 'x-a'],
    ['keepHeaders', [5]],
    ['context', 'x'],
    ['transport', {}],
    ['transport', 'fetch'],
    ['auth', 'Basic x'],
    ['auth', ['user', 'pass']],
    ['signal', {}],
    ['redirect', 'never'],
    ['credentials', 'always'],
    ['method', 5],
    ['context', []],
    ['retry', []],
    ['timeout', []],
    ...(inBrowser ? [] : [['cookies', []] satisfies [string, unknown]]),
  ];
  test.each(rows)('%s: %j is refused before anything is sent', async (name, value) => {
    const transport = inProcess(() => new Response());
    const error = await rejection(
      open({ transport }).post(url, { [name]: value } as RequestOptions),
      InvalidRequestError,
    );
    expect(error.message).toContain(name);
    expect(transport.seen).toEqual([]);
  });

  test.each([
    ['origins', 'http://x'],
    ['origins', ['not an origin']],
    ['baseUrl', 5],
    ['baseUrl', 'ftp://x/'],
    ['hooks', 'x'],
    ['hooks', { beforeRequest: 5 }],
    ['hooks', []],
    ['context', []],
    ['retry', []],
    ['timeout', []],
    ['cookies', 'a=1'],
    ['auth', 5],
  ])('of a session throws at once: %s: %j', (name, value) => {
    // A browser has no other jar to offer, whatever the kind of the value.
    thrown(
      () => new Session({ [name]: value } as SessionOptions),
      inBrowser && name === 'cookies' ? Error : InvalidRequestError,
    );
  });

  test('a URL that is none is told to need a baseUrl only where one would help', async () => {
    const session = open({ transport: inProcess(() => new Response()) });
    expect(thrown(() => (session.baseUrl = 'ftp://x/'), InvalidRequestError).message).toBe(
      '"ftp://x/" is no http: or https: baseUrl',
    );
    expect(thrown(() => open({ origins: ['x'] }), InvalidRequestError).message).toBe(
      '"x" is no http: or https: origin',
    );
    expect(
      (await rejection(open({ baseUrl: url }).get('ftp://x/'), InvalidRequestError)).message,
    ).toBe('"ftp://x/" is no http: or https: URL');
    // A page is a base itself.
    const hint = inBrowser ? '' : ', and there is no baseUrl';
    expect((await rejection(session.get('ftp://x/'), InvalidRequestError)).message).toBe(
      `"ftp://x/" is no http: or https: URL${hint}`,
    );
  });

  test('options that are no object are refused', async () => {
    const transport = inProcess(() => new Response());
    for (const options of ['x', 5, true, []])
      await rejection(open({ transport }).get(url, options as never), InvalidRequestError);
    expect(transport.seen).toEqual([]);
    for (const options of ['x', 5, true, [], null])
      expect(thrown(() => new Session(options as never), InvalidRequestError).message).toContain(
        'options',
      );
    thrown(() => open().extend(null as never), InvalidRequestError);
  });

  test('setters refuse it and keep what was', () => {
    const session = open({ retry: 1, timeout: 5, baseUrl: url });
    thrown(() => (session.retry = -1), InvalidRequestError);
    thrown(() => (session.auth = 'x' as never), InvalidRequestError);
    thrown(() => (session.maxRedirects = -1), InvalidRequestError);
    expect(session.retry).toMatchObject({ limit: 1 });
    expect(session.maxRedirects).toBe(20);
    thrown(() => session.use('x' as never), InvalidRequestError);
    thrown(
      () =>
        session.mount(
          'not a url',
          inProcess(() => new Response()),
        ),
      InvalidRequestError,
    );
    thrown(() => session.mount(url, {} as never), InvalidRequestError);
    thrown(() => session.extend({ nope: 1 } as never), InvalidRequestError);
  });
});

test('a URL of another realm is a baseUrl, cookies: null is what holds by default', () => {
  const foreign = Object.assign(Object.create(null) as URL, {
    toString: () => url,
    [Symbol.toStringTag]: 'URL',
  });
  expect(open({ baseUrl: foreign }).baseUrl?.href).toBe(url);
  expect(open({ cookies: null } as never).cookies).toBeDefined();
});

// Some edge runtimes give every Request the same.
nodeTest(
  "a Request's own credentials are the call's: they go beyond the session's scope",
  async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport, baseUrl: 'http://session.test/' });
    await session.get(new Request(url, { credentials: 'include' }));
    await session.get(url, { credentials: 'include' });
    await session.get(new Request(url));
    expect(transport.seen.map(({ init }) => init.credentials)).toEqual([
      'include',
      'include',
      'same-origin',
    ]);
  },
);

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
    // A body would be a stream there, which Chromium sends over HTTP/2 only.
    const init = new Request('http://ignored.test/', {
      method: 'POST',
      headers: { 'x-from': 'init' },
      ...(!inBrowser && { body: 'from init' }),
    });
    const echo = await open()
      .request(a.url('echo'), init as RequestOptions)
      .json<JournalEntry>();
    expect(echo).toMatchObject({ method: 'POST', body: inBrowser ? '' : 'from init' });
    expect(echo.headers.find(([name]) => name.toLowerCase() === 'x-from')?.[1]).toBe('init');
  });

  test('M2: keys named __proto__, constructor and prototype stay data', async () => {
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

  test('M1: Object.prototype may be polluted with any option: the request stays the same', async () => {
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
    const ask = (session: Session, options?: RequestOptions) =>
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

  test('M3: what a session was given may change afterwards without changing the session', async () => {
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

  test('M3: what a call was given may change as soon as the call has started', async () => {
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

describe('what a platform cannot do', () => {
  test.each(['proxy', 'tls'])('%s is refused where there is none of it', async (name) => {
    if (inNode) return expect(inNode).toBe(true);
    const transport = inProcess(() => new Response());
    const value = name === 'proxy' ? 'http://proxy.test' : { verify: false };
    const error = await rejection(
      open({ transport }).get(url, { [name]: value } as RequestOptions),
      UnsupportedError,
    );
    expect(error.message).toContain(name);
    thrown(() => new Session({ [name]: value } as SessionOptions), UnsupportedError);
  });

  test('proxy and tls may be null, which is the default', async () => {
    const transport = inProcess(() => new Response());
    await open({ transport, proxy: null, tls: null } as SessionOptions).get(url, {
      proxy: null,
      tls: null,
    } as RequestOptions);
    expect(transport.seen).toHaveLength(1);
  });

  browserTest.each([
    ['proxy', 'new'],
    ['proxy', 20],
    ['proxy', 'share'],
    ['tls', 20],
    ['tls', false],
    ['tls', 'copy'],
    ['cookies', 20],
    ['cookies', 'mine'],
  ])('%s: %j is none of the values that another option may have', (name, value) => {
    const options = { [name]: value } as SessionOptions;
    expect(thrown(() => new Session(options), UnsupportedError).message).toContain(name);
  });

  test.each([
    ['proxy', ''],
    ['proxy', 0],
    ['tls', false],
    ['tls', ''],
  ])('%s: %j is not taken for none', (name, value) => {
    thrown(() => new Session({ [name]: value } as SessionOptions), Error);
  });

  test('proxy may be false, and in a browser cookies what they are there', async () => {
    const transport = inProcess(() => new Response());
    await open({ transport, proxy: false } as SessionOptions).get(url, {
      proxy: false,
    } as RequestOptions);
    expect(transport.seen).toHaveLength(1);
    for (const cookies of ['share', 'copy', 'new'] as const)
      expect(open().extend({ cookies }).cookies).toBeDefined();
    thrown(() => open().extend({ cookies: false }).cookies, UnsupportedError);
  });

  test('without a fetch, the error names the transport that needs none', async () => {
    onTestFinished(() => void vi.unstubAllGlobals());
    const session = open({ transport: fetchTransport() });
    vi.stubGlobal('fetch', undefined);
    const error = await rejection(session.get(url), UnsupportedError);
    expect(error.message).toContain('crossFetchTransport()');
    expect(error.message).toContain('isosession/cross-fetch');
  });

  test('what only tunes is inert where it does not exist', async () => {
    const { a } = sites();
    const session = open({ trustEnv: false, timeout: { connect: 5000 }, keepHeaders: ['x-a'] });
    const response = await session.get(a.url('echo'), {
      timeout: { connect: 1000 },
      keepHeaders: ['x-b'],
      mode: 'cors',
      priority: 'high',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    });
    expect(response.status).toBe(200);
  });

  test("cookies of a call, a jar and another maxRedirects are the browser's own affair", async () => {
    if (!inBrowser) return expect(open({ maxRedirects: 3 }).maxRedirects).toBe(3);
    const session = open();
    expect(
      (await rejection(session.get(url, { cookies: { a: '1' } }), UnsupportedError)).message,
    ).toContain('cookies');
    expect(
      (await rejection(session.get(url, { maxRedirects: 3 }), UnsupportedError)).message,
    ).toContain('maxRedirects');
    thrown(() => open({ maxRedirects: 0 }), UnsupportedError);
    thrown(() => (session.maxRedirects = 5), UnsupportedError);
    const jar = {
      store: {},
      setCookie: vi.fn(),
      getCookies: vi.fn(),
      getCookieString: vi.fn(),
      removeAllCookies: vi.fn(),
    };
    thrown(() => open({ cookies: jar }), UnsupportedError);
    expect(open({ maxRedirects: 20 }).maxRedirects).toBe(20);
  });
});
