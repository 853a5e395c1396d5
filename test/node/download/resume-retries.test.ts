import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HTTPError, NetworkError, type Progress, type RetryOptions } from 'isosession';
import { saveTo } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, reasonOf, rejection } from '../../support/contract.ts';
import { expectFile, file, half, otherFile, quickRetries, temporaryFile } from './downloads.ts';
import { type Turn, etag, inTurn, responseHead, sendRange, sendWhole } from './file-server.ts';

describe('saveTo with resume, and the retries of its call', () => {
  test('keeps to limit, wait and hooks of the call, then throws what has happened', async () => {
    const { path, names, cut } = temporaryFile();
    const server = await inTurn(
      sendWhole(file, [etag], cut(half)),
      sendRange(file, [etag], cut(half + 1)),
    );
    const waits: number[] = [];
    const told: unknown[] = [];
    const session = open({
      hooks: {
        beforeRetry: [
          ({ attempt, delay, error }) => void told.push([attempt, delay, (error as Error).name]),
        ],
      },
      retry: { limit: 2, delay: (attempt) => (waits.push(attempt), attempt) },
    });
    await rejection(saveTo(await session.get(server.origin), path, { resume: true }), NetworkError);
    expect(server.requests).toHaveLength(3);
    expect([waits, told]).toEqual([
      [1, 2],
      [
        [1, 1, 'NetworkError'],
        [2, 2, 'NetworkError'],
      ],
    ]);
    expect(names()).toHaveLength(1);
  });

  test('a status that is to be repeated is, and one that is not is an HTTPError', async () => {
    const { path, cut } = temporaryFile();
    const busy: Turn = async (_, peer) => peer.write(responseHead('503 Service Unavailable', 0));
    const gone: Turn = async (_, peer) => peer.write(`${responseHead('410 Gone', 4)}gone`);
    const server = await inTurn(sendWhole(file, [etag], cut(half)), busy, gone);
    const error = await rejection(
      saveTo(await open(quickRetries).get(server.origin), path, { resume: true }),
      HTTPError,
    );
    expect([error.status, await error.response.text(), server.requests.length]).toEqual([
      410,
      'gone',
      3,
    ]);
    expect(existsSync(path)).toBe(false);
  });

  test('a status that is no file is a NetworkError', async () => {
    const { path, cut } = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], cut(half)), async (_, peer) =>
      peer.write('HTTP/1.1 204 No Content\r\n\r\n'),
    );
    const error = await rejection(
      saveTo(await open(quickRetries).get(server.origin), path, { resume: true }),
      NetworkError,
    );
    expect(error.message).toContain('204');
  });

  test('without retries the part is kept, and nothing more is asked', async () => {
    const { path, names, cut } = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], cut(half)));
    await rejection(
      saveTo(await open({ retry: 0 }).get(server.origin), path, { resume: true }),
      NetworkError,
    );
    expect([server.requests.length, names().length]).toEqual([1, 1]);
  });

  test.each<{ name: string; retry: RetryOptions }>([
    {
      name: 'shouldRetry',
      retry: { shouldRetry: ({ response }) => response === undefined || response.status === 206 },
    },
    { name: 'statusCodes', retry: { statusCodes: [206] } },
  ])('$name has its word about a break, and none about a file that is saved', async ({ retry }) => {
    const { path, cut } = temporaryFile();
    const server = await inTurn(
      sendWhole(file, [etag], cut(half)),
      sendRange(file),
      sendWhole(otherFile),
    );
    const response = await open().get(server.origin, { retry: { delay: () => 0, ...retry } });
    await saveTo(response, path, { resume: true });
    expectFile(path, file);
    expect(server.requests).toHaveLength(2);
  });

  test('tells of the progress of the whole file', async () => {
    const { path, cut } = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], cut(half)), sendRange(file));
    const states: Progress[] = [];
    let sum = 0;
    const response = await open(quickRetries).get(server.origin, {
      onDownloadProgress: (state, chunk) => {
        states.push(state);
        sum += chunk.length;
      },
    });
    await saveTo(response, path, { resume: true });
    expect(states.every(({ totalBytes }) => totalBytes === file.length)).toBe(true);
    expect(states.map(({ transferredBytes }) => transferredBytes)).toEqual(
      states.map(({ transferredBytes }) => transferredBytes).sort((a, b) => a - b),
    );
    expect(states.at(-1)).toEqual({
      percent: 1,
      transferredBytes: file.length,
      totalBytes: file.length,
    });
    expect(sum).toBe(file.length);
  });

  test('what a progress callback throws ends the download', async () => {
    const { path, cut } = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], cut(half)), sendRange(file));
    const reason = new Error('enough');
    const response = await open(quickRetries).get(server.origin, {
      onDownloadProgress: ({ transferredBytes }) => {
        if (transferredBytes > half) throw reason;
      },
    });
    expect(await reasonOf(saveTo(response, path, { resume: true }))).toBe(reason);
    expect(server.requests).toHaveLength(2);
  });

  test('an abort ends it with its reason as it waits, as it asks and as it reads', async () => {
    const { path, names, cut } = temporaryFile();
    for (const way of ['wait', 'ask', 'read']) {
      const stop = new AbortController();
      const rest = `content-range: bytes ${half}-${file.length - 1}/${file.length}`;
      const server = await inTurn(sendWhole(file, [etag], cut(half)), async (_, peer) => {
        if (way === 'read')
          await peer.write(`${responseHead('206 Partial Content', half, etag, rest)}x`);
        setImmediate(() => stop.abort(way));
      });
      const session = open({
        retry: { delay: () => (way === 'wait' ? 600_000 : 0), backoffLimit: 600_000 },
        hooks: {
          beforeRetry: [() => void (way === 'wait' && setImmediate(() => stop.abort(way)))],
        },
      });
      expect(
        await reasonOf(
          saveTo(await session.get(server.origin, { signal: stop.signal }), path, { resume: true }),
        ),
      ).toBe(way);
      expect(session.stats()).toMatchObject({ inFlight: 0, queued: 0 });
      expect(names()).toHaveLength(1);
      rmSync(join(path, '..', names()[0] as string));
    }
  });
});
