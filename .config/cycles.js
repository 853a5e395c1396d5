// @ts-check
/**
 * The cycle gate, beside the import table: no file of src reaches itself by its imports, those of
 * types counted, and no folder does by what it loads. As a program it prints the cycles and fails.
 *
 * A file in src itself stands for itself, since the entries and what they share have no folder.
 *
 * @module
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * Names of nodes, each with the names that it leads to.
 *
 * @typedef {Map<string, Set<string>>} Graph
 */

/**
 * What a module imports of its own package.
 *
 * @param {string} file path within src, with slashes
 * @param {string} text
 * @returns {{to: string, typeOnly: boolean}[]} paths within src
 */
export function importsOf(file, text) {
  /** @type {{to: string, typeOnly: boolean}[]} */
  const found = [];
  /** @param {ts.Node | undefined} specifier @param {boolean} typeOnly */
  const add = (specifier, typeOnly) => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return;
    if (!specifier.text.startsWith('.')) return;
    found.push({ to: posix.join(posix.dirname(file), specifier.text), typeOnly });
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}

/**
 * A cycle of each knot in a graph: those who reach each other, by the shortest way that begins at
 * the first of them.
 *
 * @param {Graph} graph
 * @returns {string[][]}
 */
export function cyclesIn(graph) {
  /** @type {string[][]} */
  const cycles = [];
  /** @type {Set<string>} */
  const knotted = new Set();
  for (const start of [...graph.keys()].sort()) {
    if (knotted.has(start)) continue;
    const cycle = shortestCycle(graph, start);
    if (cycle === undefined) continue;
    cycles.push(cycle);
    for (const name of cycle) knotted.add(name);
  }
  return cycles;
}

/**
 * Searches by breadth for the way back to where it began.
 *
 * @param {Graph} graph
 * @param {string} start
 */
function shortestCycle(graph, start) {
  const queue = [[start]];
  const seen = new Set();
  for (const path of queue) {
    for (const next of graph.get(path[path.length - 1] ?? '') ?? []) {
      if (next === start) return [...path, start];
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return undefined;
}

/**
 * The cycles of a tree of modules.
 *
 * @param {Record<string, string>} modules texts by path within src
 */
export function findCycles(modules) {
  /** @type {Graph} */
  const files = new Map();
  /** @type {Graph} */
  const folders = new Map();
  for (const [file, text] of Object.entries(modules)) {
    const folder = folderOf(file);
    const imports = importsOf(file, text);
    files.set(file, new Set(imports.map(({ to }) => to)));
    const loaded = imports.filter(({ typeOnly }) => !typeOnly).map(({ to }) => folderOf(to));
    const outside = loaded.filter((name) => name !== folder);
    folders.set(folder, new Set([...(folders.get(folder) ?? []), ...outside]));
  }
  return { files: cyclesIn(files), folders: cyclesIn(folders) };
}

/** @param {string} file */
function folderOf(file) {
  const folder = posix.dirname(file);
  return folder === '.' ? file : folder;
}

/**
 * The modules of a folder.
 *
 * @param {string} root
 * @returns {Record<string, string>}
 */
export function readModules(root) {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => [name.replaceAll('\\', '/'), readFileSync(join(root, name), 'utf8')]),
  );
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const modules = readModules(fileURLToPath(new URL('../src', import.meta.url)));
  const { files, folders } = findCycles(modules);
  for (const cycle of files) console.error(`Files in a cycle: ${cycle.join(' → ')}`);
  for (const cycle of folders) console.error(`Folders in a cycle: ${cycle.join(' → ')}`);
  const count = files.length + folders.length;
  if (count === 0) console.log(`No import cycle in ${Object.keys(modules).length} modules.`);
  process.exitCode = count === 0 ? 0 : 1;
}
