import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Authority, makeAuthority } from '../support/authority.ts';
import { runProgram } from '../support/child.ts';
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
import { answer, always, rawServer } from '../support/raw-server.ts';
import { type NginxAbout, startHttpbin, startNginx } from '../support/real-origins.ts';
import { startSocks, startSquid, startTinyproxy } from '../support/real-proxies.ts';
import { socksProxy } from '../support/socks-proxy.ts';
import { tlsServer } from '../support/tls-server.ts';

const login = { username: 'Ada', password: 'p:s ü' };
const basic = (password: string): string =>
  `Basic ${Buffer.from(`${login.username}:${password}`).toString('base64')}`;

/** What came back: status and body, or the code of the error. */
async function fetchText(
  send: typeof requestHttp | typeof requestHttps,
  url: string,
  options: RequestOptions = {},
): Promise<[status: number | undefined, body: string, headers: IncomingMessage['headers']]> {
  const request = send(url, { agent: false, ...options });
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage];
  return [
    response.statusCode,
    Buffer.concat((await response.toArray()) as Buffer[]).toString('latin1'),
    response.headers,
  ];
}

/**
 * Sends bytes and gives everything that comes until the other side ends, or until it contains
 * something.
 */
async function talk(socket: Socket, bytes: string | number[], until?: string): Promise<string> {
  socket.write(typeof bytes === 'string' ? bytes : Uint8Array.from(bytes));
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (until !== undefined && text.includes(until)) break;
  }
  return text;
}

async function dial(port: number): Promise<Socket> {
  // Who waits for it hears of an error; one after that is the end of a server.
  const socket = connectTcp(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const connectTo = (port: number, host = '127.0.0.1', authorization = ''): string =>
  `CONNECT ${host}:${port} HTTP/1.1\r\nhost: ${host}:${port}\r\n${authorization && `proxy-authorization: ${authorization}\r\n`}\r\n`;
const get = (target: string): string =>
  `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`;
const text = (latin1: string): number[] => [latin1.length, ...Buffer.from(latin1)];
const big = (port: number): number[] => [port >> 8, port & 255];

describeWith(['squid', 'tinyproxy'], 'real HTTP proxies', () => {
  test.each([
    ['squid', startSquid],
    ['tinyproxy', startTinyproxy],
  ])('%s tunnels and forwards, and says so in its log', async (_name, start) => {
    const proxy = await start();
    onTestFinished(() => proxy.close());
    const target = await rawServer(always(answer('reached')));

    const socket = await dial(proxy.port);
    expect(await talk(socket, connectTo(target.port), '\r\n\r\n')).toMatch(/^HTTP\/1\.\d 200 /);
    expect(await talk(socket, get('/tunnelled'), 'reached')).toContain('200 OK');
    socket.destroy();
    expect(await talk(await dial(proxy.port), get(`${target.origin}/forwarded`))).toContain(
      'reached',
    );

    expect(target.requests.map((request) => request.target)).toEqual(['/tunnelled', '/forwarded']);
    await expect
      .poll(() => proxy.log())
      .toMatch(new RegExp(`CONNECT 127.0.0.1:${target.port} [^]*/forwarded`));
  });

  test('squid demands Basic, knows the password, and resolves names itself', async () => {
    const proxy = await startSquid({ auth: login });
    onTestFinished(() => proxy.close());
    const target = await rawServer(always(answer('reached')));
    expect(await talk(await dial(proxy.port), connectTo(target.port), '\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 407 [^]*\r\nProxy-Authenticate: Basic realm=/,
    );
    expect(
      await talk(
        await dial(proxy.port),
        connectTo(target.port, undefined, basic('wrong')),
        '\r\n\r\n',
      ),
    ).toContain(' 407 ');
    expect(
      await talk(
        await dial(proxy.port),
        connectTo(target.port, 'good.test', basic(login.password)),
        '\r\n\r\n',
      ),
    ).toContain(' 200 ');
  });

  test('squid speaks TLS when it has a certificate', async () => {
    const { good, ca } = makeAuthority();
    const proxy = await startSquid({ identity: good });
    onTestFinished(() => proxy.close());
    const target = await rawServer(always(answer('reached')));
    const socket = connectTls({ port: proxy.port, host: 'localhost', ca });
    onTestFinished(() => void socket.destroy());
    expect(await talk(socket, connectTo(target.port), '\r\n\r\n')).toContain(' 200 ');
  });
});

describeWith(['microsocks'], 'a real SOCKS5 server', () => {
  test('connects by address and by name, and logs which', async () => {
    const proxy = await startSocks();
    onTestFinished(() => proxy.close());
    const target = await rawServer(always(answer('reached')));
    for (const address of [
      [1, 127, 0, 0, 1],
      [3, ...text('localhost')],
    ]) {
      const socket = await dial(proxy.port);
      expect(await talk(socket, [5, 1, 0], '\x05\x00')).toBe('\x05\x00');
      expect(await talk(socket, [5, 1, 0, ...address, ...big(target.port)], '\x05\x00')).toMatch(
        /^\x05\x00/,
      );
      expect(await talk(socket, get('/'), 'reached')).toContain('reached');
    }
    await expect
      .poll(() => proxy.log())
      .toMatch(new RegExp(`127.0.0.1:${target.port}[^]*localhost:${target.port}`));
  });

  test('demands a password', async () => {
    const proxy = await startSocks({ auth: login });
    onTestFinished(() => proxy.close());
    expect(await talk(await dial(proxy.port), [5, 1, 0])).toBe('\x05\xff');
    const socket = await dial(proxy.port);
    await talk(socket, [5, 1, 2], '\x05\x02');
    const password = Buffer.from(login.password).toString('latin1');
    expect(
      await talk(
        socket,
        [1, ...text(login.username), password.length, ...Buffer.from(login.password)],
        '\x01',
      ),
    ).toBe('\x01\x00');
  });
});

describeWith(['nginx', 'openssl'], 'nginx', () => {
  let authority: Authority;
  beforeAll(() => void (authority = makeAuthority()));
  const about = async (port: number, options: RequestOptions = {}): Promise<NginxAbout> =>
    JSON.parse(
      (
        await fetchText(requestHttps, `https://localhost:${port}/about`, {
          ca: authority.ca,
          ...options,
        })
      )[1],
    ) as NginxAbout;

  test('asks for a certificate of a client, and takes one that its authority signed', async () => {
    const { good, ca, clientA, stranger } = authority;
    const nginx = await startNginx({ identity: good, clientCa: ca });
    onTestFinished(() => nginx.close());
    expect(
      (await fetchText(requestHttps, `https://localhost:${nginx.port}/about`, { ca }))[0],
    ).toBe(400);
    expect(
      (
        await fetchText(requestHttps, `https://localhost:${nginx.port}/about`, { ca, ...stranger })
      )[0],
    ).toBe(400);
    expect(await about(nginx.port, clientA)).toMatchObject({
      client: 'CN=client A',
      verified: 'SUCCESS',
      serverName: 'localhost',
      protocol: 'HTTP/1.1',
      requests: 1,
    });
    await expect.poll(() => nginx.log()).toContain('CN=client A');
  });

  test('serves who has none where it is optional, and speaks HTTP/2', async () => {
    const { good, ca } = authority;
    const nginx = await startNginx({ identity: good, clientCa: ca, optional: true, http2: true });
    onTestFinished(() => nginx.close());
    expect(await about(nginx.port)).toMatchObject({
      client: '',
      verified: 'NONE',
      protocol: 'HTTP/1.1',
    });
    const session = connectHttp2(`https://localhost:${nginx.port}`, { ca });
    onTestFinished(() => session.destroy());
    const body = Buffer.concat(
      (await session.request({ ':path': '/about' }).toArray()) as Buffer[],
    );
    expect(JSON.parse(body.toString())).toMatchObject({ protocol: 'HTTP/2.0' });
  });

  test('serves files, text gzipped and all of them in ranges', async () => {
    const nginx = await startNginx({
      files: { 'a.txt': 'text '.repeat(100), 'b.bin': '0123456789' },
    });
    onTestFinished(() => nginx.close());
    const [, zipped, headers] = await fetchText(requestHttp, `${nginx.origin}/a.txt`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    expect([
      headers['content-encoding'],
      gunzipSync(Buffer.from(zipped, 'latin1')).toString(),
    ]).toEqual(['gzip', 'text '.repeat(100)]);
    const [status, part] = await fetchText(requestHttp, `${nginx.origin}/b.bin`, {
      headers: { range: 'bytes=3-5' },
    });
    expect([status, part]).toEqual([206, '345']);
  });
});

describeWith(['httpbin'], 'httpbin', () => {
  test('answers, and keeps its connections', async () => {
    const httpbin = await startHttpbin();
    onTestFinished(() => httpbin.close());
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const [status, body, headers] = await fetchText(requestHttp, `${httpbin.origin}/get?a=1`, {
      agent,
    });
    expect([status, JSON.parse(body)]).toMatchObject([200, { args: { a: '1' } }]);
    expect(headers.connection).toBe('keep-alive');
    expect(
      (await fetchText(requestHttp, `${httpbin.origin}/digest-auth/auth/user/pass`, { agent }))[0],
    ).toBe(401);
    await expect.poll(() => httpbin.log()).toContain('GET /get?a=1');
  });
});

describeWith(['tinyproxy'], 'a server', () => {
  test('is gone with its folder when it is closed, and its log can still be read', async () => {
    const { port, folder, close, log } = await startTinyproxy();
    await expect.poll(log).toContain('Initializing');
    await close();
    await close();
    expect(existsSync(folder)).toBe(false);
    expect(log()).toContain('Initializing');
    await expect(dial(port)).rejects.toThrow('ECONNREFUSED');
  });

  test('is gone with its folder when the process that started it is killed', async () => {
    const { signal, lines } = await runProgram('orphan');
    expect(signal).toBe('SIGKILL');
    const { port, folder } = JSON.parse(lines[0] ?? '') as { port: number; folder: string };
    await expect.poll(() => existsSync(folder)).toBe(false);
    await expect
      .poll(() =>
        dial(port).then(
          () => 'open',
          (error: NodeJS.ErrnoException) => error.code,
        ),
      )
      .toBe('ECONNREFUSED');
  });
});

describeWith(['openssl'], 'certificates and the server that records them', () => {
  let authority: Authority;
  beforeAll(() => void (authority = makeAuthority()));
  const code = (port: number, options: RequestOptions): Promise<unknown> =>
    fetchText(requestHttps, `https://localhost:${port}/`, options).then(
      ([status]) => status,
      (error: NodeJS.ErrnoException) => error.code,
    );

  test.each([
    ['good', 200],
    ['wrong', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['self', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['unknown', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ] as const)('the one that is %s gives %s', async (name, outcome) => {
    const server = await tlsServer(authority[name]);
    expect(await code(server.port, { ca: authority.ca })).toBe(outcome);
    expect([server.requests.length, server.connections()]).toEqual([outcome === 200 ? 1 : 0, 1]);
  });

  test('clients are told apart, however they hold their key; a stranger and one without are refused', async () => {
    const { good, ca, clientA, clientB, stranger, pfx, passphrase, encryptedKey } = authority;
    const server = await tlsServer(good, { requestCert: true, ca });
    for (const client of [
      clientA,
      clientB,
      { pfx, passphrase },
      { cert: clientA.cert, key: encryptedKey, passphrase },
    ])
      expect(await code(server.port, { ca, ...client })).toBe(200);
    expect(server.requests.map(({ client }) => client)).toEqual([
      'client A',
      'client B',
      'client A',
      'client A',
    ]);
    expect(server.requests.map(({ connection, serverName }) => [connection, serverName])).toEqual(
      [1, 2, 3, 4].map((connection) => [connection, 'localhost']),
    );
    for (const client of [stranger, {}])
      expect(await code(server.port, { ca, ...client })).toMatch(/^(?:ERR_SSL_TLSV1|ECONNRESET)/);
    expect([server.requests.length, server.connections()]).toEqual([4, 6]);
    await expect.poll(() => server.open()).toBe(0);
  });

  test('HTTP/2 is recorded like HTTP/1.1', async () => {
    const { good, ca, clientA } = authority;
    const server = await tlsServer(good, { requestCert: true, ca, h2: true });
    const session = connectHttp2(`https://localhost:${server.port}`, { ca, ...clientA });
    onTestFinished(() => session.destroy());
    await Promise.all(['/a', '/b'].map((path) => session.request({ ':path': path }).toArray()));
    expect(await code(server.port, { ca, ...clientA })).toBe(200);
    expect(server.requests).toMatchObject([
      { connection: 1, path: '/a', alpn: 'h2', client: 'client A', serverName: 'localhost' },
      { connection: 1, path: '/b' },
      { connection: 2, alpn: undefined },
    ]);
  });
});

describe('scripted proxies', () => {
  test('an HTTP proxy tunnels, forwards, demands a login, and records every byte', async () => {
    const target = await rawServer(always(answer('reached')));
    const proxy = await rawServer(relay(login));
    const refused = await dial(proxy.port);
    expect(await talk(refused, connectTo(target.port), 'who are you?')).toMatch(
      /^HTTP\/1\.1 407 [^]*proxy-authenticate: Basic/,
    );
    expect(
      await talk(
        refused,
        `${connectTo(target.port, 'good.test', basic(login.password))}${get('/')}`,
        'reached',
      ),
    ).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\nHTTP\/1\.1 200 OK/);
    const forwarded = get(`${target.origin}/x?y`).replace(
      '\r\n\r\n',
      `\r\nproxy-authorization: ${basic(login.password)}\r\n\r\n`,
    );
    expect(await talk(await dial(proxy.port), forwarded, 'reached')).toContain(
      'content-length: 7\r\n\r\n',
    );
    expect(
      proxy.requests.map((request) => [request.raw, headerOf(request, 'proxy-authorization')]),
    ).toEqual([
      [connectTo(target.port), []],
      [connectTo(target.port, 'good.test', basic(login.password)), [basic(login.password)]],
      [forwarded, [basic(login.password)]],
    ]);
    expect(target.requests.map(({ target: path, raw }) => [path, raw.includes('proxy-')])).toEqual([
      ['/', false],
      ['/x?y', false],
    ]);
    await target.close();
    expect(
      await talk(
        await dial(proxy.port),
        connectTo(target.port, undefined, basic(login.password)),
        '\r\n\r\n',
      ),
    ).toContain(' 502 ');
  });

  test.each([
    ['a refusal', refuse(403, 'x-why: no\r\n'), /^HTTP\/1\.1 403 Refused\r\nx-why: no\r\n/],
    [
      'an end in the middle of the answer',
      breakOff('fin', 'HTTP/1.1 200 Conn'),
      /^HTTP\/1\.1 200 Conn$/,
    ],
    [
      'an end after it',
      breakOff('fin', established),
      /^HTTP\/1\.1 200 Connection established\r\n\r\n$/,
    ],
    ['garbage', talkGarbage, /^\0\xff/],
  ])('an HTTP proxy gives %s', async (_name, script, expected) => {
    const proxy = await rawServer(script);
    const socket = await dial(proxy.port);
    expect(await talk(socket, connectTo(1), '\r\n\r\n')).toMatch(expected);
    expect(proxy.requests.map(({ raw }) => raw)).toEqual([connectTo(1)]);
  });

  test('an HTTP proxy stays mute, resets, and speaks TLS', async () => {
    const mute = await rawServer(stayMute);
    (await dial(mute.port)).write(connectTo(1));
    await expect.poll(() => mute.requests.length).toBe(1);
    const resetting = await rawServer(breakOff('rst'));
    await expect(talk(await dial(resetting.port), connectTo(1))).rejects.toThrow('ECONNRESET');
    const { good, ca } = makeAuthority();
    const encrypted = await rawServer(refuse(403), good);
    const socket = connectTls({ port: encrypted.port, host: 'localhost', ca });
    onTestFinished(() => void socket.destroy());
    expect(await talk(socket, connectTo(1), 'refused')).toContain(' 403 ');
    // A client that never shakes hands does not keep the server from closing.
    await dial(encrypted.port);
  });

  test('a SOCKS5 server tunnels, and records who asked for what', async () => {
    const target = await rawServer(always(answer('reached')));
    const proxy = await socksProxy({ auth: login });
    const socket = await dial(proxy.port);
    await talk(socket, [5, 2, 0, 2], '\x05\x02');
    await talk(socket, [1, ...text(login.username), 6, ...Buffer.from(login.password)], '\x01\x00');
    await talk(socket, [5, 1, 0, 3, ...text('good.test'), ...big(target.port)], '\x05\x00');
    expect(await talk(socket, get('/'), 'reached')).toContain('200 OK');
    expect(proxy.asked).toEqual([
      {
        connection: 1,
        methods: [0, 2],
        method: 2,
        ...login,
        command: 1,
        type: 'name',
        host: 'good.test',
        port: target.port,
      },
    ]);
    const open = await socksProxy();
    const other = await dial(open.port);
    await talk(other, [5, 1, 0], '\x05\x00');
    await talk(other, [5, 1, 0, 4, ...Array<number>(15).fill(0), 1, 0, 1], '\x05');
    expect(open.asked).toMatchObject([
      { method: 0, type: 'ipv6', host: '0:0:0:0:0:0:0:1', port: 1 },
    ]);
  });

  test.each([
    [{ fault: { at: 'greeting', how: 255 } }, /^\x05\xff$/],
    [{ auth: login }, /^\x05\xff$/],
    [{ fault: { at: 'greeting', how: 'garbage' } }, /^HTTP/],
    [{ fault: { at: 'request', how: 4 } }, /^\x05\x00\x05\x04\x00\x01\0{6}$/],
    [{ fault: { at: 'request', how: 'fin' } }, /^\x05\x00$/],
  ] as const)('a SOCKS5 server told %j fails so', async (script, expected) => {
    const proxy = await socksProxy(script);
    expect(
      await talk(
        await dial(proxy.port),
        [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 1],
        'Request\r\n\r\n',
      ),
    ).toMatch(expected);
  });
});
