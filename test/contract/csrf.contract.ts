import {
  csrf,
  type CsrfOptions,
  type CsrfPreset,
  DecodeError,
  HTTPError,
  InvalidRequestError,
  refresh,
  type Session,
  type Tokens,
  UnsupportedError,
} from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  browserTest,
  deferred,
  inBrowser,
  inProcess,
  open,
  reasonOf,
  rejection,
  sent,
  type Site,
  sites,
  thrown,
  wireTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

/** Gives the session a cookie that scripts of the whole host see. */
async function setCookie(session: Session, site: Site, line: string): Promise<void> {
  await session.get(site.url('cookies/set', { line: `${line}; Path=/` }));
}

/** A session at a site, whose own `x-token` response header is the token. */
async function withToken(site: Site, token: string, options: CsrfOptions = {}): Promise<Session> {
  const session = open({ baseUrl: site.base }).use(
    csrf({ from: { header: 'x-token' }, ...options }),
  );
  await session.get('reply', { searchParams: { h: `x-token: ${token}` } });
  return session;
}

/** What an echo says of the token. */
async function tokenOf(
  call: { json(): Promise<unknown> },
  header = 'x-xsrf-token',
): Promise<string | undefined> {
  return sent((await call.json()) as JournalEntry, header);
}

describe('a token in a cookie', () => {
  test('goes with unsafe methods, and with no other', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf());
    await setCookie(session, a, 'XSRF-TOKEN=secret');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'get', 'HEAD', 'OPTIONS'])
      await session.request('echo', { method });
    const entries = (await a.requests()).filter(({ route }) => route === 'echo');
    expect(entries.map((entry) => [entry.method, sent(entry, 'x-xsrf-token')])).toEqual([
      ['POST', 'secret'],
      ['PUT', 'secret'],
      ['PATCH', 'secret'],
      ['DELETE', 'secret'],
      ['GET', undefined],
      ['HEAD', undefined],
      ['OPTIONS', undefined],
    ]);
  });

  test('is decoded, is read at each call, and is not there before it is set', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf());
    expect(await tokenOf(session.post('echo'))).toBeUndefined();
    await setCookie(session, a, 'XSRF-TOKEN=a%3D%3D');
    expect(await tokenOf(session.post('echo'))).toBe('a==');
    await setCookie(session, a, 'XSRF-TOKEN=b%');
    expect(await tokenOf(session.post('echo'))).toBe('b%');
  });

  test('that no header can hold is refused, and not shown', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf());
    await setCookie(session, a, 'XSRF-TOKEN=canary%0A');
    const error = await rejection(session.post('echo'), InvalidRequestError);
    expect(error.message).toMatch(/csrf.*ASCII/);
    expect(error.message).not.toContain('canary');
  });

  wireTest('may be one of the call alone', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf());
    expect(await tokenOf(session.post('echo', { cookies: { 'XSRF-TOKEN': 'mine' } }))).toBe('mine');
  });

  test.each<[CsrfPreset, string, string]>([
    ['angular', 'XSRF-TOKEN', 'X-XSRF-TOKEN'],
    ['django', 'csrftoken', 'X-CSRFToken'],
    ['laravel', 'XSRF-TOKEN', 'X-XSRF-TOKEN'],
    ['spring', 'XSRF-TOKEN', 'X-XSRF-TOKEN'],
  ])('has the names of %s', async (preset, cookie, header) => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf(preset));
    await setCookie(session, a, `${cookie}=secret`);
    expect(await tokenOf(session.post('echo'), header)).toBe('secret');
  });
});

describe('I8: a token never goes to another origin', () => {
  test.each<[string, CsrfOptions]>([
    ['a cookie', {}],
    ['a header', { from: { header: 'x-token' } }],
    ['an endpoint', { from: { url: 'reply?text={"token":"secret"}' } }],
  ])('from %s by whatever URL', async (_name, options) => {
    const { a, b, c } = sites();
    const session = open({ baseUrl: a.base }).use(csrf(options));
    await session.get('reply', {
      searchParams: [
        ['h', 'x-token: secret'],
        ['h', 'set-cookie: XSRF-TOKEN=secret; Path=/'],
      ],
    });
    for (const site of [b, c]) {
      const { host } = new URL(site.origin);
      const path = site.base.slice(site.origin.length);
      for (const url of [
        site.url('echo'),
        `//${host}${path}echo`,
        `/\\${host}${path}echo`,
        `\\\\${host}${path}echo`,
        new URL(site.url('echo')),
      ]) {
        expect(await tokenOf(session.post(url))).toBeUndefined();
      }
    }
    expect(await tokenOf(session.post(a.url('echo')))).toBe('secret');
    // The cookie itself goes to every port of its host.
    for (const site of [b, c])
      for (const { headers } of await site.requests())
        expect(
          JSON.stringify(headers.filter(([name]) => name.toLowerCase() !== 'cookie')),
        ).not.toContain('secret');
  });

  test('but to the origins of the session, each its own', async () => {
    const { a, b } = sites();
    const session = open({ baseUrl: a.base, origins: [b.origin] }).use(
      csrf({ from: { header: 'x-token' } }),
    );
    await session.get('reply', { searchParams: { h: 'x-token: of-a' } });
    expect(await tokenOf(session.post(b.url('echo')))).toBeUndefined();
    await session.get(b.url('reply', { h: 'x-token: of-b' }));
    expect([
      await tokenOf(session.post(b.url('echo'))),
      await tokenOf(session.post('echo')),
    ]).toEqual(['of-b', 'of-a']);
  });

  test('nor anywhere from a session without baseUrl, but to the page', async () => {
    const { a } = sites();
    const transport = inProcess(() => new Response(null, { headers: { 'x-token': 'secret' } }));
    const session = open({ transport }).use(csrf({ from: { header: 'x-token' } }));
    const page = inBrowser ? location.href : 'http://page.test/';
    for (const url of [page, a.base])
      for (const method of ['GET', 'POST']) await session.request(url, { method });
    expect(transport.seen.map(({ headers }) => headers.get('x-xsrf-token'))).toEqual([
      null,
      inBrowser ? 'secret' : null,
      null,
      null,
    ]);
    // There a redirect to another origin must fail, as it would take the header along.
    expect(transport.seen.map(({ init }) => init.mode)).toEqual([
      undefined,
      inBrowser ? 'same-origin' : undefined,
      undefined,
      undefined,
    ]);
  });

  wireTest.each([307, 308])(
    'by a redirect (%d), and stays on one within the origin',
    async (status) => {
      const { a, b } = sites();
      const session = await withToken(a, 'secret');
      expect(
        await tokenOf(
          session.post('redirect', { body: 'x', searchParams: { status, to: b.url('echo') } }),
        ),
      ).toBeUndefined();
      expect(
        await tokenOf(
          session.post('redirect', { body: 'x', searchParams: { status, to: a.url('echo') } }),
        ),
      ).toBe('secret');
    },
  );

  wireTest(
    'and another origin does not tell the token, nor make a call be sent again',
    async () => {
      const { a, b } = sites();
      const session = await withToken(a, 'good');
      await session.post('redirect', {
        searchParams: { to: b.url('reply', { h: 'x-token: bad' }) },
      });
      expect(await tokenOf(session.post('echo'))).toBe('good');
      const asking = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
      expect(
        (await asking.post('redirect', { searchParams: { to: b.url('status/419') } })).status,
      ).toBe(419);
      expect((await a.requests()).filter(({ route }) => route === 'token')).toHaveLength(1);
    },
  );
});

describe('a call', () => {
  test('keeps a header of its own', async () => {
    const { a } = sites();
    const session = await withToken(a, 'secret');
    expect(await tokenOf(session.post('echo', { headers: { 'x-xsrf-token': 'mine' } }))).toBe(
      'mine',
    );
  });

  test('shows its token to nobody who prints it', async () => {
    const { a } = sites();
    for (const header of ['X-XSRF-TOKEN', 'X-CSRFToken', 'X-CSRF-Token']) {
      const session = await withToken(a, 'canary', { header });
      const response = await session.post('echo');
      expect(await tokenOf(response, header)).toBe('canary');
      expect(JSON.stringify(response.request)).not.toContain('canary');
    }
  });

  test('without credentials has no token', async () => {
    const { a } = sites();
    const session = await withToken(a, 'secret');
    expect(await tokenOf(session.post('echo', { credentials: 'omit' }))).toBeUndefined();
  });

  test('may come to it by a middleware that copies what it hands on', async () => {
    const { a } = sites();
    const guard = csrf({ from: { url: 'token' } });
    const session = open({ baseUrl: a.base }).use((request, next) =>
      guard({ ...request, headers: new Headers({ 'x-copied': '1' }) }, (sending) =>
        next({ ...sending }),
      ),
    );
    const echo = await session.post('echo').json<JournalEntry>();
    expect([sent(echo, 'x-xsrf-token'), sent(echo, 'x-copied')]).toEqual(['token-1', '1']);
  });

  test('outside of a session is refused', async () => {
    const { context, ...record } = {
      method: 'POST',
      url: new URL('http://a.test'),
      headers: new Headers(),
      body: null,
      signal: undefined,
      options: {} as never,
      context: {},
    };
    const error = await rejection(
      csrf()({ ...record, context }, () => reasonOf(Promise.resolve()) as never),
      InvalidRequestError,
    );
    expect(error.message).toMatch(/session\.use/);
  });
});

describe('a token in the page', () => {
  browserTest('is read at each call', async () => {
    const { a } = sites();
    const meta = document.createElement('meta');
    onTestFinished(() => meta.remove());
    Object.assign(meta, { name: 'csrf-token', content: 'one' });
    const session = open({ baseUrl: a.base }).use(csrf('rails'));
    expect(await tokenOf(session.post('echo'), 'x-csrf-token')).toBeUndefined();
    document.head.append(meta);
    expect(await tokenOf(session.post('echo'), 'x-csrf-token')).toBe('one');
    meta.content = 'two';
    expect(await tokenOf(session.post('echo'), 'x-csrf-token')).toBe('two');
  });

  browserTest(
    'that Rails refuses (422) is read again, as the page may have another one by then',
    async () => {
      const meta = document.createElement('meta');
      onTestFinished(() => meta.remove());
      Object.assign(meta, { name: 'csrf-token', content: 'old' });
      document.head.append(meta);
      const transport = inProcess(({ headers }) => {
        meta.content = 'new';
        return new Response(null, { status: headers.get('x-csrf-token') === 'new' ? 200 : 422 });
      });
      expect(
        (await open({ baseUrl: 'http://app.test/', transport }).use(csrf('rails')).post('')).status,
      ).toBe(200);
      expect(transport.seen).toHaveLength(2);
    },
  );

  wireTest(
    'is UnsupportedError where there is no page, and leaves safe methods alone',
    async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base }).use(csrf('rails'));
      expect((await rejection(session.post('echo'), UnsupportedError)).message).toMatch(
        /csrf-token.*document.*url/,
      );
      expect((await session.get('echo')).status).toBe(200);
    },
  );
});

describe('a token in a response header', () => {
  test('is learned from any response, and anew', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(
      csrf({ from: { header: 'x-token' }, header: 'x-mine' }),
    );
    expect(await tokenOf(session.post('echo'), 'x-mine')).toBeUndefined();
    for (const [method, status] of [
      ['GET', 200],
      ['POST', 404],
      ['DELETE', 500],
    ] as const) {
      await session.request('reply', {
        method,
        searchParams: { status, h: `x-token: of-${method}` },
        retry: 0,
      });
      expect(await tokenOf(session.post('echo'), 'x-mine')).toBe(`of-${method}`);
    }
  });

  wireTest('is learned from a redirect, too', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { header: 'x-token' } }));
    await session.get('reply', {
      searchParams: [
        ['status', 302],
        ['h', 'location: echo'],
        ['h', 'x-token: hop'],
      ],
    });
    expect(await tokenOf(session.post('echo'))).toBe('hop');
  });

  wireTest(
    'belongs to the cookies that it came with: a child of another visitor does not have it',
    async () => {
      const { a } = sites();
      const session = await withToken(a, 'secret');
      expect(await tokenOf(session.extend({ cookies: 'new' }).post('echo'))).toBeUndefined();
      expect(await tokenOf(session.extend({ cookies: false }).post('echo'))).toBeUndefined();
      expect(await tokenOf(session.extend({ headers: { a: 'b' } }).post('echo'))).toBe('secret');
    },
  );

  test('belongs to the session alone that has no cookies', async () => {
    const { a } = sites();
    const guard = csrf({ from: { header: 'x-token' } });
    const [one, two] = [
      open({ baseUrl: a.base, cookies: false }).use(guard),
      open({ baseUrl: a.base, cookies: false }).use(guard),
    ];
    await one.get('reply', { searchParams: { h: 'x-token: secret' } });
    expect([await tokenOf(one.post('echo')), await tokenOf(two.post('echo'))]).toEqual([
      'secret',
      undefined,
    ]);
  });
});

describe('a token from an endpoint', () => {
  test('is fetched once for all calls that wait for it, and kept', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const tokens = await Promise.all(
      Array.from({ length: 50 }, () => tokenOf(session.post('echo'))),
    );
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(await tokenOf(session.put('echo'))).toBe('token-1');
    const asked = (await a.requests()).filter(({ route }) => route === 'token');
    expect(asked.map((entry) => [entry.method, sent(entry, 'accept')])).toEqual([
      ['GET', 'application/json'],
    ]);
  });

  test.each(['csrfToken', 'csrf_token', 'xsrfToken', 'csrf', '_csrf', 'token'])(
    'is found as %s',
    async (name) => {
      const { a } = sites();
      const session = open({ baseUrl: a.base }).use(csrf({ from: { url: `token?name=${name}` } }));
      expect(await tokenOf(session.post('echo'))).toBe('token-1');
    },
  );

  test('is what pick finds', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(
      csrf({
        from: {
          url: '/journal?id=none',
          pick: (data) => `open-${(data as { openSockets: number }).openSockets}`,
        },
      }),
    );
    expect(await tokenOf(session.post('echo'))).toBe('open-0');
  });

  test('that cannot be had rejects the call, and the next call asks again', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(
      csrf({
        from: {
          url: 'flaky?status=401',
          pick: (data) => `after-${(data as { request: number }).request}`,
        },
      }),
    );
    const error = await rejection(session.post('echo'), HTTPError);
    expect([error.status, error.request?.method]).toEqual([401, 'GET']);
    expect(await tokenOf(session.post('echo'))).toBe('after-2');
  });

  test.each(['token?name=other', 'reply?text=[]', 'reply?text=nothing'])(
    'that is not in the answer of %s is a DecodeError',
    async (url) => {
      const { a } = sites();
      const error = await rejection(
        open({ baseUrl: a.base })
          .use(csrf({ from: { url } }))
          .post('echo'),
        DecodeError,
      );
      expect(error.request?.url).toBe(a.base + url);
    },
  );

  test('that no header can hold is a DecodeError, and the next call asks again', async () => {
    const tokens = ['a\r\nx-evil: 1', 'good'];
    const transport = inProcess(({ url: { pathname } }) =>
      pathname === '/csrf' ? Response.json({ token: tokens.shift() }) : new Response(),
    );
    const session = open({ baseUrl: 'http://app.test/', transport }).use(
      csrf({ from: { url: 'csrf' } }),
    );
    await rejection(session.post(''), DecodeError);
    await session.post('');
    expect(transport.seen.at(-1)?.headers.get('x-xsrf-token')).toBe('good');
  });

  test('for a call that renews credentials does not wait for them', async () => {
    const transport = inProcess(({ url: { pathname }, headers }) => {
      if (pathname === '/renewal')
        return Response.json({ accessToken: headers.get('x-xsrf-token') });
      if (headers.get('authorization') === 'Bearer old') return new Response(null, { status: 401 });
      return pathname === '/csrf' ? Response.json({ token: 'secret' }) : new Response();
    });
    const auth = refresh({
      load: () => ({ accessToken: 'old' }),
      renew: () => session.post('renewal', { auth: null }).json<Tokens>(),
    });
    const session: Session = open({
      baseUrl: 'http://app.test/',
      transport,
      auth,
      timeout: { total: 5000 },
    }).use(csrf({ from: { url: 'csrf' } }));
    // The first of them asks for its token with the credentials that have to be renewed.
    expect((await session.post('')).status).toBe(200);
    expect(transport.seen.at(-1)?.headers.get('x-xsrf-token')).toBe('secret');
  });

  test('does not end with the call that asked first', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token?key=go' } }));
    const first = reasonOf(session.post('echo', { signal: stop.signal }));
    const second = tokenOf(session.post('echo'));
    await a.requests({ requests: 1 });
    stop.abort('enough');
    expect(await first).toBe('enough');
    await a.release('go');
    expect(await second).toBe('token-1');
  });

  test('is fetched for a call that is under way while its session is being closed', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const token = tokenOf(session.post('echo'));
    await session.close();
    expect(await token).toBe('token-1');
  });
});

describe('a rejected token', () => {
  const rejections: [string, Record<string, string | number>][] = [
    [
      '403 and JSON that says so',
      {
        status: 403,
        type: 'application/json',
        text: '{"detail":"CSRF Failed: CSRF token missing."}',
      },
    ],
    [
      '403 and a problem that says so',
      { status: 403, type: 'application/problem+json', text: '{"title":"XSRF token"}' },
    ],
    [
      '403 and a page that says so',
      { status: 403, type: 'text/html', text: '<h1>invalid csrf token</h1>' },
    ],
    ['403 and a header of that name', { status: 403, h: 'x-csrf-token: Required' }],
    ['419', { status: 419 }],
  ];

  test.each(rejections)(
    'by %s is fetched again, and the call sent once more',
    async (_name, answer) => {
      const { a } = sites();
      const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
      const echo = await session
        .post('guarded', { searchParams: { want: 'token-2', ...answer }, json: { a: 1 } })
        .json<JournalEntry>();
      expect([sent(echo, 'x-xsrf-token'), echo.body]).toEqual(['token-2', '{"a":1}']);
      expect((await a.requests()).map(({ route }) => route)).toEqual([
        'token',
        'guarded',
        'token',
        'guarded',
      ]);
    },
  );

  test("once only: the second response is the caller's, whatever it is", async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const response = await session.post('guarded', {
      searchParams: { want: 'none', status: 403, type: 'text/plain', text: 'csrf' },
    });
    expect([response.status, await response.text()]).toEqual([403, 'csrf']);
    expect((await a.requests()).map(({ route }) => route)).toEqual([
      'token',
      'guarded',
      'token',
      'guarded',
    ]);
  });

  test('of many calls is fetched again once', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        tokenOf(session.post('guarded', { searchParams: { want: 'token-2', status: 419 } })),
      ),
    );
    expect(new Set(answers)).toEqual(new Set(['token-2']));
    expect((await a.requests()).filter(({ route }) => route === 'token')).toHaveLength(2);
  });

  test('is no more sent by calls that begin while a newer one is fetched', async () => {
    const asked = deferred();
    const gate = deferred();
    let tokens = 0;
    const transport = inProcess(async ({ method, headers }) => {
      if (method === 'POST')
        return new Response(null, {
          status: headers.get('x-xsrf-token') === 'token-2' ? 200 : 419,
        });
      const token = `token-${++tokens}`;
      if (tokens > 1) {
        asked.resolve();
        await gate.promise;
      }
      return Response.json({ token });
    });
    const session = open({ baseUrl: 'http://a.test/', transport }).use(
      csrf({ from: { url: 'token' } }),
    );
    const first = session.post('first');
    await asked.promise;
    const second = session.post('second');
    gate.resolve();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(
      transport.seen
        .map(({ url, headers }) => `${url.pathname} ${headers.get('x-xsrf-token')}`)
        .toSorted(),
    ).toEqual([
      '/first token-1',
      '/first token-2',
      '/second token-2',
      '/token null',
      '/token null',
    ]);
  });

  test.each<[string, Record<string, string | number>]>([
    [
      '403 that says nothing of it',
      { status: 403, type: 'application/json', text: '{"detail":"Not yours."}' },
    ],
    ['403 with bytes', { status: 403, type: 'application/octet-stream', text: 'csrf' }],
    ['403 with a long page', { status: 403, type: 'text/html', text: 'csrf', times: 17_000 }],
    ['401', { status: 401, type: 'text/plain', text: 'csrf' }],
  ])('is not meant by %s, whose body stays readable', async (_name, answer) => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const response = await session.post('guarded', { searchParams: { want: 'none', ...answer } });
    expect(await response.text()).toBe(
      (answer['text'] as string).repeat(Number(answer['times'] ?? 1)),
    );
    expect((await a.requests()).filter(({ route }) => route === 'token')).toHaveLength(1);
  });

  test('is what `rejected` says', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(
      csrf({ from: { url: 'token' }, rejected: ({ status }) => status === 400 }),
    );
    const call = (status: number) =>
      session.post('guarded', { searchParams: { want: 'token-2', status } });
    expect((await call(419)).status).toBe(419);
    expect((await call(400)).status).toBe(200);
  });

  test.each<[CsrfPreset, number]>([
    ['spring', 403],
    ['django', 419],
  ])(
    'of %s is another one in the cookie, which may come with the refusal (%d)',
    async (preset, status) => {
      const { a } = sites();
      const [cookie, header] =
        preset === 'django' ? ['csrftoken', 'x-csrftoken'] : ['XSRF-TOKEN', 'x-xsrf-token'];
      const session = open({ baseUrl: a.base }).use(csrf(preset));
      await setCookie(session, a, `${cookie}=old`);
      const searchParams = { want: 'new', header, status, h: `set-cookie: ${cookie}=new; Path=/` };
      expect(await tokenOf(session.post('guarded', { searchParams }), header)).toBe('new');
      // The same token would be rejected again.
      expect(
        (await session.post('guarded', { searchParams: { ...searchParams, want: 'none' } })).status,
      ).toBe(status);
      expect((await a.requests()).filter(({ route }) => route === 'guarded')).toHaveLength(3);
    },
  );

  test('is told as it was when the endpoint fails', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, retry: 0 }).use(csrf({ from: { url: 'token' } }));
    await session.post('echo');
    session.use(async (request, next) =>
      request.url.pathname.endsWith('token')
        ? new Response('down', { status: 500 })
        : next(request),
    );
    expect(
      (await session.post('guarded', { searchParams: { want: 'none', status: 419 } })).status,
    ).toBe(419);
  });

  wireTest(
    'of a body that can be sent once only is told, and of one that is made anew is mended',
    async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
      const searchParams = { want: 'token-2', status: 419 };
      expect((await session.post('guarded', { searchParams, body: ['once'] })).status).toBe(419);
      const echo = await session
        .post('guarded', { searchParams, body: () => ['anew'] })
        .json<JournalEntry>();
      expect([echo.body, sent(echo, 'x-xsrf-token')]).toEqual(['anew', 'token-2']);
    },
  );
});

test.each<[unknown, RegExp]>([
  ['express', /no preset 'express'.*angular/],
  ['toString', /no preset/],
  [{ fron: { cookie: 'a' } }, /fron is not a csrf option: did you mean from/],
  [{ from: { cookies: 'a' } }, /did you mean cookie/],
  [{ from: {} }, /csrf\.from must be one of/],
  [{ from: { cookie: 'a', meta: 'b' } }, /csrf\.from must be one of/],
  [{ from: { cookie: 'a', pick: () => '' } }, /csrf\.from must be one of/],
  [{ from: { cookie: '' } }, /csrf\.from\.cookie/],
  [{ from: { header: 'a b' } }, /csrf\.from\.header/],
  [{ header: 'a:' }, /csrf\.header/],
  [{ rejected: 403 }, /csrf\.rejected/],
])('csrf(%j) is refused at once', (options, message) => {
  expect(thrown(() => csrf(options as CsrfOptions), InvalidRequestError).message).toMatch(message);
});
