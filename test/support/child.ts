/**
 * Runs a TypeScript file against the sources in a Node process of its own: what concerns a whole
 * process (its exit, its resources, polluted prototypes) cannot be asked of the one that runs the
 * tests.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { buildProgram } from './build-program.mjs';

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
 * what it says. It is stopped after five minutes, as one that hangs: on a busy machine it
 * may have a tenth of a core.
 */
export async function runProgram(
  name: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
  env: Record<string, string> = {},
  limit = '',
): Promise<ChildResult> {
  const { folder, file: outfile } = await buildProgram(name);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // A limit of resources is the shell's to set.
  const command = [process.execPath, ...execArgv, outfile, ...args];
  const [file = '', ...rest] = limit
    ? ['/bin/sh', '-c', `${limit} && exec "$@"`, 'sh', ...command]
    : command;
  const child = spawn(file, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: 300_000,
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
