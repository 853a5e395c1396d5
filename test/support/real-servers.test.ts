import { existsSync } from 'node:fs';
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Authority, makeAuthority } from './authority.ts';
import { runProgram } from './child.ts';
import { describeWith } from './describe-with.ts';
import { answer, always, rawServer } from './raw-server.ts';
import { type NginxAbout, startHttpbin, startNginx } from './real-origins.ts';
import { startSocks, startSquid, startTinyproxy } from './real-proxies.ts';
import { basic, big, connectTo, dial, fetchText, get, login, talk, text } from './wire.ts';

describeWith(['squid', 'tinyproxy'], 'real HTTP proxies', () => {
  test.each([
    { name: 'squid', start: startSquid },
    { name: 'tinyproxy', start: startTinyproxy },
  ])('$name tunnels and forwards, and says so in its log', async ({ start }) => {
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
