import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  basic,
  fetchTransport,
  get,
  HTTPError,
  InvalidRequestError,
  NetworkError,
  type Progress,
  ResponseTooLargeError,
  type RetryOptions,
  type Session,
  SessionClosedError,
  type SessionResponse,
  TimeoutError,
} from 'isosession';
import { saveTo } from 'isosession/node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { runProgram } from '../support/child.ts';
import { deferred, inProcess, open, reasonOf, rejection } from '../support/contract.ts';
import {
  always,
  answer,
  type Peer,
  type RawRequest,
  rawServer,
  type RawServer,
} from '../support/raw-server.ts';

/** Bytes that a report can show. */
const random = (size: number): Buffer =>
  Buffer.from(randomBytes(size).toString('base64').slice(0, size));
const file = random(300_000);
const other = random(300_000);
const half = 150_000;

/**
 * Where a connection is cut: at that byte of the file, and not before all of it that has come is on
 * the disk.
 */
interface Cut {
  at: number;
  written: () => Promise<void>;
}

/** A folder that ends with its test, and a name in it. */
function place(): {
  folder: string;
  path: string;
  names: () => string[];
  cut: (at: number) => Cut;
} {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-save-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const names = () => readdirSync(folder);
  const written = async (at: number) => {
    while (
      !names().some((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === at)
    )
      await new Promise(setImmediate);
  };
  return {
    folder,
    path: join(folder, 'file.bin'),
    names,
    cut: (at) => ({ at, written: () => written(at) }),
  };
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whether a file has these bytes; by their hashes, as a report of the bytes would be endless. */
function expectFile(path: string, bytes: Uint8Array): void {
  expect(hash(readFileSync(path))).toBe(hash(bytes));
}

type Turn = (request: RawRequest, peer: Peer) => void | Promise<void>;

/**
 * A server whose nth request, on whatever connection, is answered by the nth turn; further ones by
 * the last.
 */
function inTurn(...turns: Turn[]): Promise<RawServer> {
  let count = 0;
  return rawServer(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request())
      await turns[Math.min(count++, turns.length - 1)]?.(request, peer);
  });
}

const etag = 'etag: "v1"';

function head(status: string, length: number, ...lines: string[]): string {
  return [`HTTP/1.1 ${status}`, `content-length: ${length}`, ...lines, '', ''].join('\r\n');
}

/** Gives all of a file, or what is before a cut. */
function whole(bytes: Buffer, lines: string[] = [etag], cut?: Cut): Turn {
  return async (_, peer) => {
    await peer.write(head('200 OK', bytes.length, ...lines));
    await send(peer, bytes, 0, cut);
  };
}

/** Gives the range that is asked for, as a server does that has this version. */
function ranged(bytes: Buffer, lines: string[] = [etag], cut?: Cut): Turn {
  return async (request, peer) => {
    const from = Number(/^range: bytes=(\d+)-\r$/m.exec(request.head)?.[1]);
    await peer.write(
      head(
        '206 Partial Content',
        bytes.length - from,
        `content-range: bytes ${from}-${bytes.length - 1}/${bytes.length}`,
        ...lines,
      ),
    );
    await send(peer, bytes, from, cut);
  };
}

async function send(peer: Peer, bytes: Buffer, from: number, cut: Cut | undefined): Promise<void> {
  await peer.write(bytes.subarray(from, cut?.at));
  await cut?.written();
  if (cut) peer.socket.destroy();
}

/** The value of a header of a request. */
function asked(server: RawServer, n: number, name: string): string | undefined {
  return server.requests[n]?.lines
    .find((line) => line.toLowerCase().startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim();
}

/** Resolves when a session has no connection any more. */
async function emptied(session: Session): Promise<void> {
  while (session.stats().sockets) await new Promise(setImmediate);
}

const patient = { retry: { limit: 2, delay: () => 0 } };

/** What all file handles share; what a test does to it ends with the test. */
async function prototypeOfHandles(): Promise<FileHandle> {
  const handle = await openFile('/dev/null');
  await handle.close();
  onTestFinished(() => void vi.restoreAllMocks());
  return Object.getPrototypeOf(handle) as FileHandle;
}

describe('saveTo', () => {
  test('writes the body and leaves nothing else; the path may be a URL', async () => {
    const { path, names } = place();
    const server = await rawServer(always(head('200 OK', file.length) + file.toString('latin1')));
    expect(await saveTo(await open().get(server.origin), pathToFileURL(path))).toBeUndefined();
    expectFile(path, file);
    expect(names()).toEqual(['file.bin']);
  });

  test('writes what was decoded', async () => {
    const { path } = place();
    const packed = gzipSync(file);
    const server = await rawServer(
      always(head('200 OK', packed.length, 'content-encoding: gzip') + packed.toString('latin1')),
    );
    await saveTo(await open().get(server.origin), path, { resume: true });
    expectFile(path, file);
  });

  test('writes an empty body as an empty file', async () => {
    const { path } = place();
    const server = await rawServer(always(answer('', `HTTP/1.1 200 OK\r\n${etag}\r\n`)));
    for (const resume of [false, true]) {
      await saveTo(await open().get(server.origin), path, { resume });
      expect(statSync(path).size).toBe(0);
    }
  });

  test('puts nothing under the final name before the last byte has come, and lets its session wait for it', async () => {
    const { path, names } = place();
    writeFileSync(path, 'former');
    const last = deferred();
    const server = await inTurn(async (_, peer) => {
      await peer.write(`${head('200 OK', 4)}all`);
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

  test('gives a new file the permissions that the umask leaves, and a file that takes the place of another one those that it had', async () => {
    const { path } = place();
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
    const { folder, path } = place();
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

  test('saves many bodies to one path at once: the file is one of them, and nothing else is left', async () => {
    const { path, names } = place();
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
    'throws HTTPError for an error status, whose body can still be read, and touches nothing (resume: %s)',
    async (resume) => {
      const { path, names } = place();
      const server = await rawServer(always(answer('gone', 'HTTP/1.1 404 Not Found\r\n')));
      const response = await open().get(server.origin);
      const error = await rejection(saveTo(response, path, { resume }), HTTPError);
      expect([error.status, error.data, await response.text()]).toEqual([404, 'gone', 'gone']);
      expect(names()).toEqual([]);
    },
  );

  test('saves the body of an error status where throwHttpErrors says that it is data', async () => {
    const { path } = place();
    const server = await rawServer(always(answer('gone', 'HTTP/1.1 404 Not Found\r\n')));
    await saveTo(await open({ throwHttpErrors: false }).get(server.origin), path, { resume: true });
    expect(readFileSync(path, 'latin1')).toBe('gone');
  });

  test('a 304 leaves the file as it is', async () => {
    const { path } = place();
    writeFileSync(path, 'current');
    const server = await rawServer(always('HTTP/1.1 304 Not Modified\r\n\r\n'));
    await saveTo(await open().get(server.origin, { headers: { 'if-none-match': '"v1"' } }), path);
    expect(readFileSync(path, 'latin1')).toBe('current');
  });

  test('refuses a body that was read or is being read, as the response itself does', async () => {
    const { path, names } = place();
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
    const { path } = place();
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

  test('refuses a folder and a device before it reads, and lets go of the connection', async () => {
    const { folder, path } = place();
    symlinkSync('/dev/null', path);
    const server = await rawServer(always(head('200 OK', 10_000_000) + '.'.repeat(2_000_000)));
    const session = open();
    for (const target of [folder, path]) {
      const error = await rejection(
        saveTo(await session.get(server.origin), target),
        InvalidRequestError,
      );
      expect(error.message).toContain(target);
    }
    await Promise.all(server.peers.map((peer) => peer.closed()));
    await emptied(session);
    expect(session.stats()).toMatchObject({ sockets: 0, inFlight: 0, unreadBodies: 0 });
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test.each([false, true])(
    'throws the errors of the file system as they are, and lets go of the connection (resume: %s)',
    async (resume) => {
      const { folder, path, names } = place();
      writeFileSync(path, 'a file');
      const server = await rawServer(
        always(head('200 OK', 10_000_000, etag) + '.'.repeat(2_000_000)),
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
      await emptied(session);
      expect(session.stats()).toMatchObject({ sockets: 0, inFlight: 0, unreadBodies: 0 });
      expect(names()).toEqual(['file.bin']);
    },
  );

  test('throws what the system says where a file may not grow, and leaves the former file and no other', async () => {
    const { path, names } = place();
    writeFileSync(path, 'former');
    const server = await rawServer(always(head('200 OK', file.length) + file.toString('latin1')));
    // Not a multiple of what is written at once: a piece is written in part before it fails.
    const { lines } = await runProgram('download', [server.origin, path], [], {}, 'ulimit -f 100');
    expect(lines).toEqual(['EFBIG']);
    expect([names(), readFileSync(path, 'latin1')]).toEqual([['file.bin'], 'former']);
  });

  test('a full disk is ENOSPC, and leaves the former file and no other', async (context) => {
    const { folder, path, names } = place();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      context.skip('only root can mount a small disk');
    }
    onTestFinished(() => void execFileSync('umount', [folder]));
    writeFileSync(path, 'former');
    const large = random(3_000_000);
    const server = await rawServer(always(head('200 OK', large.length) + large.toString('latin1')));
    const session = open();
    expect(await reasonOf(saveTo(await session.get(server.origin), path))).toMatchObject({
      code: 'ENOSPC',
    });
    await emptied(session);
    expect([names(), readFileSync(path, 'latin1')]).toEqual([['file.bin'], 'former']);
  });

  test('writes what the system takes in pieces to its end', async () => {
    const { path } = place();
    const handles = await prototypeOfHandles();
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
    const server = await inTurn(whole(file));
    await saveTo(await open().get(server.origin), path);
    expectFile(path, file);
  });

  test.each([false, true])(
    'a disk that fails to keep the bytes leaves the former file and no other (resume: %s)',
    async (resume) => {
      const { path, names } = place();
      writeFileSync(path, 'former');
      const cause = Object.assign(new Error('EIO'), { code: 'EIO' });
      vi.spyOn(await prototypeOfHandles(), 'sync').mockRejectedValue(cause);
      const server = await inTurn(whole(file));
      expect(await reasonOf(saveTo(await open().get(server.origin), path, { resume }))).toBe(cause);
      expect([names(), readFileSync(path, 'latin1')]).toEqual([['file.bin'], 'former']);
    },
  );

  test('an abort rejects with its reason and leaves the former file and no other', async () => {
    const { path, names } = place();
    writeFileSync(path, 'former');
    const server = await rawServer(always(`${head('200 OK', 10)}half`));
    const stop = new AbortController();
    const saving = reasonOf(saveTo(await open().get(server.origin, { signal: stop.signal }), path));
    while (names().length < 2) await new Promise(setImmediate);
    stop.abort('stop');
    expect(await saving).toBe('stop');
    expect([names(), readFileSync(path, 'latin1')]).toEqual([['file.bin'], 'former']);
  });

  test('a connection that breaks is a NetworkError that leaves the former file and no other', async () => {
    const { path, names, cut } = place();
    writeFileSync(path, 'former');
    const server = await inTurn(whole(file, [etag], cut(half)));
    await rejection(saveTo(await open(patient).get(server.origin), path), NetworkError);
    expect([names(), readFileSync(path, 'latin1'), server.requests.length]).toEqual([
      ['file.bin'],
      'former',
      1,
    ]);
  });

  test('a polluted prototype does not turn resuming on', async () => {
    const { path, cut } = place();
    const server = await inTurn(whole(file, [etag], cut(half)));
    const response = await open(patient).get(server.origin);
    Object.defineProperty(Object.prototype, 'resume', { value: true, configurable: true });
    onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'resume'));
    await rejection(saveTo(response, path), NetworkError);
    expect(server.requests).toHaveLength(1);
  });

  test('200 MiB take no more memory than a few', async () => {
    const { path } = place();
    const size = 200 * 2 ** 20;
    const piece = Buffer.alloc(2 ** 20, 'x');
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(head('200 OK', size, etag));
      for (let sent = 0; sent < size; sent += piece.length) await peer.write(piece);
    });
    const { lines, errors } = await runProgram('download', [server.origin, path]);
    expect(errors).toBe('');
    expect(statSync(path).size).toBe(size);
    expect(Number(lines[0])).toBeLessThan(150);
  }, 60_000);
});

describe('saveTo with resume, in one call', () => {
  test('asks for the rest of what has come when the connection breaks, and again when it breaks again', async () => {
    const { path, names, cut } = place();
    const server = await inTurn(
      whole(file, [etag], cut(half)),
      ranged(file, [etag], cut(200_000)),
      ranged(file),
    );
    const session = open({ ...patient, headers: { 'x-key': 'k' } });
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
    expect([1, 2].map((n) => asked(server, n, 'range'))).toEqual([
      `bytes=${half}-`,
      'bytes=200000-',
    ]);
    for (const n of [1, 2])
      expect(
        ['if-range', 'accept-encoding', 'cookie', 'x-key'].map((name) => asked(server, n, name)),
      ).toEqual(['"v1"', 'identity', 'c=1', 'k']);
    expect(session.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  test('knows a version by a date that is old enough, where there is no ETag', async () => {
    const { path, cut } = place();
    const dates = [
      'last-modified: Wed, 01 Jan 2020 00:00:00 GMT',
      'date: Wed, 01 Jan 2020 00:01:00 GMT',
    ];
    const server = await inTurn(whole(file, dates, cut(half)), ranged(file, []));
    await saveTo(await open(patient).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect([asked(server, 1, 'range'), asked(server, 1, 'if-range')]).toEqual([
      `bytes=${half}-`,
      'Wed, 01 Jan 2020 00:00:00 GMT',
    ]);
  });

  test.each([
    ['no validator', []],
    [
      'a weak ETag',
      [
        'etag: W/"v1"',
        'last-modified: Wed, 01 Jan 2020 00:00:00 GMT',
        'date: Thu, 02 Jan 2020 00:00:00 GMT',
      ],
    ],
    [
      'a date that is too young',
      ['last-modified: Wed, 01 Jan 2020 00:00:00 GMT', 'date: Wed, 01 Jan 2020 00:00:59 GMT'],
    ],
    ['a date without a clock', ['last-modified: Wed, 01 Jan 2020 00:00:00 GMT']],
    ['an encoding', [etag, 'content-encoding: identity']],
  ])('begins anew where it cannot go on: %s', async (_, lines) => {
    const { path, names, cut } = place();
    const server = await inTurn(whole(other, lines, cut(half)), whole(file, lines));
    await saveTo(await open(patient).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect([
      asked(server, 1, 'range'),
      asked(server, 1, 'if-range'),
      asked(server, 1, 'accept-encoding'),
      names(),
    ]).toEqual([undefined, undefined, 'identity', ['file.bin']]);
  });

  test('an encoded body begins anew without an encoding, from where it can go on', async () => {
    const { path, cut } = place();
    const packed = gzipSync(file);
    const server = await inTurn(
      whole(packed, [etag, 'content-encoding: gzip'], { at: half, written: async () => {} }),
      whole(file, ['etag: "plain"'], cut(half)),
      ranged(file, ['etag: "plain"']),
    );
    await saveTo(await open(patient).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect(
      [1, 2].map((n) => [asked(server, n, 'accept-encoding'), asked(server, n, 'range')]),
    ).toEqual([
      ['identity', undefined],
      ['identity', `bytes=${half}-`],
    ]);
  });

  const answers: [string, Turn[] | ((cut: (at: number) => Cut) => Turn[])][] = [
    ['has another version by now and knows If-Range', [whole(other, ['etag: "v2"'])]],
    [
      'has another version by now and breaks off again',
      (cut) => [whole(other, ['etag: "v2"'], cut(half + 1)), ranged(other, ['etag: "v2"'])],
    ],
    ['gives no ranges', [whole(other)]],
    [
      'ignores If-Range and gives a range of another version',
      [ranged(file, ['etag: "v2"']), whole(other, ['etag: "v2"'])],
    ],
    ['gives a range without its ETag', [ranged(file, []), whole(other)]],
    [
      'gives another range',
      [
        async (_, peer) =>
          peer.write(
            `${head('206 Partial Content', 1, etag, `content-range: bytes 0-0/${file.length}`)}x`,
          ),
        whole(other),
      ],
    ],
    [
      'gives a range of another length',
      [
        async (_, peer) =>
          peer.write(
            `${head('206 Partial Content', 1, etag, `content-range: bytes ${half}-${half}/${half + 1}`)}x`,
          ),
        whole(other),
      ],
    ],
    [
      'gives several ranges at once',
      [
        async (_, peer) =>
          peer.write(
            `${head('206 Partial Content', 1, etag, 'content-type: multipart/byteranges; boundary=x')}x`,
          ),
        whole(other),
      ],
    ],
    ['gives an encoded range', [ranged(file, [etag, 'content-encoding: x']), whole(other)]],
    [
      'says that there is no such range',
      [
        async (_, peer) =>
          peer.write(head('416 Range Not Satisfiable', 0, 'content-range: bytes */1')),
        whole(other),
      ],
    ],
  ];
  test.each(answers)('begins anew, and mixes nothing, when the server %s', async (_, turns) => {
    const { path, names, cut } = place();
    const server = await inTurn(
      whole(file, [etag], cut(half)),
      ...(typeof turns === 'function' ? turns(cut) : turns),
    );
    await saveTo(await open(patient).get(server.origin), path, { resume: true });
    expectFile(path, other);
    expect([1, 2].map((n) => asked(server, n, 'range'))).toEqual([
      `bytes=${half}-`,
      typeof turns === 'function' ? `bytes=${half + 1}-` : undefined,
    ]);
    expect(names()).toEqual(['file.bin']);
  });

  test('a range that ends before the file does is followed by the next', async () => {
    const { path, cut } = place();
    const server = await inTurn(
      whole(file, [etag], cut(half)),
      async (_, peer) => {
        await peer.write(
          head(
            '206 Partial Content',
            10,
            etag,
            `content-range: bytes ${half}-${half + 9}/${file.length}`,
          ),
        );
        await peer.write(file.subarray(half, half + 10));
      },
      ranged(file),
    );
    await saveTo(await open(patient).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect(asked(server, 2, 'range')).toBe(`bytes=${half + 10}-`);
  });

  test('keeps to the limit, the wait and the hooks of the call, and then throws what has happened', async () => {
    const { path, names, cut } = place();
    const server = await inTurn(
      whole(file, [etag], cut(half)),
      ranged(file, [etag], cut(half + 1)),
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
    const { path, cut } = place();
    const busy: Turn = async (_, peer) => peer.write(head('503 Service Unavailable', 0));
    const gone: Turn = async (_, peer) => peer.write(`${head('410 Gone', 4)}gone`);
    const server = await inTurn(whole(file, [etag], cut(half)), busy, gone);
    const error = await rejection(
      saveTo(await open(patient).get(server.origin), path, { resume: true }),
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
    const { path, cut } = place();
    const server = await inTurn(whole(file, [etag], cut(half)), async (_, peer) =>
      peer.write('HTTP/1.1 204 No Content\r\n\r\n'),
    );
    const error = await rejection(
      saveTo(await open(patient).get(server.origin), path, { resume: true }),
      NetworkError,
    );
    expect(error.message).toContain('204');
  });

  test('without retries the part is kept, and nothing more is asked', async () => {
    const { path, names, cut } = place();
    const server = await inTurn(whole(file, [etag], cut(half)));
    await rejection(
      saveTo(await open({ retry: 0 }).get(server.origin), path, { resume: true }),
      NetworkError,
    );
    expect([server.requests.length, names().length]).toEqual([1, 1]);
  });

  test.each<[string, RetryOptions]>([
    [
      'shouldRetry',
      { shouldRetry: ({ response }) => response === undefined || response.status === 206 },
    ],
    ['statusCodes', { statusCodes: [206] }],
  ])('%s has its word about a break, and none about a file that is saved', async (_name, retry) => {
    const { path, cut } = place();
    const server = await inTurn(whole(file, [etag], cut(half)), ranged(file), whole(other));
    const response = await open().get(server.origin, { retry: { delay: () => 0, ...retry } });
    await saveTo(response, path, { resume: true });
    expectFile(path, file);
    expect(server.requests).toHaveLength(2);
  });

  test('tells of the progress of the whole file', async () => {
    const { path, cut } = place();
    const server = await inTurn(whole(file, [etag], cut(half)), ranged(file));
    const states: Progress[] = [];
    let sum = 0;
    const response = await open(patient).get(server.origin, {
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
    const { path, cut } = place();
    const server = await inTurn(whole(file, [etag], cut(half)), ranged(file));
    const reason = new Error('enough');
    const response = await open(patient).get(server.origin, {
      onDownloadProgress: ({ transferredBytes }) => {
        if (transferredBytes > half) throw reason;
      },
    });
    expect(await reasonOf(saveTo(response, path, { resume: true }))).toBe(reason);
    expect(server.requests).toHaveLength(2);
  });

  test('an abort ends it with its reason, while it waits, while it asks and while it reads', async () => {
    const { path, names, cut } = place();
    for (const way of ['wait', 'ask', 'read']) {
      const stop = new AbortController();
      const server = await inTurn(whole(file, [etag], cut(half)), async (_, peer) => {
        if (way === 'read')
          await peer.write(
            `${head('206 Partial Content', half, etag, `content-range: bytes ${half}-${file.length - 1}/${file.length}`)}x`,
          );
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

describe('saveTo with resume, below and above it', () => {
  test('goes through redirects, middleware and credentials again, and tells another origin nothing', async () => {
    const { path, cut } = place();
    const files = await inTurn(whole(file, [etag], cut(half)), ranged(file));
    const server = await rawServer(
      always(`HTTP/1.1 302 Found\r\nlocation: ${files.origin}/moved\r\ncontent-length: 0\r\n\r\n`),
    );
    const session = open({
      ...patient,
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
        ['authorization', 'x-secret', 'x-count'].map((name) => asked(server, n, name)),
      ).toEqual([expect.stringMatching('Basic') as string, 's', String(n + 1)]);
      expect(['authorization', 'x-secret', 'x-count'].map((name) => asked(files, n, name))).toEqual(
        [undefined, undefined, String(n + 1)],
      );
    }
    expect([
      asked(server, 1, 'range'),
      asked(files, 1, 'range'),
      asked(files, 1, 'if-range'),
    ]).toEqual([`bytes=${half}-`, `bytes=${half}-`, '"v1"']);
  });

  test.each(['fetch', 'a function'])('works over %s', async (kind) => {
    const { path, cut } = place();
    const server = await inTurn(whole(file, [etag], cut(half)), ranged(file));
    const transport =
      kind === 'fetch'
        ? fetchTransport()
        : inProcess(({ url, headers }) => fetch(url, { headers }));
    await saveTo(await open({ ...patient, transport }).get(server.origin), path, { resume: true });
    expectFile(path, file);
    expect(asked(server, 1, 'range')).toBe(`bytes=${half}-`);
  });

  test('a function of one call keeps its session until the file stands', async () => {
    const { path, cut } = place();
    const server = await inTurn(whole(file, [etag], cut(half)), ranged(file));
    await saveTo(await get(server.origin, patient), path, { resume: true });
    expectFile(path, file);
  });

  test('close() lets it go on to its end, and destroy() does not', async () => {
    const { path, names, cut } = place();
    const session = open({ ...patient, hooks: { beforeRetry: [() => void session.close()] } });
    const server = await inTurn(whole(file, [etag], cut(half)), ranged(file));
    await saveTo(await session.get(server.origin), path, { resume: true });
    expectFile(path, file);
    rmSync(path);

    const reason = new Error('stop');
    const next = open({
      retry: { delay: () => 600_000, backoffLimit: 600_000 },
      hooks: { beforeRetry: [() => void setImmediate(() => void next.destroy(reason))] },
    });
    const again = await inTurn(whole(file, [etag], cut(half)), ranged(file));
    expect(await reasonOf(saveTo(await next.get(again.origin), path, { resume: true }))).toBe(
      reason,
    );
    expect([again.requests.length, names().length]).toEqual([1, 1]);
  });

  test('asks nothing over connections that are closed', async () => {
    const { path } = place();
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(`${head('200 OK', file.length, etag)}x`);
      peer.rst();
    });
    const session = open(patient);
    const response = await session.get(server.origin);
    await emptied(session);
    await session.close();
    await rejection(saveTo(response, path, { resume: true }), SessionClosedError);
    expect(server.requests).toHaveLength(1);
  });

  test('timeout.total is of all of it', async () => {
    const { path, cut } = place();
    const server = await inTurn(whole(file, [etag], cut(half)), () => {});
    const error = await rejection(
      saveTo(await open(patient).get(server.origin, { timeout: { total: 200 } }), path, {
        resume: true,
      }),
      TimeoutError,
    );
    expect(error.phase).toBe('total');
  });

  test.each(['signal', 'timeout.total'])(
    'a body that broke off before it was saved begins anew, still under its %s',
    async (kind) => {
      const { path } = place();
      const server = await inTurn(
        async (_, peer) => {
          await peer.write(`${head('200 OK', file.length, etag)}x`);
          peer.rst();
        },
        () => void stop.abort('stop'),
      );
      const stop = new AbortController();
      const session = open(patient);
      const response = await session.get(
        server.origin,
        kind === 'signal' ? { signal: stop.signal } : { timeout: { total: 200 } },
      );
      await emptied(session);
      const error = await reasonOf(saveTo(response, path, { resume: true }));
      if (kind === 'signal') expect(error).toBe('stop');
      else expect(error).toMatchObject({ phase: 'total' });
      expect([server.requests.length, asked(server, 1, 'range')]).toEqual([2, undefined]);
      expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    },
  );

  test('what is no GET, or was asked for in part, is saved plainly', async () => {
    const { path, names, cut } = place();
    const posted = await inTurn(whole(file, [etag], cut(half)));
    await rejection(
      saveTo(
        await open(patient).post(posted.origin, { body: 'x', retry: { methods: ['POST'] } }),
        path,
        { resume: true },
      ),
      NetworkError,
    );
    const part = await inTurn(ranged(file, [etag], { at: half, written: async () => {} }));
    await rejection(
      saveTo(await open(patient).get(part.origin, { headers: { range: 'bytes=9-' } }), path, {
        resume: true,
      }),
      NetworkError,
    );
    expect([posted.requests.length, part.requests.length, names()]).toEqual([1, 1, []]);

    const rest = await inTurn(ranged(file));
    await saveTo(await open(patient).get(rest.origin, { headers: { range: 'bytes=9-' } }), path, {
      resume: true,
    });
    expectFile(path, file.subarray(9));
  });

  test('maxResponseSize is of the whole file', async () => {
    const { path, names } = place();
    const server = await inTurn(whole(file), whole(file), ranged(file));
    for (let n = 0; n < 2; n++) {
      const response = await open(patient).get(server.origin, { maxResponseSize: file.length - 1 });
      await rejection(saveTo(response, path, { resume: true }), ResponseTooLargeError);
    }
    expect(names()).toEqual([]);
  });
});

describe('saveTo with resume, in another call', () => {
  const onlyHead =
    (bytes: Buffer, lines = [etag]): Turn =>
    async (_, peer) =>
      peer.write(head('200 OK', bytes.length, ...lines));

  /**
   * Leaves the part of a download that breaks off half-way; gives its path. The server takes its
   * next turns.
   */
  async function leavePart(
    { folder, path, names }: ReturnType<typeof place>,
    server: RawServer,
  ): Promise<string> {
    await rejection(
      saveTo(await open({ retry: 0 }).get(server.origin), path, { resume: true }),
      NetworkError,
    );
    const [name = ''] = names();
    return join(folder, name);
  }

  test('asks for the rest of a part that an earlier one has left, and drops the connection of the whole', async () => {
    const spot = place();
    const server = await inTurn(whole(file, [etag], spot.cut(half)), onlyHead(file), ranged(file));
    await leavePart(spot, server);
    const states: Progress[] = [];
    await saveTo(
      await open().get(server.origin, { onDownloadProgress: (state) => states.push(state) }),
      spot.path,
      { resume: true },
    );
    expectFile(spot.path, file);
    expect([asked(server, 2, 'range'), asked(server, 2, 'if-range'), spot.names()]).toEqual([
      `bytes=${half}-`,
      '"v1"',
      ['file.bin'],
    ]);
    expect(states[0]?.transferredBytes).toBeGreaterThan(half);
    expect(states.at(-1)).toEqual({
      percent: 1,
      transferredBytes: file.length,
      totalBytes: file.length,
    });
    await server.peers[1]?.closed();
  });

  test('a process that is killed leaves nothing under the final name, and the next one goes on where it stopped', async () => {
    const { folder, path, names } = place();
    const server = await inTurn(
      async (_, peer) => {
        await peer.write(head('200 OK', file.length, etag));
        await peer.write(file.subarray(0, half));
        while (!names().some((name) => statSync(join(folder, name)).size === half))
          await new Promise(setImmediate);
        await peer.write(file.subarray(half));
      },
      onlyHead(file),
      ranged(file),
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
    expect([asked(server, 2, 'range'), names()]).toEqual([`bytes=${size}-`, ['file.bin']]);
  }, 30_000);

  test('gives a part that is whole its name, and asks for nothing more', async () => {
    const spot = place();
    const server = await inTurn(whole(file, [etag], spot.cut(half)), onlyHead(file));
    appendFileSync(await leavePart(spot, server), file.subarray(half));
    await saveTo(await open().get(server.origin), spot.path, { resume: true });
    expectFile(spot.path, file);
    expect([server.requests.length, spot.names()]).toEqual([2, ['file.bin']]);
    await server.peers[1]?.closed();
  });

  test('asks for nothing more when all of the body has come', async () => {
    const spot = place();
    const small = random(1000);
    const server = await inTurn(whole(small, [etag], spot.cut(500)), async (_, peer) =>
      peer.write(`${head('200 OK', small.length, etag)}${small.toString()}`),
    );
    await leavePart(spot, server);
    const response = await open().get(server.origin);
    await saveTo(response, spot.path, { resume: true });
    expectFile(spot.path, small);
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    ['another version', other, ['etag: "v2"'], '/'],
    ['another length', other.subarray(1), [etag], '/'],
    ['another URL', other, [etag], '/b'],
    ['a version that cannot be told', other, [], '/'],
  ])('begins anew for %s, and removes the part', async (_, bytes, lines, target) => {
    const spot = place();
    const server = await inTurn(whole(file, [etag], spot.cut(half)), async (_, peer) => {
      await peer.write(head('200 OK', bytes.length, ...lines));
      await peer.write(bytes.subarray(0, -1));
      // Not all has come before the part is looked at.
      await spot.cut(bytes.length - 1).written();
      await peer.write(bytes.subarray(-1));
    });
    await leavePart(spot, server);
    await saveTo(await open().get(server.origin + target), spot.path, { resume: true });
    expectFile(spot.path, bytes);
    expect([server.requests.length, spot.names()]).toEqual([2, ['file.bin']]);
  });

  test('leaves the parts of other files alone', async () => {
    const spot = place();
    const server = await inTurn(whole(file, [etag], spot.cut(half)), whole(file));
    const part = await leavePart(spot, server);
    await saveTo(await open().get(server.origin), join(spot.folder, 'other.bin'), { resume: true });
    expect(statSync(part).size).toBe(half);
  });

  test('L3: what others have put under the name of a part is neither followed nor kept', async () => {
    const spot = place();
    const server = await inTurn(whole(file, [etag], spot.cut(half)), whole(file));
    const part = await leavePart(spot, server);
    const victim = join(spot.folder, 'victim');
    writeFileSync(victim, 'v'.repeat(half));
    const plants: (() => void)[] = [
      () => symlinkSync(victim, part),
      () => symlinkSync(join(spot.folder, 'nothing'), part),
      () => linkSync(victim, part),
      () => writeFileSync(part, 'v'.repeat(file.length + 1)),
    ];
    if (process.getuid?.() === 0)
      plants.push(() => (writeFileSync(part, 'v'.repeat(half)), chownSync(part, 65534, 65534)));
    for (const plant of plants) {
      rmSync(part, { force: true });
      plant();
      await saveTo(await open().get(server.origin), spot.path, { resume: true });
      expectFile(spot.path, file);
      expect([readFileSync(victim, 'latin1'), statSync(spot.path).uid]).toEqual([
        'v'.repeat(half),
        process.getuid?.() ?? 0,
      ]);
      expect(spot.names().sort()).toEqual(['file.bin', 'victim']);
    }
  });

  test('the part of a file that takes the place of a private one is private, and can be gone on with whatever its permissions', async () => {
    const spot = place();
    for (const mode of [0o600, 0o400]) {
      writeFileSync(spot.path, 'former');
      chmodSync(spot.path, mode);
      const server = await inTurn(
        whole(file, [etag], spot.cut(half)),
        onlyHead(file),
        ranged(file),
      );
      await rejection(
        saveTo(await open({ retry: 0 }).get(server.origin), spot.path, { resume: true }),
        NetworkError,
      );
      const part = spot.names().find((name) => name !== 'file.bin') ?? '';
      expect(statSync(join(spot.folder, part)).mode & 0o777).toBe(0o600);
      await saveTo(await open().get(server.origin), spot.path, { resume: true });
      expectFile(spot.path, file);
      expect([statSync(spot.path).mode & 0o777, asked(server, 2, 'range')]).toEqual([
        mode,
        `bytes=${half}-`,
      ]);
    }
  });

  test('many at once write one part, whoever breaks off, and each finds the file whole', async () => {
    const { path, names } = place();
    let count = 0;
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        const n = ++count;
        const from = Number(/^range: bytes=(\d+)-\r$/m.exec(request.head)?.[1] ?? 0);
        await peer.write(
          from
            ? head(
                '206 Partial Content',
                file.length - from,
                etag,
                `content-range: bytes ${from}-${file.length - 1}/${file.length}`,
              )
            : head('200 OK', file.length, etag),
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
    const { folder, path, names } = place();
    const [first, third] = [deferred(), deferred()];
    const slowly =
      (upTo: number, go: Promise<void>): Turn =>
      async (_, peer) => {
        await peer.write(head('200 OK', file.length, etag));
        await peer.write(file.subarray(0, upTo));
        await go;
        await peer.write(file.subarray(upTo));
      };
    const server = await inTurn(
      slowly(half, first.promise),
      onlyHead(file),
      ranged(file),
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
    const { folder, path, names } = place();
    const last = deferred();
    const server = await inTurn(async (_, peer) => {
      await peer.write(head('200 OK', file.length, etag));
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
