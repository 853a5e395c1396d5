// @ts-check
// The packed tarball below the tools of its users: `npm run test:consumers`. Arguments go to
// vitest: `npm run test:consumers -- pages -t webpack`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const config = join('.config', 'vitest.consumers.config.ts');

// `npm ci` misses an optional package of Vite that its registry has not.
const quiet = ['--no-save', '--loglevel=error'];
run('npm', ['install', ...quiet, ...flags, '--prefix', join('test', 'consumers')]);
run(process.execPath, [vitest, 'run', '--config', config, ...process.argv.slice(2)]);

/**
 * @param {string} command
 * @param {readonly string[]} parameters
 */
function run(command, parameters) {
  const shell = command === 'npm' && process.platform === 'win32';
  const { status, error } = spawnSync(command, parameters, { cwd: root, stdio: 'inherit', shell });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
