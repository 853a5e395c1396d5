import { NetworkError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, reasonOf, rejection } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { shown } from '../secrets/canaries.ts';
import { serveResponse } from './serve-response.ts';

describe('I4: ambiguous framing is an error and the connection is not used again', () => {
  test.each([
    {
      name: 'content-length and transfer-encoding',
      response:
        'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    },
    {
      name: 'two content-lengths',
      response: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!',
    },
    {
      name: 'a content-length that is no number',
      response: 'HTTP/1.1 200 OK\r\ncontent-length: 5x\r\n\r\nhello',
    },
    {
      name: 'a negative content-length',
      response: 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello',
    },
    {
      name: 'a content-length with a plus',
      response: 'HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello',
    },
  ])('$name', async ({ response }) => {
    const { server, session } = await serveResponse(response);
    await rejection(session.get('').text(), NetworkError);
    await rejection(session.get('').text(), NetworkError);
    expect(server.requests.map((request) => request.connection)).toEqual([1, 2]);
  });

  test('P6: bytes after the end of a response never become the next one', async () => {
    const { server, session } = await serveResponse(`${answer('first')}${answer('smuggled')}`);
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

  test('P6: a response that nobody asked for ends its connection and answers no call', async () => {
    const server = await rawServer(always(answer('clean')));
    const session = open({ retry: 0, timeout: { total: 3000 } });
    expect(await session.get(server.origin).text()).toBe('clean');
    await server.peers[0]?.write(answer('poison'));
    await server.peers[0]?.closed();
    expect(await session.get(server.origin).text()).toBe('clean');
    expect(server.peers).toHaveLength(2);
  });
});

describe('L1: what is wrong with a response is said in words of the response', () => {
  const ok = 'HTTP/1.1 200 OK\r\nset-cookie: sid=cAnArY\r\n';

  test.each([
    {
      name: 'a content-length that stands there twice',
      response: `${ok}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`,
      says: 'content-length stands there twice',
    },
    {
      name: 'a folded header',
      response: `${ok}x-a: 1\r\n 2\r\nset-cookie: sid=cAnArY\r\n\r\n`,
      says: 'a header of the response is folded',
    },
    {
      name: 'a folded header behind a content-length',
      response: `${ok}content-length: 2\r\nx-a: 1\r\n 2\r\nset-cookie: sid=cAnArY\r\n\r\nok`,
      says: 'or a line is folded',
    },
    {
      name: 'a status below 100',
      response: `HTTP/1.1 077 77\r\nset-cookie: sid=cAnArY\r\ncontent-length: 0\r\n\r\n`,
      says: 'the response has the status 77',
    },
    {
      name: 'a status of two digits',
      response: `HTTP/1.1 99 X\r\nset-cookie: sid=cAnArY\r\n\r\n`,
      says: 'Invalid status code',
    },
    {
      name: 'more bytes of headers than are allowed',
      response: `${ok}x: ${'x'.repeat(20_000)}\r\ncontent-length: 0\r\n\r\n`,
      says: 'maxHeaderSize of undiciTransport()',
    },
    {
      name: 'a chunk that is none',
      response: `${ok}transfer-encoding: chunked\r\n\r\ncAnArY\r\n`,
      says: 'broke off: Response does not match',
    },
  ])('$name, without its bytes', async ({ response, says }) => {
    const { session, server } = await serveResponse(response);
    const error = await rejection(session.get('').text(), NetworkError);
    expect(error.message).toContain(says);
    expect(error.cause).toBeInstanceOf(Error);
    expect(shown(error)).not.toContain('cAnArY');
    // The same answer to CONNECT.
    const tunnel = open({ proxy: server.origin, retry: 0, trustEnv: false });
    expect(shown(await reasonOf(tunnel.get('https://a.test/')))).not.toContain('cAnArY');
  });

  test.each(['', 'upgrade: h2c\r\nconnection: upgrade\r\n'])(
    'a change of protocol that nothing has asked for, with %j',
    async (lines) => {
      const head = `HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`;
      const { session } = await serveResponse(head);
      const error = await rejection(session.get('').text(), NetworkError);
      expect(error.message).toContain('the response changes the protocol (101)');
    },
  );
});

describe('I5 and F11: malformed responses are a NetworkError', () => {
  test.each([
    { name: 'no status line', response: 'hello world\r\n\r\n' },
    { name: 'HTTP/0.9', response: '<html>old</html>' },
    {
      name: 'an obsolete header fold',
      response: 'HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\ncontent-length: 0\r\n\r\n',
    },
    {
      name: 'NUL in a header',
      response: 'HTTP/1.1 200 OK\r\nx-a: a\0b\r\ncontent-length: 0\r\n\r\n',
    },
    {
      name: 'a bare carriage return in a header',
      response: 'HTTP/1.1 200 OK\r\nx-a: a\rb\r\ncontent-length: 0\r\n\r\n',
    },
    { name: 'a space before the colon', response: 'HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n' },
    {
      name: 'an empty header name',
      response: 'HTTP/1.1 200 OK\r\n: x\r\ncontent-length: 0\r\n\r\n',
    },
    { name: 'a status of 077', response: 'HTTP/1.1 077 77\r\ncontent-length: 0\r\n\r\n' },
    { name: 'a status of four digits', response: 'HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n' },
    { name: 'HTTP/9.9', response: 'HTTP/9.9 200 OK\r\ncontent-length: 0\r\n\r\n' },
    { name: 'an answer of another protocol', response: 'SSH-2.0-OpenSSH_9.9\r\n' },
    { name: 'a request', response: 'GET / HTTP/1.1\r\n\r\n' },
    {
      name: '101 to no upgrade',
      response: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    },
    { name: 'a header line without end', response: `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(100)}` },
  ])('$name', async ({ response }) => {
    const { session } = await serveResponse(response, 'fin');
    const error = await rejection(session.get('').text(), NetworkError);
    expect(error.code).toBe('ERR_NETWORK');
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('an empty answer is a NetworkError', async () => {
    for (const end of ['fin', 'rst'] as const)
      await rejection((await serveResponse('', end)).session.get(''), NetworkError);
  });
});

describe('D2: headers', () => {
  const big = (bytes: number) =>
    `HTTP/1.1 200 OK\r\nx-big: ${'a'.repeat(bytes)}\r\ncontent-length: 2\r\n\r\nok`;

  test('of 20 KB are refused by default and taken when maxHeaderSize says so', async () => {
    const { server, session } = await serveResponse(big(20_000));
    await rejection(session.get('').text(), NetworkError);
    const wide = open({ retry: 0, transport: undiciTransport({ maxHeaderSize: 32 * 1024 }) });
    expect((await wide.get(server.origin)).headers.get('x-big')).toHaveLength(20_000);
  });

  test('of 5000 lines are an error', async () => {
    const { session } = await serveResponse(
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
