import {
  basic,
  bearer,
  InvalidRequestError,
  NetworkError,
  type RequestOptions,
  type SessionError,
  type SessionResponse,
  TooManyRedirectsError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  browserTest,
  inBrowser,
  inNode,
  inProcess,
  open,
  rejection,
  sent,
  type Site,
  sites,
  wireTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

const form: RequestOptions = { form: { a: 1 } };

/** The request that came last to a site, and its body. */
async function last(site: Site): Promise<JournalEntry> {
  return (await site.requests()).at(-1) as JournalEntry;
}

describe('methods change by the Fetch standard', () => {
  const rows: [string, number, string, boolean][] = [
    ['GET', 301, 'GET', false],
    ['GET', 302, 'GET', false],
    ['GET', 303, 'GET', false],
    ['GET', 307, 'GET', false],
    ['GET', 308, 'GET', false],
    ['HEAD', 301, 'HEAD', false],
    ['HEAD', 302, 'HEAD', false],
    ['HEAD', 303, 'HEAD', false],
    ['HEAD', 307, 'HEAD', false],
    ['HEAD', 308, 'HEAD', false],
    ['POST', 301, 'GET', false],
    ['POST', 302, 'GET', false],
    ['POST', 303, 'GET', false],
    ['POST', 307, 'POST', true],
    ['POST', 308, 'POST', true],
    ['PUT', 301, 'PUT', true],
    ['PUT', 302, 'PUT', true],
    ['PUT', 303, 'GET', false],
    ['PUT', 307, 'PUT', true],
    ['PUT', 308, 'PUT', true],
    ['PATCH', 301, 'PATCH', true],
    ['PATCH', 303, 'GET', false],
    ['PATCH', 308, 'PATCH', true],
    ['DELETE', 301, 'DELETE', false],
    ['DELETE', 302, 'DELETE', false],
    ['DELETE', 303, 'GET', false],
    ['DELETE', 307, 'DELETE', false],
  ];
  test.each(rows)(
    'FIELD 21 and R9: %s at %i becomes %s, with its body: %s',
    async (method, status, becomes, keepsBody) => {
      const { a } = sites();
      const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
      const response = await open({ baseUrl: a.base }).request('redirect', {
        method,
        searchParams: { to: 'echo', status },
        ...(hasBody && form),
      });
      expect([response.status, response.redirected, response.url]).toEqual([
        200,
        true,
        a.url('echo'),
      ]);
      const entry = await last(a);
      expect([entry.route, entry.method, entry.body]).toEqual([
        'echo',
        becomes,
        keepsBody ? 'a=1' : '',
      ]);
      // FIELD 22: with the body go the headers that describe it.
      if (keepsBody)
        expect(sent(entry, 'content-type')).toContain('application/x-www-form-urlencoded');
      else
        for (const name of [
          'content-type',
          'content-encoding',
          'content-language',
          'transfer-encoding',
        ])
          expect(sent(entry, name)).toBeUndefined();
      if (becomes === 'GET' || becomes === 'HEAD')
        expect(sent(entry, 'content-length')).toBeUndefined();
    },
  );

  test('FIELD 22: content-* headers of the caller go with the body', async () => {
    const { a } = sites();
    const headers = {
      'content-type': 'text/x',
      'content-language': 'de',
      'content-location': '/x',
      'x-kept': '1',
    };
    await open({ baseUrl: a.base }).post('redirect', {
      searchParams: { to: 'echo', status: 303 },
      body: 'x',
      headers,
    });
    const entry = await last(a);
    expect(Object.keys(headers).map((name) => sent(entry, name))).toEqual([
      undefined,
      undefined,
      undefined,
      '1',
    ]);
  });

  test.each([300, 304, 305, 306, 299, 399])(
    '%i is no redirect, whatever its Location',
    async (status) => {
      const { a } = sites();
      const response = await open({ baseUrl: a.base }).get('redirect', {
        searchParams: { to: 'echo', status },
      });
      expect([response.status, response.redirected]).toEqual([status, false]);
      expect(await a.requests()).toHaveLength(1);
    },
  );

  test('a redirect without a Location is the response', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('reply', {
      searchParams: { status: 302, text: 'nowhere' },
    });
    expect([response.status, await response.text()]).toEqual([302, 'nowhere']);
  });
});

describe('how many', () => {
  test('R11: twenty are followed', async () => {
    const { a } = sites();
    expect((await open({ baseUrl: a.base }).get('chain?n=20')).status).toBe(200);
    expect(await a.requests()).toHaveLength(21);
  });

  test('FIELD 23 and R11: the twenty-first is an error', async () => {
    const { a } = sites();
    const call = open({ baseUrl: a.base, retry: 0 }).get('chain?n=21');
    if (inBrowser) return void (await rejection(call, NetworkError));
    const error = await rejection(call, TooManyRedirectsError);
    expect(error.code).toBe('ERR_TOO_MANY_REDIRECTS');
    expect(error.history.map((response) => response.url)).toEqual(
      Array.from({ length: 21 }, (_, index) => a.url('chain', { n: 21 - index })),
    );
    expect(await a.requests()).toHaveLength(21);
  });

  test('R11 and F23: a loop ends', async () => {
    const { a } = sites();
    await rejection<SessionError>(
      open({ baseUrl: a.base, retry: 0 }).get('loop'),
      inBrowser ? NetworkError : TooManyRedirectsError,
    );
    expect((await a.requests()).length).toBe(21);
  });

  wireTest.each([0, 1, 5, 30])(
    'maxRedirects: %i is held, for a session and for a call',
    async (maxRedirects) => {
      const { a } = sites();
      const session = open({ baseUrl: a.base, maxRedirects });
      expect(session.maxRedirects).toBe(maxRedirects);
      expect((await session.get(`chain?n=${maxRedirects}`)).status).toBe(200);
      await rejection(session.get(`chain?n=${maxRedirects + 1}`), TooManyRedirectsError);
      expect((await session.get('chain?n=2', { maxRedirects: 2 })).status).toBe(200);
    },
  );

  wireTest('session.maxRedirects is live', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    session.maxRedirects = 1;
    await rejection(session.get('chain?n=2'), TooManyRedirectsError);
  });

  wireTest('too many redirects are not retried', async () => {
    const { a } = sites();
    await rejection(
      open({ baseUrl: a.base, maxRedirects: 1, retry: { delay: () => 0 } }).get('chain?n=2'),
      TooManyRedirectsError,
    );
    expect(await a.requests()).toHaveLength(2);
  });
});

describe('history', () => {
  test('FIELD 24: the redirect responses, oldest first, without the last one; in browsers always empty', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('chain?n=3');
    if (inBrowser) return expect(response.history).toEqual([]);
    expect(response.history.map(({ status, url }) => [status, url])).toEqual(
      [3, 2, 1].map((n) => [302, a.url('chain', { n })]),
    );
    expect(response.history).not.toContain(response);
    // Each hop's own history is what came before it.
    expect(response.history.map((hop) => hop.history.length)).toEqual([0, 1, 2]);
    expect((response.history[2] as SessionResponse).history).toEqual(response.history.slice(0, 2));
  });

  wireTest('FIELD 24: each hop keeps its own request and cookies', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).post('redirect', {
      searchParams: { to: 'chain?n=1', status: 302, line: 'first=1' },
      json: 1,
    });
    expect(response.history.map((hop) => [hop.request.method, hop.request.url])).toEqual([
      ['POST', a.url('redirect', { to: 'chain?n=1', status: 302, line: 'first=1' })],
      ['GET', a.url('chain', { n: 1 })],
    ]);
    expect(response.history.map((hop) => hop.cookies)).toEqual([{ first: '1' }, { hop1: '1' }]);
    expect(response.request).toMatchObject({ method: 'GET', url: a.url('chain', { n: 0 }) });
    expect(response.cookies).toEqual({});
  });

  wireTest('bodies of redirects are discarded', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('redirect', {
      searchParams: { to: 'echo', bytes: 1000 },
    });
    expect(await response.history[0]?.text().catch(() => 'gone')).toMatch(/^(gone)?$/);
    expect((await response.json<JournalEntry>()).route).toBe('echo');
  });
});

describe('redirect: manual and error', () => {
  test('FIELD 25: manual gives the real response; a browser hides it', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get('redirect?to=echo', {
      redirect: 'manual',
    });
    if (inBrowser) expect([response.type, response.status]).toEqual(['opaqueredirect', 0]);
    else
      expect([response.status, response.headers.get('location'), response.redirected]).toEqual([
        302,
        'echo',
        false,
      ]);
    expect(await a.requests()).toHaveLength(1);
  });

  wireTest("FIELD 32: with it, one's own rules are a loop", async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, redirect: 'manual' });
    let response = await session.get('chain?n=2');
    while (response.status === 302)
      response = await session.get(new URL(response.headers.get('location') ?? '', response.url));
    expect(response.url).toBe(a.url('chain', { n: 0 }));
  });

  test('error rejects', async () => {
    const { a } = sites();
    await rejection(
      open({ baseUrl: a.base, retry: 0 }).get('redirect?to=echo', { redirect: 'error' }),
      NetworkError,
    );
    expect((await a.requests()).map((entry) => entry.route)).toEqual(['redirect']);
  });
});

describe('where to', () => {
  test('FIELD 27: relative, absolute, scheme-relative and upper-case Locations are followed', async () => {
    const { a, b } = sites();
    const session = open({ baseUrl: a.base });
    const { host } = new URL(a.base);
    for (const to of [
      'echo',
      './echo',
      `${new URL(a.base).pathname}echo`,
      a.url('echo'),
      `//${host}${new URL(a.base).pathname}echo`,
      a.url('echo').replace('http', 'HTTP'),
      `../x/../${a.base.split('/').at(-2)}/echo`,
      '?to=echo',
    ]) {
      expect((await session.get('redirect', { searchParams: { to } })).url).toBe(a.url('echo'));
    }
    expect((await session.get('redirect', { searchParams: { to: b.url('echo') } })).url).toBe(
      b.url('echo'),
    );
  });

  test('FIELD 27: a Location in UTF-8 is followed', async () => {
    const { a } = sites();
    expect(
      (await open({ baseUrl: a.base }).get('redirect', { searchParams: { to: 'echo?ü=€' } })).url,
    ).toBe(`${a.base}echo?%C3%BC=%E2%82%AC`);
    expect((await last(a)).search).toBe('?%C3%BC=%E2%82%AC');
  });

  test('FIELD 26: a fragment is never sent on any hop', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).get(
      'redirect?to=redirect%3Fto%3Decho%23second#first',
    );
    expect(new URL(response.url).pathname).toBe(new URL(a.url('echo')).pathname);
    for (const entry of await a.requests())
      expect(
        entry.route + decodeURIComponent(entry.search).replaceAll('#second', ''),
      ).not.toContain('#');
  });

  test.each([
    'http://',
    'http://[bad/',
    'ftp://127.0.0.1/x',
    'file:///etc/passwd',
    'data:text/plain,x',
    'unix:/x',
    'javascript:1',
    'mailto:x@y',
  ])('FIELD 28 and R10: %j is refused', async (to) => {
    const { a } = sites();
    const call = open({ baseUrl: a.base, retry: 0 }).get('redirect', { searchParams: { to } });
    if (inBrowser) await rejection(call, NetworkError);
    else expect((await rejection(call, InvalidRequestError)).request?.method).toBe('GET');
    expect(await a.requests()).toHaveLength(1);
  });
});

describe('what another origin gets', () => {
  wireTest.each([301, 302, 303, 307, 308])(
    'R1 and FIELD 29: at %i no authorization in any letter case',
    async (status) => {
      const { a, b, c } = sites();
      for (const other of [b, c]) {
        const session = open();
        for (const name of ['Authorization', 'AUTHORIZATION', 'authorization']) {
          await session.post(a.url('redirect', { to: other.url('echo'), status }), {
            headers: { [name]: 'Bearer canary' },
            json: {},
          });
        }
        for (const auth of [basic('user', 'pass'), bearer('canary')])
          await session.get(a.url('redirect', { to: other.url('echo'), status }), { auth });
        for (const entry of await other.requests())
          expect(sent(entry, 'authorization')).toBeUndefined();
        expect(await other.requests()).toHaveLength(5);
      }
      for (const entry of await a.requests()) expect(sent(entry, 'authorization')).toBeDefined();
    },
  );

  wireTest(
    'R5: custom headers of the call and the session stay, harmless ones go along',
    async () => {
      const { a, b } = sites();
      const secrets = [
        'x-api-key',
        'x-csrf-token',
        'api-key',
        'token',
        'x-auth-token',
        'x-xsrf-token',
        'x-amz-security-token',
        'proxy-authorisation',
        'x-forwarded-for',
        'referer',
        'origin',
        'x-request-id',
      ];
      const harmless = {
        accept: 'a/b',
        'accept-language': 'de',
        'user-agent': 'mine/1',
        range: 'bytes=0-9',
        'cache-control': 'no-cache',
        pragma: 'no-cache',
        'if-none-match': '"x"',
        'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT',
        dnt: '1',
        'sec-ch-ua': 'x',
        'sec-fetch-site': 'none',
        'upgrade-insecure-requests': '1',
      };
      const session = open({ headers: { 'x-session-secret': 'canary', accept: 'session/type' } });
      await session.get(a.url('redirect', { to: b.url('echo') }), {
        headers: { ...Object.fromEntries(secrets.map((name) => [name, 'canary'])), ...harmless },
      });
      const entry = await b.request();
      expect(JSON.stringify(entry.headers)).not.toContain('canary');
      // At the edge some of these are the runtime's own.
      for (const [name, value] of Object.entries(harmless))
        if (inNode || !name.startsWith('sec-')) expect(sent(entry, name), name).toBe(value);
    },
  );

  wireTest('R5: content-* goes along with a kept body', async () => {
    const { a, b } = sites();
    await open().put(a.url('redirect', { to: b.url('echo'), status: 307 }), {
      body: 'kept',
      headers: { 'content-type': 'text/x', 'content-language': 'de', 'x-secret': 'canary' },
    });
    const entry = await b.request();
    expect([
      entry.body,
      sent(entry, 'content-type'),
      sent(entry, 'content-language'),
      sent(entry, 'x-secret'),
    ]).toEqual(['kept', 'text/x', 'de', undefined]);
  });

  wireTest('keepHeaders names what may follow', async () => {
    const { a, b } = sites();
    const session = open({
      keepHeaders: ['X-Trace'],
      headers: { 'x-trace': '1', 'x-other': 'canary' },
    });
    await session.get(a.url('redirect', { to: b.url('echo') }));
    await session.get(a.url('redirect', { to: b.url('echo') }), {
      keepHeaders: ['authorization'],
      auth: bearer('kept'),
    });
    const [first, second] = (await b.requests()) as [JournalEntry, JournalEntry];
    expect([sent(first, 'x-trace'), sent(first, 'x-other')]).toEqual(['1', undefined]);
    expect([sent(second, 'x-trace'), sent(second, 'authorization')]).toEqual([
      undefined,
      'Bearer kept',
    ]);
  });

  wireTest('R6: what was dropped stays dropped when the chain comes back', async () => {
    const { a, b } = sites();
    const session = open({
      baseUrl: a.base,
      auth: bearer('canary'),
      headers: { 'x-api-key': 'canary' },
    });
    await session.get(a.url('redirect', { to: b.url('redirect', { to: a.url('echo') }) }), {
      headers: { 'x-call': 'canary' },
      cookies: { c: 'canary' },
    });
    expect(JSON.stringify((await last(a)).headers)).not.toContain('canary');
    expect((await last(a)).route).toBe('echo');
  });

  wireTest(
    "R3: a cookie header of the call is dropped, the jar's cookies are those of each hop",
    async () => {
      const { a, c } = sites();
      const session = open();
      await session.get(c.url('cookies/set', { line: 'theirs=1; Path=/' }));
      await session.get(a.url('redirect', { to: c.url('echo') }), {
        headers: { cookie: 'm=canary' },
      });
      expect(sent(await last(c), 'cookie')).toBe('theirs=1');
    },
  );

  wireTest('between origins of the session everything goes along', async () => {
    const { a, b } = sites();
    const session = open({
      baseUrl: a.base,
      origins: [b.origin],
      auth: bearer('s3ssion'),
      headers: { 'x-api-key': 'k3y' },
    });
    await session.get('redirect', { searchParams: { to: b.url('echo') } });
    const entry = await b.request();
    expect([sent(entry, 'authorization'), sent(entry, 'x-api-key')]).toEqual([
      'Bearer s3ssion',
      'k3y',
    ]);
  });

  wireTest(
    "R8: userinfo in a Location is dropped, and that of the call's URL does not follow",
    async () => {
      const { a, b } = sites();
      const there = b.url('echo').replace('://', '://evil:canary@');
      const response = await open().get(
        a.url('redirect', { to: there }).replace('://', '://user:canary@'),
      );
      const entry = await b.request();
      expect(JSON.stringify(entry.headers) + response.url + response.request.url).not.toContain(
        'canary',
      );
      expect(
        response.history.map(
          (hop) => new URL(hop.url).password + new URL(hop.request.url).password,
        ),
      ).toEqual(['']);
      expect(sent(entry, 'authorization')).toBeUndefined();
      const same = await open().get(
        a.url('redirect', { to: a.url('echo').replace('://', '://evil:canary@') }),
      );
      expect(sent(await same.json<JournalEntry>(), 'authorization')).toBeUndefined();
    },
  );

  wireTest('FIELD 20: proxy-authorization of the caller never reaches another origin', async () => {
    const { a, b } = sites();
    await open({ retry: 0 })
      .get(a.url('redirect', { to: b.url('echo') }), {
        headers: { 'Proxy-Authorization': 'Basic canary' },
      })
      .catch((error: unknown) => expect(error).toBeInstanceOf(InvalidRequestError));
    expect(JSON.stringify(await b.requests())).not.toContain('canary');
  });

  // In this process, for names and schemes that a loopback server does not have; a transport that
  // is not managed has our redirects on every platform.
  const secrets = ['authorization', 'x-api-key', 'cookie'];
  async function followed(from: string, to: string): Promise<(string | null)[]> {
    const transport = inProcess((request) =>
      request.url.href === from
        ? new Response(null, { status: 307, headers: { location: to } })
        : new Response('end'),
    );
    const headers = Object.fromEntries(
      secrets.filter((name) => !inBrowser || name !== 'cookie').map((name) => [name, 'canary']),
    );
    await open({ transport }).get(from, { headers });
    expect(transport.seen.map((request) => request.url.href)).toEqual([from, to]);
    return Object.keys(headers).map((name) => transport.seen[1]?.headers.get(name) ?? null);
  }

  test.each([
    ['https://one.test/', 'http://one.test/'],
    ['http://one.test/', 'https://one.test:8443/'],
    ['http://one.test:8080/', 'https://one.test/'],
    ['http://one.test/', 'http://one.test:81/'],
    ['http://one.test/', 'http://sub.one.test/'],
    ['http://sub.one.test/', 'http://one.test/'],
    ['http://one.test/', 'http://notone.test/'],
    ['http://one.test/', 'http://one.test./'],
    ['http://one.test/', 'https://two.test/'],
    ['https://one.test/', 'https://one.test.evil.test/'],
    ['http://127.0.0.1/', 'http://localhost/'],
    ['http://[::1]/', 'http://127.0.0.1/'],
  ])('FIELD 29, R2 and R7: from %s to %s nothing secret goes along', async (from, to) => {
    for (const value of await followed(from, to)) expect(value).toBeNull();
  });

  test.each([
    ['http://one.test/', 'https://one.test/x'],
    ['http://one.test/', 'http://one.test/x'],
    ['https://one.test/', 'https://one.test/x'],
  ])('FIELD 29: from %s to %s everything does', async (from, to) => {
    for (const value of await followed(from, to)) expect(value).toBe('canary');
  });

  test('the same origin keeps everything', async () => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      auth: bearer('s3ssion'),
      headers: { 'x-api-key': 'k3y' },
    });
    await session.get('redirect?to=echo', { headers: { 'x-call': '1' } });
    const entry = await last(a);
    expect([sent(entry, 'authorization'), sent(entry, 'x-api-key'), sent(entry, 'x-call')]).toEqual(
      ['Bearer s3ssion', 'k3y', '1'],
    );
  });

  browserTest('authorization does not follow in a browser either', async () => {
    const { a, b } = sites();
    await open({ baseUrl: a.base, auth: bearer('canary') }).get('redirect', {
      searchParams: { to: b.url('echo') },
    });
    expect(sent(await b.request(), 'authorization')).toBeUndefined();
  });
});

describe('bodies on 307 and 308', () => {
  test('are sent again whole', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const multipart = new FormData();
    multipart.append('file', new File(['content'], 'x.txt'));
    for (const body of [
      'text',
      new Blob(['blob']),
      new TextEncoder().encode('bytes'),
      new URLSearchParams('a=1'),
      multipart,
    ]) {
      await session.put('redirect', { searchParams: { to: 'echo', status: 308 }, body });
    }
    const entries = await a.requests();
    // Each replay of a multipart body may have a boundary of its own: what counts is that its
    // header names it.
    const parts = ({ body, headers }: JournalEntry) =>
      body.replaceAll(
        /boundary=(.*)$/.exec(sent({ headers }, 'content-type') ?? '')?.[1] ?? '\0',
        'BOUNDARY',
      );
    for (let index = 0; index < entries.length; index += 2)
      expect(parts(entries[index + 1] as JournalEntry)).toBe(parts(entries[index] as JournalEntry));
    expect(entries).toHaveLength(10);
    expect(entries.every((entry) => entry.bytes > 0)).toBe(true);
    expect(parts(entries[9] as JournalEntry)).toMatch(/^--BOUNDARY\r\n[^]*content[^]*--BOUNDARY--/);
  });

  wireTest('FIELD 33: a function is called again', async () => {
    const { a } = sites();
    let calls = 0;
    await open({ baseUrl: a.base }).post('redirect', {
      searchParams: { to: 'echo', status: 307 },
      body: () => [`call ${++calls}`],
    });
    expect((await a.requests()).map((entry) => entry.body)).toEqual(['call 1', 'call 2']);
  });

  wireTest('FIELD 33 and R9: a one-shot stream is a typed error, never an empty body', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    for (const body of [new Blob(['once']).stream(), ['on', 'ce'].values()]) {
      await rejection(
        session.post('redirect', { searchParams: { to: 'echo', status: 307 }, body }),
        InvalidRequestError,
      );
    }
    expect((await a.requests()).map((entry) => entry.route)).toEqual(['redirect', 'redirect']);
    // Where the body is dropped anyway it was sent but once.
    expect(
      (
        await session.post('redirect', {
          searchParams: { to: 'echo', status: 303 },
          body: new Blob(['once']).stream(),
        })
      ).status,
    ).toBe(200);
  });
});

wireTest(
  'FIELD 31: the connection of a redirect is free for the next hop, whatever its body',
  async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.get('chain?n=5');
    const sockets = async () => new Set((await a.requests()).map((entry) => entry.socket)).size;
    if (inNode) expect(await sockets()).toBe(1);
    for (let call = 0; call < 10; call++)
      await session.get('redirect', { searchParams: { to: 'echo', bytes: 30_000 } });
    if (inNode) expect(await sockets()).toBeLessThanOrEqual(2);
    await session.get('redirect', { searchParams: { to: 'echo', bytes: 5_000_000 } });
    expect((await last(a)).route).toBe('echo');
  },
);
