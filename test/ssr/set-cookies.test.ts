import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidRequestError, type Session } from 'isosession';
import { applySetCookies, forwardSession, setCookieHeaders } from 'isosession/ssr';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseLine } from '../../src/ssr/render/set-cookie-line.ts';
import { parseCookies } from '../../src/ssr/render/visitor-cookies.ts';
import { open, thrown } from '../support/contract.ts';
import { growth, linear } from '../support/growth.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

/** A render in which the backend has answered with these header lines, byte for byte. */
async function renderWith(...lines: string[]): Promise<Session> {
  const backend = await rawServer(
    always(
      answer('ok', `HTTP/1.1 200 OK\r\n${lines.map((line) => `Set-Cookie: ${line}\r\n`).join('')}`),
    ),
  );
  const session = forwardSession(
    open({ baseUrl: backend.origin }),
    new Request('https://www.example.com/'),
    { to: [backend.origin] },
  );
  onTestFinished(() => session.destroy());
  await session.get('a/b/c');
  return session;
}

/** What a page's client sees when the page is answered by this. */
async function pageOf(answerBy: (response: ServerResponse) => void): Promise<Response> {
  const server = createServer((_, response) => answerBy(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

describe('cookies for the page of a Node server', () => {
  test('are added to its own, on a ServerResponse and in an event of h3 1', async () => {
    const session = await renderWith('sid=1; Path=/; HttpOnly', 'theme=dark; Path=/');
    const page = await pageOf((response) => {
      response.setHeader('set-cookie', 'own=1');
      applySetCookies(session, response);
      applySetCookies(session, { node: { res: response } }, { names: ['theme'] });
      response.end('page');
    });
    expect(page.headers.getSetCookie()).toEqual([
      'own=1',
      'sid=1; Path=/; HttpOnly',
      'theme=dark; Path=/',
      'theme=dark; Path=/',
    ]);
  });

  test("go to the response of an h3 2 event, which replaces those that Node's has", async () => {
    const session = await renderWith('sid=1; Path=/');
    const headers = new Headers({ 'set-cookie': 'own=1' });
    const page = await pageOf((response) => {
      applySetCookies(session, { node: { res: response }, res: { headers } });
      response.writeHead(200, { 'set-cookie': headers.getSetCookie() }).end();
    });
    expect(page.headers.getSetCookie()).toEqual(['own=1', 'sid=1; Path=/']);
  });

  test('leave a page without any as it is', async () => {
    const session = await renderWith();
    const page = await pageOf((response) => {
      applySetCookies(session, response);
      expect(response.hasHeader('set-cookie')).toBe(false);
      response.end();
    });
    expect(page.status).toBe(200);
  });

  test('come too late after the headers were sent, and for an immutable Response', async () => {
    const session = await renderWith('sid=1');
    let late: InvalidRequestError | undefined;
    await pageOf((response) => {
      response.write('first byte');
      late = thrown(() => applySetCookies(session, response), InvalidRequestError);
      response.end();
    });
    expect(late?.message).toContain('before the first byte');
    expect(
      thrown(
        () => applySetCookies(session, Response.redirect('https://www.example.com/')),
        InvalidRequestError,
      ).message,
    ).toContain('new Response(response.body, response)');
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an object', {}],
    ['a plain record of headers', { headers: {} }],
    ['one without headers', { headers: undefined }],
    ['a reply of Fastify', { raw: {}, header() {}, headers() {} }],
  ])(
    'are put nowhere but on an answer, be there some or none: %s is refused',
    async (_name, outgoing) => {
      for (const lines of [[], ['sid=1']]) {
        const session = await renderWith(...lines);
        expect(
          thrown(() => applySetCookies(session, outgoing as never), InvalidRequestError).message,
        ).toContain('takes a Response');
      }
    },
  );

  test('get no attribute out of their path, where a visitor may have put one', async () => {
    const backend = await rawServer(
      always(answer('ok', 'HTTP/1.1 200 OK\r\nSet-Cookie: sid=1\r\n')),
    );
    const visited = forwardSession(
      open({ baseUrl: backend.origin }),
      new Request('https://www.example.com/'),
      { to: [backend.origin] },
    );
    for (const [path, expected] of [
      ['files/x;Domain=example.com;Max-Age=0/read', '/files'],
      ['a;Domain=example.com/b', '/'],
    ] as const) {
      await visited.get(path);
      expect(setCookieHeaders(visited)).toContain(`sid=1; Path=${expected}`);
    }
    expect(setCookieHeaders(visited)).toHaveLength(2);
  });

  test('keep their bytes, odd blanks and the unknown, but for what is no cookie', async () => {
    const session = await renderWith(
      '\xc3\xa0=\xe2\x82\xac\xc3\xa0; Path=/',
      'a = b ;Path = / ;;  Priority=High;x',
      'bare',
      '=x',
      '=',
      '; Secure',
      '__Host-bare',
      '__Host-Http-a=1; Secure; Path=/',
      'last=1; Path=/',
    );
    expect(setCookieHeaders(session)).toEqual([
      '\xc3\xa0=\xe2\x82\xac\xc3\xa0; Path=/',
      'a = b; Path = /; Priority=High; x',
      '=x; Path=/a/b',
      'last=1; Path=/',
    ]);
    expect(setCookieHeaders(session, { path: '/x', names: ['a'] })).toEqual([
      'a = b; Priority=High; x; Path=/x',
    ]);
  });

  test.each([
    ['Domain=A.example; Path=/', 'Path=/; Domain=.a.EXAMPLE'],
    ['Path=/', 'Domain=; Path=/'],
    ['Path=/x; Path=/', 'Path=/'],
    ['Path=', 'Path=/a/b'],
    ['Path=x', 'Path=/a/b'],
    ['Max-Age=0; Path=/', 'Path=/'],
  ])('of one name, domain and path are one: %j and %j', async (first, second) => {
    const session = await renderWith(`a=1; ${first}`, `other=1`, `a=2; ${second}`);
    expect(setCookieHeaders(session).map((line) => line.slice(0, 3))).toEqual(['oth', 'a=2']);
  });

  test.each([
    ['Path=/', 'Path=/x'],
    ['Path=/', 'Path=/; Domain=a.example'],
    ['Path=/; Domain=a.example', 'Path=/; Domain=b.example'],
  ])('that differ in one of these are two: %j and %j', async (first, second) => {
    const session = await renderWith(`a=1; ${first}`, `a=2; ${second}`, `A=3; ${second}`);
    expect(setCookieHeaders(session)).toEqual([
      `a=1; ${first}`,
      `a=2; ${second}`,
      `A=3; ${second}`,
    ]);
  });

  test.each(['a=\x7f', 'a=\r\nx: y', 'a=1; Path=/\0', 'a=\u2028'])(
    'are none that could end a header: %j',
    (line) => {
      expect(parseLine(line)).toBeUndefined();
    },
  );

  test.each([
    ['blanks in a pair', (size: number) => `a=1${' '.repeat(size)}x`],
    ['blanks in an attribute', (size: number) => `a=1; b${' '.repeat(size)}x=${' '.repeat(size)}y`],
    ['separators', (size: number) => `a=1${'; '.repeat(size)}`],
    ['equals signs', (size: number) => `a=1;${'='.repeat(size)}`],
  ])('and those of the visitor are read in linear time: %s', async (_name, make) => {
    expect(await growth(make, parseLine)).toBeLessThan(linear);
    expect(await growth(make, parseCookies)).toBeLessThan(linear);
  });
});

test("a cookie that browsers would refuse takes no place of the visitor's", async () => {
  const backend = await rawServer(
    always(
      answer(
        'ok',
        'HTTP/1.1 200 OK\r\n' +
          'Set-Cookie: __Host-sid=broken; Path=/; Secure; Domain=example.com\r\n' +
          'Set-Cookie: theme=; Partitioned; Max-Age=0\r\n',
      ),
    ),
  );
  const session = forwardSession(
    open({ baseUrl: backend.origin }),
    new Request('https://www.example.com/', { headers: { cookie: '__Host-sid=1; theme=dark' } }),
    { to: [backend.origin] },
  );
  for (const path of ['one', 'two']) await session.get(path);
  expect(
    backend.requests.map(({ lines }) =>
      lines.find((line) => /^cookie:/i.test(line))?.toLowerCase(),
    ),
  ).toEqual(Array(2).fill('cookie: __host-sid=1; theme=dark'));
  expect(setCookieHeaders(session)).toEqual([]);
});

test('a Secure cookie of a backend over http goes to it alone: TLS may end before it', async () => {
  const backend = await rawServer(
    always(
      answer('ok', 'HTTP/1.1 200 OK\r\nSet-Cookie: __Host-sid=1; Secure; Path=/; HttpOnly\r\n'),
    ),
  );
  const port = new URL(backend.origin).port;
  const lookedUp = open({
    baseUrl: `http://backend.test:${port}`,
    transport: {
      send: async ({ url, headers, signal }) =>
        fetch(url.href.replace('backend.test', '127.0.0.1'), { headers, signal: signal ?? null }),
    },
  });
  const session = forwardSession(lookedUp, new Request('https://www.example.com/'), {
    to: [`http://backend.test:${port}`],
  });
  await session.get('login');
  await session.get('me');
  await lookedUp.get('other');
  expect(
    backend.requests.map(({ lines }) =>
      lines.find((line) => /^cookie:/i.test(line))?.toLowerCase(),
    ),
  ).toEqual([undefined, 'cookie: __host-sid=1', undefined]);
});
