import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { root, type Sample } from './samples.ts';

/** Leads a sample's calls to the server on loopback; all else is the transport that a user has. */
const preload = (origin: string): string => `
  import { undiciTransport } from 'isosession/node';
  import { useTransport } from 'isosession/testing';
  import { Agent, fetch } from 'undici';
  const agent = new Agent();
  const dispatch = (options, handler) => {
    const { host } = new URL(options.origin);
    if (!/(^|\\.)example(\\.com)?$/.test(host)) throw new Error('A sample called ' + host);
    const more = { 'x-example-host': host, 'x-example-program': process.pid };
    const headers = { ...options.headers, ...more };
    return agent.dispatch({ ...options, headers, origin: '${origin}' }, handler);
  };
  useTransport(undiciTransport({ dispatcher: { dispatch } }));
  globalThis.fetch = (input, init) => fetch(input, { ...init, dispatcher: { dispatch } });
`;

/** Runs samples over the built package. */
export interface NodeRunner extends AsyncDisposable {
  /**
   * Runs the samples of a page, one after another in one program, which has to end by itself: an
   * idle session keeps no process alive.
   *
   * @returns what each has printed
   */
  run(samples: readonly Sample[]): Promise<string[][]>;
}

const mark = '── the next sample ──';

export async function nodeRunner(origin: string): Promise<NodeRunner> {
  // Inside the package, so that its name and those of its dependencies are found.
  const folder = await mkdtemp(join(root, '.samples-'));
  await writeFile(join(folder, 'loopback.mjs'), preload(origin));
  let pages = 0;
  return {
    async run(samples) {
      const own = join(folder, String(++pages));
      await mkdir(own);
      const programs = samples.map(async ({ code }, i) => {
        const script = await transform(code, { loader: 'ts', format: 'esm', target: 'node20.19' });
        await writeFile(join(own, `sample-${i}.mjs`), script.code);
        return `console.log('${mark}'); await import('./sample-${i}.mjs');`;
      });
      await writeFile(join(own, 'main.mjs'), (await Promise.all(programs)).join('\n'));
      const program = ['--import', join(folder, 'loopback.mjs'), 'main.mjs'];
      const options = { cwd: own, timeout: 60_000 };
      const run = promisify(execFile)(process.execPath, program, options);
      const { stdout } = await run.catch(
        ({ stdout, stderr }: { stdout: string; stderr: string }) => {
          throw new Error(`${stdout}\n${stderr.split('\n').slice(0, 20).join('\n')}`);
        },
      );
      const parts = stdout.split(`${mark}\n`).slice(1);
      return parts.map((part) => part.split('\n').filter((line) => line !== ''));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
