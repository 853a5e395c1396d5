// @ts-check
// The contract on every runtime: a table of what passes of what is for it, in `results.json` and on
// the page of the docs. Arguments choose runtimes, and the rest of the table stays as it was:
// `npm run test:runtimes node24 deno`; `-- --list` names them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runVitest } from '../support/other-versions.mjs';
import { missingFiles, resultOf } from './result.mjs';
import { runtimes } from './runtimes.mjs';
import { page, readResults, resultsFile, tableOf, withTable } from './table.mjs';

/**
 * Gives the row of a runtime, unless the run has ended before it was whole.
 *
 * @param {import('./runtimes.mjs').Runtime} runtime
 */
function run(runtime) {
  const { project, files = ['test/contract'], config, node, undici } = runtime;
  const folder = mkdtempSync(join(tmpdir(), 'isosession-runtimes-'));
  const report = join(folder, 'report.json');
  console.log(`\n== ${runtime.name}`);
  try {
    const status = runVitest(
      { node, undici },
      [
        ...['--config', config ?? '.config/vitest.config.ts', '--project', project],
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
        ...files,
      ],
      { SHOWS_EXCLUDED: '1' },
    );
    if (status !== 0) process.exitCode = 1;
    const text = existsSync(report) ? readFileSync(report, 'utf8') : '';
    if (text === '') return undefined;
    const missing = missingFiles(runtime, JSON.parse(text));
    if (missing.length > 0) console.log(`Did not run: ${missing.join(', ')}`);
    return missing.length > 0 ? undefined : resultOf(runtime, JSON.parse(text));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function prepare(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

const given = process.argv.slice(2);
const names = runtimes.map(({ name }) => name);
const unknown = given.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.log(`Runtimes: ${names.join(', ')}`);
  process.exit(given.includes('--list') ? 0 : 1);
}
const chosen = runtimes.filter(({ name }) => given.length === 0 || given.includes(name));
if (chosen.some(({ project }) => project === 'runtimes')) prepare('npm', 'run', 'build');
if (chosen.some(({ config }) => config)) {
  prepare('node', 'test/support/chromium.mjs');
  prepare('node', 'test/browsers/programs.mjs');
}
for (const runtime of chosen) {
  const result = run(runtime);
  if (result === undefined || result.declared === 0) {
    process.exitCode = 1;
    console.log(`${runtime.name} has no new row`);
    continue;
  }
  const others = readResults().filter(({ name }) => name !== runtime.name);
  const results = [...others, result].toSorted(
    (a, b) => names.indexOf(a.name) - names.indexOf(b.name),
  );
  writeFileSync(resultsFile, `${JSON.stringify(results, null, 2)}\n`);
}
writeFileSync(page, withTable(readFileSync(page, 'utf8'), readResults()));
console.log(`\n${tableOf(readResults())}`);
