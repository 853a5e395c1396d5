import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidRequestError, NetworkError } from 'isosession';
import { saveTo } from 'isosession/node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { runProgram } from '../../support/child.ts';
import { open, reasonOf, rejection } from '../../support/contract.ts';
import { always, rawServer } from '../../support/raw-server.ts';
import {
  expectFile,
  file,
  half,
  printableBytes,
  quickRetries,
  temporaryFile,
  untilNoSockets,
} from './downloads.ts';
import { etag, inTurn, responseHead, sendWhole } from './file-server.ts';

/** What all file handles share; what a test does to it ends with the test. */
async function fileHandlePrototype(): Promise<FileHandle> {
  const handle = await openFile('/dev/null');
  await handle.close();
  onTestFinished(() => void vi.restoreAllMocks());
  return Object.getPrototypeOf(handle) as FileHandle;
}

describe('saveTo that fails', () => {
  test('refuses a folder and a device before it reads, and lets go of the connection', async () => {
    const { folder, path } = temporaryFile();
    symlinkSync('/dev/null', path);
    const server = await rawServer(
      always(responseHead('200 OK', 10_000_000) + '.'.repeat(2_000_000)),
    );
    const session = open();
    for (const target of [folder, path]) {
      const error = await rejection(
        saveTo(await session.get(server.origin), target),
        InvalidRequestError,
      );
      expect(error.message).toContain(target);
    }
    await Promise.all(server.peers.map((peer) => peer.closed()));
    await untilNoSockets(session);
    expect(session.stats()).toMatchObject({ sockets: 0, inFlight: 0, unreadBodies: 0 });
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test.each([false, true])(
    'throws the errors of the file system as they are, and lets go of the connection (resume: %s)',
    async (resume) => {
      const { folder, path, names } = temporaryFile();
      writeFileSync(path, 'a file');
      const server = await rawServer(
        always(responseHead('200 OK', 10_000_000, etag) + '.'.repeat(2_000_000)),
      );
      const session = open();
      const targets = {
        missing: [join(folder, 'no', 'file'), 'ENOENT'],
        'no folder': [join(path, 'file'), 'ENOTDIR'],
        'too long': [join(folder, 'x'.repeat(300)), 'ENAMETOOLONG'],
      } as const;
      for (const [target, code] of Object.values(targets))
        expect(
          await reasonOf(saveTo(await session.get(server.origin), target, { resume })),
        ).toMatchObject({ code, syscall: expect.any(String) as string });
      await Promise.all(server.peers.map((peer) => peer.closed()));
      await untilNoSockets(session);
      expect(session.stats()).toMatchObject({ sockets: 0, inFlight: 0, unreadBodies: 0 });
      expect(names()).toEqual(['file.bin']);
    },
  );

  test("a file that may not grow is the system's error and leaves the former file", async () => {
    const { path, names } = temporaryFile();
    writeFileSync(path, 'former');
    const server = await rawServer(
      always(responseHead('200 OK', file.length) + file.toString('latin1')),
    );
    // Not a multiple of what is written at once: a piece is written in part before it fails.
    const { lines } = await runProgram('download', [server.origin, path], [], {}, 'ulimit -f 100');
    expect(lines).toEqual(['EFBIG']);
    expect([names(), readFileSync(path, 'latin1')]).toEqual([['file.bin'], 'former']);
  });

  test('a full disk is ENOSPC, and leaves the former file and no other', async (context) => {
    const { folder, path, names } = temporaryFile();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      context.skip('only root can mount a small disk');
    }
    onTestFinished(() => void execFileSync('umount', [folder]));
    writeFileSync(path, 'former');
    const large = printableBytes(3_000_000);
    const server = await rawServer(
      always(responseHead('200 OK', large.length) + large.toString('latin1')),
    );
    const session = open();
    expect(await reasonOf(saveTo(await session.get(server.origin), path))).toMatchObject({
      code: 'ENOSPC',
    });
    await untilNoSockets(session);
    expect([names(), readFileSync(path, 'latin1')]).toEqual([['file.bin'], 'former']);
  });

  test('writes what the system takes in pieces to its end', async () => {
    const { path } = temporaryFile();
    const handles = await fileHandlePrototype();
    const { write } = handles as {
      write: (
        chunk: Uint8Array,
        offset: number,
        length: number,
        position: number,
      ) => Promise<{ bytesWritten: number; buffer: Uint8Array }>;
    };
    vi.spyOn(handles as { write: typeof write }, 'write').mockImplementation(function partly(
      this: FileHandle,
      chunk,
      offset,
      length,
      position,
    ) {
      return write.call(this, chunk, offset, Math.min(length, 10_000), position);
    });
    const server = await inTurn(sendWhole(file));
    await saveTo(await open().get(server.origin), path);
    expectFile(path, file);
  });

  test.each([false, true])(
    'a disk that fails to keep the bytes leaves the former file and no other (resume: %s)',
    async (resume) => {
      const { path, names } = temporaryFile();
      writeFileSync(path, 'former');
      const cause = Object.assign(new Error('EIO'), { code: 'EIO' });
      vi.spyOn(await fileHandlePrototype(), 'sync').mockRejectedValue(cause);
      const server = await inTurn(sendWhole(file));
      expect(await reasonOf(saveTo(await open().get(server.origin), path, { resume }))).toBe(cause);
      expect([names(), readFileSync(path, 'latin1')]).toEqual([['file.bin'], 'former']);
    },
  );

  test('an abort rejects with its reason and leaves the former file and no other', async () => {
    const { path, names } = temporaryFile();
    writeFileSync(path, 'former');
    const server = await rawServer(always(`${responseHead('200 OK', 10)}half`));
    const stop = new AbortController();
    const saving = reasonOf(saveTo(await open().get(server.origin, { signal: stop.signal }), path));
    while (names().length < 2) await new Promise(setImmediate);
    stop.abort('stop');
    expect(await saving).toBe('stop');
    expect([names(), readFileSync(path, 'latin1')]).toEqual([['file.bin'], 'former']);
  });

  test('a broken connection is a NetworkError that leaves the former file alone', async () => {
    const { path, names, cut } = temporaryFile();
    writeFileSync(path, 'former');
    const server = await inTurn(sendWhole(file, [etag], cut(half)));
    await rejection(saveTo(await open(quickRetries).get(server.origin), path), NetworkError);
    expect([names(), readFileSync(path, 'latin1'), server.requests.length]).toEqual([
      ['file.bin'],
      'former',
      1,
    ]);
  });
});
