// @ts-check
/**
 * The table of runtimes, as the docs show it.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const resultsFile = fileURLToPath(new URL('results.json', import.meta.url));
export const page = fileURLToPath(new URL('../../docs/reference/platforms.md', import.meta.url));

/** @returns {import('./result.mjs').Result[]} */
export const readResults = () =>
  existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : [];

/** @param {readonly import('./result.mjs').Reason[]} reasons */
const told = (reasons) =>
  reasons.map(({ because, count, of }) => `${because} (${count} ${of})`).join('; ') || '–';

/** @param {readonly import('./result.mjs').Result[]} results */
export function tableOf(results) {
  const rows = results.map(({ title, day, passed, declared, deviations, excluded }) =>
    [title, day, `${passed} / ${declared}`, told(deviations), told(excluded)].join(' | '),
  );
  const head = [
    '| runtime | run on | passed / declared | known to differ | not for it |',
    '|---|---|---|---|---|',
  ];
  return [...head, ...rows.map((row) => `| ${row} |`)].join('\n');
}

const marked = /(<!-- runtimes -->)[^]*?(<!-- \/runtimes -->)/;

/**
 * A page with its table anew.
 *
 * @param {string} text
 * @param {readonly import('./result.mjs').Result[]} results
 */
export const withTable = (text, results) =>
  text.replace(marked, (_, before, after) => `${before}\n\n${tableOf(results)}\n\n${after}`);
