/** What is done with files in more than one place. */
import { open } from 'node:fs/promises';

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
