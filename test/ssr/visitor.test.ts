import { EventEmitter, getEventListeners, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { csrf, InvalidRequestError, type Session } from 'isosession';
import { type ForwardOptions, forwardSession } from 'isosession/ssr';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, open, reasonOf, sent, sites, thrown } from '../support/contract.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

type Page = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server of pages; it ends with its test. */
async function pages(page: Page): Promise<number> {
  const server = createServer((request, response) => void page(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A visitor who has sent so many bytes, and waits. */
async function visit(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** The request of a visitor that no server has read. */
const madeUp = (headers: Record<string, unknown>) => ({ headers, socket: new EventEmitter() });

const hostile = [
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'content-length',
  'content-type',
  'content-encoding',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded',
  'x-real-ip',
  'x-original-url',
  'x-rewrite-url',
  'x-host',
  'x-http-method-override',
  'true-client-ip',
  'cf-connecting-ip',
  'client-ip',
  'via',
  'origin',
  'referer',
  'sec-fetch-site',
  'sec-websocket-key',
  'authorization',
  'set-cookie',
  'cookie2',
  'x-secret',
  '__proto__',
  'constructor',
];

describe('S4, S7: hostile requests', () => {
  test('40 header names, a foreign Host and X-Forwarded-Host reach no backend, and the evil server has no connection', async () => {
    const backend = await rawServer(always(answer('ok')));
    const evil = await rawServer(always(answer('evil')));
    const api = open({ baseUrl: backend.origin });
    const host = `127.0.0.1:${evil.port}`;
    const port = await pages(async (request, response) => {
      const session = forwardSession(api, request, { to: [backend.origin] });
      await session.get('data');
      response.end();
    });
    const lines = hostile
      .filter(
        (name) =>
          ![
            'host',
            'connection',
            'transfer-encoding',
            'content-length',
            'expect',
            'upgrade',
            'keep-alive',
          ].includes(name),
      )
      .map((name) => `${name}: http://${host}/cAnArY`);
    const visitor = await visit(
      port,
      [
        'GET / HTTP/1.1',
        `Host: ${host}`,
        'Connection: keep-alive, X-Secret, Tracestate',
        'keep-alive: cAnArY',
        ...lines,
        'tracestate: cAnArY',
        'x-request-id: one',
        'X-Request-Id: two',
        'accept-language: de',
        '',
        '',
      ].join('\r\n'),
    );
    await once(visitor, 'data');
    const [request] = backend.requests;
    expect(request?.raw).not.toMatch(new RegExp(`cAnArY|:${evil.port}`));
    expect(request?.lines.map((line) => line.toLowerCase().replace(/:.*/, '')).sort()).toEqual([
      'accept',
      'accept-encoding',
      'accept-language',
      'connection',
      'host',
      'user-agent',
      'x-request-id',
    ]);
    expect(request?.lines).toContain('x-request-id: one, two');
    expect(evil.peers).toHaveLength(0);
  });

  test.each(['/', '//{evil}/x', '/\\{evil}/x', 'http://{evil}/x'])(
    'a base URL of the incoming request is none of Host: evil, whatever the target: %j',
    async (target) => {
      const evil = await rawServer(always(answer('evil')));
      const host = `127.0.0.1:${evil.port}`;
      const port = await pages(async (request, response) => {
        const errors: unknown[] = [];
        for (const allowedHosts of [['www.example.com'], [`127.0.0.1:${port}`]]) {
          try {
            const session = forwardSession(open(), request, { to: [], allowedHosts });
            await session.get(request.url ?? '/', { retry: 0 });
          } catch (error) {
            errors.push(error);
          }
        }
        response.end(String(errors.filter((error) => error instanceof InvalidRequestError).length));
      });
      const visitor = await visit(
        port,
        `GET ${target.replace('{evil}', host)} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: 127.0.0.1:${port}\r\nForwarded: host=www.example.com\r\n\r\n`,
      );
      const [bytes] = (await once(visitor, 'data')) as [Buffer];
      expect(String(bytes)).toMatch(/\r\n\r\n(?:1\r\n)?2/);
      expect(evil.peers).toHaveLength(0);
    },
  );

  test.each([
    ['www.example.com', 'http://www.example.com/'],
    ['WWW.EXAMPLE.COM:80', 'http://www.example.com/'],
    ['www.example.com:8080', undefined],
    ['user@www.example.com', undefined],
    ['www.example.com@evil', undefined],
    ['www.example.com/', undefined],
    ['www.example.com\\evil', undefined],
    ['//www.example.com', undefined],
    ['www.example.com.', undefined],
    ['www.example.com#', undefined],
    ['www.example.com?', undefined],
    ['www.example.com evil', undefined],
    ['evil, www.example.com', undefined],
    ['', undefined],
    [undefined, undefined],
    ['www.example.com:', undefined],
    ['www.example.com:99999', undefined],
    ['[::1]:3000', 'http://[::1]:3000/'],
    ['[::2]:3000', undefined],
  ])('the Host %j gives the base URL %j', (host, expected) => {
    const derive = (): Session =>
      forwardSession(open(), madeUp({ host }) as never, {
        to: [],
        allowedHosts: ['www.example.com', '[::1]:3000'],
      });
    if (expected) expect(derive().baseUrl?.href).toBe(expected);
    else thrown(derive, InvalidRequestError);
  });

  test('a host of HTTP/2 and of TLS counts, too', () => {
    const request = {
      headers: { ':authority': 'www.example.com' },
      socket: Object.assign(new EventEmitter(), { encrypted: true }),
    };
    expect(
      forwardSession(open(), request, { to: [], allowedHosts: ['www.example.com'] }).baseUrl?.href,
    ).toBe('https://www.example.com/');
  });

  test('a line break, a NUL, an inherited header and a cookie that is none are left out, and the page goes on', async () => {
    const { a } = sites();
    const headers = Object.assign(Object.create({ 'x-request-id': 'inherited' }) as object, {
      'accept-language': 'de\r\nx-injected: 1',
      traceparent: 'a\0b',
      tracestate: ['a=1', 'b=2'],
      cookie: ['bad=\r\n', 'x=\u2028; theme=2; end=\xc3\xa0'],
    });
    await forwardSession(open({ baseUrl: a.base }), madeUp(headers as never) as never, {
      to: [a.origin],
    }).get('echo');
    const entry = await a.request();
    expect(
      ['accept-language', 'x-injected', 'traceparent', 'tracestate', 'x-request-id', 'cookie'].map(
        (name) => sent(entry, name),
      ),
    ).toEqual([undefined, undefined, undefined, 'a=1, b=2', undefined, 'theme=2; end=\xc3\xa0']);
  });
});

test.each([
  ...[{}, null, undefined, 'GET /'].map((incoming): [string, () => Session] => [
    `no incoming request: ${String(incoming)}`,
    () => forwardSession(open(), incoming as never, { to: [] }),
  ]),
  [
    'no array in to',
    () => forwardSession(open(), madeUp({}) as never, { to: 'https://a.example' } as never),
  ],
  ['no URL in to', () => forwardSession(open(), madeUp({}) as never, { to: ['a.example'] })],
  ...(
    [
      ['to', [1]],
      ['forwardCookies', 'sid'],
      ['forwardHeaders', 'x-a'],
      ['allowedHosts', 'a'],
      ['forwardCookies', [/x/]],
    ] as const
  ).map(([name, value]): [string, () => Session] => [
    `${name}: ${String(value)}`,
    () => forwardSession(open(), madeUp({}) as never, { to: [], [name]: value } as never),
  ]),
  ...(['auth', 'cookies', 'trustEnv', 'forwardCookie'] as const).map(
    (name): [string, () => Session] => [
      name,
      () =>
        forwardSession(
          open(),
          madeUp({}) as never,
          { to: [], [name]: undefined, ...{ [name]: null } } as ForwardOptions,
        ),
    ],
  ),
])('what is no option is refused: %s', (_name, make) => {
  thrown(make, InvalidRequestError);
});

/** Ways in which a server hands on the visitor's request. */
const ways: [
  string,
  (request: IncomingMessage, response: ServerResponse) => Parameters<typeof forwardSession>[1],
][] = [
  ['an IncomingMessage', (request) => request],
  ['an Express request', (request, response) => Object.assign(request, { res: response })],
  ['an event of h3 1', (req, res) => ({ node: { req, res } })],
];

describe('S11: a visitor of a Node server', () => {
  describe.each(ways)('who is known by %s', (_name, incoming) => {
    test.each([
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
    ])('and goes away aborts what is under way: %j', async (text) => {
      const { a } = sites();
      const api = open({ baseUrl: a.base });
      let session: Session | undefined;
      const port = await pages(async (request, response) => {
        if (request.method === 'POST') await once(request.resume(), 'end');
        session = forwardSession(api, incoming(request, response), { to: [a.origin] });
        await session.get('never').catch(() => {});
      });
      const visitor = await visit(port, text);
      await a.requests({ requests: 1 });
      visitor.destroy();
      expect((await a.journal({ aborted: 1 })).openSockets).toBe(0);
      expect(session?.closed).toBe(true);
      expect((await api.get('echo')).status).toBe(200);
    });

    test('and gets the page leaves what still runs alone, and no listener behind', async () => {
      const { a } = sites();
      const api = open({ baseUrl: a.base });
      const warnings: Error[] = [];
      const listen = (warning: Error) => void warnings.push(warning);
      process.on('warning', listen);
      onTestFinished(() => void process.off('warning', listen));
      const sessions: Session[] = [];
      const later: Promise<unknown>[] = [];
      const listeners: number[] = [];
      let socketClosed: Promise<unknown> | undefined;
      const port = await pages((request, response) => {
        const session = forwardSession(api, incoming(request, response), { to: [a.origin] });
        sessions.push(session);
        later.push(session.get('held', { searchParams: { key: 'k' } }).json());
        socketClosed ??= once(request.socket, 'close');
        listeners.push(request.socket.listenerCount('close') + request.listenerCount('close'));
        response.end('page');
      });
      const visitor = await visit(port, '');
      for (let n = 0; n < 20; n++) {
        visitor.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await once(visitor, 'data');
      }
      await a.requests({ requests: 20 });
      await a.release('k');
      expect(await Promise.all(later)).toEqual(Array(20).fill({ released: true }));
      expect(new Set(listeners).size).toBe(1);
      expect(warnings).toEqual([]);
      visitor.destroy();
      await socketClosed;
      expect(sessions.slice(0, -1).filter((session) => session.closed)).toEqual([]);
    });
  });

  test('who left before it was forwarded is not served', async () => {
    const { a } = sites();
    const { promise, resolve } = deferred<Session[]>();
    const port = await pages((request, response) => {
      response.once('close', () =>
        setImmediate(() =>
          resolve(
            ways.map(([, incoming]) =>
              forwardSession(open({ baseUrl: a.base }), incoming(request, response), {
                to: [a.origin],
              }),
            ),
          ),
        ),
      );
      request.socket.destroy();
    });
    await visit(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    for (const session of await promise) expect(session.closed).toBe(true);
  });

  test('on HTTP/2 goes away by itself: the other streams of the connection go on', async () => {
    const { a } = sites();
    const api = open({ baseUrl: a.base });
    const sessions: Session[] = [];
    const ends: Promise<unknown>[] = [];
    const server = createHttp2Server((request, response) => {
      const session = forwardSession(api, request as never, { to: [a.origin] });
      sessions.push(session);
      ends.push(once(request.stream, 'close'));
      void session
        .get('held', { searchParams: { key: request.url } })
        .text()
        .then(
          (text) => response.end(text),
          () => {},
        );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(() => {
      client.destroy();
      server.close();
    });
    const [stays, leaves] = ['/stays', '/leaves'].map((path) =>
      client.request({ ':path': path }),
    ) as [ReturnType<typeof client.request>, ReturnType<typeof client.request>];
    await a.requests({ requests: 2 });
    leaves.close(8);
    await a.journal({ aborted: 1 });
    expect(sessions.map((session) => session.closed).sort()).toEqual([false, true]);
    await a.release('/stays');
    expect(String(((await once(stays, 'data')) as [Buffer])[0])).toContain('released');
    await Promise.all(ends);
    expect(sessions.map((session) => session.closed).sort()).toEqual([false, true]);
  });

  test('who has the page, and whose connection stays, costs no memory', async () => {
    const { a } = sites();
    const api = open({ baseUrl: a.base });
    let session: WeakRef<Session> | undefined;
    const port = await pages((request, response) => {
      session = new WeakRef(forwardSession(api, request, { to: [a.origin] }));
      response.end('page');
    });
    const visitor = await visit(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(visitor, 'data');
    for (let turn = 0; turn < 100 && session?.deref(); turn++) {
      await new Promise(setImmediate);
      gc?.();
    }
    expect(session?.deref()).toBeUndefined();
    expect(visitor.destroyed).toBe(false);
  });

  test('whose connection tells nothing, as with serverless hosts, is served', async () => {
    const { a } = sites();
    const session = forwardSession(
      open({ baseUrl: a.base }),
      { headers: { 'x-request-id': 'r' }, socket: { encrypted: true } },
      { to: [a.origin] },
    );
    expect((await session.get('echo')).status).toBe(200);
    await session.close();
  });

  test('goes away also when nobody but the session has the Request', async () => {
    const { a } = sites();
    const gone = new AbortController();
    const session = forwardSession(
      open({ baseUrl: a.base }),
      new Request('https://www.example.com/', { signal: gone.signal }),
      { to: [a.origin] },
    );
    const call = session.get('never');
    await a.requests({ requests: 1 });
    for (let turn = 0; turn < 5; turn++) {
      gc?.();
      await new Promise(setImmediate);
    }
    gone.abort('gone');
    expect(await reasonOf(call)).toBe('gone');
  });

  test('is no longer watched when the session was closed', async () => {
    const { a } = sites();
    const response = Object.assign(new EventEmitter(), { writableFinished: false });
    const { signal } = new AbortController();
    const request = new Request('https://www.example.com/', { signal });
    for (const end of ['close', 'destroy'] as const) {
      const one = forwardSession(open(), { ...madeUp({}), res: response } as never, {
        to: [a.origin],
      });
      const two = forwardSession(open(), request, { to: [a.origin] });
      expect([
        response.listenerCount('close'),
        getEventListeners(request.signal, 'abort').length,
      ]).toEqual([1, 1]);
      await Promise.all([one[end](), two[end]()]);
      expect([
        response.listenerCount('close'),
        getEventListeners(request.signal, 'abort').length,
      ]).toEqual([0, 0]);
    }
  });
});

test('S10: two visitors who ask for the same at once cause two requests', async () => {
  const { a } = sites();
  const api = open({ baseUrl: a.base });
  const answers = await Promise.all(
    ['1', '2'].map(async (sid) =>
      forwardSession(api, madeUp({ cookie: `sid=${sid}` }) as never, { to: [a.origin] })
        .get('me')
        .json(),
    ),
  );
  expect(answers).toEqual([{ user: '1' }, { user: '2' }]);
  expect(await a.requests()).toHaveLength(2);
});

test('csrf() of the parent sends the token that the visitor has, to the origins in `to` alone, and one that is set during the render in its place', async () => {
  const backend = await rawServer(
    always('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nset-cookie: XSRF-TOKEN=new; Path=/\r\n\r\n'),
  );
  const other = await rawServer(always(answer('ok')));
  const api = open({ baseUrl: backend.origin, origins: [other.origin] }).use(csrf());
  const tokens = ({ requests }: typeof backend) =>
    requests.map(({ head }) => /^x-xsrf-token: (.*)\r$/im.exec(head)?.[1]);
  const visitor = forwardSession(api, madeUp({ cookie: 'sid=1; XSRF-TOKEN=a%3D' }), {
    to: [backend.origin],
  });
  await visitor.post(other.origin);
  await visitor.post('one');
  await visitor.post('two');
  await forwardSession(api, madeUp({}), { to: [backend.origin] }).post('three');
  expect(tokens(backend)).toEqual(['a=', 'new', undefined]);
  expect(tokens(other)).toEqual([undefined]);
});
