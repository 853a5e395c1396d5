import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');

/** How each program is built, and the entry of the library in it. */
const programs = {
  process: { entry: 'edge.js', options: { platform: 'node', external: ['node:*'] } },
  worker: { entry: 'edge.js', options: {} },
  page: { entry: 'production/browser.js', options: { minify: true, format: 'iife' } },
};

/**
 * Bundles a program of this folder with the build in `from`, a folder that has `dist` in it, as the
 * runtimes find no packages of their own. Resolves to the file's path.
 */
export async function bundle(name, from, folder) {
  const { entry, options } = programs[name];
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(here, `${name}.mjs`)],
    outfile,
    bundle: true,
    format: 'esm',
    alias: { isosession: join(from, 'dist', entry) },
    // Another build may be in a folder without packages.
    nodePaths: [join(root, 'node_modules')],
    tsconfigRaw: {},
    logLevel: 'error',
    ...options,
  });
  return outfile;
}
