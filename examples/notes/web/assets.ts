import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

export interface Asset {
  type: string;
  content: Uint8Array;
}

/** What the page links to: where its source is, and how it works. */
const texts = ['examples/notes/README.md', 'docs/ssr.md', 'docs/recipes/refresh.md'];

/**
 * The browser's files by their paths, built in memory. The code for uploads is a file of its own,
 * which pages load when they need it.
 */
export async function buildAssets(folder: string): Promise<Map<string, Asset>> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.ts')],
    bundle: true,
    format: 'esm',
    splitting: true,
    minify: true,
    target: 'es2022',
    outdir: folder,
    write: false,
    // The tsconfig of this repository leads to the sources of the library, for its own tests.
    tsconfigRaw: '{}',
  });
  const assets = new Map<string, Asset>([
    ['/assets/style.css', { type: 'text/css', content: await readFile(join(folder, 'style.css')) }],
  ]);
  for (const text of texts)
    assets.set(`/${text}`, {
      type: 'text/plain; charset=utf-8',
      content: await readFile(join(folder, '../../..', text)),
    });
  for (const { path, contents } of outputFiles)
    assets.set(`/assets/${basename(path)}`, { type: 'text/javascript', content: contents });
  return assets;
}
