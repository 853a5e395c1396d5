// @ts-check
/**
 * Installs and finds the runtimes that the edge entry is tested on. They are npm packages with an
 * executable for each platform, in a folder of their own (`runtimes/`), so that nobody who works on
 * the library has to install them.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('runtimes', import.meta.url));
const modules = join(folder, 'node_modules');

/** Where a package holds its executable. */
const places = {
  deno: { scope: '@deno', prefix: '', file: 'deno' },
  bun: { scope: '@oven', prefix: 'bun-', file: 'bin/bun' },
  workerd: { scope: '@cloudflare', prefix: 'workerd-', file: 'bin/workerd' },
};

/** @typedef {keyof typeof places} Runtime */

const runtimes = /** @type {Runtime[]} */ (Object.keys(places));

/**
 * The versions that are wanted.
 *
 * @type {{dependencies: Record<Runtime, string>}}
 */
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/**
 * The path of an installed executable. npm installs the package of this platform alone.
 *
 * @param {Runtime} name
 */
function find(name) {
  const { scope, prefix, file } = places[name];
  const parent = join(modules, scope);
  const packages = existsSync(parent)
    ? readdirSync(parent)
        .filter((entry) => entry.startsWith(prefix))
        .map((entry) => join(parent, entry))
    : [];
  const current = packages.filter(
    (path) =>
      JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')).version === dependencies[name],
  );
  return current
    .flatMap((path) => [join(path, file), join(path, `${file}.exe`)])
    .find((path) => existsSync(path));
}

/** Installs what is missing. A failure shows in the tests that need a runtime. */
export function installRuntimes() {
  if (runtimes.every(find)) return;
  // The packages' install scripts would only copy the executable to another place.
  spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: 600_000,
      shell: process.platform === 'win32',
    },
  );
}

/**
 * The executable of a runtime, and the version that it prints.
 *
 * @param {Runtime} name
 */
export function executable(name) {
  const path = find(name);
  if (path === undefined) {
    const { scope, prefix } = places[name];
    throw new Error(
      `${name} ${dependencies[name]} is missing, and these tests run in nothing else: ` +
        '`npm ci --ignore-scripts --prefix test/edge/runtimes` should have installed ' +
        `a package ${scope}/${prefix}… for ${process.platform} on ${process.arch}. ` +
        'Is there a network, and a package for this platform?',
    );
  }
  const { status, stdout, stderr, error } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0)
    throw new Error(
      `${name} ${dependencies[name]} does not start (${path}): ${error?.message ?? stderr}`,
    );
  return { path, version: stdout.trim() };
}
