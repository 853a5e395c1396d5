// @ts-check
/**
 * The runtimes that the contract is run on, and how.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { requireBrowserProgram } from '../browsers/programs.mjs';
import { executable } from '../edge/runtimes.mjs';
import { requireChromium } from '../support/chromium.mjs';
import { versionOf } from '../support/other-versions.mjs';

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
 * @property {() => string} title with the versions of what is installed
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
  browser('chromium', 'Chromium', requireChromium),
  browser('firefox', 'Firefox', () => requireBrowserProgram('firefox-esr')),
  browser('webkit', 'WebKitGTK', () => requireBrowserProgram('MiniBrowser')),
];

/**
 * @param {string} version
 * @param {string} [undici]
 * @returns {Runtime}
 */
function node(version, undici) {
  return {
    name: undici ? `node${version}-undici${undici}` : `node${version}`,
    title: () =>
      `Node ${versionOf(`node@${version}`)}, ` +
      `undici ${undici ? versionOf(`undici@${undici}`) : ownUndici}`,
    project: 'contract',
    node: `node@${version}`,
    ...(undici && { undici: `undici@${undici}` }),
    excludes: ['browser'],
  };
}

/**
 * @param {'deno' | 'bun' | 'workerd'} name
 * @param {string} title
 * @param {string} [group]
 * @returns {Runtime}
 */
function edge(name, title, group) {
  const files = [`test/edge/${name}.test.ts`];
  return {
    name,
    title: () => `${title} ${versionIn(executable(name).version)}`,
    project: 'runtimes',
    files,
    excludes: ['browser'],
    ...(group && { group }),
  };
}

/**
 * @param {string} name
 * @param {string} title
 * @param {() => string} program
 * @returns {Runtime}
 */
function browser(name, title, program) {
  const ask = () => spawnSync(program(), ['--version'], { encoding: 'utf8' }).stdout;
  return {
    name,
    title: () => `${title} ${versionIn(ask())}`,
    project: `${name}*`,
    config: '.config/vitest.browsers.config.ts',
    excludes: ['server'],
  };
}

/** @param {string} text what a program says of itself */
const versionIn = (text) => /\d[\d.-]*/.exec(text)?.[0] ?? 'of an unknown version';

/**
 * The undici of the project.
 *
 * @type {string}
 */
const ownUndici = JSON.parse(readFileSync(require.resolve('undici/package.json'), 'utf8')).version;
