import { runInNewContext } from 'node:vm';
import { basic, InvalidRequestError, NetworkError, type Session } from 'isosession';
import { mockTransport } from 'isosession/testing';
import {
  applySetCookies,
  dehydrate,
  type ForwardOptions,
  forwardSession,
  hydrate,
} from 'isosession/ssr';
import { describe, expect, test, vi } from 'vitest';
import { inProcess, open, reasonOf, rejection, thrown } from '../support/contract.ts';
import { rawServer } from '../support/raw-server.ts';

const api = 'https://api.example.com';
const marked = { context: { hydrate: true } };

/** A render over a backend in this process, which answers every GET alike. */
function renderOver(answer: () => Response, options: Partial<ForwardOptions> = {}): Session {
  return forwardSession(
    open({ baseUrl: api, transport: mockTransport(answer), retry: 0 }),
    new Request('https://www.example.com/'),
    { to: [api], ...marked, ...options },
  );
}

/** A browser's session with the data of a page, and the paths that it asks the network for. */
function browse(data: string): { session: Session; asked: () => string[] } {
  const network = inProcess(({ url }) => Response.json(`network ${url.pathname}`));
  const session = open({ baseUrl: api, transport: network });
  hydrate(session, data);
  return { session, asked: () => network.seen.map(({ url }) => url.pathname) };
}

describe('what is in the HTML', () => {
  test('is none of the secrets of a render: canaries in 22 places, none in the data', async () => {
    const canary = (place: string): string => `cAnArY${place}`;
    const backend = inProcess(
      () =>
        new Response('public', {
          headers: [
            ['set-cookie', `sid=${canary('SetCookie')}; Path=/; HttpOnly`],
            ['authorization', canary('Answer')],
            ['x-auth-token', canary('Token')],
            ['www-authenticate', `Basic realm="${canary('Realm')}"`],
            ['access-control-expose-headers', 'x-auth-token, authorization'],
            ['x-request-id', canary('RequestId')],
            ['location', `/${canary('Location')}`],
            ['content-type', 'text/plain'],
          ],
        }),
    );
    const parent = open({
      baseUrl: `https://${canary('BaseUser')}:${canary('BasePassword')}@api.example.com`,
      transport: backend,
      searchParams: { api_key: canary('Query') },
      context: { secret: canary('Context') },
      headers: {
        authorization: canary('Default'),
        'x-api-key': canary('ApiKey'),
        cookie: `d=${canary('DefaultCookie')}`,
        'proxy-authorization': canary('Proxy'),
      },
    });
    await parent.cookies.set(`server=${canary('ParentJar')}; Path=/; HttpOnly`);
    const visitor = new Request('https://www.example.com/', {
      headers: {
        cookie: `sid=${canary('Visitor')}`,
        authorization: canary('VisitorAuth'),
        'x-request-id': canary('Forwarded'),
      },
    });
    const session = forwardSession(parent, visitor, { to: [api], ...marked });
    session.auth = basic(canary('User'), canary('Password'));
    await session.cookies.set(`own=${canary('Jar')}; Path=/; HttpOnly`);
    const text = await session.get('data').text();
    await session.get('more', { headers: { 'x-call': canary('Call') } });
    await session.get('more', { cookies: { call: canary('CallCookie') } });
    const page = new Response(
      `<p>${text}</p><script type="application/json">${dehydrate(session)}</script>`,
    );
    applySetCookies(session, page);
    const html = await page.text();
    expect(html).toContain('"./data"');
    expect(html).not.toContain('cAnArY');
    expect(JSON.stringify([...backend.seen[0]!.headers, backend.seen[0]!.url])).toMatch(
      /cAnArYQuery.*|cAnArYApiKey/,
    );
    await expect(browse(dehydrate(session)).session.get('data').text()).resolves.toBe('public');
  });

  test('is no search parameter of a child of the session, which the browser has, too', async () => {
    const session = renderOver(() => new Response('render'));
    const [server, browser] = [session, open({ baseUrl: api })].map((parent) =>
      parent.extend({ searchParams: { api_key: 'cAnArY' } }),
    ) as [Session, Session];
    await server.get('data?x=1').text();
    expect(dehydrate(session)).toContain('"./data?x=1"');
    expect(dehydrate(session)).not.toContain('cAnArY');
    hydrate(browser, dehydrate(session));
    expect(await browser.get('data?x=1').text()).toBe('render');
  });

  test.each([
    ['a promise of false', async () => false],
    ['an object', () => ({})],
    ['the text "false"', 'false'],
    ['1', 1],
  ])('is nothing for which the answer is not true: %s', async (_name, mark) => {
    const session = renderOver(() => new Response('cAnArY'), { context: { hydrate: mark } });
    expect(await session.get('data').then((response) => response.text())).toBe('cAnArY');
    expect(dehydrate(session)).toBe('{"version":1,"responses":[]}');
  });

  test('is inert, whatever the data is, as JSON in a script and as a script', async () => {
    const data = {
      '</script><script>alert(1)</script>': '<!--<script>',
      '\u2028\u2029': ']]>&lt;&#60;',
      quote: '"\'`${alert(1)}\\',
      lone: '\ud800',
      '__proto__\u0000': 1,
    };
    const text = JSON.stringify(data).replace('__proto__\\u0000', '__proto__');
    const session = renderOver(
      () =>
        new Response(text, {
          headers: {
            'content-type': 'application/json',
            etag: '"</script>"',
            link: '<https://api.example.com/?a&b>; rel="next"',
          },
        }),
    );
    await session.get(`</script>?<!--=${encodeURIComponent('</script>')}`).json();
    const json = dehydrate(session);
    expect(json).not.toMatch(/[<>&\u2028\u2029\ud800]/);
    expect(JSON.stringify(runInNewContext(`(${json})`))).toBe(JSON.stringify(JSON.parse(json)));
    const { session: browser, asked } = browse(json);
    const replayed = await browser
      .get(`</script>?<!--=${encodeURIComponent('</script>')}`)
      .json<object>();
    expect(JSON.stringify(replayed)).toBe(text);
    expect(Object.keys(replayed)).toContain('__proto__');
    expect('lone' in {}).toBe(false);
    expect(asked()).toEqual([]);
  });

  test('is at most 512 KiB, however much being made safe adds: the rest is fetched', async () => {
    let size = 400 * 1024;
    const session = renderOver(() => new Response('<'.repeat(size)));
    for (const [path, next] of [
      ['too-large-when-safe', 80_000],
      ['fits', 80_000],
      ['no-room', 1000],
      ['small', 600 * 1024],
      ['too-large', 0],
      ['empty', 0],
    ] as const) {
      await session.get(path).text();
      size = next;
    }
    const json = dehydrate(session);
    expect(json.length).toBeLessThanOrEqual(512 * 1024 + 100);
    expect((JSON.parse(json) as { responses: string[][] }).responses.map(([key]) => key)).toEqual([
      './fits',
      './small',
      './empty',
    ]);
    const { session: browser, asked } = browse(json);
    for (const path of ['fits', 'too-large', 'empty']) await browser.get(path).text();
    expect(asked()).toEqual(['/too-large']);
  });
});

test('a marked call gets its response as any other, and what cannot be kept is not', async () => {
  const events = renderOver(
    () => new Response('data: 1\n\n', { headers: { 'content-type': 'text/event-stream' } }),
  );
  for await (const { data } of events.get('events').events()) expect(data).toBe('1');
  expect(dehydrate(events)).toBe('{"version":1,"responses":[]}');
  const server = await rawServer(async (peer) => {
    await peer.request();
    await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
    await peer.fin();
  });
  const broken = forwardSession(open({ retry: 0 }), new Request('https://www.example.com/'), {
    to: [],
    ...marked,
  });
  const response = await broken.get(server.origin);
  await rejection(response.text(), NetworkError);
  expect(dehydrate(broken)).toBe('{"version":1,"responses":[]}');
  const refused = renderOver(() => new Response('x'), {
    context: {
      hydrate: () => {
        throw new Error('mine');
      },
    },
  });
  expect(await reasonOf(refused.get('x'))).toMatchObject({ message: 'mine' });
});

describe('a replay', () => {
  const data = JSON.stringify({
    version: 1,
    responses: [
      ['./a', '*/*', 200, [], 'first'],
      ['./a', '*/*', 200, [], 'second'],
      ['https://other.example/x', '*/*', 200, [], 'other'],
    ],
  });

  test('is one for each response of the page, in their order, also of another origin', async () => {
    const { session, asked } = browse(data);
    const read = async (url: string): Promise<string> => (await session.get(url)).text();
    expect([
      await read('a'),
      await read(`${api}/a`),
      await read('a'),
      await read('https://other.example/x'),
    ]).toEqual(['first', 'second', '"network /a"', 'other']);
    expect(asked()).toEqual(['/a']);
  });

  test("is none of another origin's", async () => {
    const { session } = browse(data);
    expect(await session.get('x').then((response) => response.text())).toBe('"network /x"');
    const render = renderOver(() => new Response('render'), { baseUrl: null });
    await render.get(`${api}/a`);
    const anywhere = open({ transport: mockTransport(() => new Response('network')) });
    hydrate(anywhere, dehydrate(render));
    expect(
      await anywhere.get('https://www.example.com/a').then((response) => response.text()),
    ).toBe('network');
    expect(await anywhere.get(`${api}/a`).then((response) => response.text())).toBe('render');
  });

  test('is no more 30 s after the page was hydrated', async () => {
    const { session } = browse(data);
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 30_001);
    try {
      expect(await session.get('a', { timeout: false }).then((response) => response.text())).toBe(
        '"network /a"',
      );
    } finally {
      now.mockRestore();
    }
  });

  test('has no content type where the response had none', async () => {
    const render = renderOver(() => new Response(new TextEncoder().encode('bytes')));
    await render.get('a');
    const response = await browse(dehydrate(render)).session.get('a');
    expect([response.headers.get('content-type'), await response.text()]).toEqual([null, 'bytes']);
  });

  test('is none of what no Response can be, which hydrate() refuses', () => {
    thrown(
      () => hydrate(open(), { version: 1, responses: [['./echo', '*/*', 204, [], 'a body']] }),
      InvalidRequestError,
    );
  });

  test('of data that a page hydrates twice is one, and the newest of a URL counts', async () => {
    const { session, asked } = browse(data);
    hydrate(session, data);
    hydrate(session, JSON.stringify({ version: 1, responses: [['./b', '*/*', 200, [], 'old']] }));
    hydrate(session, JSON.stringify({ version: 1, responses: [['./b', '*/*', 200, [], 'new']] }));
    const read = async (path: string): Promise<string> => (await session.get(path)).text();
    expect([
      await read('a'),
      await read('a'),
      await read('a'),
      await read('b'),
      await read('b'),
    ]).toEqual(['first', 'second', '"network /a"', 'new', '"network /b"']);
    expect(asked()).toEqual(['/a', '/b']);
  });

  test('adds no layer each time that a page is hydrated anew', async () => {
    const { session } = browse(data);
    const layers = vi.spyOn(session, 'use');
    for (let n = 0; n < 100; n++) hydrate(session, data);
    expect(layers).not.toHaveBeenCalled();
  });
});
