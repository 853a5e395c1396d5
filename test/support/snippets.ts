/**
 * Examples in TypeScript, of Markdown files and of docstrings, and whether they compile as a user's
 * code would.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One example. */
export interface Snippet {
  /** Where it stands. */
  readonly name: string;
  readonly code: string;
}

/** The compiler options of tsconfig.json, its `paths` from import names to sources among them. */
export function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as { config: { compilerOptions: object } };
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options;
}

/** The import names of the entries, with the files of their sources. */
export function entries(): Record<string, string> {
  const { paths = {} } = compilerOptions();
  return Object.fromEntries(
    Object.entries(paths).map(([name, [path]]) => [name, join(root, path as string)]),
  );
}

/** The fenced blocks of TypeScript in a text. */
export function blocksOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code]) => code as string);
}

/** The blocks of TypeScript in the docstrings of src, each named by its file and line. */
export function docExamples(): Snippet[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .flatMap((name) => examplesOf(`src/${name.replaceAll('\\', '/')}`));
}

function examplesOf(file: string): Snippet[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/\/\*\*[^]*?\*\//g)].flatMap(({ 0: comment, index }) => {
    const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
    const line = text.slice(0, index).split('\n').length;
    return blocksOf(lines.join('\n')).map((code, i) => ({
      name: `${file}:${line} #${i + 1}`,
      code,
    }));
  });
}

/** The names that an entry exports. */
function exportsOf(program: ts.Program, file: string): string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const symbol = source && checker.getSymbolAtLocation(source);
  return symbol ? checker.getExportsOfModule(symbol).map(({ name }) => name) : [];
}

/** The names that a text uses and does not declare or import itself. */
function freeNames(code: string): Set<string> {
  const used = new Set<string>();
  const declared = new Set<string>();
  const isPropertyName = (node: ts.Identifier): boolean => {
    const { parent } = node;
    return (
      (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
      (ts.isPropertyAssignment(parent) && parent.name === node) ||
      (ts.isBindingElement(parent) && parent.propertyName === node) ||
      ts.isMethodDeclaration(parent) ||
      ts.isPropertySignature(parent)
    );
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const isName = 'name' in node.parent && node.parent.name === node;
      if (isName && !isPropertyName(node) && !ts.isShorthandPropertyAssignment(node.parent))
        declared.add(node.text);
      else if (!isPropertyName(node)) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('snippet.ts', code, ts.ScriptTarget.Latest, true));
  return new Set([...used].filter((name) => !declared.has(name)));
}

/**
 * An example as a module: with imports of the public names that it takes for granted, and with
 * `session` and `api`, which are sessions wherever nobody makes them.
 */
function complete(code: string, exported: ReadonlyMap<string, readonly string[]>): string {
  const free = freeNames(code);
  const sessions = ['session', 'api'].filter((name) => free.has(name));
  if (sessions.length > 0) free.add('Session');
  const has = (name: string): boolean => new RegExp(`^import .*\\b${name}\\b`, 'm').test(code);
  const imports: string[] = [];
  for (const [entry, names] of exported) {
    const wanted = names.filter((name) => free.has(name) && !has(name));
    for (const name of wanted) free.delete(name);
    const specifiers = wanted.map((name) => `${name} as ${name}`).join(', ');
    // Types and values alike: an example says nothing of how it is compiled.
    if (wanted.length > 0) imports.push(`import { ${specifiers} } from '${entry}';`);
  }
  const declarations = sessions.map((name) => `declare const ${name}: Session;`);
  return [...imports, ...declarations, code, 'export {};'].join('\n');
}

/**
 * What TypeScript says about examples, by their names; those that compile are not in it. Strict, as
 * tsconfig.json is, but that an example need not use what it shows. Packages are those that the
 * folder sees.
 */
export function problemsOf(
  snippets: readonly Snippet[],
  folder: string = root,
): Record<string, string[]> {
  const options: ts.CompilerOptions = {
    ...compilerOptions(),
    noUnusedLocals: false,
    noUnusedParameters: false,
    verbatimModuleSyntax: false,
  };
  const library = Object.entries(entries());
  const publicProgram = ts.createProgram(
    library.map(([, file]) => file),
    options,
  );
  const exported = new Map(library.map(([name, file]) => [name, exportsOf(publicProgram, file)]));

  const texts = new Map(
    snippets.map(({ code }, i) => [join(folder, `snippet-${i}.ts`), complete(code, exported)]),
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists.call(host, path);
  host.readFile = (path) => texts.get(path) ?? readFile.call(host, path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile.call(host, path, version, ...rest)
      : ts.createSourceFile(path, text, version, true);
  };
  const program = ts.createProgram([...texts.keys()], options, host, publicProgram);
  const problems: Record<string, string[]> = {};
  [...texts.keys()].forEach((path, i) => {
    const source = program.getSourceFile(path);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    if (found.length > 0) problems[(snippets[i] as Snippet).name] = found;
  });
  return problems;
}
