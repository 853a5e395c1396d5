import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { findCycles, importsOf, readModules } from '../../.config/cycles.js';
import { refuse } from '../../.config/layers.js';
import { root } from './consumer.ts';
import {
  casts,
  countLines,
  exportedDeclarations,
  filesByFolder,
  longLines,
  readSources,
  sharedNames,
  type Source,
} from './source-shape.ts';

/** Casts in src that are left, each with its reason in sight. */
const mostCasts = 82;

/** The entries of the platforms declare the same names: that is what they are there for. */
const entries = /^src\/index\.(?:node|edge|browser)\.ts$/;

/** Exported names that further modules declare, too, each with the reason. */
const mayBeShared: Record<string, string> = {
  fetchTransport: 'is one public function, which each platform makes in its own way',
};

describe('the import table', () => {
  it.each([
    // Each layer: itself, the errors, and what stands below it.
    ['request/url.ts', './headers.ts', false],
    ['request/url.ts', '../errors/invalid-request-error.ts', false],
    ['request/credentials.ts', '../cancellation/cancellation.ts', false],
    ['middleware/auth/basic.ts', '../../request/headers.ts', false],
    ['call/call.ts', '../middleware/retry.ts', false],
    ['call/call.ts', '../transports/send.ts', false],
    ['session/snapshot.ts', '../call/call.ts', false],
    ['node/http1/pool.ts', '../../transports/redirects.ts', false],
    ['ssr/hydration/hydrate.ts', '../../internals.ts', false],
    ['testing/index.ts', './mock-transport.ts', false],
    // What may only be named in types.
    ['types/request.ts', '../response/session-response.ts', true],
    ['model.ts', './call/call.ts', true],
    ['middleware/auth/basic.ts', '../../types/middleware.ts', true],
    ['request/body.ts', '../model.ts', true],
    ['ssr/hydration/hydrate.ts', '../../index.browser.ts', true],
    ['ky.ts', './session.ts', true],
    // Packages, each in its one home.
    ['node/http1/pool.ts', 'undici', false],
    ['node/http1/pool.ts', 'undici/lib/dispatcher/client.js', false],
    ['node/http1/pool.ts', 'node:net', false],
    ['cookies/session-jar.ts', 'tough-cookie', false],
    ['ky.ts', 'ky', false],
    ['cross-fetch.ts', 'cross-fetch', false],
    // The entries put a platform together.
    ['index.node.ts', './node/http1/pool.ts', false],
    ['index.node.ts', 'node:os', false],
    ['index.edge.ts', './cookies/session-jar.ts', false],
    ['index.browser.ts', './cookies/browser-cookies.ts', false],
    ['index.browser.ts', './public.ts', false],
  ])('lets %s import %s', (file, source, typeOnly) => {
    expect(refuse(file, source, typeOnly)).toBeUndefined();
  });

  it.each([
    // What stands above.
    ['request/url.ts', '../session.ts', true],
    ['request/url.ts', '../response/links.ts', false],
    ['request/url.ts', '../middleware/retry.ts', false],
    ['options/options.ts', '../call/call.ts', false],
    ['response/links.ts', '../transports/fetch.ts', false],
    ['middleware/retry.ts', '../transports/fetch.ts', false],
    ['session.ts', './middleware/retry.ts', false],
    ['node/http1/pool.ts', '../../session.ts', false],
    // A value of what may only be named in types.
    ['types/request.ts', '../response/session-response.ts', false],
    ['model.ts', './call/call.ts', false],
    ['errors/session-error.ts', '../request/url.ts', false],
    ['request/body.ts', '../model.ts', false],
    ['ky.ts', './session.ts', false],
    ['ssr/hydration/hydrate.ts', '../../index.browser.ts', false],
    // A package outside of its home, in types as well.
    ['request/url.ts', 'tough-cookie', false],
    ['request/url.ts', 'node:url', false],
    ['transports/fetch.ts', 'undici', true],
    ['node/http1/pool.ts', 'tough-cookie', false],
    ['ssr/visitor/incoming.ts', 'node:http', true],
    ['index.edge.ts', 'undici', false],
    ['index.browser.ts', 'node:buffer', false],
    ['ky.ts', 'cross-fetch', false],
    // What only one platform has.
    ['transports/fetch.ts', '../node/http1/pool.ts', false],
    ['cookies/session-jar.ts', '../node/http1/pool.ts', false],
    ['index.browser.ts', './node/http1/pool.ts', false],
    ['index.browser.ts', './cookies/session-jar.ts', false],
    ['index.edge.ts', './node/http1/pool.ts', false],
    ['ssr/visitor/forward-session.ts', '../../cookies/session-jar.ts', false],
    // No layer, and no extension.
    ['unheard-of/x.ts', '../request/url.ts', false],
    ['request/url.ts', './headers', false],
  ])('keeps %s from importing %s', (file, source, typeOnly) => {
    expect(refuse(file, source, typeOnly)).toBeTypeOf('string');
  });
});

describe('the cycle gate', () => {
  it('follows every kind of import, and tells what is loaded from what is only named', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from './b.ts';",
      "export { c } from '../c.ts';",
      "export type { D } from '../d/d.ts';",
      "export * from './e.ts';",
      "import './f.ts';",
      "const g = import('./g.ts');",
      "type H = import('./h.ts').H;",
      "import { i } from 'elsewhere';",
    ].join('\n');
    expect(importsOf('x/y.ts', text)).toEqual([
      { to: 'x/a.ts', typeOnly: false },
      { to: 'x/b.ts', typeOnly: true },
      { to: 'c.ts', typeOnly: false },
      { to: 'd/d.ts', typeOnly: true },
      { to: 'x/e.ts', typeOnly: false },
      { to: 'x/f.ts', typeOnly: false },
      { to: 'x/g.ts', typeOnly: false },
      { to: 'x/h.ts', typeOnly: true },
    ]);
  });

  it('finds a cycle of files, whether they load or name each other', () => {
    const modules = {
      'a/one.ts': "import { two } from './two.ts';",
      'a/two.ts': "import type { Three } from '../b/three.ts';",
      'b/three.ts': "import { one } from '../a/one.ts';",
      'b/four.ts': "import { three } from './three.ts';",
    };
    expect(findCycles(modules)).toEqual({
      files: [['a/one.ts', 'a/two.ts', 'b/three.ts', 'a/one.ts']],
      folders: [],
    });
  });

  it('finds a cycle of folders that load each other by way of different files', () => {
    const modules = {
      'a/one.ts': "import { two } from '../b/two.ts';",
      'a/three.ts': '',
      'b/two.ts': '',
      'b/four.ts': "import { three } from '../a/three.ts';",
    };
    expect(findCycles(modules)).toEqual({ files: [], folders: [['a', 'b', 'a']] });
  });

  it('takes a file that stands in no folder for itself', () => {
    const modules = {
      'entry.ts': "import { one } from './a/one.ts';",
      'a/one.ts': "import { version } from '../version.ts';",
      'version.ts': '',
    };
    expect(findCycles(modules)).toEqual({ files: [], folders: [] });
  });

  it('finds none in src', () => {
    expect(findCycles(readModules(join(root, 'src')))).toEqual({ files: [], folders: [] });
  });
});

describe('the shape of the sources', () => {
  const src = readSources('src');
  const tests = [...readSources('test'), ...readSources('e2e')];

  it('is measured as it is meant', () => {
    const source: Source = {
      path: 'x.ts',
      text: `import { taken } from './y.ts';
export const one = 1 as const, two = {} as unknown as Two;
export interface Two {}
export function two(): void {}
function three(): void {}
export { three, taken };
export { passed } from './y.ts';
${'x'.repeat(101)}
`,
    };
    expect(longLines(source, 100)).toEqual(['x.ts:8']);
    expect(countLines(source)).toBe(8);
    expect(casts(source)).toEqual(['x.ts:2', 'x.ts:2']);
    expect([...exportedDeclarations(source)]).toEqual(['one', 'two', 'Two', 'three']);
    const again = { path: 'z/x.ts', text: 'export type Two = 2;' };
    expect(sharedNames([source, again])).toEqual(new Map([['Two', ['x.ts', 'z/x.ts']]]));
    expect(filesByFolder([again, { path: 'z/a/x.ts', text: '' }, again])).toEqual(
      new Map([
        ['z', 2],
        ['z/a', 1],
      ]),
    );
  });

  it('has no line over 100 columns', () => {
    const long = [...src, ...tests].flatMap((source) => longLines(source, 100));
    expect(long).toEqual([]);
  });

  it('has no file over 300 lines in src, and none over 400 among the tests', () => {
    const over = (sources: Source[], most: number): string[] =>
      sources
        .filter((source) => countLines(source) > most)
        .map((source) => `${source.path}: ${countLines(source)} lines`);
    expect([...over(src, 300), ...over(tests, 400)]).toEqual([]);
  });

  it('has no folder of more than 14 files in src', () => {
    const full = [...filesByFolder(src)].filter(([, count]) => count > 14);
    expect(full).toEqual([]);
  });

  it(`has at most ${mostCasts} casts in src; the figure only goes down`, () => {
    const found = src.flatMap(casts);
    expect(found.length, found.join('\n')).toBeLessThanOrEqual(mostCasts);
  });

  it('declares an exported name in one module alone', () => {
    const shared = [...sharedNames(src)].filter(
      ([name, paths]) => !(name in mayBeShared) && !paths.every((path) => entries.test(path)),
    );
    expect(Object.fromEntries(shared)).toEqual({});
  });

  it('obeys the linter without being excused', () => {
    const excused = src.filter(({ text }) => /eslint-disable|@ts-(?:ignore|nocheck)/.test(text));
    expect(excused.map(({ path }) => path)).toEqual([]);
  });
});

describe('the program of the neutral code', () => {
  const { config } = ts.readConfigFile(join(root, 'src/tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as { config: unknown };
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'src'));
  const files = ts
    .createProgram(fileNames, options)
    .getSourceFiles()
    .map(({ fileName }) => fileName);

  it('has the browser and edge entries and everything outside of src/node in it', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter(
        (name) => name.endsWith('.ts') && name !== 'index.node.ts' && !name.startsWith('node/'),
      );
    expect(sources).toEqual(
      expect.arrayContaining(['index.browser.ts', 'index.edge.ts', 'session.ts']),
    );
    for (const name of sources) expect(files).toContain(join(root, 'src', name));
  });

  it('knows no type of Node, and nothing of src/node', () => {
    expect(
      files.filter((name) => /@types\/node\/|undici|\/src\/(?:index\.node\.ts$|node\/)/.test(name)),
    ).toEqual([]);
  });
});

describe('the lock file', () => {
  it('names no registry, so that an install asks the one that is configured', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"/);
  });
});

describe('CONTRIBUTING.md', () => {
  const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

  it('names files and folders that are there', () => {
    const paths = [
      ...text.matchAll(/`((?:\.ci|\.config|bench|docs|e2e|examples|src|test)\/[^`]*)`/g),
    ];
    expect(paths.length).toBeGreaterThan(20);
    const missing = paths.filter(([, path]) => !existsSync(join(root, path as string)));
    expect(missing.map(([, path]) => path)).toEqual([]);
  });

  it('names commands that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, name] of text.matchAll(/`npm run ([\w:]+)/g))
      expect(Object.keys(scripts)).toContain(name);
  });
});
