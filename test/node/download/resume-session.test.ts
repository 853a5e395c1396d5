import { getEventListeners } from 'node:events';
import { rmSync } from 'node:fs';
import {
  basic,
  fetchTransport,
  get,
  NetworkError,
  ResponseTooLargeError,
  SessionClosedError,
  TimeoutError,
} from 'isosession';
import { saveTo } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { inProcess, open, reasonOf, rejection } from '../../support/contract.ts';
import { always, rawServer } from '../../support/raw-server.ts';
import {
  expectFile,
  file,
  half,
  quickRetries,
  temporaryFile,
  untilNoSockets,
} from './downloads.ts';
import { etag, inTurn, requestHeader, responseHead, sendRange, sendWhole } from './file-server.ts';

describe('saveTo with resume, and what its session does', () => {
  test('goes through redirects, middleware and auth again; other origins get nothing', async () => {
    const { path, cut } = temporaryFile();
    const files = await inTurn(sendWhole(file, [etag], cut(half)), sendRange(file));
    const server = await rawServer(
      always(`HTTP/1.1 302 Found\r\nlocation: ${files.origin}/moved\r\ncontent-length: 0\r\n\r\n`),
    );
    const session = open({
      ...quickRetries,
      baseUrl: server.origin,
      auth: basic('user', 'pass'),
      headers: { 'x-secret': 's' },
    });
    let calls = 0;
    session.use((request, next) => {
      request.headers.set('x-count', String(++calls));
      return next(request);
    });
    await saveTo(await session.get('file', { keepHeaders: ['x-count'] }), path, { resume: true });
    expectFile(path, file);
    for (const n of [0, 1]) {
      expect(
        ['authorization', 'x-secret', 'x-count'].map((name) => requestHeader(server, n, name)),
      ).toEqual([expect.stringMatching('Basic') as string, 's', String(n + 1)]);
      expect(
        ['authorization', 'x-secret', 'x-count'].map((name) => requestHeader(files, n, name)),
      ).toEqual([undefined, undefined, String(n + 1)]);
    }
    expect([
      requestHeader(server, 1, 'range'),
      requestHeader(files, 1, 'range'),
      requestHeader(files, 1, 'if-range'),
    ]).toEqual([`bytes=${half}-`, `bytes=${half}-`, '"v1"']);
  });

  test.each(['fetch', 'a function'])('works over %s', async (kind) => {
    const { path, cut } = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], cut(half)), sendRange(file));
    const transport =
      kind === 'fetch'
        ? fetchTransport()
        : inProcess(({ url, headers }) => fetch(url, { headers }));
    await saveTo(await open({ ...quickRetries, transport }).get(server.origin), path, {
      resume: true,
    });
    expectFile(path, file);
    expect(requestHeader(server, 1, 'range')).toBe(`bytes=${half}-`);
  });

  test('a function of one call keeps its session until the file stands', async () => {
    const { path, cut } = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], cut(half)), sendRange(file));
    await saveTo(await get(server.origin, quickRetries), path, { resume: true });
    expectFile(path, file);
  });

  test('close() lets it go on to its end, and destroy() does not', async () => {
    const { path, names, cut } = temporaryFile();
    const session = open({ ...quickRetries, hooks: { beforeRetry: [() => void session.close()] } });
    const server = await inTurn(sendWhole(file, [etag], cut(half)), sendRange(file));
    await saveTo(await session.get(server.origin), path, { resume: true });
    expectFile(path, file);
    rmSync(path);

    const reason = new Error('stop');
    const next = open({
      retry: { delay: () => 600_000, backoffLimit: 600_000 },
      hooks: { beforeRetry: [() => void setImmediate(() => void next.destroy(reason))] },
    });
    const again = await inTurn(sendWhole(file, [etag], cut(half)), sendRange(file));
    expect(await reasonOf(saveTo(await next.get(again.origin), path, { resume: true }))).toBe(
      reason,
    );
    expect([again.requests.length, names().length]).toEqual([1, 1]);
  });

  test('asks nothing over connections that are closed', async () => {
    const { path } = temporaryFile();
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(`${responseHead('200 OK', file.length, etag)}x`);
      peer.rst();
    });
    const session = open(quickRetries);
    const response = await session.get(server.origin);
    await untilNoSockets(session);
    await session.close();
    await rejection(saveTo(response, path, { resume: true }), SessionClosedError);
    expect(server.requests).toHaveLength(1);
  });

  test('timeout.total is of all of it', async () => {
    const { path, cut } = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], cut(half)), () => {});
    const error = await rejection(
      saveTo(await open(quickRetries).get(server.origin, { timeout: { total: 200 } }), path, {
        resume: true,
      }),
      TimeoutError,
    );
    expect(error.phase).toBe('total');
  });

  test.each(['signal', 'timeout.total'])(
    'a body that broke off before it was saved begins anew, still under its %s',
    async (kind) => {
      const { path } = temporaryFile();
      const server = await inTurn(
        async (_, peer) => {
          await peer.write(`${responseHead('200 OK', file.length, etag)}x`);
          peer.rst();
        },
        () => void stop.abort('stop'),
      );
      const stop = new AbortController();
      const session = open(quickRetries);
      const response = await session.get(
        server.origin,
        kind === 'signal' ? { signal: stop.signal } : { timeout: { total: 200 } },
      );
      await untilNoSockets(session);
      const error = await reasonOf(saveTo(response, path, { resume: true }));
      if (kind === 'signal') expect(error).toBe('stop');
      else expect(error).toMatchObject({ phase: 'total' });
      expect([server.requests.length, requestHeader(server, 1, 'range')]).toEqual([2, undefined]);
      expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    },
  );

  test('what is no GET, or was asked for in part, is saved plainly', async () => {
    const { path, names, cut } = temporaryFile();
    const posted = await inTurn(sendWhole(file, [etag], cut(half)));
    await rejection(
      saveTo(
        await open(quickRetries).post(posted.origin, { body: 'x', retry: { methods: ['POST'] } }),
        path,
        { resume: true },
      ),
      NetworkError,
    );
    const part = await inTurn(sendRange(file, [etag], { at: half, written: async () => {} }));
    await rejection(
      saveTo(await open(quickRetries).get(part.origin, { headers: { range: 'bytes=9-' } }), path, {
        resume: true,
      }),
      NetworkError,
    );
    expect([posted.requests.length, part.requests.length, names()]).toEqual([1, 1, []]);

    const rest = await inTurn(sendRange(file));
    await saveTo(
      await open(quickRetries).get(rest.origin, { headers: { range: 'bytes=9-' } }),
      path,
      {
        resume: true,
      },
    );
    expectFile(path, file.subarray(9));
  });

  test('maxResponseSize is of the whole file', async () => {
    const { path, names } = temporaryFile();
    const server = await inTurn(sendWhole(file), sendWhole(file), sendRange(file));
    for (let n = 0; n < 2; n++) {
      const response = await open(quickRetries).get(server.origin, {
        maxResponseSize: file.length - 1,
      });
      await rejection(saveTo(response, path, { resume: true }), ResponseTooLargeError);
    }
    expect(names()).toEqual([]);
  });
});
