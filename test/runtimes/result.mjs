// @ts-check
/**
 * What a run of Vitest says of the contract on one runtime.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kinds } from './runtimes.mjs';

/**
 * How many tests, or files of them, for one reason.
 *
 * @typedef {{because: string, count: number, of: 'tests' | 'files'}} Reason
 *
 * @typedef {object} Result
 * @property {string} name
 * @property {string} title with its version
 * @property {string} day of the run, in UTC
 * @property {number} passed
 * @property {number} declared the tests that are for it
 * @property {Reason[]} deviations those that fail there as is known, and only so
 * @property {Reason[]} excluded what is not for it
 *
 * @typedef {object} Assertion of Vitest's reporter
 * @property {string[]} ancestorTitles
 * @property {string} title
 * @property {string} status
 * @property {{notHere?: string}} [meta]
 *
 * @typedef {{testResults: {name: string, assertionResults: Assertion[]}[]}} Report
 */

/** How the name of a test says why it is not here. */
const notHere = / \[not here: (.*)\]$/;

/**
 * @param {import('./runtimes.mjs').Runtime} runtime
 * @param {Report} report
 * @returns {Result}
 */
export function resultOf(runtime, report) {
  const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const tests = runtime.project === 'runtimes' ? all.filter(isOf(runtime)) : all;
  /** @param {Assertion} test */
  const because = ({ title, meta }) => meta?.notHere ?? notHere.exec(title)?.[1];
  const declared = tests.filter(({ status }) => status === 'passed' || status === 'failed');
  const passed = declared.filter(({ status }) => status === 'passed');
  return {
    name: runtime.name,
    title: runtime.title(),
    day: new Date().toISOString().slice(0, 10),
    passed: passed.filter((test) => because(test) === undefined).length,
    declared: declared.length,
    deviations: reasons(passed.map(because), 'tests'),
    excluded: [
      ...reasons(
        contractFiles().flatMap((name) =>
          runtime.excludes.filter((kind) => name.endsWith(`.${kind}`)).map((kind) => kinds[kind]),
        ),
        'files',
      ),
      ...reasons(
        tests
          .filter(({ status }) => status !== 'passed' && status !== 'failed')
          .map((test) => because(test) ?? 'nobody has said why'),
        'tests',
      ),
    ],
  };
}

/**
 * The files that a run has left out, such as those for which it could start no worker: what it
 * counts is not the whole.
 *
 * @param {import('./runtimes.mjs').Runtime} runtime
 * @param {Report} report
 */
export function missingFiles({ project, excludes }, report) {
  // An edge runtime's report has a test for each file.
  if (project === 'runtimes') return [];
  const ran = report.testResults.map(({ name }) => name.replaceAll('\\', '/'));
  return contractFiles().filter(
    (file) =>
      !excludes.some((kind) => file.endsWith(`.${kind}`)) &&
      !ran.some((name) => name.endsWith(`/test/contract/${file}.contract.ts`)),
  );
}

/** The files of the contract, without the common end of their names. */
const contractFiles = () =>
  readdirSync(fileURLToPath(new URL('../contract', import.meta.url)), {
    recursive: true,
    encoding: 'utf8',
  })
    .filter((path) => path.endsWith('.contract.ts'))
    .map((path) => path.slice(0, -'.contract.ts'.length).replaceAll('\\', '/'));

/**
 * Of the tests of an edge runtime those of the contract, which stand below its files.
 *
 * @param {import('./runtimes.mjs').Runtime} runtime
 */
function isOf({ group }) {
  const files = new Set(contractFiles());
  return (/** @type {Assertion} */ { ancestorTitles, title }) =>
    ancestorTitles.some((name) => files.has(name)) &&
    title !== 'was run' &&
    (group === undefined || ancestorTitles.includes(group));
}

/**
 * @param {(string | undefined)[]} all
 * @param {'tests' | 'files'} of
 * @returns {Reason[]}
 */
function reasons(all, of) {
  const given = all.filter((because) => because !== undefined);
  return [...new Set(given)].map((because) => ({
    because,
    count: given.filter((other) => other === because).length,
    of,
  }));
}
