import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Consumer, plainEnvironment } from '../package/consumer.ts';
import { budgets } from '../package/sizes.mjs';
import { Site } from './site.ts';
import { build, commandOf, consumerWith, extendManifest, pluginOf, type Tool } from './tools.ts';

/** How a tool builds pages out of a module, minified, as its users do. */
interface PageBuild {
  tool: Tool;
  options(module: string): string[];
  /** What the consumer's `package.json` says of the tool. */
  manifest?: object;
  /** What a page loads, by a script of this type; else the tool writes the page. */
  script?: { file(module: string): string; type: string };
}

const module = { file: (name: string) => name, type: 'module' };

/** Gzipped bytes of what a tool adds to load chunks. */
const loader = 1_000;

const parcel: PageBuild = {
  tool: 'parcel',
  options: () => ['build', 'index.html', '--dist-dir=out', '--public-url=./', '--no-cache'],
};

const builds: Readonly<Record<string, PageBuild>> = {
  esbuild: {
    tool: 'esbuild',
    options: (name) => [
      name,
      '--bundle',
      '--splitting',
      '--minify',
      '--format=esm',
      '--outdir=out',
    ],
    script: module,
  },
  webpack: {
    tool: 'webpack',
    options: (name) => ['--mode=production', `--entry=./${name}`, '--output-path=out'],
    script: { file: () => 'main.js', type: 'text/javascript' },
  },
  rollup: {
    tool: 'rollup',
    options: (name) => [
      ...[name, '--format=es', '--dir=out'],
      pluginOf('node-resolve', '{browser:true}'),
      pluginOf('terser'),
    ],
    script: module,
  },
  vite: { tool: 'vite', options: () => ['build', '--outDir=out', '--base=./'] },
  parcel,
  'parcel by exports': {
    ...parcel,
    manifest: { '@parcel/resolver-default': { packageExports: true } },
  },
};

const html = (file: string, type: string) =>
  `<!doctype html><title>A page</title><link rel="icon" href="data:," /><body></body>
  <script type="${type}" src="./${file}"></script>`;

/** The scripts that a consumer has built. */
function scriptsOf(consumer: Consumer): string[] {
  const folder = join(consumer.path, 'out');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

const site = new Site(inject('packed').folder);
beforeAll(() => site.open());
afterAll(() => site.close());

/** What a program writes that looks so. */
async function lineWith(output: Readable, pattern: RegExp): Promise<string> {
  let text = '';
  for await (const [chunk] of on(output, 'data', { close: ['end'] })) {
    text += stripVTControlCharacters(String(chunk));
    const [found] = pattern.exec(text) ?? [];
    if (found) return found;
  }
  throw new Error(`It has ended:\n${text}`);
}

describe.each(Object.entries(builds))('a page by %s', (name, how) => {
  const { tool, options, manifest, script } = how;
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await consumerWith(name, 'page.js', 'get.js');
    if (manifest) extendManifest(consumer, manifest);
  });

  /** Builds a page out of a module, and gives its path. */
  async function buildPage(file: string): Promise<string> {
    rmSync(join(consumer.path, 'out'), { recursive: true, force: true });
    consumer.write('index.html', html(file, 'module'));
    await build(consumer, tool, ...options(file));
    if (script) consumer.write('out/index.html', html(script.file(file), script.type));
    return `/${name}/out/index.html`;
  }

  test('works by the production build, and loads chunks when they are needed', async () => {
    const { page, problems, scripts } = await site.visit(await buildPage('page.js'));
    expect(scripts).toHaveLength(1);
    expect(await page.evaluate('run()')).toEqual({
      cookie: 'sid=1; seen=yes',
      attempts: 2,
      lines: ['one', 'two'],
      bytes: 100_000,
      percent: 1,
      value: 'yes',
      baseUrl: `${site.origin}/api/`,
      redirected: '/there',
    });
    expect(scripts).toHaveLength(7);
    expect(await page.evaluate('refused()')).not.toContain('did you mean');
    expect(problems).toEqual([expect.stringContaining('status of 503')]);
  });

  test('has nothing of Node in it, and is small', async () => {
    const { page, problems } = await site.visit(await buildPage('get.js'));
    expect(await page.evaluate('run()')).toEqual({ bytes: 0 });
    expect(problems).toEqual([]);
    const codes = scriptsOf(consumer);
    expect(codes.join()).not.toMatch(/undici|tough-cookie|\bnode:/);
    const bytes = codes.map((code) => gzipSync(code, { level: 9 }).length);
    expect(bytes.reduce((sum, length) => sum + length)).toBeLessThanOrEqual(budgets.all + loader);
  });
});

test("a page of Vite's server has the build for development", async () => {
  const consumer = await consumerWith('vite-server', 'page.js');
  consumer.write('index.html', html('page.js', 'module'));
  const server = { host: '127.0.0.1', port: 0, proxy: { '/api': site.origin } };
  consumer.write('vite.config.js', `export default ${JSON.stringify({ server })};`);
  const vite = spawn(...commandOf('vite', []), {
    cwd: consumer.path,
    env: plainEnvironment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const origin = await lineWith(vite.stdout, /http:\/\/127\.0\.0\.1:\d+/);
    const { page, problems } = await site.visit(`${origin}/`);
    expect(await page.evaluate('run()')).toMatchObject({ attempts: 2, percent: 1, value: 'yes' });
    const error = await page.evaluate('refused()');
    expect(error).toContain('did you mean');
    expect(problems).toEqual([expect.stringContaining('status of 503')]);
  } finally {
    if (vite.kill()) await once(vite, 'close');
  }
});
