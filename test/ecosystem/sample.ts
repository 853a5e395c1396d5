/**
 * What the docs show is what is tested.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { samplesOf, textOf } from '../docs/samples.ts';

const folder = fileURLToPath(new URL('node_modules/.samples', import.meta.url));

/** The module that a page shows: its first sample that has a word in it. */
export async function sample(page: string, word: string): Promise<Record<string, never>> {
  const found = samplesOf(page, textOf(page)).find(({ code }) => code.includes(word));
  if (!found) throw new Error(`${page} has no sample with ${word}`);
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${page.replace(/\W/g, '-')}-${word}.ts`);
  await writeFile(file, found.code);
  return (await import(file)) as Record<string, never>;
}
