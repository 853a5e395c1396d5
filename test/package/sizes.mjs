// @ts-check
/**
 * What the library costs a page, in bytes: as a program it prints a table and fails when a budget
 * is exceeded. `node test/package/sizes.mjs <folder>` measures the build of another copy.
 *
 * @module
 */
import { readFileSync, realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';

/**
 * Bytes, summed over the files; each is compressed by itself, because each is sent by itself.
 *
 * @typedef {{name: string, minified: number, gzipped: number, budget: number}} Size
 */

/**
 * Gzipped bytes: what each took when its budget was set, and 2 %. To raise one is a decision, made
 * in the commit that needs it.
 */
export const budgets = {
  whole: 26_900,
  start: 23_100,
  all: 28_130,
  rollup: 23_200,
  vite: 23_400,
  get: 26_850,
  basic: 250,
  umd: 32_870,
  development: 29_250,
};

/**
 * What a page loads by itself, and what also when it needs it.
 *
 * @typedef {{start: Uint8Array[], all: Uint8Array[]}} Bundle
 */

/**
 * Bundles what a page imports as esbuild's users do: the browser's condition, minified.
 *
 * @param {string} root
 * @param {string} contents
 * @param {{splitting?: boolean, conditions?: string[]}} [options]
 * @returns {Promise<Bundle>}
 */
async function bundle(root, contents, { splitting = false, conditions = [] } = {}) {
  // `tsconfigRaw` keeps esbuild from the `paths` that lead our own tests to the sources.
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    splitting,
    conditions,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: 'bundle',
    metafile: true,
    write: false,
    tsconfigRaw: '{}',
    legalComments: 'none',
  });
  const codes = new Map(outputFiles.map(({ path, contents: code }) => [basename(path), code]));
  /** @type {(path: string, loaded?: Set<string>) => Set<string>} */
  const loadedWith = (path, loaded = new Set()) => {
    if (loaded.has(path)) return loaded;
    loaded.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement') loadedWith(next, loaded);
    return loaded;
  };
  const start = loadedWith('bundle/stdin.js');
  /** @param {Iterable<string>} paths */
  const read = (paths) =>
    Array.from(paths, (path) => /** @type {Uint8Array} */ (codes.get(basename(path))));
  return { start: read(start), all: read(Object.keys(metafile.outputs)) };
}

const page = 'page';

/**
 * The page as a module, and where its import of the library leads.
 *
 * @param {string} root
 * @param {string} contents
 */
function pagePlugin(root, contents) {
  return {
    name: page,
    /** @param {string} id */
    resolveId: (id) => {
      if (id === page) return page;
      return id === 'isosession' ? `${root}/dist/production/browser.js` : null;
    },
    /** @param {string} id */
    load: (id) => (id === page ? contents : null),
  };
}

/**
 * The chunks of Rollup or of Vite, those of the start apart.
 *
 * @typedef {object} Chunk
 * @property {string} type
 * @property {string} [fileName]
 * @property {string} [code]
 * @property {boolean} [isEntry]
 * @property {string[]} [imports]
 *
 * @param {Chunk[]} output
 * @returns {Bundle}
 */
function byChunk(output) {
  const chunks = output.filter(({ type }) => type === 'chunk');
  /** @type {(chunk: typeof chunks[number] | undefined, found?: Set<object>) => Set<any>} */
  const loadedWith = (chunk, found = new Set()) => {
    if (!chunk || found.has(chunk)) return found;
    found.add(chunk);
    for (const name of chunk.imports ?? [])
      loadedWith(
        chunks.find(({ fileName }) => fileName === name),
        found,
      );
    return found;
  };
  /** @param {Iterable<{code?: string}>} some */
  const read = (some) => Array.from(some, ({ code = '' }) => new TextEncoder().encode(code));
  return { start: read(loadedWith(chunks.find(({ isEntry }) => isEntry))), all: read(chunks) };
}

/**
 * As Rollup's users do, with esbuild to minify.
 *
 * @param {string} root
 * @param {string} contents
 */
async function bundleByRollup(root, contents) {
  const build = await rollup({ input: page, plugins: [pagePlugin(root, contents)] });
  const { output } = await build.generate({ format: 'es' });
  await build.close();
  const minified = output.map(async (chunk) => {
    if (chunk.type !== 'chunk') return chunk;
    const { code } = await esbuild.transform(chunk.code, {
      minify: true,
      format: 'esm',
      target: 'es2022',
      legalComments: 'none',
    });
    return { ...chunk, code };
  });
  return byChunk(await Promise.all(minified));
}

/**
 * As Vite's users do.
 *
 * @param {string} root
 * @param {string} contents
 */
async function bundleByVite(root, contents) {
  // As on a command line: a test runner has set it to its own.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  const result = await vite.build({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [pagePlugin(root, contents)],
    build: {
      write: false,
      modulePreload: false,
      target: 'es2022',
      rolldownOptions: { input: page, preserveEntrySignatures: 'strict' },
    },
  });
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = NODE_ENV;
  const { output } = /** @type {any} */ (Array.isArray(result) ? result[0] : result);
  return byChunk(output);
}

/**
 * @param {string} name
 * @param {Uint8Array[]} files
 * @param {number} budget
 * @returns {Size}
 */
function measure(name, files, budget) {
  const sum = (/** @type {(file: Uint8Array) => number} */ length) =>
    files.reduce((total, file) => total + length(file), 0);
  return {
    name,
    minified: sum((file) => file.length),
    gzipped: sum((file) => gzipSync(file, { level: 9 }).length),
    budget,
  };
}

/** What the build in `dist` costs. */
export async function sizes(root = fileURLToPath(new URL('../..', import.meta.url))) {
  const names = '{ Session, basic, bearer }';
  const session = `export ${names} from 'isosession'`;
  const split = await bundle(root, session, { splitting: true });
  const [whole, get, basic, development, byRollup, byVite] = await Promise.all([
    bundle(root, session),
    bundle(root, "export { get } from 'isosession'"),
    bundle(root, "export { basic } from 'isosession'"),
    bundle(root, session, { conditions: ['development'] }),
    bundleByRollup(root, session),
    bundleByVite(root, session),
  ]);
  return [
    measure(`${names} in one file`, whole.all, budgets.whole),
    measure('the same in chunks, at the start', split.start, budgets.start),
    measure('the same in chunks, all of them', split.all, budgets.all),
    measure('the same by Rollup, at the start', byRollup.start, budgets.rollup),
    measure('the same by Vite, at the start', byVite.start, budgets.vite),
    measure('{ get } in one file', get.all, budgets.get),
    measure('{ basic }', basic.all, budgets.basic),
    measure('UMD', [readFileSync(`${root}/dist/umd/isosession.js`)], budgets.umd),
    measure(`${names} for development`, development.all, budgets.development),
  ];
}

/** @param {Size[]} rows */
export function table(rows) {
  const line = (/** @type {(string | number)[]} */ [name, ...numbers]) =>
    String(name).padEnd(44) + numbers.map((number) => String(number).padStart(10)).join('');
  return [
    line(['bytes', 'minified', 'gzipped', 'budget']),
    ...rows.map(({ name, minified, gzipped, budget }) => line([name, minified, gzipped, budget])),
  ].join('\n');
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  const rows = await sizes(folder && resolve(folder));
  console.log(table(rows));
  const exceeded = rows.filter(({ gzipped, budget }) => gzipped > budget);
  for (const { name, gzipped, budget } of exceeded)
    console.error(`${name} is ${gzipped - budget} bytes over its budget.`);
  process.exitCode = exceeded.length ? 1 : 0;
}
