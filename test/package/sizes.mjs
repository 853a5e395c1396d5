// @ts-check
/**
 * What the library costs a page, in bytes: as a program it prints a table and fails when a bound is
 * broken.
 *
 * @module
 */
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * `bound` is what a build may not pass: it only ever goes down, towards `goal`.
 *
 * @typedef {{name: string, minified: number, gzipped: number, bound: number, goal: number}} Size
 */

/**
 * Bundles what a page imports as its bundler would: the browser's condition, minified, and without
 * the chunk that it loads only when it is needed.
 *
 * @param {string} contents
 */
async function bundle(contents) {
  // `tsconfigRaw` keeps esbuild from the `paths` that lead our own tests to the sources.
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    tsconfigRaw: '{}',
    legalComments: 'none',
    external: ['*/xhr.js'],
  });
  return /** @type {{contents: Uint8Array}} */ (outputFiles[0]).contents;
}

/**
 * @param {string} name
 * @param {Uint8Array} code
 * @param {number} bound gzipped bytes
 * @param {number} goal gzipped bytes
 * @returns {Size}
 */
function measure(name, code, bound, goal) {
  return { name, minified: code.length, gzipped: gzipSync(code, { level: 9 }).length, bound, goal };
}

/** The bounded bundles of the build in `dist`. */
export async function sizes() {
  return [
    measure(
      '{ Session, basic, bearer }',
      await bundle("export { Session, basic, bearer } from 'isosession'"),
      16_740,
      6_000,
    ),
    measure('UMD', readFileSync(`${root}dist/umd/isosession.js`), 20_810, 8_500),
  ];
}

/** @param {Size[]} rows */
export function table(rows) {
  const line = (/** @type {(string | number)[]} */ [name, ...numbers]) =>
    String(name).padEnd(28) + numbers.map((number) => String(number).padStart(10)).join('');
  return [
    line(['bytes', 'minified', 'gzipped', 'bound', 'goal']),
    ...rows.map(({ name, minified, gzipped, bound, goal }) =>
      line([name, minified, gzipped, bound, gzipped > goal ? `${goal} !` : goal]),
    ),
  ].join('\n');
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const rows = await sizes();
  console.log(table(rows));
  const broken = rows.filter(({ gzipped, bound }) => gzipped > bound);
  for (const { name, gzipped, bound } of broken)
    console.error(`${name} is ${gzipped - bound} bytes over its bound.`);
  process.exitCode = broken.length ? 1 : 0;
}
