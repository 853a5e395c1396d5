// @ts-check
/**
 * The API report: the declarations of every entry without their comments and in the order of their
 * names, so that a change of the public API is a diff that is reviewed, and a move of code is none.
 * As a program with `--write` it writes `docs/api.d.ts` from the build in `dist`.
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
      // Those of ES modules lead there.
      file: root + conditions.types.node.require.slice(2),
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

/**
 * The statements of a declaration file: imports, declarations by name, exports. The bundler orders
 * them by the graph of the modules.
 *
 * @param {string} file
 */
function sortedDeclarations(file) {
  const source = ts.createSourceFile(file, withoutComments(file), ts.ScriptTarget.Latest);
  const rank = (/** @type {ts.Statement} */ statement) => {
    if (ts.isImportDeclaration(statement)) return 0;
    return ts.isExportDeclaration(statement) || ts.isNamespaceExportDeclaration(statement) ? 2 : 1;
  };
  const statements = source.statements.map((statement) => ({
    rank: rank(statement),
    name: declaredName(statement),
    text: statement.getText(source),
  }));
  const compare = (/** @type {string} */ a, /** @type {string} */ b) =>
    Number(a > b) - Number(a < b);
  // Overloads of one name keep their order, which has a meaning.
  statements.sort((a, b) => a.rank - b.rank || compare(a.name, b.name));
  return statements.map(({ text }) => text).join('\n');
}

/** @param {ts.Statement} statement */
function declaredName(statement) {
  if (ts.isVariableStatement(statement)) {
    const [declaration] = statement.declarationList.declarations;
    return declaration && ts.isIdentifier(declaration.name) ? declaration.name.text : '';
  }
  const { name } = /** @type {{name?: ts.Node}} */ (/** @type {unknown} */ (statement));
  return name && ts.isIdentifier(name) ? name.text : '';
}

/** The report of the build in `dist`. */
export function report() {
  const sections = declarations().map(
    ({ name, file }) => `// ${name}\n\n${sortedDeclarations(file)}\n`,
  );
  const title = '// The public API. Written by `npm run api`; a test compares it with the build.';
  return `${title}\n\n${sections.join('\n')}`;
}

if (process.argv.includes('--write')) {
  writeFileSync(reportPath, report());
  console.log(`Wrote ${reportPath}`);
}
