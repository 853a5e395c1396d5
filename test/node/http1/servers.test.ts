import { describe, expect, test } from 'vitest';
import { open } from '../../support/contract.ts';
import { always, answer, headLines, rawServer } from '../../support/raw-server.ts';
import { serveResponse } from './serve-response.ts';

describe('F34: servers of all kinds', () => {
  test('HTTP/1.0 without keep-alive', async () => {
    const { server, session } = await serveResponse(
      'HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nold',
      'fin',
    );
    for (let call = 0; call < 3; call++) expect(await session.get('').text()).toBe('old');
    expect(server.peers).toHaveLength(3);
  });

  test('HTTP/1.0 whose body ends with the connection', async () => {
    const { session } = await serveResponse('HTTP/1.0 200 OK\r\n\r\nold', 'fin');
    expect(await session.get('').text()).toBe('old');
  });

  test.each<{ name: string; response: string; headers: Record<string, string> }>([
    {
      name: 'names in any letter case',
      response: 'HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\nX-MiXeD: 1\r\n\r\nok',
      headers: { 'x-mixed': '1' },
    },
    {
      name: 'a header that comes twice',
      response: 'HTTP/1.1 200 OK\r\nx-a: 1\r\nX-A: 2\r\ncontent-length: 2\r\n\r\nok',
      headers: { 'x-a': '1, 2' },
    },
    { name: 'no reason', response: 'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok', headers: {} },
    {
      name: 'an empty reason',
      response: 'HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nok',
      headers: {},
    },
    {
      name: 'white space around a value',
      response: 'HTTP/1.1 200 OK\r\nx-a: \t 1 \t\r\ncontent-length: 2\r\n\r\nok',
      headers: { 'x-a': '1' },
    },
    {
      name: 'an empty value',
      response: 'HTTP/1.1 200 OK\r\nx-a:\r\ncontent-length: 2\r\n\r\nok',
      headers: { 'x-a': '' },
    },
    {
      name: 'latin1 in a value',
      response: 'HTTP/1.1 200 OK\r\nx-a: caf\xe9\r\ncontent-length: 2\r\n\r\nok',
      headers: { 'x-a': 'caf\xe9' },
    },
    {
      name: 'chunks with extensions and trailers',
      response:
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n' +
        '1;x=y\r\no\r\n1\r\nk\r\n0\r\nx-trailer: 1\r\n\r\n',
      headers: {},
    },
    {
      name: 'a chunked coding in capitals',
      response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      headers: {},
    },
    {
      name: 'a name like a property',
      response: 'HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\ncontent-length: 2\r\n\r\nok',
      headers: { constructor: 'y' },
    },
  ])('$name', async ({ response, headers }) => {
    const { session } = await serveResponse(response);
    const got = await session.get('');
    expect(await got.text()).toBe('ok');
    for (const [name, value] of Object.entries(headers)) expect(got.headers.get(name)).toBe(value);
    expect(({} as { x?: string }).x).toBeUndefined();
  });

  test('several Set-Cookie are never split at a comma', async () => {
    const { session } = await serveResponse(
      answer(
        '',
        headLines(
          '200 OK',
          'set-cookie: a=1; Expires=Wed, 09 Jun 2100 10:18:14 GMT',
          'Set-Cookie: b=x,y; Path=/',
          'set-cookie: c=3',
        ),
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

test('F24: a cookie bomb fails no call, nor grows the header beyond its bound', async () => {
  const server = await rawServer(
    always((request) => {
      const n = Number(request.target.slice(1)) || 0;
      const header = request.lines.find((line) => line.toLowerCase().startsWith('cookie:')) ?? '';
      if (header.length > 'cookie: '.length + 8190) return answer('', 'HTTP/1.1 431 Too Large\r\n');
      const cookies = Array.from(
        { length: 50 },
        (_, i) => `set-cookie: c${n}-${i}=${'v'.repeat(100)}`,
      );
      return answer('', headLines('200 OK', ...cookies));
    }),
  );
  const session = open();
  for (let n = 0; n < 100; n++)
    expect((await session.get(`${server.origin}/${n}`)).status).toBe(200);
  expect((await session.cookies.header(server.origin)).length).toBeLessThanOrEqual(8190);
  expect(session.stats().cookies).toBeLessThanOrEqual(180);
});
