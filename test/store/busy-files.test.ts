import { readdirSync, rmSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileStore } from 'isosession/node';
import { afterEach, expect, it, vi } from 'vitest';
import { reasonOf } from '../support/contract.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.mock('node:fs/promises', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs/promises')>();
  return { ...fs, rename: vi.fn(fs.rename), readdir: vi.fn(fs.readdir) };
});
afterEach(() => {
  vi.mocked(rename).mockReset();
  vi.mocked(readdir).mockReset();
});

/** As Windows says it of a file that a scanner of viruses or an indexer has open. */
const refusal = (code: string): Error => Object.assign(new Error(code), { code });

it.each(['EPERM', 'EBUSY', 'EACCES'])(
  'a file that Windows refuses to replace for a moment (%s) is saved all the same',
  async (code) => {
    const store = fileStore(temporaryFolder());
    const { version } = (await store.save('a', '1', { expected: undefined })) as {
      version: string;
    };
    for (let i = 0; i < 2; i++) vi.mocked(rename).mockRejectedValueOnce(refusal(code));
    expect(await store.save('a', '2', { expected: version })).toHaveProperty('version');
    expect(await store.load('a')).toMatchObject({ data: '2' });
  },
);

it('what cannot be replaced for a second is an error, and leaves what is there', async () => {
  const folder = temporaryFolder();
  const store = fileStore(folder);
  const { version } = (await store.save('a', '1', { expected: undefined })) as { version: string };
  vi.mocked(rename).mockRejectedValue(refusal('EPERM'));
  const error = await reasonOf(store.save('a', '2', { expected: version }));
  expect(error).toMatchObject({ reason: 'unavailable', cause: { code: 'EPERM' } });
  vi.mocked(rename).mockReset();
  expect(await store.load('a')).toEqual({ data: '1', version });
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('what fails otherwise is an error at once', async () => {
  const store = fileStore(temporaryFolder());
  vi.mocked(rename).mockRejectedValueOnce(refusal('EXDEV'));
  const error = await reasonOf(store.save('a', '1', { expected: undefined }));
  expect(error).toMatchObject({ reason: 'unavailable', cause: { code: 'EXDEV' } });
});

it('who loses the lock while a file is moved is told of a conflict, and merges', async () => {
  const folder = temporaryFolder();
  const store = fileStore(folder);
  const move = vi.mocked(rename).getMockImplementation();
  vi.mocked(rename).mockImplementationOnce(async (from, to) => {
    await move?.(from, to);
    rmSync(join(folder, 'locks'), { recursive: true });
  });
  expect(await store.save('a', '1', { expected: undefined })).toEqual({ conflict: true });
  const { version } = (await store.load('a')) ?? {};
  expect(await store.save('a', '2', { expected: version })).toHaveProperty('version');
});

it('a folder is cleaned beside what is saved, however long that takes or fails', async () => {
  const folder = temporaryFolder();
  const list = vi.mocked(readdir).getMockImplementation();
  const never = () => new Promise<never>(() => {});
  for (const listing of [never, () => Promise.reject(refusal('EIO'))]) {
    vi.mocked(readdir).mockImplementation(async (path, options) =>
      path === folder ? listing() : ((await list?.(path, options)) ?? []),
    );
    const store = fileStore(folder);
    const expected = (await store.load('a'))?.version;
    expect(await store.save('a', '1', { expected })).toHaveProperty('version');
  }
  expect(readdir).toHaveBeenCalledWith(folder);
});
