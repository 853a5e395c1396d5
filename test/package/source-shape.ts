/**
 * What the gates measure of our own sources.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './consumer.ts';

/** A file of ours. */
export interface Source {
  /** From the repository's root, with slashes. */
  path: string;
  text: string;
}

/** The TypeScript and JavaScript files of a folder of the repository. */
export function readSources(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.(?:ts|js|mjs)$/.test(path) && !path.includes('/node_modules/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** `path:line` of every line that has more columns than `most`. */
export function longLines({ path, text }: Source, most: number): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (line.length > most ? [`${path}:${index + 1}`] : []));
}

/** How many lines a file has; the newline at its end begins none. */
export function countLines({ text }: Source): number {
  return text.replace(/\n$/, '').split('\n').length;
}

/** How many of the files stand in each folder itself. */
export function filesByFolder(sources: Source[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of sources) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return counts;
}

function parse({ path, text }: Source): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
}

/** `path:line` of every cast. `as const` is none: it claims nothing that is not plain to see. */
export function casts(source: Source): string[] {
  const file = parse(source);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isCast = ts.isAsExpression(node) || ts.isTypeAssertionExpression(node);
    if (isCast && !ts.isConstTypeReference(node.type)) {
      const { line } = file.getLineAndCharacterOfPosition(node.type.pos);
      found.push(`${source.path}:${line + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The names that a module declares and exports; what it passes on from another is not its own. */
export function exportedDeclarations(source: Source): Set<string> {
  const file = parse(source);
  const names = new Set<string>();
  const imported = new Set<string>();
  const listed: string[] = [];
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) {
      for (const name of importedNames(statement)) imported.add(name);
    } else if (ts.isExportDeclaration(statement)) {
      if (statement.moduleSpecifier === undefined) listed.push(...exportedNames(statement));
    } else if (isExported(statement)) {
      for (const name of declaredNames(statement)) names.add(name);
    }
  }
  for (const name of listed) if (!imported.has(name)) names.add(name);
  return names;
}

function importedNames({ importClause }: ts.ImportDeclaration): string[] {
  const bindings = importClause?.namedBindings;
  if (bindings === undefined) return [];
  if (ts.isNamespaceImport(bindings)) return [bindings.name.text];
  return bindings.elements.map(({ name }) => name.text);
}

function exportedNames({ exportClause }: ts.ExportDeclaration): string[] {
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
  return exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

function isExported(node: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function declaredNames(node: ts.Statement): string[] {
  if (ts.isVariableStatement(node)) {
    const { declarations } = node.declarationList;
    return declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  }
  const isNamed =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node);
  return isNamed && node.name !== undefined ? [node.name.text] : [];
}

/** The exported names that more than one module declares, each with the modules. */
export function sharedNames(sources: Source[]): Map<string, string[]> {
  const homes = new Map<string, string[]>();
  for (const source of sources) {
    for (const name of exportedDeclarations(source)) {
      homes.set(name, [...(homes.get(name) ?? []), source.path]);
    }
  }
  return new Map([...homes].filter(([, paths]) => paths.length > 1));
}
