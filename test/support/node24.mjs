// @ts-check
/**
 * Node 24, for packages that do not run on the oldest Node of ours.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'node_modules', '.node24');

/**
 * Its executable, which the first call installs.
 *
 * @returns {string}
 */
export function node24() {
  if (!existsSync(folder)) install();
  return join(folder, 'node_modules', '.bin', 'node');
}

/**
 * Runs Vitest on it, and the programs that tests start.
 *
 * @param {readonly string[]} args
 * @returns {number} the exit code
 */
export function vitestOnNode24(...args) {
  const node = node24();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
  const { status, error } = spawnSync(node, [vitest, 'run', ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  if (error) throw error;
  return status ?? 1;
}

/** Into a folder that has its name when it is complete: two files of tests may be first. */
function install() {
  const unfinished = mkdtempSync(`${folder}-`);
  const { status } = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', unfinished, 'node@24'],
    { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
  if (status !== 0) throw new Error('npm could not install node@24');
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
