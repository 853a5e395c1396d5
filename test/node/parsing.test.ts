import { gzipSync } from 'node:zlib';
import { NetworkError, SessionError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../support/contract.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

/**
 * A session against a server that answers each request with these bytes and then, if asked, ends
 * the connection.
 */
async function against(response: string, end: 'keep' | 'fin' | 'rst' = 'keep') {
  const server = await rawServer(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      await peer.write(response);
      if (end === 'fin') return peer.fin();
      if (end === 'rst') return peer.rst();
    }
  });
  return { server, session: open({ retry: 0, baseUrl: server.origin, timeout: { total: 3000 } }) };
}

test('a status that is no redirect is decoded and read, whatever its location', async () => {
  const body = gzipSync('hello').toString('latin1');
  const server = await rawServer(
    always(
      Buffer.from(
        answer(body, 'HTTP/1.1 305 Use Proxy\r\nlocation: /other\r\ncontent-encoding: gzip\r\n'),
        'latin1',
      ),
    ),
  );
  const response = await open().get(server.origin);
  expect([response.status, await response.text()]).toEqual([305, 'hello']);
});

describe('I4: ambiguous framing is an error and the connection is not used again', () => {
  test.each([
    [
      'content-length and transfer-encoding',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'two content-lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!',
    ],
    ['a content-length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: 5x\r\n\r\nhello'],
    ['a negative content-length', 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello'],
    ['a content-length with a plus', 'HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello'],
  ])('%s', async (_name, response) => {
    const { server, session } = await against(response);
    await rejection(session.get('').text(), NetworkError);
    await rejection(session.get('').text(), NetworkError);
    expect(server.requests.map((request) => request.connection)).toEqual([1, 2]);
  });

  test('P6: bytes after the end of a response never become the next one', async () => {
    const { server, session } = await against(`${answer('first')}${answer('smuggled')}`);
    const seen: unknown[] = [];
    for (let call = 0; call < 3; call++)
      seen.push(
        await session
          .get('')
          .text()
          .catch((error: unknown) => error),
      );
    for (const outcome of seen)
      if (outcome !== 'first') expect(outcome).toBeInstanceOf(NetworkError);
    expect(seen).not.toContain('smuggled');
    expect(new Set(server.requests.map((request) => request.connection)).size).toBeGreaterThan(1);
  });

  test('P6: a response that nobody asked for ends its connection and is never the answer to a call', async () => {
    const server = await rawServer(always(answer('clean')));
    const session = open({ retry: 0, timeout: { total: 3000 } });
    expect(await session.get(server.origin).text()).toBe('clean');
    await server.peers[0]?.write(answer('poison'));
    await server.peers[0]?.closed();
    expect(await session.get(server.origin).text()).toBe('clean');
    expect(server.peers).toHaveLength(2);
  });
});

describe('I5 and F11: malformed responses are a NetworkError', () => {
  test.each([
    ['no status line', 'hello world\r\n\r\n'],
    ['HTTP/0.9', '<html>old</html>'],
    ['an obsolete header fold', 'HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\ncontent-length: 0\r\n\r\n'],
    ['NUL in a header', 'HTTP/1.1 200 OK\r\nx-a: a\0b\r\ncontent-length: 0\r\n\r\n'],
    [
      'a bare carriage return in a header',
      'HTTP/1.1 200 OK\r\nx-a: a\rb\r\ncontent-length: 0\r\n\r\n',
    ],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n'],
    ['an empty header name', 'HTTP/1.1 200 OK\r\n: x\r\ncontent-length: 0\r\n\r\n'],
    ['a status of 077', 'HTTP/1.1 077 77\r\ncontent-length: 0\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n'],
    ['HTTP/9.9', 'HTTP/9.9 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['an answer of another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['a request', 'GET / HTTP/1.1\r\n\r\n'],
    [
      '101 to no upgrade',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ],
    ['a header line without end', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(100)}`],
  ])('%s', async (_name, response) => {
    const { session } = await against(response, 'fin');
    const error = await rejection(session.get('').text(), NetworkError);
    expect(error.code).toBe('ERR_NETWORK');
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('an empty answer is a NetworkError', async () => {
    for (const end of ['fin', 'rst'] as const)
      await rejection((await against('', end)).session.get(''), NetworkError);
  });
});

describe('F9: bodies that are cut or broken are never a success', () => {
  test.each([
    ['a content-length that is not reached', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart'],
    [
      'chunks without the last one',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n',
    ],
    ['a chunk that is cut', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\npart'],
    [
      'a chunk size that is no number',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\npart\r\n0\r\n\r\n',
    ],
    [
      'a chunk that is longer than it says',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\npart\r\n0\r\n\r\n',
    ],
    [
      'a chunk size beyond all numbers',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\npart\r\n0\r\n\r\n',
    ],
  ])('%s', async (_name, response) => {
    for (const end of ['fin', 'rst'] as const) {
      const { server, session } = await against(response, end);
      await rejection(session.get('').text(), NetworkError);
      await rejection(
        (async () => {
          const reader = ((await session.get('')).body as ReadableStream<Uint8Array>).getReader();
          while (!(await reader.read()).done);
        })(),
        NetworkError,
      );
      expect(new Set(server.requests.map((request) => request.connection)).size).toBe(2);
    }
  });

  test('F10: a body that ends with its connection is whole when the connection was closed', async () => {
    const { session } = await against('HTTP/1.1 200 OK\r\n\r\nto the end', 'fin');
    expect(await session.get('').text()).toBe('to the end');
  });

  test('F10: what was cut off by a reset is an error, and its connection is not used again', async () => {
    const server = await rawServer(always('HTTP/1.1 200 OK\r\n\r\nto the end'));
    const session = open({ retry: 0, baseUrl: server.origin });
    for (const call of [0, 1]) {
      const { body } = await session.get('');
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      expect((await reader.read()).value).toHaveLength(10);
      server.peers[call]?.rst();
      await rejection(reader.read(), NetworkError);
    }
    expect(session.stats()).toMatchObject({ sockets: 0, inFlight: 0 });
  });
});

describe('F6 and F7: informational responses', () => {
  test('a 103 before the response is passed over, its cookies too', async () => {
    const { session } = await against(
      `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\nset-cookie: early=1\r\n\r\n${answer('final', 'HTTP/1.1 200 OK\r\nset-cookie: final=1\r\n')}`,
    );
    const response = await session.get('');
    expect([response.status, await response.text()]).toEqual([200, 'final']);
    expect((await session.cookies.export()).map((cookie) => cookie.name)).toEqual(['final']);
  });

  test('many 103s, then the response', async () => {
    const { session } = await against(
      'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(5) + answer('final'),
    );
    expect(await session.get('').text()).toBe('final');
  });

  test('a 100 that nobody expects gives the response or a typed error', async () => {
    const { session } = await against(`HTTP/1.1 100 Continue\r\n\r\n${answer('final')}`);
    const outcome = await session
      .get('')
      .text()
      .catch((error: unknown) => error);
    if (outcome !== 'final') expect(outcome).toBeInstanceOf(NetworkError);
  });

  test.each(['100 Continue', '103 Early Hints'])(
    '%s for ever ends at the response deadline',
    async (status) => {
      const server = await rawServer(async (peer) => {
        await peer.request();
        peer.drip(`HTTP/1.1 ${status}\r\n\r\n`, 5);
      });
      const started = performance.now();
      const error = await rejection(
        open({ retry: 0 }).get(server.origin, { timeout: { response: 200 } }),
        SessionError,
      );
      expect(['ERR_TIMEOUT', 'ERR_NETWORK']).toContain(error.code);
      expect(performance.now() - started).toBeLessThan(3000);
      await server.peers[0]?.closed();
    },
  );
});

describe('D2: headers', () => {
  const big = (bytes: number) =>
    `HTTP/1.1 200 OK\r\nx-big: ${'a'.repeat(bytes)}\r\ncontent-length: 2\r\n\r\nok`;

  test('of 20 KB are refused by default and taken when maxHeaderSize says so', async () => {
    const { server, session } = await against(big(20_000));
    await rejection(session.get('').text(), NetworkError);
    const wide = open({ retry: 0, transport: undiciTransport({ maxHeaderSize: 32 * 1024 }) });
    expect((await wide.get(server.origin)).headers.get('x-big')).toHaveLength(20_000);
  });

  test('of 5000 lines are an error', async () => {
    const { session } = await against(
      `HTTP/1.1 200 OK\r\n${'x-header: value\r\n'.repeat(5000)}content-length: 0\r\n\r\n`,
    );
    await rejection(session.get('').text(), NetworkError);
  });

  test('without end are an error, long before the memory is full', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\n');
      await peer.flood('x-a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n');
    });
    await rejection(open({ retry: 0 }).get(server.origin), NetworkError);
  });
});

describe('F12: responses that have no body', () => {
  test.each([
    ['GET', 204],
    ['GET', 304],
    ['HEAD', 200],
  ])(
    '%s %i with bytes behind it is empty, and the bytes poison nothing',
    async (method, status) => {
      const { session } = await against(`HTTP/1.1 ${status} X\r\ncontent-length: 5\r\n\r\nextra`);
      for (let call = 0; call < 3; call++) {
        const outcome = await session
          .request('', { method })
          .text()
          .catch((error: unknown) => error);
        if (outcome !== '') expect(outcome).toBeInstanceOf(NetworkError);
      }
      const response = await (
        await against(`HTTP/1.1 ${status} X\r\n\r\n`)
      ).session.request('', { method });
      expect([response.status, await response.text()]).toEqual([status, '']);
    },
  );

  test('HEAD tells the content-length of what GET would give', async () => {
    const { session } = await against('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n');
    for (let call = 0; call < 3; call++)
      expect((await session.head('')).headers.get('content-length')).toBe('5');
  });
});

describe('F34: servers of all kinds', () => {
  test('HTTP/1.0 without keep-alive', async () => {
    const { server, session } = await against(
      'HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nold',
      'fin',
    );
    for (let call = 0; call < 3; call++) expect(await session.get('').text()).toBe('old');
    expect(server.peers).toHaveLength(3);
  });

  test('HTTP/1.0 whose body ends with the connection', async () => {
    const { session } = await against('HTTP/1.0 200 OK\r\n\r\nold', 'fin');
    expect(await session.get('').text()).toBe('old');
  });

  test.each([
    [
      'names in any letter case',
      'HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\nX-MiXeD: 1\r\n\r\nok',
      { 'x-mixed': '1' },
    ],
    [
      'a header that comes twice',
      'HTTP/1.1 200 OK\r\nx-a: 1\r\nX-A: 2\r\ncontent-length: 2\r\n\r\nok',
      { 'x-a': '1, 2' },
    ],
    ['no reason', 'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok', {}],
    ['an empty reason', 'HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nok', {}],
    [
      'white space around a value',
      'HTTP/1.1 200 OK\r\nx-a: \t 1 \t\r\ncontent-length: 2\r\n\r\nok',
      { 'x-a': '1' },
    ],
    ['an empty value', 'HTTP/1.1 200 OK\r\nx-a:\r\ncontent-length: 2\r\n\r\nok', { 'x-a': '' }],
    [
      'latin1 in a value',
      'HTTP/1.1 200 OK\r\nx-a: caf\xe9\r\ncontent-length: 2\r\n\r\nok',
      { 'x-a': 'caf\xe9' },
    ],
    [
      'chunks with extensions and trailers',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=y\r\no\r\n1\r\nk\r\n0\r\nx-trailer: 1\r\n\r\n',
      {},
    ],
    [
      'a chunked coding in capitals',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      {},
    ],
    [
      'a name like a property',
      'HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\ncontent-length: 2\r\n\r\nok',
      { constructor: 'y' },
    ],
  ])('%s', async (_name, response, headers) => {
    const { session } = await against(response);
    const got = await session.get('');
    expect(await got.text()).toBe('ok');
    for (const [name, value] of Object.entries(headers)) expect(got.headers.get(name)).toBe(value);
    expect(({} as { x?: string }).x).toBeUndefined();
  });

  test('several Set-Cookie are never split at a comma', async () => {
    const { session } = await against(
      answer(
        '',
        'HTTP/1.1 200 OK\r\nset-cookie: a=1; Expires=Wed, 09 Jun 2100 10:18:14 GMT\r\nSet-Cookie: b=x,y; Path=/\r\nset-cookie: c=3\r\n',
      ),
    );
    const response = await session.get('');
    expect(response.headers.getSetCookie()).toHaveLength(3);
    expect(response.cookies).toEqual({ a: '1', b: 'x,y', c: '3' });
    expect(await session.cookies.header()).toBe('a=1; b=x,y; c=3');
  });

  test('a body in many small writes', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      for (const byte of answer('slowly')) await peer.write(byte);
    });
    expect(await open().get(server.origin).text()).toBe('slowly');
  });

  test('every byte of a request is what HTTP says', async () => {
    const server = await rawServer(always(answer('ok')));
    await open({ headers: { 'user-agent': 'test/1', 'accept-encoding': null } }).post(
      `${server.origin}/p%20a?q=1#f`,
      { json: { a: 'ü' }, headers: { 'x-a': '1' } },
    );
    const [request] = server.requests;
    expect(request?.head.split('\r\n')[0]).toBe('POST /p%20a?q=1 HTTP/1.1');
    expect(
      request?.lines
        .map((line) => line.toLowerCase())
        .filter((line) => line !== 'connection: keep-alive')
        .sort(),
    ).toEqual([
      'accept: */*',
      'content-length: 10',
      'content-type: application/json',
      `host: 127.0.0.1:${server.port}`,
      'user-agent: test/1',
      'x-a: 1',
    ]);
    expect(Buffer.from(request?.body ?? '', 'latin1').toString()).toBe('{"a":"ü"}');
  });
});

test('F24: a cookie bomb neither fails the calls nor grows the header beyond its bound', async () => {
  const server = await rawServer(
    always((request) => {
      const n = Number(request.target.slice(1)) || 0;
      const header = request.lines.find((line) => line.toLowerCase().startsWith('cookie:')) ?? '';
      if (header.length > 'cookie: '.length + 8190) return answer('', 'HTTP/1.1 431 Too Large\r\n');
      return answer(
        '',
        `HTTP/1.1 200 OK\r\n${Array.from({ length: 50 }, (_, i) => `set-cookie: c${n}-${i}=${'v'.repeat(100)}\r\n`).join('')}`,
      );
    }),
  );
  const session = open();
  for (let n = 0; n < 100; n++)
    expect((await session.get(`${server.origin}/${n}`)).status).toBe(200);
  expect((await session.cookies.header(server.origin)).length).toBeLessThanOrEqual(8190);
  expect(session.stats().cookies).toBeLessThanOrEqual(180);
});
