/**
 * Consumers of the packed tarball, and the tools that build programs in them.
 *
 * @module
 */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { expect, inject } from 'vitest';
import { type Consumer, install, run } from '../package/consumer.ts';
import { node24 } from '../support/node24.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of {@link packTarball}, and the name of what it has packed. */
    packed: { folder: string; tarball: string };
  }
}

const here = fileURLToPath(new URL('.', import.meta.url));

/** Where the tools are installed. */
export const modules = join(here, 'node_modules');

/** A consumer with files of `app/`. */
export async function consumerWith(name: string, ...files: string[]): Promise<Consumer> {
  const { folder, tarball } = inject('packed');
  const consumer = await install(folder, tarball, name);
  for (const file of files) cpSync(join(here, 'app', file), join(consumer.path, file));
  return consumer;
}

/** Makes `common.cjs` of `server.js`, as compilers do for programs in CommonJS. */
export function writeCommonJs(consumer: Consumer): void {
  const text = readFileSync(join(consumer.path, 'server.js'), 'utf8');
  consumer.write('common.cjs', transformSync(text, { format: 'cjs' }).code);
}

/** Says more in the `package.json` of a consumer. */
export function extendManifest(consumer: Consumer, more: object): void {
  const text = readFileSync(join(consumer.path, 'package.json'), 'utf8');
  consumer.write('package.json', JSON.stringify({ ...(JSON.parse(text) as object), ...more }));
}

/** The program of a tool, and what runs it: some do not run on the oldest Node of ours. */
const programs = {
  esbuild: 'esbuild/bin/esbuild',
  webpack: 'webpack-cli/bin/cli.js',
  rollup: 'rollup/dist/bin/rollup',
  vite: 'vite/bin/vite.js',
  parcel: 'parcel/lib/bin.js',
  postject: 'postject/dist/cli.js',
  tsc: 'typescript/bin/tsc',
};

/** The name of a tool. */
export type Tool = keyof typeof programs;

/** The command line of a tool. */
export function commandOf(tool: Tool, options: readonly string[]): [string, string[]] {
  return [node24(), [join(modules, programs[tool]), ...options]];
}

/** An option of Rollup: a plugin of its own, with options. */
export function pluginOf(name: string, options = '{}'): string {
  const file = join(modules, '@rollup', `plugin-${name}`, 'dist/cjs/index.js');
  return `--plugin=${file}=${options}`;
}

/** What a page loads for AMD. */
export const requireJs = join(modules, 'requirejs/require.js');

/** Runs a tool in a consumer; it must succeed. Gives what it has said. */
export async function runTool(consumer: Consumer, tool: Tool, ...options: string[]) {
  const { code, stdout, stderr } = await run(...commandOf(tool, options), consumer.path);
  const log = stdout + stderr;
  expect(code, log).toBe(0);
  return log;
}

/** Like {@link runTool}, for a tool that must have nothing to complain of. */
export async function build(consumer: Consumer, tool: Tool, ...options: string[]): Promise<void> {
  // Rollup marks its warnings by `(!)`.
  expect(await runTool(consumer, tool, ...options)).not.toMatch(/warn|\(!\)/i);
}
