/**
 * Runs before the tests of the runtimes. It installs the runtimes, and it installs the packed
 * package in a project that has the contract as a program.
 *
 * @module
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { addPeers, installTarball } from '../package/consumer.ts';
import { installRuntimes } from './runtimes.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * The path of a project with the installed package and the bundled programs of `inside/`. The
     * library is not bundled into them.
     */
    consumer: string;
  }
}

const here = fileURLToPath(new URL('.', import.meta.url));

export async function setup(project: TestProject): Promise<() => void> {
  installRuntimes();
  const consumer = await installTarball();
  addPeers(consumer, ['@opentelemetry/api', 'dpop', 'htmlparser2', 'oauth4webapi']);
  await build({
    entryPoints: ['process', 'worker', 'shared-session', 'returned', 'digest'].map((name) =>
      join(here, `inside/${name}.ts`),
    ),
    outdir: consumer.path,
    bundle: true,
    // The fake timers look for the last three, and do without them.
    external: ['isosession', 'timers', 'timers/promises', 'perf_hooks'],
    alias: { vitest: join(here, 'inside/vitest.ts'), util: join(here, 'inside/no-util.ts') },
    // To look for colours in `process.env` would need a permission in Deno.
    define: { process: 'undefined' },
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'esm',
    target: 'es2022',
    tsconfigRaw: {},
    logLevel: 'error',
  });
  project.provide('consumer', consumer.path);
  return () => consumer.remove();
}
