import { rmSync } from 'node:fs';
import { basename, relative, resolve, sep } from 'node:path';
import type { Plugin, RollupOptions } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import esbuild, { minify } from 'rollup-plugin-esbuild';
import { sharedChunks } from './.config/chunks.ts';
import { withoutComments } from './.config/comments.ts';

/** What a consumer installs, or what its runtime has: never bundled. */
const external =
  /^(?:node:|undici(?:\/|$)|(?:tough-cookie|isosession|ky|cross-fetch|oauth4webapi|dpop|htmlparser2|@opentelemetry\/api)$)/;

/** Where a plugin says what `isosession` itself is. */
const externalButOwn = (id: string) => id !== 'isosession' && external.test(id);

/** The platforms behind `isosession`; their one text of types is `index.d.cts`. */
const platforms = {
  node: 'src/index.node.ts',
  edge: 'src/index.edge.ts',
  browser: 'src/index.browser.ts',
};

/** `isosession/<name>`, where a page may load it. */
const pageEntries = {
  auth: 'src/auth/index.ts',
  middleware: 'src/traffic/index.ts',
  ssr: 'src/ssr/index.ts',
  cookies: 'src/cookies/formats/index.ts',
  store: 'src/store/index.ts',
  inspect: 'src/inspect/index.ts',
  opentelemetry: 'src/opentelemetry/index.ts',
  ky: 'src/ky.ts',
  'cross-fetch': 'src/cross-fetch.ts',
  testing: 'src/testing/index.ts',
};

/** `isosession/<name>`; `node.js` is the platform. */
const entries = { 'node-only': 'src/node/index.ts', next: 'src/next/index.ts', ...pageEntries };

/** The same by their folders, where their types are. */
const typeEntries = Object.fromEntries(
  Object.values(entries).map((source) => [/^src\/(.*)\.ts$/.exec(source)?.[1] ?? source, source]),
);

// ES2022 is what Node 20 and every browser with the Fetch features that we use understand; `using`
// is compiled away.
const code = [withoutComments, esbuild({ target: 'es2022', tsconfig: 'tsconfig.json' })];

/** A file that an earlier build left behind would be published. */
function clean(directory: string): Plugin {
  return {
    name: 'clean',
    buildStart: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The files and folders of src whose public types `index.d.cts` declares. */
const vocabulary = new Set([
  'index.browser.ts',
  'session.ts',
  'call',
  'cancellation',
  'errors',
  'middleware',
  'options',
  'request',
  'response',
  'session',
  'transports',
  'types',
]);

/**
 * The further entries speak of `Session` and its vocabulary by importing `index.d.cts`: two
 * declarations of one class are two types to TypeScript, so a copy of their own would not accept a
 * user's session.
 */
function publicTypes(): Plugin {
  const root = resolve('src');
  return {
    name: 'public-types',
    resolveId(source, importer) {
      if (source === 'isosession') return { id: resolve(root, 'index.cjs'), external: 'relative' };
      if (importer === undefined || !source.startsWith('.')) return null;
      const [top = ''] = relative(root, resolve(importer, '..', source)).split(sep);
      if (vocabulary.has(top)) return { id: resolve(root, 'index.cjs'), external: 'relative' };
      // Archives are declared by the entry that exports them.
      const [from = ''] = relative(root, importer).split(sep);
      return top === 'har' && from === 'testing'
        ? { id: resolve(root, 'inspect/index.cjs'), external: 'relative' }
        : null;
    },
  };
}

// `AsyncDisposable` is in no default `lib` yet; without this line every user would have to add one.
const banner = '/// <reference lib="esnext.disposable" />';

/** A CommonJS module beside the ES modules for Node. */
const required = 'src/node/dependencies/required.ts';

/** CommonJS has a `require`, which bundlers follow; what `createRequire` makes, they do not. */
const ownRequire: Plugin = {
  name: 'own-require',
  transform: (text, id) =>
    id === resolve(required)
      ? {
          code: text.replace(/^(?:import \{ createRequire \}|const require = ).*\n/gm, ''),
          map: null,
        }
      : null,
};

const requiredBesides: Plugin = {
  name: 'required-besides',
  resolveId: (source, importer = '') =>
    resolve(importer, '..', source) === resolve(required)
      ? { id: resolve('src/chunks/required.cjs'), external: 'relative' }
      : null,
};

/** What a page may import of `isosession` without `Session`, and errors, which bundlers keep. */
const alone = ['src/middleware/auth/basic.ts', 'src/errors/invalid-request-error.ts'];

// Node last: what pages and the edge load must be in no chunk with modules of Node.
const chunks = sharedChunks({ external, plugins: [requiredBesides, ...code] }, [
  [platforms.browser, platforms.edge, ...alone],
  [platforms.node, ...Object.values(entries)],
]);

/** What the entries of a graph have in common. */
const output = {
  format: 'es',
  // Unnamed and unpublished: the code is as readable as its source.
  sourcemap: 'hidden',
  minifyInternalExports: false,
  hoistTransitiveImports: false,
} as const;

/** No module does anything by being imported, and bundlers warn of an import of nothing. */
const noBareImports: Plugin = {
  name: 'no-bare-imports',
  renderChunk: (chunk) => ({
    code: chunk.replace(/^import '\..*';$/gm, (line) => ' '.repeat(line.length)),
    map: null,
  }),
};

// One graph for all ESM entries: what two of them share is one chunk, so that `instanceof` and
// `useTransport` hold between them, and a chunk that the browser entry loads has no module in it
// that the browser entry does not import.
const modules: RollupOptions = {
  input: { ...platforms, ...entries },
  external,
  plugins: [clean('dist'), chunks, requiredBesides, noBareImports, ...code],
  output: { ...output, dir: 'dist' },
};

const requiredModule: RollupOptions = {
  input: required,
  plugins: [ownRequire, ...code],
  output: { format: 'cjs', sourcemap: 'hidden', file: 'dist/chunks/required.cjs' },
};

const development = resolve('src/development.ts');

/** Builds without what stands behind `isDevelopment`. */
const production: Plugin = {
  name: 'production',
  load: (id) => (id === development ? 'export const isDevelopment = false;' : null),
};

// What a page may load, once more: a page imports all of it from one graph or from the other, by
// the conditions of its bundler.
const pageModules: RollupOptions = {
  input: { browser: platforms.browser, ...pageEntries },
  external,
  plugins: [production, chunks, noBareImports, ...code],
  treeshake: { moduleSideEffects: false },
  output: { ...output, dir: 'dist/production' },
};

/** A folder of CommonJS modules, in a package of ES modules. */
const asCommonjs: Plugin = {
  name: 'as-commonjs',
  generateBundle() {
    this.emitFile({
      type: 'asset',
      fileName: 'package.json',
      source: '{ "type": "commonjs" }\n',
    });
  },
};

/**
 * Makes the bundle a CommonJS module to Node: by its `package.json`, and by a hint (never run) that
 * tells `import` the names in it.
 */
function commonjs(): Plugin {
  return {
    name: 'commonjs',
    renderChunk: (bundle, chunk) => ({
      code: `${bundle.trimEnd()}0&&(module.exports={${chunk.exports.join()}});\n`,
      map: null,
    }),
    generateBundle() {
      this.emitFile({
        type: 'asset',
        fileName: 'isosession.d.ts',
        source: "export * from '../index.cjs';\nexport as namespace isosession;\n",
      });
    },
  };
}

/** CommonJS has no `import.meta`, but what `createRequire()` asks of it. */
const importMeta: Plugin = {
  name: 'import-meta',
  resolveImportMeta: (property) => (property === 'url' ? '__filename' : '{}'),
};

/** There is one platform, and a folder with a `package.json` of its own has no name to ask for. */
const ownPlatform: Plugin = {
  name: 'own-platform',
  resolveId: (source) => (source === 'isosession' ? resolve(platforms.node) : null),
};

// What Node loads, once more, for programs that require it. A peer is required, too, when it is
// needed: Jest has no `import()` in CommonJS, and Node requires ES modules.
const commonjsModules: RollupOptions = {
  input: { node: platforms.node, ...entries },
  external: externalButOwn,
  plugins: [chunks, ownPlatform, ownRequire, importMeta, ...code, asCommonjs],
  output: {
    ...output,
    format: 'cjs',
    generatedCode: 'es2015',
    interop: 'auto',
    dynamicImportInCjs: false,
    dir: 'dist/cjs',
  },
};

const umd: RollupOptions = {
  input: platforms.browser,
  plugins: [production, ...code, minify({ target: 'es2022' }), commonjs(), asCommonjs],
  output: {
    dir: 'dist/umd',
    entryFileNames: 'isosession.js',
    format: 'umd',
    name: 'isosession',
    exports: 'named',
    inlineDynamicImports: true,
  },
};

// What is marked as internal is there for our own layers, and no part of the contract.
const declarations = () => dts({ compilerOptions: { stripInternal: true } });

/**
 * ES modules take their types from the CommonJS ones: to TypeScript a class is one, whether it was
 * imported or required.
 */
const typesOfModules: Plugin = {
  name: 'types-of-modules',
  // ky is an ES module alone, which CommonJS types must say.
  renderChunk: (code) =>
    code.replace(
      /^import (\{.*\}) from 'ky';$/m,
      "import type $1 from 'ky' with { 'resolution-mode': 'import' };",
    ),
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk' || !chunk.isEntry) continue;
      const source = `export * from './${basename(chunk.fileName, '.d.cts')}.cjs';\n`;
      this.emitFile({ type: 'asset', fileName: chunk.fileName.replace('.d.cts', '.d.ts'), source });
    }
  },
};

const typeFiles = {
  dir: 'dist',
  entryFileNames: '[name].d.cts',
  chunkFileNames: 'chunks/[name].d.cts',
};

const types: RollupOptions[] = [
  {
    input: { index: platforms.browser },
    plugins: [declarations(), typesOfModules],
    output: { ...typeFiles, banner },
  },
  {
    input: typeEntries,
    external: externalButOwn,
    plugins: [publicTypes(), declarations(), typesOfModules],
    output: typeFiles,
  },
];

/** All of it; with `--configOnly modules` what programs in Node load, without types. */
export default ({ configOnly }: { configOnly?: string }): RollupOptions[] =>
  configOnly === 'modules'
    ? [modules, requiredModule]
    : [modules, requiredModule, pageModules, commonjsModules, umd, ...types];
