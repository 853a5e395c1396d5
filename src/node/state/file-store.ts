import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { checkId } from '../../store/base/check-id.ts';
import { acquire, type Lease, leaseLock } from '../../store/base/lease-lock.ts';
import type { SaveOptions, SessionStore } from '../../store/base/session-store.ts';
import { toStoreError } from '../../store/base/store-error.ts';
import { ifMissing } from '../files/fs.ts';
import { fileLease } from './file-lease.ts';
import { defaultTtl, toPath } from './file-lock.ts';
import {
  checkFolder,
  type FileContent,
  readStateFile,
  temporarySuffix,
  writeStateFile,
} from './state-file.ts';

/** The longest pause between two attempts to save, in ms: a save takes less. */
const longestSaveWait = 20;
/** What the name of a session's file ends with. */
const suffix = '.session';
/** When what was left behind is removed, in ms. */
const oldestLeftover = 3_600_000;

/**
 * A store in a folder, a file for each session, for the processes of one machine, or of several
 * that share a file system. A file is replaced as a whole and is on the disk when `save` resolves;
 * it is this user's alone (0600, the folder 0700). What is damaged, of another user, of a newer
 * version, or no file is an error, and is left as it is; so is a folder that others may write.
 *
 * A session whose `ttl` is over is not loaded; its file is removed then, or by the next process
 * that saves one here.
 *
 * @example
 * ```ts
 * import { fileStore } from 'isosession/node';
 * import { openSession } from 'isosession/store';
 *
 * const store = fileStore('./sessions');
 * await using session = await openSession({ store, id: 'robot', baseUrl: 'https://example.com/' });
 * ```
 *
 * @throws {InvalidRequestError} for what is no path; {@link StoreError} from each method.
 */
export function fileStore(folder: string | URL): SessionStore {
  const root = toPath(folder, 'The folder of a fileStore()');
  const locks = join(root, 'locks');
  let prepared: Promise<void> | undefined;

  const pathOf = (id: string): string => {
    checkId(id);
    return join(root, `${createHash('sha256').update(id).digest('hex')}${suffix}`);
  };

  /** Runs a task on the file of a session while no other process changes it. */
  const locked = async <T>(path: string, task: (lease: Lease) => Promise<T>): Promise<T> => {
    const contend = fileLease(locks, basename(path), defaultTtl);
    const lease = await acquire(contend, longestSaveWait);
    try {
      return await task(lease);
    } finally {
      // One that cannot be given back ends by itself.
      await lease.release().catch(() => {});
    }
  };

  /** Removes a file whose session is over, unless it was saved anew meanwhile; fails nobody. */
  const removeEnded = (path: string): Promise<void> =>
    locked(path, async () => {
      const found = await readStateFile(path);
      if (found && !isAlive(found)) await rm(path, { force: true });
    }).catch(() => {});

  /** Removes what is over, and what killed processes have left behind. */
  const clean = async (): Promise<void> => {
    for (const name of await readdir(root)) {
      const path = join(root, name);
      if (name.endsWith(temporarySuffix) && (await isOld(path))) await rm(path, { force: true });
      if (!name.endsWith(suffix)) continue;
      // What cannot be read is left as it is.
      const found = await readStateFile(path).catch(() => undefined);
      if (found && !isAlive(found)) await removeEnded(path);
    }
  };

  const prepare = async (): Promise<void> => {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await checkFolder(root);
    // Beside what is to be saved: it may take long.
    void clean().catch(() => {});
  };

  const change = async <T>(id: string, task: (path: string, lease: Lease) => Promise<T>) => {
    const path = pathOf(id);
    try {
      prepared ??= prepare();
      await prepared.catch((error: unknown) => {
        prepared = undefined;
        throw error;
      });
      return await locked(path, (lease) => task(path, lease));
    } catch (error) {
      throw toStoreError(error);
    }
  };

  return {
    async load(id) {
      const path = pathOf(id);
      try {
        await checkFolder(root);
        const found = await readStateFile(path);
        if (found && isAlive(found)) return { data: found.data, version: found.version };
        if (found) await removeEnded(path);
        return undefined;
      } catch (error) {
        throw toStoreError(error);
      }
    },
    save: (id, data, options) =>
      change(id, async (path, lease) => {
        const found = await readStateFile(path);
        const old = found && isAlive(found) ? found : undefined;
        if (isRefused(old, options)) return { conflict: true };
        const content = contentOf(data, options, old);
        const isSaved = await writeStateFile(path, content, () => lease.extend());
        return isSaved ? { version: content.version } : { conflict: true };
      }),
    delete: (id) => change(id, (path) => rm(path, { force: true })),
    lock: leaseLock(defaultTtl, (key) => fileLease(locks, key, defaultTtl)),
    capabilities: { compareAndSet: true, lock: true, ttl: true, shared: true },
  };
}

function isAlive({ expires }: FileContent): boolean {
  return (expires ?? Infinity) > Date.now();
}

function isRefused(old: FileContent | undefined, { expected, fence }: SaveOptions): boolean {
  return old?.version !== expected || (fence ?? Infinity) < (old?.fence ?? 0);
}

function contentOf(
  data: string,
  { ttl, fence }: SaveOptions,
  old: FileContent | undefined,
): FileContent {
  return {
    version: randomUUID(),
    data,
    fence: fence ?? old?.fence ?? 0,
    expires: ttl === undefined ? null : Date.now() + ttl,
  };
}

/** Whether no process writes a temporary file any more. */
async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(ifMissing);
  return found !== undefined && found.mtimeMs < Date.now() - oldestLeftover;
}
