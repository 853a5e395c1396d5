/**
 * Bundles workers and runs them in workerd.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';
import { inject } from 'vitest';
import { executable } from './runtimes.mjs';

const workerd = executable('workerd');
const consumer = inject('consumer');

/**
 * Compatibility dates, which decide how workerd behaves: the latest that this workerd knows, which
 * is the day it was made, and an early one.
 */
export const dates = {
  latest: /\d{4}-\d\d-\d\d/.exec(workerd.version)?.[0] ?? '',
  early: '2023-03-01',
};

/**
 * What is behind `caches`: workerd sends it a response as HTTP/1.1 writes one, and is sent it as
 * a response.
 */
const cache = `
const written = new Map();
export default {
  async fetch(request) {
    if (request.method === 'PUT') {
      written.set(request.url, await request.text());
      return new Response(null, { status: 204 });
    }
    const [, body] = /\\r\\n\\r\\n([^]*)/.exec(written.get(request.url) ?? '') ?? [];
    const status = body === undefined ? 504 : 200;
    return new Response(body, { status, headers: { 'cf-cache-status': body ? 'HIT' : 'MISS' } });
  },
};
`;

/**
 * Bundles a worker as Cloudflare's own tool does, since workerd resolves no packages. Returns the
 * files that are in the bundle.
 */
export async function bundle(name: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { worker as default } from './${name}.js';`, resolveDir: consumer },
    absWorkingDir: consumer,
    outfile: `${name}.bundle.js`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    metafile: true,
    tsconfigRaw: {},
    logLevel: 'error',
  });
  return Object.keys(metafile.inputs);
}

/**
 * Starts a worker at a compatibility date, without any flag but those given, calls `use` with its
 * origin, and ends the worker when that is done.
 */
export async function withWorker<T>(
  name: string,
  date: string,
  use: (origin: string) => Promise<T>,
  flags: readonly string[] = [],
): Promise<T> {
  const file = join(consumer, `${name}.${date}.capnp`);
  writeFileSync(join(consumer, 'cache.js'), cache);
  writeFileSync(
    file,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "loopback", network = (allow = ["private"])),
    (name = "cache", worker = .cache),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "${name}.bundle.js")],
  compatibilityDate = "${date}",
  compatibilityFlags = ${JSON.stringify(flags)},
  globalOutbound = "loopback",
  cacheApiOutbound = "cache"
);
const cache :Workerd.Worker = (
  modules = [(name = "cache.js", esModule = embed "cache.js")],
  compatibilityDate = "${date}"
);
`,
  );
  const child = spawn(workerd.path, ['serve', file, '--control-fd=3'], {
    cwd: consumer,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    (stream as Readable).setEncoding('utf8').on('data', (text: string) => (output += text));
  try {
    return await use(`http://127.0.0.1:${await portOf(child.stdio[3] as Readable)}/`);
  } catch (cause) {
    throw new Error(`${workerd.version}, ${name} with the compatibility date ${date}:\n${output}`, {
      cause,
    });
  } finally {
    // By SIGTERM it would wait for the requests under way to end.
    child.kill('SIGKILL');
    await closed;
  }
}

/** The port, which workerd writes to its control channel once it listens. */
async function portOf(control: Readable): Promise<number> {
  let text = '';
  for await (const chunk of control.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    const port = /"event":"listen".*"port":(\d+)/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('It ended before it listened.');
}
