// @ts-check
/**
 * The one place that knows where Firefox and WebKit are. As a program it installs what is missing
 * with apt when it is root on Debian, and fails when anything is still missing: a run in fewer
 * browsers must not read as a run in all.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, installPackages } from '../support/debian.mjs';

/** The browser that WebKitWebDriver drives. It stands in no folder of the PATH. */
function findMiniBrowser() {
  /** @param {string} folder @param {RegExp} name */
  const within = (folder, name) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((entry) => name.test(entry))
          .map((entry) => join(folder, entry))
      : [];
  const folders = within('/usr/lib', /-linux-gnu/).flatMap((folder) =>
    within(folder, /^webkit2?gtk-[\d.]+$/),
  );
  return folders.map((folder) => join(folder, 'MiniBrowser')).find(existsSync);
}

/** What is needed: how it is found, and the Debian package that has it. */
const programs = {
  'firefox-esr': { find: () => findProgram('firefox-esr'), debianPackage: 'firefox-esr' },
  WebKitWebDriver: {
    find: () => findProgram('WebKitWebDriver'),
    debianPackage: 'webkit2gtk-driver',
  },
  // In the library that the driver's package depends on.
  MiniBrowser: { find: findMiniBrowser, debianPackage: 'webkit2gtk-driver' },
  Xvfb: { find: () => findProgram('Xvfb'), debianPackage: 'xvfb' },
};

/** @typedef {keyof typeof programs} BrowserProgram */

/** @param {BrowserProgram} name */
function isMissing(name) {
  return programs[name].find() === undefined;
}

/**
 * The path of a program.
 *
 * @param {BrowserProgram} name
 */
export function requireBrowserProgram(name) {
  const path = programs[name].find();
  if (path === undefined)
    throw new Error(
      `There is no ${name}. ` +
        'Run `node test/browsers/programs.mjs` as root on Debian, which installs it.',
    );
  return path;
}

// By its name: the configuration of Vitest is bundled.
if (process.argv[1]?.endsWith('browsers/programs.mjs')) {
  const names = /** @type {BrowserProgram[]} */ (Object.keys(programs));
  installPackages([
    ...new Set(names.filter(isMissing).map((name) => programs[name].debianPackage)),
  ]);
  const missing = names.filter(isMissing);
  if (missing.length > 0) {
    const list = missing.map((name) => `${name} (Debian: ${programs[name].debianPackage})`);
    console.error(
      `The tests need Firefox and WebKit, and these could not be had: ${list.join(', ')}.\n` +
        'As root on Debian they are installed with apt-get; ' +
        'elsewhere `npm test` runs the same tests in Chromium.',
    );
    process.exit(1);
  }
  console.log('Firefox and WebKit: all here');
}
