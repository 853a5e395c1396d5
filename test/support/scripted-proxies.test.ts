import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeAuthority } from './authority.ts';
import {
  breakOff,
  established,
  headerOf,
  refuse,
  relay,
  stayMute,
  talkGarbage,
} from './http-proxy.ts';
import { answer, always, rawServer } from './raw-server.ts';
import { socksProxy } from './socks-proxy.ts';
import { basic, big, connectTo, dial, get, login, talk, text } from './wire.ts';

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
    {
      name: 'a refusal',
      script: refuse(403, 'x-why: no\r\n'),
      expected: /^HTTP\/1\.1 403 Refused\r\nx-why: no\r\n/,
    },
    {
      name: 'an end in the middle of the answer',
      script: breakOff('fin', 'HTTP/1.1 200 Conn'),
      expected: /^HTTP\/1\.1 200 Conn$/,
    },
    {
      name: 'an end after it',
      script: breakOff('fin', established),
      expected: /^HTTP\/1\.1 200 Connection established\r\n\r\n$/,
    },
    { name: 'garbage', script: talkGarbage, expected: /^\0\xff/ },
  ])('an HTTP proxy gives $name', async ({ script, expected }) => {
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
