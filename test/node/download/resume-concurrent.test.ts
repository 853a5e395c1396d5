import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { saveTo } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { deferred, open } from '../../support/contract.ts';
import { rawServer } from '../../support/raw-server.ts';
import { type Turn, etag, inTurn, responseHead, sendHead, sendRange } from './file-server.ts';
import { expectFile, file, half, temporaryFile } from './downloads.ts';

describe('saveTo with resume, of one file by many', () => {
  test('many at once write one part, whoever breaks off; each finds the file whole', async () => {
    const { path, names } = temporaryFile();
    let count = 0;
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        const n = ++count;
        const from = Number(/^range: bytes=(\d+)-\r$/m.exec(request.head)?.[1] ?? 0);
        await peer.write(
          from
            ? responseHead(
                '206 Partial Content',
                file.length - from,
                etag,
                `content-range: bytes ${from}-${file.length - 1}/${file.length}`,
              )
            : responseHead('200 OK', file.length, etag),
        );
        for (let at = from; at < file.length; at += 20_000) {
          await peer.write(file.subarray(at, at + 20_000));
          await new Promise(setImmediate);
          if (n % 3 === 0 && at > from + 50_000) return peer.rst();
        }
      }
    });
    const session = open({ retry: { limit: 20, delay: () => 0 } });
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        await saveTo(await session.get(server.origin), path, { resume: true });
        expectFile(path, file);
      }),
    );
    expect(names()).toEqual(['file.bin']);
  });

  test('one that another has overtaken does not move what a third has begun', async () => {
    const { folder, path, names } = temporaryFile();
    const [first, third] = [deferred(), deferred()];
    const slowly =
      (upTo: number, go: Promise<void>): Turn =>
      async (_, peer) => {
        await peer.write(responseHead('200 OK', file.length, etag));
        await peer.write(file.subarray(0, upTo));
        await go;
        await peer.write(file.subarray(upTo));
      };
    const server = await inTurn(
      slowly(half, first.promise),
      sendHead(file),
      sendRange(file),
      slowly(1000, third.promise),
    );
    const session = open();
    const sizes = () =>
      names()
        .map((name) => statSync(join(folder, name)).size)
        .sort((a, b) => a - b);
    const save = async () => saveTo(await session.get(server.origin), path, { resume: true });
    const one = save();
    while (sizes()[0] !== half) await new Promise(setImmediate);
    await save();
    const three = save();
    while (sizes()[0] !== 1000) await new Promise(setImmediate);
    first.resolve();
    await one;
    expectFile(path, file);
    expect(sizes()).toEqual([1000, file.length]);
    third.resolve();
    await three;
    expectFile(path, file);
    expect(names()).toEqual(['file.bin']);
  });

  test('a part that is taken away is saved all the same', async () => {
    const { folder, path, names } = temporaryFile();
    const last = deferred();
    const server = await inTurn(async (_, peer) => {
      await peer.write(responseHead('200 OK', file.length, etag));
      await peer.write(file.subarray(0, half));
      await last.promise;
      await peer.write(file.subarray(half));
    });
    const saving = saveTo(await open().get(server.origin), path, { resume: true });
    while (!names().length) await new Promise(setImmediate);
    rmSync(join(folder, names()[0] as string));
    last.resolve();
    await saving;
    expectFile(path, file);
    expect(names()).toEqual(['file.bin']);
  });
});
