/**
 * A lock in a folder: a file for each who holds it, whose name begins with a fence. Who wants it
 * makes a file with a higher number and looks again: if somebody else has made one meanwhile, it
 * takes its own back. So of two who try at once at least one sees the other. A file that was given
 * back is renamed, not removed, as long as it has the highest number: the next fence is above it.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nextFence } from '../../middleware/auth/refresh/lock.ts';
import type { Attempt, Lease } from '../../store/base/lease-lock.ts';
import { describeWriter, isGone } from '../download/writer.ts';
import { ifMissing, moveFile } from '../files/fs.ts';

/** A file of the folder. */
interface Entry {
  readonly name: string;
  readonly fence: number;
  /** Of the key. */
  readonly hash: string;
  /** Whether it was given back. */
  readonly isFree: boolean;
}

/** What was seen of a holder, and since when by `performance.now()`. */
interface Sighting {
  readonly modified: number;
  readonly since: number;
}

const entryName = /^(\d{1,16})-([\da-f]{16})(\.free)?$/;
const freed = '.free';

/**
 * Begins to wait for the lease of a key.
 *
 * @param ttl in ms: who has not extended it for so long has lost it
 */
export function fileLease(folder: string, key: string, ttl: number): Attempt {
  // The key may hold tokens, which are nobody's to see.
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16);
  const sightings = new Map<string, Sighting>();

  /**
   * Whether a holder has ended, or does not extend its lease any more. By the changes that are seen
   * from here: two hosts may have different clocks.
   */
  const isOver = async ({ name }: Entry): Promise<boolean> => {
    const path = join(folder, name);
    const found = await stat(path).catch(ifMissing);
    if (!found || isGone((await readFile(path, 'utf8').catch(ifMissing)) ?? '')) return true;
    const seen = sightings.get(name);
    if (seen?.modified === found.mtimeMs) return performance.now() - seen.since >= ttl;
    sightings.set(name, { modified: found.mtimeMs, since: performance.now() });
    return false;
  };

  const attempt = async (): Promise<Lease | undefined> => {
    const before = await list(folder);
    const holders = before.filter((entry) => isHolder(entry, hash));
    for (const holder of holders) if (!(await isOver(holder))) return undefined;

    const fence = nextFence(Math.max(0, ...before.map((entry) => entry.fence)));
    const name = `${fence}-${hash}`;
    const path = join(folder, name);
    if (!(await isMade(path))) return undefined;
    const over = new Set(holders.map((holder) => holder.name));
    const others = (await list(folder)).filter((entry) => entry.name !== name);
    const isRival = (entry: Entry): boolean =>
      entry.fence >= fence || (isHolder(entry, hash) && !over.has(entry.name));
    if (others.some(isRival)) {
      await rm(path, { force: true });
      return undefined;
    }
    for (const entry of others)
      if (entry.isFree || over.has(entry.name)) await rm(join(folder, entry.name), { force: true });
    return leaseOf(path, fence);
  };
  return () => inTurn(folder, attempt);
}

/** The last attempt of this process in each folder. */
const attempts = new Map<string, Promise<unknown>>();

/** One after the other: at once, whatever their keys, they would take one number for ever. */
async function inTurn<T>(folder: string, attempt: () => Promise<T>): Promise<T> {
  const mine = (attempts.get(folder) ?? Promise.resolve()).then(attempt);
  const last = mine.catch(() => {});
  attempts.set(folder, last);
  try {
    return await mine;
  } finally {
    if (attempts.get(folder) === last) attempts.delete(folder);
  }
}

/** Whether the file was made here; false if somebody else has just made one of the same number. */
function isMade(path: string): Promise<boolean> {
  return writeFile(path, describeWriter(), { flag: 'wx', mode: 0o600 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

function isHolder({ hash, isFree }: Entry, wanted: string): boolean {
  return hash === wanted && !isFree;
}

function leaseOf(path: string, fence: number): Lease {
  return {
    fence,
    async extend() {
      const now = new Date();
      return utimes(path, now, now).then(
        () => true,
        (error) => ifMissing(error) ?? false,
      );
    },
    async release() {
      await moveFile(path, path + freed).catch(ifMissing);
    },
  };
}

async function list(folder: string): Promise<Entry[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return (await readdir(folder)).flatMap((name) => {
    const [, fence, hash = '', free] = entryName.exec(name) ?? [];
    return fence === undefined
      ? []
      : { name, fence: Number(fence), hash, isFree: free !== undefined };
  });
}
