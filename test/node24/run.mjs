// The tables of ky and fetch on the newest Node, which ky 2 asks for. Arguments go to vitest:
// `npm run test:node24 test/ky`.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { node24 } from '../support/node24.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const node = node24();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const config = ['--config', join('.config', 'vitest.config.ts'), '--project', 'node'];
const given = process.argv.slice(2);
const files = given.length > 0 ? given : ['test/ky', 'test/ky.test.ts', 'test/fetch'];
// Also for the programs that tests start.
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
const { status, error } = spawnSync(node, [vitest, 'run', ...config, ...files], {
  cwd: root,
  env,
  stdio: 'inherit',
});
if (error) throw error;
process.exitCode = status ?? 1;
