import { gzipSync } from 'node:zlib';
import { saveTo } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open } from '../../support/contract.ts';
import {
  type Turn,
  etag,
  inTurn,
  requestHeader,
  responseHead,
  sendRange,
  sendWhole,
} from './file-server.ts';
import {
  type Cut,
  expectFile,
  file,
  half,
  otherFile,
  quickRetries,
  temporaryFile,
} from './downloads.ts';

/** Gives a range of one byte, described by this line. */
const sendByte =
  (line: string): Turn =>
  async (_, peer) =>
    peer.write(`${responseHead('206 Partial Content', 1, etag, line)}x`);

describe('saveTo with resume, when the connection breaks', () => {
  test('asks for the rest when the connection breaks, and again when it breaks again', async () => {
    const { path, names, cut } = temporaryFile();
    const server = await inTurn(
      sendWhole(file, [etag], cut(half)),
      sendRange(file, [etag], cut(200_000)),
      sendRange(file),
    );
    const session = open({ ...quickRetries, headers: { 'x-key': 'k' } });
    await saveTo(
      await session.get(`${server.origin}/a?b=1`, {
        cookies: { c: '1' },
        headers: { 'accept-encoding': 'gzip' },
      }),
      path,
      { resume: true },
    );
    expectFile(path, file);
    expect(names()).toEqual(['file.bin']);
    expect(server.requests.map(({ target }) => target)).toEqual(Array(3).fill('/a?b=1'));
    expect([1, 2].map((n) => requestHeader(server, n, 'range'))).toEqual([
      `bytes=${half}-`,
      'bytes=200000-',
    ]);
    for (const n of [1, 2])
      expect(
        ['if-range', 'accept-encoding', 'cookie', 'x-key'].map((name) =>
          requestHeader(server, n, name),
        ),
      ).toEqual(['"v1"', 'identity', 'c=1', 'k']);
    expect(session.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  test('knows a version by a date that is old enough, where there is no ETag', async () => {
    const { path, cut } = temporaryFile();
    const dates = [
      'last-modified: Wed, 01 Jan 2020 00:00:00 GMT',
      'date: Wed, 01 Jan 2020 00:01:00 GMT',
    ];
    const server = await inTurn(sendWhole(file, dates, cut(half)), sendRange(file, []));
    await saveTo(await open(quickRetries).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect([requestHeader(server, 1, 'range'), requestHeader(server, 1, 'if-range')]).toEqual([
      `bytes=${half}-`,
      'Wed, 01 Jan 2020 00:00:00 GMT',
    ]);
  });

  test('goes on by an ETag that comes twice', async () => {
    const { path, cut } = temporaryFile();
    const twice = [etag, etag];
    const server = await inTurn(sendWhole(file, twice, cut(half)), sendRange(file, twice));
    await saveTo(await open(quickRetries).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect(requestHeader(server, 1, 'if-range')).toBe('"v1"');
  });

  test.each([
    { name: 'no validator', lines: [] },
    {
      name: 'a weak ETag',
      lines: [
        'etag: W/"v1"',
        'last-modified: Wed, 01 Jan 2020 00:00:00 GMT',
        'date: Thu, 02 Jan 2020 00:00:00 GMT',
      ],
    },
    {
      name: 'a date that is too young',
      lines: [
        'last-modified: Wed, 01 Jan 2020 00:00:00 GMT',
        'date: Wed, 01 Jan 2020 00:00:59 GMT',
      ],
    },
    { name: 'a date without a clock', lines: ['last-modified: Wed, 01 Jan 2020 00:00:00 GMT'] },
    { name: 'two ETags', lines: [etag, 'etag: "v2"'] },
    { name: 'an encoding', lines: [etag, 'content-encoding: identity'] },
  ])('begins anew where it cannot go on: $name', async ({ lines }) => {
    const { path, names, cut } = temporaryFile();
    const server = await inTurn(sendWhole(otherFile, lines, cut(half)), sendWhole(file, lines));
    await saveTo(await open(quickRetries).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect([
      requestHeader(server, 1, 'range'),
      requestHeader(server, 1, 'if-range'),
      requestHeader(server, 1, 'accept-encoding'),
      names(),
    ]).toEqual([undefined, undefined, 'identity', ['file.bin']]);
  });

  test('an encoded body begins anew without an encoding, from where it can go on', async () => {
    const { path, cut } = temporaryFile();
    const packed = gzipSync(file);
    const server = await inTurn(
      sendWhole(packed, [etag, 'content-encoding: gzip'], { at: half, written: async () => {} }),
      sendWhole(file, ['etag: "plain"'], cut(half)),
      sendRange(file, ['etag: "plain"']),
    );
    await saveTo(await open(quickRetries).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect(
      [1, 2].map((n) => [
        requestHeader(server, n, 'accept-encoding'),
        requestHeader(server, n, 'range'),
      ]),
    ).toEqual([
      ['identity', undefined],
      ['identity', `bytes=${half}-`],
    ]);
  });

  const answers: { name: string; turns: Turn[] | ((cut: (at: number) => Cut) => Turn[]) }[] = [
    {
      name: 'has a new version and knows If-Range',
      turns: [sendWhole(otherFile, ['etag: "v2"'])],
    },
    {
      name: 'has a new version and breaks off again',
      turns: (cut) => [
        sendWhole(otherFile, ['etag: "v2"'], cut(half + 1)),
        sendRange(otherFile, ['etag: "v2"']),
      ],
    },
    { name: 'gives no ranges', turns: [sendWhole(otherFile)] },
    {
      name: 'gives a range of a new version',
      turns: [sendRange(file, ['etag: "v2"']), sendWhole(otherFile, ['etag: "v2"'])],
    },
    { name: 'gives a range without its ETag', turns: [sendRange(file, []), sendWhole(otherFile)] },
    {
      name: 'gives another range',
      turns: [sendByte(`content-range: bytes 0-0/${file.length}`), sendWhole(otherFile)],
    },
    {
      name: 'gives a range of another length',
      turns: [sendByte(`content-range: bytes ${half}-${half}/${half + 1}`), sendWhole(otherFile)],
    },
    {
      name: 'gives several ranges at once',
      turns: [sendByte('content-type: multipart/byteranges; boundary=x'), sendWhole(otherFile)],
    },
    {
      name: 'gives an encoded range',
      turns: [sendRange(file, [etag, 'content-encoding: x']), sendWhole(otherFile)],
    },
    {
      name: 'says that there is no such range',
      turns: [
        async (_, peer) =>
          peer.write(responseHead('416 Range Not Satisfiable', 0, 'content-range: bytes */1')),
        sendWhole(otherFile),
      ],
    },
  ];

  test.each(answers)('begins anew, and mixes nothing, when the server $name', async ({ turns }) => {
    const { path, names, cut } = temporaryFile();
    const server = await inTurn(
      sendWhole(file, [etag], cut(half)),
      ...(typeof turns === 'function' ? turns(cut) : turns),
    );
    await saveTo(await open(quickRetries).get(server.origin), path, { resume: true });
    expectFile(path, otherFile);
    expect([1, 2].map((n) => requestHeader(server, n, 'range'))).toEqual([
      `bytes=${half}-`,
      typeof turns === 'function' ? `bytes=${half + 1}-` : undefined,
    ]);
    expect(names()).toEqual(['file.bin']);
  });

  test('a range that ends before the file does is followed by the next', async () => {
    const { path, cut } = temporaryFile();
    const server = await inTurn(
      sendWhole(file, [etag], cut(half)),
      async (_, peer) => {
        await peer.write(
          responseHead(
            '206 Partial Content',
            10,
            etag,
            `content-range: bytes ${half}-${half + 9}/${file.length}`,
          ),
        );
        await peer.write(file.subarray(half, half + 10));
      },
      sendRange(file),
    );
    await saveTo(await open(quickRetries).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect(requestHeader(server, 2, 'range')).toBe(`bytes=${half + 10}-`);
  });
});
