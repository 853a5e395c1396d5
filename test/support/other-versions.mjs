// @ts-check
/**
 * Programs on other versions of Node and undici than those of the project, from npm.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A folder in whose `node_modules` a package is, which the first call installs.
 *
 * @param {string} spec `node@24`
 * @returns {string}
 */
function folderOf(spec) {
  const folder = join(root, 'node_modules', `.${spec}`);
  if (!existsSync(folder)) install(spec, folder);
  return folder;
}

/**
 * Into a folder that has its name when it is complete: two files of tests may be first.
 *
 * @param {string} spec
 * @param {string} folder
 */
function install(spec, folder) {
  const unfinished = mkdtempSync(`${folder}-`);
  const { status } = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', unfinished, spec],
    { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
  if (status !== 0) throw new Error(`npm could not install ${spec}`);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

/**
 * The executable of a Node.
 *
 * @param {string} spec `node@24`
 * @returns {string}
 */
export const nodeOf = (spec) => join(folderOf(spec), 'node_modules', '.bin', 'node');

/**
 * Which version a spec stands for here.
 *
 * @param {string} spec `undici@8`
 * @returns {string}
 */
export function versionOf(spec) {
  const [name = ''] = spec.split('@');
  const file = join(folderOf(spec), 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/**
 * Runs Vitest on other versions, and gives its exit code.
 *
 * @param {{node?: string | undefined, undici?: string | undefined}} versions by npm's specs; the
 *   project's by default
 * @param {readonly string[]} args of `vitest run`
 * @param {NodeJS.ProcessEnv} [env] added to the environment
 * @returns {number}
 */
export function runVitest({ node, undici }, args, env = {}) {
  const executable = node ? nodeOf(node) : process.execPath;
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status, error } = spawnSync(executable, [vitest, 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      // Also for the programs that tests start.
      PATH: `${dirname(executable)}${delimiter}${process.env['PATH'] ?? ''}`,
      ...(undici && {
        ISOSESSION_UNDICI: folderOf(undici),
        NODE_OPTIONS: `--import=${new URL('../runtimes/other-undici.mjs', import.meta.url).href}`,
      }),
      ...env,
    },
  });
  if (error) throw error;
  return status ?? 1;
}
