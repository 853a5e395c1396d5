// @ts-check
/**
 * Finds Firefox and WebKit. Run as a program, as root on Debian, it installs with apt what is
 * missing, and it fails when anything is still missing: a run in fewer browsers must not look like
 * a run in all.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, installPackages } from '../support/debian.mjs';

/** Finds the browser that WebKitWebDriver drives, which is in no folder of the PATH. */
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

/** The programs that are needed, how each is found, and the Debian package that has it. */
const programs = {
  'firefox-esr': { find: () => findProgram('firefox-esr'), debianPackage: 'firefox-esr' },
  WebKitWebDriver: {
    find: () => findProgram('WebKitWebDriver'),
    debianPackage: 'webkit2gtk-driver',
  },
  // It comes with the library that the driver's package depends on.
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

// Recognised by the name, as Vitest bundles this module into its configuration.
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
