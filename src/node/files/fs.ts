/** What is done with files in more than one place. */
import { open, rename } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** For `catch`: a file that is not there is `undefined`. */
export function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Brings a new name to the disk. Windows opens no folders, and need not. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  try {
    await folder?.sync();
  } finally {
    await folder?.close();
  }
}

/** In ms: Windows moves nothing that a scanner of viruses or an indexer has open for a moment. */
const pauses = [10, 20, 40, 80, 160, 320, 640];
const busy = new Set<unknown>(['EACCES', 'EBUSY', 'EPERM']);

/** Moves a file, over what is there; where that is busy, again and again for about a second. */
export async function moveFile(from: string, to: string): Promise<void> {
  for (const pause of pauses) {
    const failure = await rename(from, to).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    if (!failure) return;
    if (!busy.has(failure.code)) throw failure;
    await wait(pause);
  }
  await rename(from, to);
}
