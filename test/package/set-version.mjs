// @ts-check
/**
 * After `changeset version`, in the current folder: dates the version's head in the changelog, and
 * brings the version to where changesets do not: `src/version.ts` and the lock file.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const today = new Date().toISOString().slice(0, 10);

/**
 * @param {string} file
 * @param {RegExp} pattern
 * @param {string} text
 */
function replace(file, pattern, text) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(pattern, text));
}

const head = new RegExp(`^## ${version.replaceAll('.', '[.]')}(?: \\(unreleased\\))?$`, 'm');
replace('CHANGELOG.md', head, `## ${version} (${today})`);
replace('src/version.ts', /(?<=version = ')[^']*/, version);

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
lock.version = lock.packages[''].version = version;
writeFileSync('package-lock.json', `${JSON.stringify(lock, undefined, 2)}\n`);
