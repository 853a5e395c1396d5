// @ts-check
/**
 * The runtimes that the contract is run on, and how.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What each file of the contract is for, by the end of its name. */
export const kinds = {
  browser: 'what only a page does',
  server: 'what only a server does',
  development: 'what the production build leaves out',
};

/**
 * @typedef {object} Runtime
 * @property {string} name what chooses it on the command line
 * @property {string} title
 * @property {string} project the project of Vitest
 * @property {string} [config] of Vitest
 * @property {string} [group] of that project's tests, those that belong to this runtime
 * @property {string[]} [files]
 * @property {string} [node] by npm's spec
 * @property {string} [undici] by npm's spec
 * @property {(keyof typeof kinds)[]} excludes the files that are not for it
 */

/** @type {readonly Runtime[]} */
export const runtimes = [
  ...['20.19', '22', '24', '26'].map((version) => node(version)),
  // undici 8 asks for Node 22.19.
  ...['22', '24', '26'].map((version) => node(version, '8')),
  edge('deno', 'Deno'),
  edge('bun', 'Bun'),
  edge('workerd', 'workerd', 'with the latest compatibility date'),
  browser('chromium', 'Chromium'),
  browser('firefox', 'Firefox'),
  browser('webkit', 'WebKit'),
];

/**
 * @param {string} version
 * @param {string} [undici]
 * @returns {Runtime}
 */
function node(version, undici) {
  return {
    name: undici ? `node${version}-undici${undici}` : `node${version}`,
    title: `Node ${version}`,
    project: 'contract',
    node: `node@${version}`,
    ...(undici && { undici: `undici@${undici}` }),
    excludes: ['browser'],
  };
}

/**
 * @param {string} name
 * @param {string} title
 * @param {string} [group]
 * @returns {Runtime}
 */
function edge(name, title, group) {
  const files = [`test/edge/${name}.test.ts`];
  return {
    name,
    title,
    project: 'runtimes',
    files,
    excludes: ['browser'],
    ...(group && { group }),
  };
}

/**
 * @param {string} name
 * @param {string} title
 * @returns {Runtime}
 */
function browser(name, title) {
  const config = '.config/vitest.browsers.config.ts';
  return { name, title, project: `${name}*`, config, excludes: ['server'] };
}

/** @param {string} file */
const versionIn = (file) =>
  /** @type {{version: string}} */ (JSON.parse(readFileSync(file, 'utf8'))).version;

/** The undici of the project. */
export const ownUndici = versionIn(require.resolve('undici/package.json'));
