// @ts-check
/**
 * Builds a program of `test/node/programs/` over the sources, for a process of its own.
 *
 * @module
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The file is alone in its folder, which is within the repository, so that the packages are found;
 * the caller removes it.
 *
 * @param {string} name
 * @returns {Promise<{folder: string, file: string}>}
 */
export async function buildProgram(name) {
  const folder = mkdtempSync(join(root, 'node_modules', '.isosession-'));
  const file = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(root, 'test', 'node', 'programs', `${name}.ts`)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    // Ours, too, is CommonJS in part.
    banner: {
      js:
        "import { createRequire as toRequire } from 'node:module'; " +
        'const require = toRequire(import.meta.url);',
    },
    alias: {
      isosession: join(root, 'src', 'index.node.ts'),
      'isosession/node': join(root, 'src', 'node', 'index.ts'),
      'isosession/cookies': join(root, 'src', 'cookies', 'formats', 'index.ts'),
      'isosession/store': join(root, 'src', 'store', 'index.ts'),
      'isosession/inspect': join(root, 'src', 'inspect', 'index.ts'),
      'isosession/opentelemetry': join(root, 'src', 'opentelemetry', 'index.ts'),
      'isosession/auth': join(root, 'src', 'auth', 'index.ts'),
      'isosession/middleware': join(root, 'src', 'traffic', 'index.ts'),
      'isosession/ssr': join(root, 'src', 'ssr', 'index.ts'),
    },
  });
  return { folder, file };
}
