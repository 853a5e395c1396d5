import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { groups } from '../../docs/.vitepress/pages.ts';
import { compilerOptions, entries } from '../support/snippets.ts';
import { pages, textOf } from './samples.ts';

/** What `isosession` exports, as TypeScript sees it. */
let checker: ts.TypeChecker;
let declared: Map<string, ts.Symbol>;
beforeAll(() => {
  const main = entries()['isosession'] as string;
  const program = ts.createProgram([main], compilerOptions());
  checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(main) as ts.SourceFile);
  declared = new Map(
    checker
      .getExportsOfModule(module as ts.Symbol)
      .map((symbol) => [
        symbol.name,
        symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
      ]),
  );
});

const membersOf = (name: string): string[] =>
  checker
    .getDeclaredTypeOfSymbol(declared.get(name) as ts.Symbol)
    .getProperties()
    .map((member) => member.name);

/** The names in the first column of a page's tables. */
const rowsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) =>
    [...(cell as string).replace(/:.*/, '').matchAll(/`([a-z.]+)/gi)].map(
      ([, name]) => name as string,
    ),
  );

describe('the reference', () => {
  it('has a row for every option, and no row for what is none', () => {
    // Options of `fetch` that only a runtime's own types have are no affair of the docs.
    const foreign = ['duplex', 'dispatcher'];
    const options = [
      ...new Set([...membersOf('RequestOptions'), ...membersOf('SessionOptions')]),
    ].filter((name) => !foreign.includes(name));
    const nested = [...membersOf('TimeoutOptions'), ...membersOf('RetryOptions')];
    expect(
      rowsOf('reference/options.md')
        .filter((name) => !/^(?:timeout|retry)\.$/.test(name))
        .toSorted(),
    ).toEqual([...options, ...nested, 'cookies'].toSorted());
  });

  it('says of every option its default, how it merges and where it is', () => {
    const [, table = ''] =
      /^\| option \| default \| call over session \| where \|\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(
        textOf('reference/options.md'),
      ) ?? [];
    const rows = table.trimEnd().split('\n');
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      const cells = row.split(/(?<!\\)\|/).slice(1, -1);
      expect(
        cells.filter((cell) => cell.trim() !== ''),
        row,
      ).toHaveLength(4);
    }
  });

  it('has a row for every error and its code', () => {
    const codes = [...declared].flatMap(([name, symbol]) => {
      const code = checker.getDeclaredTypeOfSymbol(symbol).getProperty('code');
      const type = code && checker.getTypeOfSymbol(code);
      // The base class has the union of all codes.
      return name.endsWith('Error') && type?.isStringLiteral() ? [`${name} ${type.value}`] : [];
    });
    const rows = [...textOf('reference/errors.md').matchAll(/^\| `(\w+)` \| `(ERR_\w+)` \|/gm)].map(
      ([, name, code]) => `${name} ${code}`,
    );
    expect(codes.length).toBeGreaterThan(8);
    // Thrown by an entry of its own.
    expect(rows.toSorted()).toEqual([...codes, 'StoreError ERR_STORE'].toSorted());
  });
});

describe('the pages', () => {
  const links = groups.flatMap(({ items }) => items.map(([, link]) => link));

  it('are all in the side bar, once', () => {
    const own = pages().filter((page) => page !== 'index.md');
    expect([...links].toSorted()).toEqual(
      [...own.map((page) => `/${page.replace(/\.md$/, '')}`), '/reference/api/'].toSorted(),
    );
  });

  it.each(pages().filter((page) => page !== 'index.md'))(
    '%s says since when, where and how firmly',
    (page) => {
      const [, head = ''] = /^---\n([^]*?)\n---\n/.exec(textOf(page)) ?? [];
      expect(head).toMatch(/^since: \d+\.\d+\.\d+\nplatforms: .+\nstability: .+$/m);
    },
  );
});
