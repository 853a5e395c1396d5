import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidRequestError, type Lock } from 'isosession';
import { fileStore } from 'isosession/node';
import { openSession, StoreError } from 'isosession/store';
import { describe, expect, it } from 'vitest';
import { reasonOf, thrown } from '../support/contract.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { keptIn, openKept, receive } from './kept-session.ts';
import { start, useProgram } from './processes.ts';

useProgram();

/** The path of a folder that the store is to make. */
const newFolder = (): string => join(temporaryFolder(), 'sessions');

/** The one file of a session in a folder. */
function fileIn(folder: string): string {
  const [name, ...others] = readdirSync(folder).filter((it) => it.endsWith('.session'));
  expect(others).toEqual([]);
  return join(folder, name as string);
}

/** A folder with a session that was saved. */
async function savedFolder(): Promise<{ folder: string; file: string }> {
  const folder = newFolder();
  const session = await openKept({ store: fileStore(folder) });
  await receive(session, 'sid=s3cret');
  await session.close();
  return { folder, file: fileIn(folder) };
}

const modeOf = (path: string): number => lstatSync(path).mode & 0o777;

describe('a folder of sessions', () => {
  it('keeps them for the next process, under names that tell nothing', async () => {
    const { folder, file } = await savedFolder();
    expect(await keptIn(fileStore(folder))).toEqual(['sid=s3cret']);
    expect(await keptIn(fileStore(pathToFileURL(folder)))).toEqual(['sid=s3cret']);
    expect(file).toMatch(/[\da-f]{64}\.session$/);
    await fileStore(folder).delete('ann');
    expect(existsSync(file)).toBe(false);
    expect(await fileStore(folder).load('ann')).toBeUndefined();
  });

  it('saves in the place of the version that is expected alone, by no earlier fence', async () => {
    const store = fileStore(newFolder());
    const first = await store.save('a', '1', { expected: undefined, fence: 5 });
    const { version } = first as { version: string };
    expect(await store.save('a', '2', { expected: undefined })).toEqual({ conflict: true });
    expect(await store.save('a', '2', { expected: 'x' })).toEqual({ conflict: true });
    expect(await store.save('a', '2', { expected: version, fence: 4 })).toEqual({ conflict: true });
    expect(await store.load('a')).toEqual({ data: '1', version });
    const second = (await store.save('a', '2', { expected: version, fence: 5 })) as {
      version: string;
    };
    expect(second.version).not.toBe(version);
    expect(await store.save('a', '3', { expected: second.version, fence: 4 })).toEqual({
      conflict: true,
    });
  });

  it('does not load what is over', async () => {
    const store = fileStore(newFolder());
    await store.save('a', '1', { expected: undefined, ttl: 1 });
    await expect.poll(() => store.load('a')).toBeUndefined();
    expect(await store.save('a', '2', { expected: undefined })).toHaveProperty('version');
  });

  it('is for this user alone, even where the process gives its files to all', async () => {
    const folder = newFolder();
    const program = start(['addCookies', 'file', folder, 'ann', '0', '2'], '000');
    await program.ended;
    expect(modeOf(folder)).toBe(0o700);
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      expect([0o600, 0o700]).toContain(modeOf(join(folder, name)));
    expect(modeOf(fileIn(folder))).toBe(0o600);
  });

  it('takes from others what they may read', async () => {
    const { folder, file } = await savedFolder();
    chmodSync(file, 0o644);
    expect(await keptIn(fileStore(folder))).toEqual(['sid=s3cret']);
    expect(modeOf(file)).toBe(0o600);
  });

  it('removes what was left behind long ago, and nothing else', async () => {
    const { folder } = await savedFolder();
    const [old, fresh] = ['x.session.1.tmp', 'x.session.2.tmp'].map((name) => join(folder, name));
    for (const path of [old as string, fresh as string]) writeFileSync(path, '');
    utimesSync(old as string, 1, 1);
    await fileStore(folder).save('other', '', { expected: undefined });
    await expect.poll(() => existsSync(old as string)).toBe(false);
    expect(existsSync(fresh as string)).toBe(true);
  });

  it('tells why it cannot be written', async () => {
    const folder = newFolder();
    writeFileSync(folder, 'a file');
    const error = await reasonOf(fileStore(folder).save('a', '', { expected: undefined }));
    expect(error).toMatchObject({ name: 'StoreError', reason: 'unavailable' });
    expect(((error as Error).cause as NodeJS.ErrnoException).code).toBe('EEXIST');
  });

  it('refuses what is no path, and no id', async () => {
    for (const path of ['', 'a\0b', 7, new URL('https://a.test/')])
      thrown(() => fileStore(path as string), InvalidRequestError);
    expect(await reasonOf(fileStore('x').load(''))).toBeInstanceOf(InvalidRequestError);
  });
});

describe('a session that is over', () => {
  const files = (folder: string): number =>
    readdirSync(folder).filter((name) => name.endsWith('.session')).length;

  it('loses its file when it is loaded, and when another process begins to save', async () => {
    const folder = newFolder();
    const store = fileStore(folder);
    for (const id of ['a', 'b', 'c'])
      await store.save(id, '1', { expected: undefined, ttl: id === 'c' ? 60_000 : 1 });
    await expect.poll(() => store.load('a')).toBeUndefined();
    expect(files(folder)).toBe(2);
    const saved = Date.now();
    await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(saved + 1);
    await fileStore(folder).save('d', '1', { expected: undefined });
    await expect.poll(() => files(folder)).toBe(2);
    expect(await store.load('c')).toMatchObject({ data: '1' });
  });

  it('is kept where it was saved anew meanwhile', { timeout: 60_000 }, async () => {
    const store = fileStore(newFolder());
    for (let i = 0; i < 20; i++) {
      await store.save('a', 'old', { expected: undefined, ttl: 1 });
      const begin = Date.now();
      await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(begin + 1);
      const [saved] = await Promise.all([
        store.save('a', 'new', { expected: undefined }),
        store.load('a'),
        store.load('a'),
      ]);
      expect(saved).toHaveProperty('version');
      expect(await store.load('a')).toMatchObject({ data: 'new' });
      await store.delete('a');
    }
  });
});

it('a folder that could not be made is made when it can be', async () => {
  const folder = newFolder();
  writeFileSync(folder, '');
  const store = fileStore(folder);
  const save = () => store.save('a', '1', { expected: undefined });
  expect(await reasonOf(save())).toMatchObject({ reason: 'unavailable' });
  rmSync(folder);
  expect(await save()).toHaveProperty('version');
});

it('100 sessions are saved at once, and 100 locks taken', { timeout: 60_000 }, async () => {
  const store = fileStore(newFolder());
  const ids = Array.from({ length: 100 }, (_, i) => `id${i}`);
  const saved = await Promise.all(ids.map((id) => store.save(id, id, { expected: undefined })));
  for (const answer of saved) expect(answer).toHaveProperty('version');
  const { run } = store.lock as Lock;
  expect(await Promise.all(ids.map((id) => run(id, async () => id)))).toEqual(ids);
});

describe('a folder', () => {
  async function expectRefused(folder: string): Promise<void> {
    const store = fileStore(folder);
    for (const error of [
      await reasonOf(store.load('ann')),
      await reasonOf(store.save('bob', 'x', { expected: undefined })),
      await reasonOf(store.delete('ann')),
    ])
      expect(error).toMatchObject({ name: 'StoreError', reason: 'access' });
    expect(readdirSync(folder).filter((name) => name.endsWith('.session'))).toHaveLength(1);
  }

  it.each([0o777, 0o770, 0o1777])('S20: that others may write is refused: %o', async (mode) => {
    const { folder } = await savedFolder();
    chmodSync(folder, mode);
    await expectRefused(folder);
    chmodSync(folder, 0o755);
    expect(await keptIn(fileStore(folder))).toEqual(['sid=s3cret']);
  });

  it.skipIf(process.geteuid?.() !== 0)('S20: of another user is refused', async () => {
    const { folder } = await savedFolder();
    chownSync(folder, 65_534, 65_534);
    await expectRefused(folder);
  });
});

describe('what is in the place of a file', () => {
  /** It is an error to load and to save, and is left as it is. */
  async function expectRefused(folder: string, reason: string): Promise<void> {
    const store = fileStore(folder);
    for (const error of [
      await reasonOf(store.load('ann')),
      await reasonOf(store.save('ann', 'x', { expected: undefined })),
      await reasonOf(openSession({ store, id: 'ann', onStoreError: 'open' })),
    ]) {
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ reason });
      expect((error as Error).message).not.toContain('s3cret');
    }
  }

  it('S20: may be damaged in 60 ways, each of which is told', { timeout: 60_000 }, async () => {
    const { folder, file } = await savedFolder();
    const good = readFileSync(file);
    const bad: Buffer[] = [];
    for (let i = 0; i < 30; i++) {
      const copy = Buffer.from(good);
      const at = Math.floor((i * good.length) / 30);
      copy[at] = (copy[at] as number) ^ (1 << (i % 8));
      bad.push(copy, good.subarray(0, at));
    }
    expect(bad).toHaveLength(60);
    for (const content of bad) {
      writeFileSync(file, content);
      const began = performance.now();
      const error = await reasonOf(fileStore(folder).load('ann'));
      expect(performance.now() - began).toBeLessThan(1000);
      expect(error).toMatchObject({ name: 'StoreError', code: 'ERR_STORE' });
      expect(['corrupt', 'version']).toContain((error as StoreError).reason);
      expect(readFileSync(file).equals(content)).toBe(true);
    }
    writeFileSync(file, '');
    await expectRefused(folder, 'corrupt');
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('may be of a newer version', async () => {
    const { folder, file } = await savedFolder();
    const newer = readFileSync(file, 'utf8').replace('session 1 ', 'session 2 ');
    writeFileSync(file, newer);
    await expectRefused(folder, 'version');
    expect(readFileSync(file, 'utf8')).toBe(newer);
  });

  it('S20: may be a symbolic link, which is not followed', async () => {
    const { folder, file } = await savedFolder();
    const target = join(folder, 'target');
    writeFileSync(target, readFileSync(file));
    rmSync(file);
    symlinkSync(target, file);
    await expectRefused(folder, 'access');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toContain('s3cret');
  });

  it('may be a folder', async () => {
    const { folder, file } = await savedFolder();
    rmSync(file);
    mkdirSync(file);
    await expectRefused(folder, 'access');
  });

  it('may be one that others can write', async () => {
    const { folder, file } = await savedFolder();
    chmodSync(file, 0o666);
    await expectRefused(folder, 'access');
  });

  it.skipIf(process.geteuid?.() !== 0)('may be of another user', async () => {
    const { folder, file } = await savedFolder();
    chownSync(file, 65_534, 65_534);
    await expectRefused(folder, 'access');
  });

  it('may be too large', async () => {
    const { folder, file } = await savedFolder();
    writeFileSync(file, Buffer.alloc(64 * 1024 * 1024 + 1, ' '));
    await expectRefused(folder, 'corrupt');
  });

  it('is never too large to be loaded: it is not saved', { timeout: 60_000 }, async () => {
    const store = fileStore(newFolder());
    const half = 'x'.repeat(50_000_000);
    const { version } = (await store.save('a', half, { expected: undefined })) as {
      version: string;
    };
    expect((await store.load('a'))?.data.length).toBe(half.length);
    const error = await reasonOf(store.save('a', half + half, { expected: version }));
    expect(error).toMatchObject({ code: 'ERR_STORE', reason: 'size' });
    expect((await store.load('a'))?.version).toBe(version);
  });
});

describe('several processes', () => {
  it('F51: lose none of the cookies that each has set', { timeout: 300_000 }, async () => {
    const folder = newFolder();
    const programs = Array.from({ length: 8 }, (_, i) =>
      start(['addCookies', 'file', folder, 'ann', String(i * 100), '30']),
    );
    await Promise.all(programs.map(({ ended }) => ended));
    const { data = '' } = (await fileStore(folder).load('ann')) ?? {};
    const { snapshot } = JSON.parse(data) as { snapshot: { cookies: { name: string }[] } };
    expect(new Set(snapshot.cookies.map(({ name }) => name)).size).toBe(240);
  });

  it(
    'F50: leave a file that can be read, whenever they are killed',
    { timeout: 1_800_000 },
    async () => {
      const folder = newFolder();
      const kills = Number(process.env['STATE_KILLS'] ?? 10);
      let saved = 0;
      for (let i = 0; i < kills; i += 2) {
        // Two at a time, as to start one takes longer than to kill it.
        const programs = [0, 1].map((n) => start(['saveForEver', 'file', folder, `id${n}`]));
        await Promise.all(
          programs.map(async ({ child, line, ended }, n) => {
            await line('saved');
            await new Promise((resolve) => setTimeout(resolve, ((i + n) * 7) % 40));
            child.kill('SIGKILL');
            await ended.catch(() => {});
          }),
        );
        for (const [n, { lines }] of programs.entries()) {
          const last = Number(
            lines
              .filter((it) => it.startsWith('saved'))
              .at(-1)
              ?.split(' ')[1],
          );
          const session = await openSession({ store: fileStore(folder), id: `id${n}` });
          const { value } = (await session.cookies.get('revision')) ?? {};
          // What was said to be saved is there, or the one after it.
          expect(Number(value)).toBeGreaterThanOrEqual(last);
          saved += last;
          await session.destroy();
        }
      }
      expect(saved).toBeGreaterThan(0);
      for (const name of readdirSync(folder).filter((it) => it.includes('.tmp')))
        expect(modeOf(join(folder, name))).toBe(0o600);
    },
  );
});
