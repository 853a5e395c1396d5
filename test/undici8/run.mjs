// The tests of the Node project on undici 8, which needs a newer Node than the package does: both
// are installed into a temporary folder. Arguments go to vitest: `npm run test:undici8 test/node`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'isosession-undici8-'));

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

try {
  const packages = ['node@24', 'undici@8'];
  process.exitCode = run('npm', ['install', '--no-save', '--prefix', folder, ...packages]);
  if (process.exitCode === 0) {
    const bin = join(folder, 'node_modules', '.bin');
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const config = [
      '--config',
      join('.config', 'vitest.config.ts'),
      '--project',
      'node',
      '--project',
      'contract',
    ];
    process.exitCode = run(
      join(bin, 'node'),
      [vitest, 'run', ...config, ...process.argv.slice(2)],
      {
        ...process.env,
        // Also for the programs that tests start.
        PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
        ISOSESSION_UNDICI: folder,
        NODE_OPTIONS: `--import=${new URL('redirect.mjs', import.meta.url).href}`,
      },
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
