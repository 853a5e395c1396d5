// @ts-check
/**
 * The API report: the declarations of every entry without their comments, so that a change of the
 * public API is a diff that is reviewed. As a program with `--write` it writes `docs/api.d.ts` from
 * the build in `dist`.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the report is kept. */
export const reportPath = `${root}docs/api.d.ts`;

/** Import name and declaration file of every entry; UMD has the declarations of `isosession`. */
export function declarations() {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  return Object.entries(exports)
    .filter(([name, conditions]) => conditions.types !== undefined && name !== './umd')
    .map(([name, conditions]) => ({
      name: `isosession${name.slice(1)}`,
      file: root + conditions.types.slice(2),
    }));
}

/**
 * The text of a declaration file without its comments.
 *
 * @param {string} file
 */
export function withoutComments(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return ts.createPrinter({ removeComments: true }).printFile(source).trim();
}

/** The report of the build in `dist`. */
export function report() {
  const sections = declarations().map(
    ({ name, file }) => `// ${name}\n\n${withoutComments(file)}\n`,
  );
  return `// The public API. Written by \`npm run api\`; a test compares it with the build.\n\n${sections.join('\n')}`;
}

if (process.argv.includes('--write')) {
  writeFileSync(reportPath, report());
  console.log(`Wrote ${reportPath}`);
}
