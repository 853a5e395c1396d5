import {
  chmodSync,
  lstatSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { HTTPError, InvalidRequestError, NetworkError, type SessionResponse } from 'isosession';
import { saveTo } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../../support/child.ts';
import { deferred, open, rejection } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { expectFile, file, half, quickRetries, temporaryFile } from './downloads.ts';
import { etag, inTurn, responseHead, sendWhole } from './file-server.ts';

describe('saveTo', () => {
  test('writes the body and leaves nothing else; the path may be a URL', async () => {
    const { path, names } = temporaryFile();
    const server = await rawServer(
      always(responseHead('200 OK', file.length) + file.toString('latin1')),
    );
    expect(await saveTo(await open().get(server.origin), pathToFileURL(path))).toBeUndefined();
    expectFile(path, file);
    expect(names()).toEqual(['file.bin']);
  });

  test('writes what was decoded', async () => {
    const { path } = temporaryFile();
    const packed = gzipSync(file);
    const server = await rawServer(
      always(
        responseHead('200 OK', packed.length, 'content-encoding: gzip') + packed.toString('latin1'),
      ),
    );
    await saveTo(await open().get(server.origin), path, { resume: true });
    expectFile(path, file);
  });

  test('writes an empty body as an empty file', async () => {
    const { path } = temporaryFile();
    const server = await rawServer(always(answer('', `HTTP/1.1 200 OK\r\n${etag}\r\n`)));
    for (const resume of [false, true]) {
      await saveTo(await open().get(server.origin), path, { resume });
      expect(statSync(path).size).toBe(0);
    }
  });

  test('puts nothing under the final name before its end; its session waits for it', async () => {
    const { path, names } = temporaryFile();
    writeFileSync(path, 'former');
    const last = deferred();
    const server = await inTurn(async (_, peer) => {
      await peer.write(`${responseHead('200 OK', 4)}all`);
      await last.promise;
      await peer.write('.');
    });
    const session = open();
    const response = await session.get(server.origin);
    const saving = saveTo(response, path);
    while (
      !names().some(
        (name) => name !== 'file.bin' && readFileSync(join(path, '..', name), 'latin1') === 'all',
      )
    )
      await new Promise(setImmediate);
    expect(readFileSync(path, 'latin1')).toBe('former');
    const closed = session.close();
    last.resolve();
    await closed;
    expect(readFileSync(path, 'latin1')).toBe('all.');
    await saving;
    expect(names()).toEqual(['file.bin']);
  });

  test('gives a new file the permissions of the umask, a replaced one those it had', async () => {
    const { path } = temporaryFile();
    const server = await rawServer(always(answer('ok', `HTTP/1.1 200 OK\r\n${etag}\r\n`)));
    for (const resume of [false, true]) {
      await saveTo(await open().get(server.origin), path, { resume });
      expect(statSync(path).mode & 0o777).toBe(0o666 & ~process.umask());
      for (const mode of [0o600, 0o444, 0o666]) {
        chmodSync(path, mode);
        await saveTo(await open().get(server.origin), path, { resume });
        expect(statSync(path).mode & 0o777).toBe(mode);
      }
      rmSync(path);
    }
  });

  test('replaces a symbolic link, and never what it leads to', async () => {
    const { folder, path } = temporaryFile();
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, path);
    const server = await rawServer(always(answer('new')));
    await saveTo(await open().get(server.origin), path);
    expect([
      lstatSync(path).isFile(),
      readFileSync(path, 'latin1'),
      readFileSync(victim, 'latin1'),
    ]).toEqual([true, 'new', 'untouched']);
  });

  test('saves many bodies to one path at once: one of them is left, and nothing else', async () => {
    const { path, names } = temporaryFile();
    const server = await rawServer(always(({ target }) => answer(target.repeat(50_000))));
    const session = open();
    const targets = Array.from({ length: 10 }, (_, n) => `/${n}`);
    await Promise.all(
      targets.map(async (target) => saveTo(await session.get(server.origin + target), path)),
    );
    const text = readFileSync(path, 'latin1');
    expect(targets.map((target) => target.repeat(50_000))).toContain(text);
    expect(names()).toEqual(['file.bin']);
  });

  test.each([false, true])(
    'an error status is an HTTPError with a body to read, and touches nothing (resume: %s)',
    async (resume) => {
      const { path, names } = temporaryFile();
      const server = await rawServer(always(answer('gone', 'HTTP/1.1 404 Not Found\r\n')));
      const response = await open().get(server.origin);
      const error = await rejection(saveTo(response, path, { resume }), HTTPError);
      expect([error.status, error.data, await response.text()]).toEqual([404, 'gone', 'gone']);
      expect(names()).toEqual([]);
    },
  );

  test('saves the body of an error status where throwHttpErrors says that it is data', async () => {
    const { path } = temporaryFile();
    const server = await rawServer(always(answer('gone', 'HTTP/1.1 404 Not Found\r\n')));
    await saveTo(await open({ throwHttpErrors: false }).get(server.origin), path, { resume: true });
    expect(readFileSync(path, 'latin1')).toBe('gone');
  });

  test('a 304 leaves the file as it is', async () => {
    const { path } = temporaryFile();
    writeFileSync(path, 'current');
    const server = await rawServer(always('HTTP/1.1 304 Not Modified\r\n\r\n'));
    await saveTo(await open().get(server.origin, { headers: { 'if-none-match': '"v1"' } }), path);
    expect(readFileSync(path, 'latin1')).toBe('current');
  });

  test('refuses a body that was read or is being read, as the response itself does', async () => {
    const { path, names } = temporaryFile();
    const server = await rawServer(always(answer('ok')));
    const session = open();
    const read = await session.get(server.origin);
    await read.text();
    const locked = await session.get(server.origin);
    locked.body?.getReader();
    for (const response of [read, locked]) await rejection(saveTo(response, path), TypeError);
    expect(names()).toEqual([]);
  });

  test('refuses what is no response of a session', async () => {
    const { path } = temporaryFile();
    const server = await rawServer(always(answer('ok')));
    const promise = open().get(server.origin);
    for (const value of [promise, new Response('ok'), undefined]) {
      const error = await rejection(
        saveTo(value as unknown as SessionResponse, path),
        InvalidRequestError,
      );
      expect(error.message).toContain('await the call first');
    }
    await promise;
  });

  test('a polluted prototype does not turn resuming on', async () => {
    const { path, cut } = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], cut(half)));
    const response = await open(quickRetries).get(server.origin);
    Object.defineProperty(Object.prototype, 'resume', { value: true, configurable: true });
    onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'resume'));
    await rejection(saveTo(response, path), NetworkError);
    expect(server.requests).toHaveLength(1);
  });

  test('200 MiB take no more memory than a few', async () => {
    const { path } = temporaryFile();
    const size = 200 * 2 ** 20;
    const piece = Buffer.alloc(2 ** 20, 'x');
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(responseHead('200 OK', size, etag));
      for (let sent = 0; sent < size; sent += piece.length) await peer.write(piece);
    });
    const { lines, errors } = await runProgram('download', [server.origin, path]);
    expect(errors).toBe('');
    expect(statSync(path).size).toBe(size);
    expect(Number(lines[0])).toBeLessThan(150);
  }, 60_000);
});
