import { relative } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { compilerOptions, entries } from '../support/snippets.ts';
import { root } from './consumer.ts';

/** Something public, and what its docstring says. */
interface Documented {
  /** `saveTo`, or `SaveToOptions.resume`: a member by the type that declares it. */
  readonly name: string;
  /** File and line of its declaration. */
  readonly where: string;
  readonly text: string;
}

/** What the entries export, and the members of what they export, each once. */
function publicApi(): Documented[] {
  const files = Object.values(entries());
  const program = ts.createProgram(
    [...files, `${root}src/node/connect/undici-files.d.ts`],
    compilerOptions(),
  );
  const checker = program.getTypeChecker();
  const found = new Map<ts.Declaration, Documented>();

  /** Whether it is ours and was not met before. */
  const add = (symbol: ts.Symbol, name: string): boolean => {
    const declaration = symbol.declarations?.find(isOurs);
    if (!declaration || found.has(declaration)) return false;
    const source = declaration.getSourceFile();
    const { line } = source.getLineAndCharacterOfPosition(declaration.getStart());
    found.set(declaration, {
      name,
      where: `${relative(root, source.fileName)}:${line + 1}`,
      text: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    });
    return true;
  };
  const addMembers = (type: ts.Type, name: string): void => {
    for (const member of type.getProperties().filter((property) => !isHidden(property))) {
      const declaration = member.declarations?.find(isOurs);
      const owner = declaration?.parent;
      const isNamed =
        owner !== undefined && (ts.isClassDeclaration(owner) || ts.isInterfaceDeclaration(owner));
      const label = `${(isNamed && owner.name?.text) || name}.${member.name}`;
      if (!add(member, label)) continue;
      // A record that is written out where it is used has members of its own.
      if (declaration && ts.isPropertySignature(declaration) && declaration.type)
        addLiterals(declaration.type, label);
    }
  };
  const addLiterals = (node: ts.TypeNode, name: string): void => {
    for (const literal of literalsIn(node)) addMembers(checker.getTypeFromTypeNode(literal), name);
  };

  for (const file of files) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile);
    for (const exported of checker.getExportsOfModule(module as ts.Symbol)) {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      if (!add(symbol, exported.name)) continue;
      const { flags, declarations = [] } = symbol;
      if (flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))
        addMembers(checker.getDeclaredTypeOfSymbol(symbol), exported.name);
      if (flags & ts.SymbolFlags.Class) addMembers(checker.getTypeOfSymbol(symbol), exported.name);
      for (const declaration of declarations.filter(ts.isTypeAliasDeclaration))
        addLiterals(declaration.type, exported.name);
    }
  }
  return [...found.values()];
}

/** What a platform's types declare is documented there. */
function isOurs(declaration: ts.Declaration): boolean {
  return declaration.getSourceFile().fileName.startsWith(`${root}src/`);
}

/** Private, protected and internal members are no part of the contract. */
function isHidden(member: ts.Symbol): boolean {
  const { name } = member;
  // TypeScript makes up a name for what is named by a symbol.
  if (name === 'prototype' || name.startsWith('__@') || name.includes('#')) return true;
  return (member.declarations ?? []).some(
    (declaration) =>
      ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === 'internal') ||
      (ts.getCombinedModifierFlags(declaration) &
        ts.ModifierFlags.NonPublicAccessibilityModifier) !==
        0,
  );
}

/** The records that are written out within a type, but for those of a function in it. */
function literalsIn(node: ts.Node): ts.TypeLiteralNode[] {
  if (ts.isFunctionTypeNode(node)) return [];
  if (ts.isTypeLiteralNode(node)) return [node];
  const literals: ts.TypeLiteralNode[] = [];
  ts.forEachChild(node, (child) => void literals.push(...literalsIn(child)));
  return literals;
}

describe('the public API', () => {
  let api: Documented[];
  beforeAll(() => {
    api = publicApi();
  });

  it.each([
    'Session',
    'BaseSession.close',
    'BaseSession.restore',
    'BodyOptions.json',
    'SharedOptions.timeout',
    'TimeoutOptions.body',
    'SessionResponse.history',
    'ProxyOption.noProxy',
    'saveTo',
    'SaveToOptions.resume',
    'forwardSession',
    'createKy',
    'mockTransport',
    'HTTPError.status',
    'SessionError.context',
  ])('has %s in it', (name) => {
    expect(api.map((member) => member.name)).toContain(name);
  });

  it('has a docstring for each of its members', () => {
    const missing = api.filter(({ text }) => text === '');
    const list = missing.map(({ name, where }) => `${where} ${name}`).toSorted();
    expect(list, `${list.length} of ${api.length} have none`).toEqual([]);
  });
});
