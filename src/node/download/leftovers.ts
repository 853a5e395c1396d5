/** What saves that ended with their process have left in a folder. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writerOf } from './part-names.ts';
import { isGone } from './writer.ts';

/** A folder of more files is not looked through by every save: many saves may fill one folder. */
const manyFiles = 1000;
/** … but once in so many ms. */
const lookInterval = 60_000;

/** When folders of many files were looked through, by `performance.now()`. */
const lastLooks = new Map<string, number>();

/** Removes the temporary files whose writers are gone. Nobody fails by them. */
export async function removeLeftovers(folder: string): Promise<void> {
  const now = performance.now();
  const last = lastLooks.get(folder);
  if (last !== undefined && now >= last && now - last < lookInterval) return;
  const names = await readdir(folder).catch(() => []);
  if (names.length > manyFiles) lastLooks.set(folder, now);
  else lastLooks.delete(folder);
  for (const name of names) {
    const writer = writerOf(name);
    if (writer !== undefined && isGone(writer))
      await rm(join(folder, name), { force: true }).catch(() => {});
  }
}
