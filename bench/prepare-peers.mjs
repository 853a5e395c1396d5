import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { here } from './plan.mjs';

/** Installs the peers, where they are missing. */
export function preparePeers() {
  if (existsSync(join(here, 'peers/node_modules'))) return;
  console.log('Installing the peers …');
  const { status } = spawnSync(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', join(here, 'peers')],
    { stdio: 'inherit' },
  );
  if (status !== 0) throw new Error('The peers could not be installed');
}
