import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { must, run } from '../package/consumer.ts';
import { node24 } from '../support/node24.mjs';
import { build, consumerWith, runTool } from './tools.ts';

/** How Node finds the blob in an executable. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

test.each([
  ['this Node', process.execPath],
  ['Node 24', node24()],
])('a single executable of %s has all that a session needs', async (name, node) => {
  const consumer = await consumerWith(`executable of ${name}`, 'server.js');
  await build(
    consumer,
    'esbuild',
    'server.js',
    '--bundle',
    '--platform=node',
    '--outfile=main.cjs',
  );
  consumer.write(
    'sea.json',
    '{"main":"main.cjs","output":"sea.blob","disableExperimentalSEAWarning":true}',
  );
  await must(node, ['--experimental-sea-config', 'sea.json'], consumer.path);
  const folder = join(inject('packed').folder, `alone of ${name}`);
  mkdirSync(folder);
  const executable = join(folder, 'program');
  const { stdout: path } = await run(node, ['-p', 'process.execPath'], consumer.path);
  copyFileSync(path.trim(), executable);
  chmodSync(executable, 0o755);
  await runTool(
    consumer,
    'postject',
    executable,
    'NODE_SEA_BLOB',
    'sea.blob',
    '--sentinel-fuse',
    fuse,
  );
  const { code, stdout, stderr } = await run(executable, [], folder);
  expect([code, stdout, stderr]).toEqual([0, 'sid=1; theme=dark\n', '']);
});
