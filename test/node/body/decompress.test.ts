import { gzipSync } from 'node:zlib';
import { DecodeError, fetchTransport, InvalidRequestError, UnsupportedError } from 'isosession';
import { crossFetchTransport } from 'isosession/cross-fetch';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { type Answering, answeringOverHttp2 } from './answering.ts';
import { serveEncoded } from './compressed.ts';

const encoded = gzipSync('{"a":1}');

describe.each<[name: string, serve: () => Promise<Answering>]>([
  [
    'HTTP/1.1',
    async () => ({
      session: open({ retry: 0 }),
      origin: (await serveEncoded('gzip', encoded)).origin,
    }),
  ],
  [
    'HTTP/2',
    () =>
      answeringOverHttp2(encoded, {
        'content-encoding': 'gzip',
        'content-length': encoded.length,
      }),
  ],
  [
    'a transport around',
    async () => {
      const inner = undiciTransport();
      return {
        session: open({ retry: 0, transport: { send: (request) => inner.send(request) } }),
        origin: (await serveEncoded('gzip', encoded)).origin,
      };
    },
  ],
])('F41: decompress: false over %s', (_, serve) => {
  test('gives the bytes as they came, and their headers', async () => {
    const { session, origin } = await serve();
    const totals: number[] = [];
    const response = await session.get(origin, {
      decompress: false,
      onDownloadProgress: ({ totalBytes }) => totals.push(totalBytes),
    });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('content-length')).toBe(String(encoded.length));
    expect(encoded.equals(await response.bytes())).toBe(true);
    expect(new Set(totals)).toEqual(new Set([encoded.length]));
    await rejection(session.get(origin, { decompress: false }).json(), DecodeError);
  });

  test('may be a default, over which a call decides', async () => {
    const { session, origin } = await serve();
    const child = session.extend({ decompress: false });
    expect(encoded.equals(await child.get(origin).bytes())).toBe(true);
    expect(await child.get(origin, { decompress: true }).json()).toEqual({ a: 1 });
    expect(await child.get(origin, { decompress: null }).json()).toEqual({ a: 1 });
    expect(encoded.equals(new Uint8Array(await (await child.fetch(origin)).arrayBuffer()))).toBe(
      true,
    );
  });
});

test.each([
  ["Node's fetch", fetchTransport()],
  ['cross-fetch', crossFetchTransport()],
])('decompress: false is refused over %s, which always decodes', async (_, transport) => {
  const { origin, requests } = await serveEncoded('gzip', encoded);
  const session = open({ retry: 0, transport });
  const error = await rejection(session.get(origin, { decompress: false }), UnsupportedError);
  expect(error.message).toContain('decompress: false');
  expect(requests).toEqual([]);
  expect(await session.get(origin, { decompress: true }).json()).toEqual({ a: 1 });
});

test('decompress is true or false', async () => {
  const call = open().get('http://app.test/', { decompress: 0 as never });
  await rejection(call, InvalidRequestError);
});
