// @ts-check
// The tools that people use, each the real package over what npm packs of this one, on Node 24, as
// some ask for it. Arguments go to vitest: `npm run test:ecosystem apollo`; `--smoke` runs few.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runVitest } from '../support/other-versions.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Light ones, and each another kind of tool. */
const smoke = ['cockatiel', 'tanstack-query', 'ws'];

/**
 * Runs a program that must succeed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function must(command, args, cwd) {
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit', shell });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

/**
 * Installs what a folder's lock names, the package itself as it is built now.
 *
 * @param {string} folder
 */
function install(folder) {
  // By its version alone, npm takes an older build for the same.
  rmSync(join(folder, 'node_modules', 'isosession'), { recursive: true, force: true });
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  // `npm ci` misses an optional package that its registry does not have.
  must('npm', ['install', '--no-save', '--loglevel=error', ...flags], folder);
}

const here = join(root, 'test', 'ecosystem');
const given = process.argv.slice(2);
const isSmoke = given.includes('--smoke');
const args = isSmoke ? smoke.map((name) => `test/ecosystem/${name}.test.ts`) : given;

// The frameworks are large: they have a folder of their own.
for (const folder of isSmoke ? [here] : [here, join(here, 'frameworks')]) {
  install(folder);
  must('npx', ['tsc', '--project', folder], root);
}
const config = ['--config', '.config/vitest.ecosystem.config.ts'];
process.exitCode = runVitest({ node: 'node@24' }, [...config, ...args]);
