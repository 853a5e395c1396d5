/**
 * Runs a TypeScript file against the sources in a Node process of its own: what concerns a whole
 * process (its exit, its resources, polluted prototypes) cannot be asked of the one that runs the
 * tests.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How a child ended. */
export interface ChildResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What the child wrote with `report`, in order. */
  lines: string[];
  errors: string;
  /** ms from its last line to its exit. */
  lingered: number;
}

/**
 * Builds a program of `test/node/programs/` over the sources, runs it with arguments and collects
 * what it says. It is stopped after two minutes: a busy machine takes its time.
 */
export async function runProgram(
  name: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
  env: Record<string, string> = {},
  limit = '',
): Promise<ChildResult> {
  // Within the repository, so that the packages are found.
  const folder = mkdtempSync(join(root, 'node_modules', '.isosession-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(root, 'test', 'node', 'programs', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    alias: {
      isosession: join(root, 'src', 'index.node.ts'),
      'isosession/node': join(root, 'src', 'node', 'index.ts'),
      'isosession/ssr': join(root, 'src', 'ssr', 'index.ts'),
    },
  });
  // A limit of resources is the shell's to set.
  const command = [process.execPath, ...execArgv, outfile, ...args];
  const [file = '', ...rest] = limit
    ? ['/bin/sh', '-c', `${limit} && exec "$@"`, 'sh', ...command]
    : command;
  const child = spawn(file, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: 120_000,
  });
  let output = '';
  let errors = '';
  let spoke = performance.now();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    spoke = performance.now();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (resolve, reject) => {
      child.once('error', reject).once('close', (...end) => resolve(end));
    },
  );
  return {
    code,
    signal,
    lines: output.split('\n').filter(Boolean),
    errors,
    lingered: performance.now() - spoke,
  };
}
