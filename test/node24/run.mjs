// The tables of ky and fetch on the newest Node, which ky 2 asks for: it is installed into a
// temporary folder. Arguments go to vitest: `npm run test:node24 test/ky`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'isosession-node24-'));

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(command, args) {
  const bin = join(folder, 'node_modules', '.bin');
  // Also for the programs that tests start.
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

try {
  process.exitCode = run('npm', ['install', '--no-save', '--prefix', folder, 'node@24']);
  if (process.exitCode === 0) {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const config = ['--config', join('.config', 'vitest.config.ts'), '--project', 'node'];
    const given = process.argv.slice(2);
    const files = given.length > 0 ? given : ['test/ky', 'test/ky.test.ts', 'test/fetch'];
    process.exitCode = run('node', [vitest, 'run', ...config, ...files]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
