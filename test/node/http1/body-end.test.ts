import { gzipSync } from 'node:zlib';
import { NetworkError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { serveResponse } from './serve-response.ts';

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

describe('F9: bodies that are cut or broken are never a success', () => {
  test.each([
    {
      name: 'a content-length that is not reached',
      response: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart',
    },
    {
      name: 'chunks without the last one',
      response: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n',
    },
    {
      name: 'a chunk that is cut',
      response: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\npart',
    },
    {
      name: 'a chunk size that is no number',
      response: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\npart\r\n0\r\n\r\n',
    },
    {
      name: 'a chunk that is longer than it says',
      response: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\npart\r\n0\r\n\r\n',
    },
    {
      name: 'a chunk size beyond all numbers',
      response:
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n' +
        'fffffffffffffffff\r\npart\r\n0\r\n\r\n',
    },
  ])('$name', async ({ response }) => {
    for (const end of ['fin', 'rst'] as const) {
      const { server, session } = await serveResponse(response, end);
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

  test('F10: a body without a length is whole when its connection was closed', async () => {
    const { session } = await serveResponse('HTTP/1.1 200 OK\r\n\r\nto the end', 'fin');
    expect(await session.get('').text()).toBe('to the end');
  });

  test('F10: what a reset cuts off is an error, and its connection is not used again', async () => {
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

describe('F12: responses that have no body', () => {
  test.each([
    ['GET', 204],
    ['GET', 304],
    ['HEAD', 200],
  ])(
    '%s %i with bytes behind it is empty, and the bytes poison nothing',
    async (method, status) => {
      const { session } = await serveResponse(
        `HTTP/1.1 ${status} X\r\ncontent-length: 5\r\n\r\nextra`,
      );
      for (let call = 0; call < 3; call++) {
        const outcome = await session
          .request('', { method })
          .text()
          .catch((error: unknown) => error);
        if (outcome !== '') expect(outcome).toBeInstanceOf(NetworkError);
      }
      const response = await (
        await serveResponse(`HTTP/1.1 ${status} X\r\n\r\n`)
      ).session.request('', { method });
      expect([response.status, await response.text()]).toEqual([status, '']);
    },
  );

  test('HEAD tells the content-length of what GET would give', async () => {
    const { session } = await serveResponse('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n');
    for (let call = 0; call < 3; call++)
      expect((await session.head('')).headers.get('content-length')).toBe('5');
  });
});
