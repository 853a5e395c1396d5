import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { App, filesOf, modules } from './app.ts';

/** The pages, with the types that are global there, and what a framework adds to their files. */
const pages: Record<string, { types?: string[]; beside?: Record<string, string> }> = {
  'astro.md': {
    beside: {
      'check.ts': `import type { MiddlewareHandler } from 'astro';
        import { onRequest } from './src/middleware.ts';
        export const checked: MiddlewareHandler = onRequest;`,
    },
  },
  'electron.md': {},
  'extensions.md': { types: ['chrome'] },
  'nestjs.md': {},
  'nuxt.md': {
    // Nitro's imports, as its types have them.
    beside: {
      'nitro.d.ts': `declare const defineEventHandler: typeof import('h3').defineEventHandler;`,
    },
  },
};

function problemsOf(folder: string, types: string[]): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    typeRoots: [join(modules, '@types')],
    types,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    return `${file?.fileName.slice(folder.length + 1)}: ${text}`;
  });
}

test.each(Object.entries(pages))(
  "%s compiles with the framework's own types",
  async (page, { types = ['node'], beside = {} }) => {
    const files = filesOf(`frameworks/${page}`);
    await using app = new App(page.replace('.md', ''), { ...files, ...beside });
    expect(problemsOf(app.path, types)).toEqual([]);
  },
  // The types of a framework are many.
  200_000,
);

test('a page that is wrong does not compile', async () => {
  const { 'main.ts': main = '' } = filesOf('frameworks/electron.md');
  await using app = new App('types', { 'main.ts': main.replace('app.getPath', 'app.path') });
  expect(problemsOf(app.path, ['node'])).toEqual([expect.stringContaining("'path'")]);
});
