import { builtin } from './builtin.ts';

/** What is used of `node:fs/promises`. */
interface FileSystem {
  readFile(file: string | URL, encoding: 'utf8'): Promise<string>;
  writeFile(file: string, text: string): Promise<void>;
  mkdir(folder: string, options: { recursive: true }): Promise<unknown>;
  rename(from: string, to: string): Promise<void>;
}

/** What is used of `node:url` and `node:path`. */
interface Paths {
  fileURLToPath(url: URL): string;
  dirname(path: string): string;
}

export function readText(file: string | URL): Promise<string> {
  const { readFile } = builtin<FileSystem>('fs/promises', 'A recording in a file');
  return readFile(file, 'utf8');
}

/** Whole, or not at all; the folder is made. */
export async function writeText(file: string | URL, text: string): Promise<void> {
  const what = 'A recording in a file';
  const { mkdir, rename, writeFile } = builtin<FileSystem>('fs/promises', what);
  const { fileURLToPath } = builtin<Pick<Paths, 'fileURLToPath'>>('url', what);
  const { dirname } = builtin<Pick<Paths, 'dirname'>>('path', what);
  const path = file instanceof URL ? fileURLToPath(file) : file;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
