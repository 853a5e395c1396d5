import {
  InvalidRequestError,
  NetworkError,
  ProxyError,
  Session,
  type SessionOptions,
  TimeoutError,
  UnsupportedError,
} from 'isosession';
import { undiciTransport } from 'isosession/node';
import { forwardSession } from 'isosession/ssr';
import { mockTransport } from 'isosession/testing';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type Authority, makeAuthority } from '../support/authority.ts';
import { open, reasonOf, rejection, thrown } from '../support/contract.ts';
import { describeWith } from '../support/describe-with.ts';
import {
  breakOff,
  established,
  headerOf,
  refuse,
  relay,
  stayMute,
  talkGarbage,
} from '../support/http-proxy.ts';
import { always, answer, rawServer, type RawServer, type Script } from '../support/raw-server.ts';
import { type NginxAbout, startNginx } from '../support/real-origins.ts';
import { type Proxy, startSocks, startSquid, startTinyproxy } from '../support/real-proxies.ts';
import { socksProxy } from '../support/socks-proxy.ts';
import { tlsServer } from '../support/tls-server.ts';

const login = { username: 'ann', password: 'p@ss:w/rd' };
const userinfo = `${login.username}:${encodeURIComponent(login.password)}`;
const basic = `Basic ${btoa(`${login.username}:${login.password}`)}`;

let authority: Authority;
beforeAll(() => {
  authority = makeAuthority();
});

/** The URL of a proxy, with credentials if they are told. */
const at = (server: { port: number }, credentials = '', scheme = 'http'): string =>
  `${scheme}://${credentials && `${credentials}@`}127.0.0.1:${server.port}`;

/** A session through a proxy that trusts the tests' authority, without retries. */
const through = (proxy: SessionOptions['proxy'], options: SessionOptions = {}) =>
  open({ proxy, tls: { ca: authority.ca }, retry: 0, trustEnv: false, ...options });

const ok = () => rawServer(always(answer('ok', 'HTTP/1.1 200 OK\r\nset-cookie: seen=1\r\n')));

describe('an HTTP proxy', () => {
  test('is sent a request for an http: URL whole, with the credentials of its URL, which nobody else is shown', async () => {
    const [proxy, target] = [await rawServer(relay(login)), await ok()];
    const session = through(at(proxy, userinfo));
    const response = await session.post(`${target.origin}/path?q=1#part`, { json: { a: 1 } });
    expect(await response.text()).toBe('ok');
    expect(proxy.requests).toHaveLength(1);
    expect(proxy.requests[0]).toMatchObject({
      method: 'POST',
      target: `${target.origin}/path?q=1`,
      body: '{"a":1}',
    });
    expect(headerOf(proxy.requests[0]!, 'host')).toEqual([`127.0.0.1:${target.port}`]);
    expect(headerOf(proxy.requests[0]!, 'proxy-authorization')).toEqual([basic]);
    expect(target.requests[0]?.raw).not.toMatch(/proxy-authorization/i);
    expect([...response.request.headers.keys()]).not.toContain('proxy-authorization');
    // The jar is the target's.
    expect(await session.cookies.get('seen', target.origin)).toMatchObject({ value: '1' });
    // The next call goes over the same connection.
    await session.get(target.origin).text();
    expect(proxy.peers).toHaveLength(1);
  });

  test('opens a tunnel to an https: URL; what is sent through it it cannot read, and its credentials stay with it', async () => {
    const [proxy, target] = [await rawServer(relay(login)), await tlsServer(authority.good)];
    const session = through(at(proxy, userinfo));
    for (const path of ['/one', '/two'])
      expect(await session.get(`https://localhost:${target.port}${path}`).json()).toMatchObject({
        path,
        connection: 1,
        serverName: 'localhost',
      });
    expect(proxy.requests.map(({ method, target: to }) => [method, to])).toEqual([
      ['CONNECT', `localhost:${target.port}`],
    ]);
    expect(headerOf(proxy.requests[0]!, 'proxy-authorization')).toEqual([basic]);
    expect(headerOf(proxy.requests[0]!, 'host')).toEqual([`localhost:${target.port}`]);
    expect(proxy.peers[0]?.received).not.toContain('/one');
    for (const { headers } of target.requests)
      expect(Object.keys(headers)).not.toContain('proxy-authorization');
  });

  test('whose credentials are asked for gives a ProxyError with its challenge, at once and without a second try', async () => {
    const [proxy, target] = [await rawServer(relay(login)), await tlsServer(authority.good)];
    for (const [url, what] of [
      [target.origin, `CONNECT 127.0.0.1:${target.port}`],
      ['http://localhost:1/', 'GET http://localhost:1/'],
    ] as const) {
      const error = await rejection(through(at(proxy), { retry: 5 }).get(url), ProxyError);
      expect(error).toMatchObject({
        code: 'ERR_PROXY',
        status: 407,
        challenge: 'Basic realm="isosession"',
        request: { method: 'GET' },
      });
      expect(error.message).toBe(
        `The proxy ${at(proxy)} answered 407 to ${what}: put its credentials into its URL, http://user:password@host`,
      );
      const wrong = await rejection(
        through(at(proxy, 'ann:wrong'), { retry: 5 }).get(url),
        ProxyError,
      );
      expect(wrong.message).toContain('it does not take the credentials of its URL');
      expect(inspect(wrong, { depth: 9, showHidden: true })).not.toContain('wrong@');
    }
    expect(proxy.requests).toHaveLength(4);
    expect(target.requests).toHaveLength(0);
  });

  test('P3: connections of other credentials, or of none, are others', async () => {
    const [proxy, target] = [await rawServer(relay()), await tlsServer(authority.good)];
    const session = through(undefined);
    for (const credentials of ['a:1', 'b:2', '', 'a:1'])
      await session.get(target.origin, { proxy: at(proxy, credentials) }).text();
    expect(proxy.requests.map((request) => headerOf(request, 'proxy-authorization')[0])).toEqual([
      `Basic ${btoa('a:1')}`,
      `Basic ${btoa('b:2')}`,
      undefined,
    ]);
    expect(target.requests.map(({ connection }) => connection)).toEqual([1, 2, 3, 1]);
    const plain = await ok();
    for (const credentials of ['a:1', 'b:2', ''])
      await session.get(plain.origin, { proxy: at(proxy, credentials) }).text();
    expect(new Set(proxy.requests.slice(3).map(({ connection }) => connection)).size).toBe(3);
  });

  test('that speaks TLS is verified by its own name, and shown neither the client certificate nor the name of the target', async () => {
    const target = await tlsServer(authority.good, { requestCert: true, ca: authority.ca });
    const proxy = await rawServer(relay(), authority.good);
    const tls = {
      ca: authority.ca,
      ...authority.clientA,
      cert: authority.clientA.cert,
      key: authority.clientA.key,
    };
    const session = open({ proxy: at(proxy, '', 'https'), tls, retry: 0, trustEnv: false });
    expect(await session.get(`https://localhost:${target.port}/`).json()).toMatchObject({
      client: 'client A',
      serverName: 'localhost',
    });
    const plain = await ok();
    expect(await session.get(plain.origin).text()).toBe('ok');

    // verify: false is about the target: the proxy is given credentials.
    const strange = await rawServer(relay(), authority.unknown);
    const error = await rejection(
      open({
        proxy: at(strange, userinfo, 'https'),
        tls: { verify: false },
        retry: 0,
        trustEnv: false,
      }).get(target.origin),
      ProxyError,
    );
    expect((error.cause as { code: string }).code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(strange.requests).toHaveLength(0);
  });

  test('P8: that stands where an origin does is verified all the same, whatever connections to that origin there are', async () => {
    const server = await rawServer(always(answer('ok')), authority.self);
    const session = through(false, { tls: { verify: false } });
    expect(await session.get(`${server.origin}/`).text()).toBe('ok');
    const error = await rejection(
      session.get('http://target.test/', { proxy: server.origin }),
      ProxyError,
    );
    expect(error.cause).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(server.requests.map(({ target }) => target)).toEqual(['/']);
  });

  test("proxy-authorization among a call's headers is refused where it would go through a tunnel, and sent to the proxy where not", async () => {
    const [proxy, target, plain] = [
      await rawServer(relay(login)),
      await tlsServer(authority.good),
      await ok(),
    ];
    const session = through(at(proxy));
    const error = await rejection(
      session.get(target.origin, { headers: { 'proxy-authorization': basic } }),
      InvalidRequestError,
    );
    expect(error.message).toContain("put the proxy's credentials into its URL");
    expect(
      await session.get(plain.origin, { headers: { 'proxy-authorization': basic } }).text(),
    ).toBe('ok');
    expect(proxy.requests).toHaveLength(1);
  });
});

describe('F19: a proxy that fails', () => {
  const faults: [name: string, script: Script, expected: object][] = [
    ['refuses with 403', refuse(403), { status: 403 }],
    ['refuses with 502', refuse(502), { status: 502 }],
    [
      'asks for credentials',
      refuse(
        407,
        'proxy-authenticate: Basic realm="a"\r\nproxy-authenticate: Digest realm="b"\r\n',
      ),
      { status: 407, challenge: 'Basic realm="a", Digest realm="b"' },
    ],
    ['ends the connection instead of answering', breakOff('fin'), {}],
    ['resets the connection instead of answering', breakOff('rst'), {}],
    ['breaks off in the middle of its answer', breakOff('fin', 'HTTP/1.1 200 Conn'), {}],
    ['answers what is no HTTP', talkGarbage, {}],
  ];

  test.each(faults)(
    'by CONNECT: one that %s is a ProxyError, and the target is told nothing',
    async (_, script, expected) => {
      const [proxy, target] = [await rawServer(script), await tlsServer(authority.good)];
      const session = through(at(proxy, userinfo));
      const error = await rejection(session.get(target.origin), ProxyError);
      expect(error).toMatchObject(expected);
      expect(target.connections()).toBe(0);
      expect(inspect(error, { depth: 9 })).not.toContain('rd@');
      await expect
        .poll(() => session.stats())
        .toMatchObject({ sockets: 0, queued: 0, inFlight: 0 });
      await Promise.all(proxy.peers.map((peer) => peer.closed()));
    },
  );

  test('that is silent ends at the connect timeout, before its answer and behind it', async () => {
    const target = await tlsServer(authority.good);
    const silent: Script[] = [
      stayMute,
      async (peer) => {
        await peer.request();
        await peer.write(established);
      },
    ];
    for (const script of silent) {
      const proxy = await rawServer(script);
      const session = through(at(proxy), { timeout: { connect: 200 } });
      const start = performance.now();
      expect(await reasonOf(session.get(target.origin))).toMatchObject({
        code: 'ERR_TIMEOUT',
        phase: 'connect',
        timeout: 200,
      });
      expect(performance.now() - start).toBeLessThan(700);
      await Promise.all(proxy.peers.map((peer) => peer.closed()));
    }
    // What the proxy forwards itself is a request like any other.
    const proxy = await rawServer(stayMute);
    const error = await rejection(
      through(at(proxy), { timeout: { response: 200 } }).get('http://localhost:1/'),
      TimeoutError,
    );
    expect(error.phase).toBe('response');
  });

  test('that dies behind its answer is a NetworkError, as anybody on the way could have', async () => {
    const target = await tlsServer(authority.good);
    const proxy = await rawServer(breakOff('fin', established));
    await rejection(through(at(proxy)).get(target.origin), NetworkError);
    expect(target.connections()).toBe(0);
  });

  test("that cannot be reached is a ProxyError for every kind of target, with the system's code", async () => {
    const gone = await rawServer(() => {});
    await gone.close();
    for (const [scheme, url] of [
      ['http', 'http://localhost/'],
      ['http', 'https://localhost/'],
      ['https', 'http://localhost/'],
      ['https', 'https://localhost/'],
      ['socks5', 'http://localhost/'],
      ['socks5h', 'https://localhost/'],
    ] as const) {
      const error = await rejection(through(at(gone, userinfo, scheme)).get(url), ProxyError);
      expect(error).toMatchObject({
        cause: { code: 'ECONNREFUSED' },
        message: expect.stringMatching(
          new RegExp(`^The proxy ${scheme}://127\\.0\\.0\\.1:${gone.port} cannot be reached: `),
        ) as unknown,
      });
      expect(error).not.toHaveProperty('status');
    }
  });

  test('is tried again as a network is, but for what it refuses', async () => {
    let connects = 0;
    const target = await tlsServer(authority.good);
    const work = relay();
    const proxy = await rawServer((peer) => (++connects < 3 ? breakOff('rst')(peer) : work(peer)));
    const response = await through(at(proxy), { retry: { limit: 2, delay: () => 0 } }).get(
      target.origin,
    );
    expect(response.attempts).toBe(3);
    const busy = await rawServer(refuse(503));
    await rejection(
      through(at(busy), { retry: { limit: 2, delay: () => 0 } }).get(target.origin),
      ProxyError,
    );
    expect(busy.requests).toHaveLength(3);
    const strict = await rawServer(refuse(403));
    await rejection(
      through(at(strict), { retry: { limit: 2, delay: () => 0 } }).get(target.origin),
      ProxyError,
    );
    expect(strict.requests).toHaveLength(1);
  });

  test('an abort, a destroyed session and a closed one leave no connection to the proxy behind', async () => {
    const target = await tlsServer(authority.good);
    const proxy = await rawServer(stayMute);
    const session = through(at(proxy));
    const abort = new AbortController();
    const call = session.get(target.origin, { signal: abort.signal });
    await proxy.connections(1);
    abort.abort('enough');
    expect(await reasonOf(call)).toBe('enough');
    await proxy.peers[0]?.closed();
    const other = reasonOf(session.get(target.origin));
    await proxy.connections(2);
    await session.destroy('over');
    expect(await other).toBe('over');
    await proxy.peers[1]?.closed();
  });
});

describe('a SOCKS5 proxy', () => {
  test('is asked for an address by socks5:, for the name by socks5h:, and takes user and password', async () => {
    const [proxy, target, plain] = [
      await socksProxy({ auth: login }),
      await tlsServer(authority.good),
      await ok(),
    ];
    const session = through(at(proxy, userinfo, 'socks5h'));
    expect(await session.get(`https://localhost:${target.port}/a`).json()).toMatchObject({
      path: '/a',
      serverName: 'localhost',
    });
    expect(await session.get(`https://localhost:${target.port}/b`).json()).toMatchObject({
      connection: 1,
    });
    expect(await session.get(`http://localhost:${plain.port}/c`).text()).toBe('ok');
    expect(plain.requests[0]?.target).toBe('/c');
    const lookedUp: string[] = [];
    const local = through(at(proxy, userinfo, 'socks5'), {
      transport: undiciTransport({
        lookup: (name, options, callback) => {
          lookedUp.push(name);
          callback(
            null,
            (options as { all?: boolean }).all
              ? [{ address: '127.0.0.1', family: 4 }]
              : '127.0.0.1',
            4,
          );
        },
      }),
    });
    expect(await local.get(`https://good.test:${target.port}/d`).json()).toMatchObject({
      path: '/d',
      serverName: 'good.test',
    });
    expect(lookedUp).toContain('good.test');
    expect(
      proxy.asked.map(({ method, username, password, type, host, port }) => ({
        method,
        username,
        password,
        type,
        host,
        port,
      })),
    ).toEqual([
      { method: 2, ...login, type: 'name', host: 'localhost', port: target.port },
      { method: 2, ...login, type: 'name', host: 'localhost', port: plain.port },
      { method: 2, ...login, type: 'ipv4', host: '127.0.0.1', port: target.port },
    ]);
  });

  test("P8: what is behind it is verified by its name and by the call's own authority", async () => {
    const proxy = await socksProxy();
    const [wrong, self, good] = [
      await tlsServer(authority.wrong),
      await tlsServer(authority.self),
      await tlsServer(authority.good),
    ];
    const session = through(at(proxy, '', 'socks5h'));
    expect(await reasonOf(session.get(`https://localhost:${wrong.port}/`))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    expect(await reasonOf(session.get(`https://localhost:${self.port}/`))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(
      await reasonOf(
        session.get(`https://localhost:${good.port}/`, { tls: { ca: authority.otherCa } }),
      ),
    ).toMatchObject({ code: 'ERR_NETWORK', cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } });
    expect(
      await session
        .get(`https://localhost:${self.port}/`, { tls: { ca: authority.self.cert } })
        .json(),
    ).toMatchObject({ path: '/' });
  });

  test.each([
    ['greeting', 255, 'No acceptable authentication method'],
    ['password', 1, 'Authentication failed'],
    ['request', 1, 'General SOCKS server failure'],
    ['request', 2, 'Connection not allowed by ruleset'],
    ['request', 3, 'Network unreachable'],
    ['request', 4, 'Host unreachable'],
    ['request', 5, 'Connection refused'],
    ['request', 6, 'TTL expired'],
    ['request', 7, 'Command not supported'],
    ['request', 8, 'Address type not supported'],
    ['greeting', 'garbage', 'Invalid SOCKS version'],
    ['password', 'garbage', 'Invalid auth'],
    ['request', 'garbage', 'Invalid SOCKS version'],
    ['greeting', 'fin', 'closed'],
    ['password', 'fin', 'closed'],
    ['request', 'fin', 'closed'],
    ['greeting', 'rst', 'ECONNRESET'],
    ['request', 'rst', 'ECONNRESET'],
  ] as const)(
    'F19: whose answer to the %s is %s is a ProxyError that says so',
    async (step, how, message) => {
      const proxy = await socksProxy({ auth: login, fault: { at: step, how } });
      const session = through(at(proxy, userinfo, 'socks5h'));
      const error = await rejection(session.get('https://localhost:9/'), ProxyError);
      expect(error.message).toMatch(
        new RegExp(
          `^The proxy socks5h://127\\.0\\.0\\.1:${proxy.port} did not connect to localhost:9: .*${message}`,
        ),
      );
      await Promise.all(proxy.peers.map((peer) => peer.closed()));
      expect(session.stats()).toMatchObject({ sockets: 0, queued: 0, inFlight: 0 });
    },
  );

  test('F19: that is silent, at any step, ends at the connect timeout', async () => {
    for (const step of ['greeting', 'password', 'request'] as const) {
      const proxy = await socksProxy({ auth: login, fault: { at: step, how: 'silence' } });
      const start = performance.now();
      expect(
        await reasonOf(
          through(at(proxy, userinfo, 'socks5h'), { timeout: { connect: 150 } }).get(
            'http://localhost:9/',
          ),
        ),
      ).toMatchObject({ code: 'ERR_TIMEOUT', phase: 'connect' });
      expect(performance.now() - start).toBeLessThan(650);
      await Promise.all(proxy.peers.map((peer) => peer.closed()));
    }
  });

  test('a name that nobody resolves is a NetworkError of the target by socks5:, and the proxy is not asked', async () => {
    const proxy = await socksProxy();
    const lookup = ((_name: string, _options: object, callback: (error: Error) => void) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))) as never;
    const error = await rejection(
      through(at(proxy, '', 'socks5'), { transport: undiciTransport({ lookup }) }).get(
        'http://nowhere.test/',
      ),
      NetworkError,
    );
    expect(error.cause).toMatchObject({ code: 'ENOTFOUND' });
    expect(proxy.peers).toHaveLength(0);
  });
});

describe('which proxy a call goes through', () => {
  /** A target, and proxies that count. */
  const cast = async () => ({
    target: await ok(),
    one: await rawServer(relay()),
    two: await rawServer(relay()),
  });
  const counts = (...servers: RawServer[]) => servers.map(({ requests }) => requests.length);

  test("is the call's, else the session's, else the transport's, else the environment's; false is none", async () => {
    const { target, one, two } = await cast();
    vi.stubEnv('http_proxy', at(one));
    const session = open();
    await session.get(target.origin).text();
    expect(counts(one, two)).toEqual([1, 0]);
    const over = open({ transport: undiciTransport({ proxy: at(two) }) });
    await over.get(target.origin).text();
    expect(counts(one, two)).toEqual([1, 1]);
    over.proxy = at(one);
    await over.get(target.origin).text();
    expect(counts(one, two)).toEqual([2, 1]);
    await over.get(target.origin, { proxy: at(two) }).text();
    expect(counts(one, two)).toEqual([2, 2]);
    await over.get(target.origin, { proxy: false }).text();
    session.proxy = false;
    await session.get(target.origin).text();
    expect(counts(one, two)).toEqual([2, 2]);
    session.proxy = undefined;
    await session.get(target.origin).text();
    expect(counts(one, two)).toEqual([3, 2]);
    vi.unstubAllEnvs();
  });

  test('the environment is read as the session is made, and not by one that does not trust it, nor by a child of such a one', async () => {
    const { target, one } = await cast();
    const before = open();
    vi.stubEnv('http_proxy', at(one));
    const after = open();
    const distrustful = open({ trustEnv: false });
    const children = [distrustful.extend(), after.extend({ trustEnv: false })];
    const trusting = [after.extend(), distrustful.extend({ trustEnv: true })];
    vi.unstubAllEnvs();
    for (const session of [before, distrustful, ...children])
      await session.get(target.origin).text();
    expect(counts(one)).toEqual([0]);
    for (const session of [after, ...trusting]) await session.get(target.origin).text();
    expect(counts(one)).toEqual([3]);
  });

  test('S12: nor by the session of a visitor, whatever the environment of the server says', async () => {
    const { target, one } = await cast();
    vi.stubEnv('http_proxy', at(one));
    const parent = open();
    const visitor = forwardSession(parent, new Request('http://page.test/'), {
      to: [target.origin],
    });
    vi.unstubAllEnvs();
    await visitor.get(target.origin).text();
    expect(counts(one)).toEqual([0]);
    await parent.get(target.origin).text();
    expect(counts(one)).toEqual([1]);
  });

  test('a variable that is broken rejects the calls, not the making of a session, and is named without its secret', async () => {
    vi.stubEnv('https_proxy', 'ftp://ann:s3cret@proxy.test');
    const session = open();
    const error = await rejection(session.get('https://localhost/'), InvalidRequestError);
    expect(error.message).toContain('https_proxy in the environment');
    expect(inspect(error)).not.toContain('s3cret');
    vi.unstubAllEnvs();
  });

  test('the environment does not reach a dispatcher or a socketPath, which have ways of their own; an explicit proxy is refused there', async () => {
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
    const dispatcher = {
      dispatch: (_: unknown, handler: { onError(error: Error): void }) => {
        handler.onError(new Error('reached the dispatcher'));
        return true;
      },
    } as never;
    const session = open({ transport: undiciTransport({ dispatcher }), retry: 0 });
    expect((await rejection(session.get('http://localhost/'), NetworkError)).message).toContain(
      'reached the dispatcher',
    );
    for (const options of [{ proxy: 'http://127.0.0.1:1' }, { tls: { verify: true } }])
      await rejection(session.get('http://localhost/', options), UnsupportedError);
    const local = open({
      transport: undiciTransport({ socketPath: '/nonexistent/socket' }),
      retry: 0,
    });
    await rejection(local.get('http://localhost/'), NetworkError);
    await rejection(
      local.get('http://localhost/', { proxy: 'http://127.0.0.1:1' }),
      UnsupportedError,
    );
    vi.unstubAllEnvs();
  });

  test('is chosen anew at each redirect, by scheme and by noProxy', async () => {
    const [one, two] = [await rawServer(relay()), await rawServer(relay())];
    const secure = await tlsServer(authority.good);
    const direct: RawServer = await rawServer(
      always(() =>
        answer('', `HTTP/1.1 302 Found\r\nlocation: https://localhost:${secure.port}/end\r\n`),
      ),
    );
    const first = await rawServer(
      always(() =>
        answer('', `HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:${direct.port}/second\r\n`),
      ),
    );
    const session = through({
      http: at(one),
      https: at(two),
      noProxy: [`127.0.0.1:${direct.port}`],
    });
    expect(await session.get(`http://localhost:${first.port}/first`).json()).toMatchObject({
      path: '/end',
    });
    expect(one.requests.map(({ target }) => target)).toEqual([
      `http://localhost:${first.port}/first`,
    ]);
    expect(two.requests.map(({ target }) => target)).toEqual([`localhost:${secure.port}`]);
    expect(direct.requests).toHaveLength(1);
  });

  test('reads back normalised and frozen, prints without secrets, and can be spread into another', async () => {
    const session = through({ all: 'proxy.test:3128', noProxy: 'a.test, b.test' });
    expect({ ...(session.proxy as object) }).toEqual({
      all: 'http://proxy.test:3128',
      noProxy: ['a.test', 'b.test'],
    });
    session.proxy = 'socks5://ann:s3cret@proxy.test';
    expect(Object.isFrozen(session.proxy)).toBe(true);
    expect(inspect(session.proxy) + JSON.stringify(session.proxy)).not.toContain('s3cret');
    expect(
      thrown(() => {
        session.proxy = 'ftp://x.test';
      }, InvalidRequestError).message,
    ).toContain('proxy must be the URL of a proxy');
    expect(
      thrown(() => new Session({ proxy: { htps: 'http://x.test' } as never }), InvalidRequestError)
        .message,
    ).toContain('did you mean https?');
    await rejection(session.get('http://localhost/', { proxy: 'http://' }), InvalidRequestError);
  });

  test('reaches an undici transport that another wraps, and is refused by those that connect by themselves', async () => {
    const { target, one } = await cast();
    const inner = undiciTransport();
    const session = through(at(one), { transport: { send: (request) => inner.send(request) } });
    await session.get(target.origin).text();
    expect(counts(one)).toEqual([1]);
    const { fetchTransport } = await import('isosession');
    const { crossFetchTransport } = await import('isosession/cross-fetch');
    for (const transport of [fetchTransport(), crossFetchTransport()]) {
      expect(
        (await rejection(through(at(one)).get(target.origin, { transport }), UnsupportedError))
          .message,
      ).toContain('proxy does not reach');
      await rejection(
        open().get(target.origin, { transport, tls: { verify: true } }),
        UnsupportedError,
      );
      expect(await open().get(target.origin, { transport, proxy: false }).text()).toBe('ok');
    }
    // A mock, and an app in the same process, connect to nothing.
    expect(
      await through(at(one))
        .get('http://app.test/', { transport: mockTransport(() => new Response('mocked')) })
        .text(),
    ).toBe('mocked');
    expect(
      await through(at(one))
        .get('http://app.test/', {
          transport: fetchTransport({ fetch: () => new Response('app') }),
        })
        .text(),
    ).toBe('app');
  });
});

describeWith(['squid', 'tinyproxy', 'microsocks', 'nginx'], 'on real proxies', () => {
  let squid: Proxy;
  let guarded: Proxy;
  let secure: Proxy;
  let tiny: Proxy;
  let socks: Proxy;
  let lockedSocks: Proxy;
  let nginx: { origin: string; port: number };
  let plain: { origin: string; port: number };
  beforeAll(async () => {
    const all = await Promise.all([
      startSquid(),
      startSquid({ auth: login }),
      startSquid({ identity: authority.good }),
      startTinyproxy(),
      startSocks(),
      startSocks({ auth: { username: 'ann', password: 'plain' } }),
      startNginx({ identity: authority.good }),
      startNginx(),
    ]);
    [squid, guarded, secure, tiny, socks, lockedSocks, nginx, plain] = all;
    return () => Promise.all(all.map((server) => server.close()));
  });

  test('http: and https: URLs go through squid, squid with Basic, squid over TLS, tinyproxy, and microsocks with and without a password', async () => {
    const proxies = [
      squid.url,
      at(guarded, userinfo),
      at(secure, '', 'https'),
      tiny.url,
      socks.url,
      at(socks, '', 'socks5h'),
      at(lockedSocks, 'ann:plain', 'socks5h'),
    ];
    for (const proxy of proxies) {
      const session = through(proxy);
      for (const origin of [`https://localhost:${nginx.port}`, `http://localhost:${plain.port}`]) {
        const [first, second] = [
          await session.get(`${origin}/about`).json<NginxAbout>(),
          await session.get(`${origin}/about`).json<NginxAbout>(),
        ];
        expect(first).toMatchObject({
          protocol: expect.stringMatching(/^HTTP\/1\.[01]$/) as unknown,
          requests: 1,
          serverName: origin.startsWith('https') ? 'localhost' : '',
        });
        // A tunnel is reused; what a proxy forwards is its own affair.
        if (origin.startsWith('https') || proxy.startsWith('socks'))
          expect(second).toMatchObject({ connection: first.connection, requests: 2 });
      }
      await session.close();
    }
    await expect.poll(() => guarded.log()).toContain('ann');
    await expect.poll(() => squid.log()).toContain(`CONNECT localhost:${nginx.port}`);
    await expect.poll(() => socks.log()).toContain('127.0.0.1');
  });

  test("squid's names are squid's own: what it resolves, nobody here need", async () => {
    expect(
      await through(squid.url).get(`https://good.test:${nginx.port}/about`).json<NginxAbout>(),
    ).toMatchObject({ serverName: 'good.test' });
  });

  test('what real proxies refuse is a ProxyError with their status and challenge', async () => {
    for (const url of [`https://localhost:${nginx.port}/`, `http://localhost:${plain.port}/`]) {
      expect(await reasonOf(through(guarded.url).get(url))).toMatchObject({
        code: 'ERR_PROXY',
        status: 407,
        challenge: expect.stringContaining('Basic realm=') as unknown,
      });
      expect(await reasonOf(through(at(guarded, 'ann:wrong')).get(url))).toMatchObject({
        code: 'ERR_PROXY',
        status: 407,
      });
    }
    expect(await reasonOf(through(squid.url).get('https://localhost:1/'))).toMatchObject({
      code: 'ERR_PROXY',
      status: 503,
    });
    expect(await reasonOf(through(tiny.url).get('https://localhost:1/'))).toMatchObject({
      code: 'ERR_PROXY',
      status: 500,
    });
    expect(
      await reasonOf(through(at(socks, '', 'socks5h')).get('https://localhost:1/')),
    ).toMatchObject({
      code: 'ERR_PROXY',
      message: expect.stringContaining('Connection refused') as unknown,
    });
    expect(
      await reasonOf(
        through(at(lockedSocks, '', 'socks5h')).get(`https://localhost:${nginx.port}/`),
      ),
    ).toMatchObject({ code: 'ERR_PROXY' });
  });
});
