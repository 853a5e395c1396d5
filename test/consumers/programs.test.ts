import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { run } from '../package/consumer.ts';
import { node24 } from '../support/node24.mjs';
import { build, consumerWith, pluginOf, type Tool, writeCommonJs } from './tools.ts';

/** How a tool builds a program for Node with all that it needs in it. */
const builds: Readonly<Record<string, { tool: Tool; file: string; options: string[] }>> = {
  'esbuild as CommonJS': {
    tool: 'esbuild',
    file: 'server.cjs',
    options: ['server.js', '--bundle', '--platform=node', '--outfile=out/server.cjs'],
  },
  'esbuild over a program in CommonJS': {
    tool: 'esbuild',
    file: 'server.cjs',
    options: ['common.cjs', '--bundle', '--platform=node', '--outfile=out/server.cjs'],
  },
  // undici is CommonJS, and esbuild has no `require` in ES modules but a given one.
  'esbuild as ES module': {
    tool: 'esbuild',
    file: 'server.mjs',
    options: [
      ...['server.js', '--bundle', '--platform=node', '--format=esm', '--outfile=out/server.mjs'],
      "--banner:js=import module from 'node:module';" +
        'const require = module.createRequire(import.meta.url);',
    ],
  },
  webpack: {
    tool: 'webpack',
    file: 'server.cjs',
    options: [
      ...['--mode=production', '--target=node20', '--entry=./server.js'],
      ...['--output-path=out', '--output-filename=server.cjs'],
    ],
  },
  'webpack over a program in CommonJS': {
    tool: 'webpack',
    file: 'server.cjs',
    options: [
      ...['--mode=production', '--target=node20', '--entry=./common.cjs'],
      ...['--output-path=out', '--output-filename=server.cjs'],
    ],
  },
  'webpack for the main process of Electron': {
    tool: 'webpack',
    file: 'server.cjs',
    options: [
      ...['--mode=production', '--target=electron45-main', '--entry=./server.js'],
      ...['--output-path=out', '--output-filename=server.cjs'],
    ],
  },
  Rollup: {
    tool: 'rollup',
    file: 'server.cjs',
    options: [
      ...['server.js', '--format=cjs', '--dir=out', '--entryFileNames=[name].cjs'],
      pluginOf('node-resolve', "{exportConditions:['node'],preferBuiltins:true}"),
      // undici requires it where it is needed: what is required goes to the head of the bundle, and
      // Node 20 has no such thing.
      pluginOf('commonjs', "{ignore:['node:sqlite']}"),
      pluginOf('json'),
    ],
  },
  Vite: {
    tool: 'vite',
    file: 'server.js',
    options: ['build', '--ssr=server.js', '--outDir=out', '--config=vite.config.js'],
  },
};

const aloneWith = 'sid=1; theme=dark\n';

test.each(Object.entries(builds))('%s takes all that a session needs', async (name, how) => {
  const { tool, file, options } = how;
  const consumer = await consumerWith(`program-by-${name.replaceAll(' ', '-')}`, 'server.js');
  consumer.write('vite.config.js', 'export default { ssr: { noExternal: true } };');
  writeCommonJs(consumer);
  await build(consumer, tool, ...options);
  // Where no package is found.
  const alone = join(inject('packed').folder, `alone-${name}`);
  cpSync(join(consumer.path, 'out'), alone, { recursive: true });
  const { code, stdout, stderr } = await run(process.execPath, [join(alone, file)], alone);
  expect([code, stdout, stderr]).toEqual([0, aloneWith, '']);
});

test.each([
  ['this Node', process.execPath, []],
  ['Node 24', node24(), []],
  // As in Electron's main process, whose Node has a condition more.
  ['Node with the condition of Electron', process.execPath, ['--conditions=electron']],
])('%s runs it unbundled, as a module of both kinds', async (name, node, flags) => {
  const consumer = await consumerWith(name, 'server.js');
  writeCommonJs(consumer);
  for (const file of ['server.js', 'common.cjs']) {
    const { code, stdout, stderr } = await run(node, [...flags, file], consumer.path);
    expect([code, stdout, stderr]).toEqual([0, aloneWith, '']);
  }
});
