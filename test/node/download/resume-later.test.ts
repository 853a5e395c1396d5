import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { NetworkError, type Progress } from 'isosession';
import { saveTo } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../../support/child.ts';
import { open, rejection } from '../../support/contract.ts';
import {
  expectFile,
  file,
  half,
  leavePart,
  otherFile,
  printableBytes,
  temporaryFile,
} from './downloads.ts';
import {
  etag,
  inTurn,
  requestHeader,
  responseHead,
  sendHead,
  sendRange,
  sendWhole,
} from './file-server.ts';

describe('saveTo with resume, in another call', () => {
  test('asks for the rest of a part that was left, and drops the whole response', async () => {
    const place = temporaryFile();
    const server = await inTurn(
      sendWhole(file, [etag], place.cut(half)),
      sendHead(file),
      sendRange(file),
    );
    await leavePart(place, server);
    const states: Progress[] = [];
    await saveTo(
      await open().get(server.origin, { onDownloadProgress: (state) => states.push(state) }),
      place.path,
      { resume: true },
    );
    expectFile(place.path, file);
    expect([
      requestHeader(server, 2, 'range'),
      requestHeader(server, 2, 'if-range'),
      place.names(),
    ]).toEqual([`bytes=${half}-`, '"v1"', ['file.bin']]);
    expect(states[0]?.transferredBytes).toBeGreaterThan(half);
    expect(states.at(-1)).toEqual({
      percent: 1,
      transferredBytes: file.length,
      totalBytes: file.length,
    });
    await server.peers[1]?.closed();
  });

  test('a killed process leaves nothing under the final name; the next goes on', async () => {
    const { folder, path, names } = temporaryFile();
    const server = await inTurn(
      async (_, peer) => {
        await peer.write(responseHead('200 OK', file.length, etag));
        await peer.write(file.subarray(0, half));
        while (!names().some((name) => statSync(join(folder, name)).size === half))
          await new Promise(setImmediate);
        await peer.write(file.subarray(half));
      },
      sendHead(file),
      sendRange(file),
    );
    const killed = await runProgram('download', [server.origin, path, 'resume', String(half + 1)]);
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(path)).toBe(false);
    const [part = ''] = names();
    const { size } = statSync(join(folder, part));
    expect(size).toBeGreaterThanOrEqual(half);
    const { errors } = await runProgram('download', [server.origin, path, 'resume']);
    expect(errors).toBe('');
    expectFile(path, file);
    expect([requestHeader(server, 2, 'range'), names()]).toEqual([`bytes=${size}-`, ['file.bin']]);
  }, 30_000);

  test('gives a part that is whole its name, and asks for nothing more', async () => {
    const place = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], place.cut(half)), sendHead(file));
    appendFileSync(await leavePart(place, server), file.subarray(half));
    await saveTo(await open().get(server.origin), place.path, { resume: true });
    expectFile(place.path, file);
    expect([server.requests.length, place.names()]).toEqual([2, ['file.bin']]);
    await server.peers[1]?.closed();
  });

  test('asks for nothing more when all of the body has come', async () => {
    const place = temporaryFile();
    const small = printableBytes(1000);
    const server = await inTurn(sendWhole(small, [etag], place.cut(500)), async (_, peer) =>
      peer.write(`${responseHead('200 OK', small.length, etag)}${small.toString()}`),
    );
    await leavePart(place, server);
    const response = await open().get(server.origin);
    await saveTo(response, place.path, { resume: true });
    expectFile(place.path, small);
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    { why: 'another version', bytes: otherFile, lines: ['etag: "v2"'], target: '/' },
    { why: 'another length', bytes: otherFile.subarray(1), lines: [etag], target: '/' },
    { why: 'another URL', bytes: otherFile, lines: [etag], target: '/b' },
    { why: 'a version that cannot be told', bytes: otherFile, lines: [], target: '/' },
  ])('begins anew for $why, and removes the part', async ({ bytes, lines, target }) => {
    const place = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], place.cut(half)), async (_, peer) => {
      await peer.write(responseHead('200 OK', bytes.length, ...lines));
      await peer.write(bytes.subarray(0, -1));
      // Not all has come before the part is looked at.
      await place.cut(bytes.length - 1).written();
      await peer.write(bytes.subarray(-1));
    });
    await leavePart(place, server);
    await saveTo(await open().get(server.origin + target), place.path, { resume: true });
    expectFile(place.path, bytes);
    expect([server.requests.length, place.names()]).toEqual([2, ['file.bin']]);
  });

  test('leaves the parts of other files alone', async () => {
    const place = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], place.cut(half)), sendWhole(file));
    const part = await leavePart(place, server);
    await saveTo(await open().get(server.origin), join(place.folder, 'other.bin'), {
      resume: true,
    });
    expect(statSync(part).size).toBe(half);
  });

  test('L3: what others put under the name of a part is neither followed nor kept', async () => {
    const place = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], place.cut(half)), sendWhole(file));
    const part = await leavePart(place, server);
    const victim = join(place.folder, 'victim');
    writeFileSync(victim, 'v'.repeat(half));
    const plants: (() => void)[] = [
      () => symlinkSync(victim, part),
      () => symlinkSync(join(place.folder, 'nothing'), part),
      () => linkSync(victim, part),
      () => writeFileSync(part, 'v'.repeat(file.length + 1)),
    ];
    if (process.getuid?.() === 0)
      plants.push(() => (writeFileSync(part, 'v'.repeat(half)), chownSync(part, 65534, 65534)));
    for (const plant of plants) {
      rmSync(part, { force: true });
      plant();
      await saveTo(await open().get(server.origin), place.path, { resume: true });
      expectFile(place.path, file);
      expect([readFileSync(victim, 'latin1'), statSync(place.path).uid]).toEqual([
        'v'.repeat(half),
        process.getuid?.() ?? 0,
      ]);
      expect(place.names().sort()).toEqual(['file.bin', 'victim']);
    }
  });

  test('L3: what cannot be removed there stays, and the file is saved', async () => {
    const place = temporaryFile();
    const server = await inTurn(sendWhole(file, [etag], place.cut(half)), sendWhole(file, [etag]));
    const part = await leavePart(place, server);
    rmSync(part);
    mkdirSync(part);
    await saveTo(await open().get(server.origin), place.path, { resume: true });
    expectFile(place.path, file);
    expect(place.names().sort()).toEqual([basename(part), 'file.bin']);
  });

  test('the part of a private file is private, and is gone on with all the same', async () => {
    const place = temporaryFile();
    for (const mode of [0o600, 0o400]) {
      writeFileSync(place.path, 'former');
      chmodSync(place.path, mode);
      const server = await inTurn(
        sendWhole(file, [etag], place.cut(half)),
        sendHead(file),
        sendRange(file),
      );
      await rejection(
        saveTo(await open({ retry: 0 }).get(server.origin), place.path, { resume: true }),
        NetworkError,
      );
      const part = place.names().find((name) => name !== 'file.bin') ?? '';
      expect(statSync(join(place.folder, part)).mode & 0o777).toBe(0o600);
      await saveTo(await open().get(server.origin), place.path, { resume: true });
      expectFile(place.path, file);
      expect([statSync(place.path).mode & 0o777, requestHeader(server, 2, 'range')]).toEqual([
        mode,
        `bytes=${half}-`,
      ]);
    }
  });
});
