import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('./peers/', import.meta.url);
const readJson = (path) => JSON.parse(readFileSync(new URL(path, folder), 'utf8'));

/** The version that is installed, or `undefined`. */
export function peerVersion(name) {
  const path = `node_modules/${name}/package.json`;
  return existsSync(new URL(path, folder)) ? readJson(path).version : undefined;
}

/** Installs the other clients where they are missing or not those of the lock file. */
export function installPeers() {
  const { dependencies } = readJson('package.json');
  if (Object.entries(dependencies).every(([name, version]) => peerVersion(name) === version)) return;
  // Under npm, npm itself is named by its script: a bare `npm` is a batch file on Windows, which needs a shell.
  const script = process.env.npm_execpath;
  const [command, ...first] = script?.endsWith('.js') ? [process.execPath, script] : ['npm'];
  const args = [...first, 'ci', '--prefix', fileURLToPath(folder), '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('The clients to compare with could not be installed: `npm ci --prefix bench/peers` failed');
}
