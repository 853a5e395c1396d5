import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Told {
  text: string;
  /** This undici had made itself the dispatcher of `fetch` when our calls had been made. */
  setByUs: boolean;
  /** The code of a call's error through a SOCKS proxy that does not answer. */
  socks: string;
  fetched: string;
  requested: string;
}

/** Runs the program beside a copy of undici whose package.json has these `exports`. */
async function runBeside(exports: Record<string, string> | undefined): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const manifest = createRequire(import.meta.url).resolve('undici/package.json');
  const copy = join(folder, 'node_modules', 'undici');
  cpSync(dirname(manifest), copy, { recursive: true, dereference: true });
  const described = JSON.parse(readFileSync(manifest, 'utf8')) as object;
  writeFileSync(join(copy, 'package.json'), JSON.stringify({ ...described, exports }));
  const global = join(copy, 'lib', 'global.js');
  const marked = readFileSync(global, 'utf8').replace(
    'function setGlobalDispatcher (agent) {',
    '$& globalThis.isGlobalDispatcherSet = true',
  );
  writeFileSync(global, marked);
  const outfile = join(folder, 'program.mjs');
  await build({
    entryPoints: [join(root, 'test/node/programs/undici-files.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['undici'],
    // Of what is bundled with it and is no module.
    banner: {
      js: [
        "import { createRequire as make } from 'node:module';",
        'const require = make(import.meta.url);',
      ].join('\n'),
    },
    alias: { isosession: join(root, 'src/index.node.ts') },
    logLevel: 'error',
  });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile], {
    timeout: 30_000,
    // Whatever loads another undici for the tests is not for this one.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout) as Told;
}

const same = { text: 'hello', fetched: 'hello', requested: 'hello' };

test("undici's own files are loaded, and its index is not", async () => {
  expect(await runBeside(undefined)).toEqual({ ...same, setByUs: false, socks: 'ERR_PROXY' });
});

test('where they are gone its index is, without becoming the dispatcher of fetch', async () => {
  expect(await runBeside({ '.': './index.js', './package.json': './package.json' })).toEqual({
    ...same,
    setByUs: false,
    // What no public name leads to cannot be had.
    socks: 'ERR_UNSUPPORTED',
  });
});
