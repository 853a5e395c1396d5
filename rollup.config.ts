import { rmSync } from 'node:fs';
import { basename, relative, resolve, sep } from 'node:path';
import type { Plugin, RollupOptions } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import esbuild, { minify } from 'rollup-plugin-esbuild';

/** What a consumer installs, or what its runtime has: never bundled. */
const external =
  /^(?:node:|undici(?:\/|$)|(?:tough-cookie|isosession|ky|cross-fetch|oauth4webapi|dpop|htmlparser2|@opentelemetry\/api)$)/;

/** The platforms behind `isosession`; their one text of types is `index.d.cts`. */
const platforms = {
  node: 'src/index.node.ts',
  edge: 'src/index.edge.ts',
  browser: 'src/index.browser.ts',
};

/** `isosession/<name>`, where a page may load it. */
const pageEntries = {
  'auth/index': 'src/auth/index.ts',
  'traffic/index': 'src/traffic/index.ts',
  'ssr/index': 'src/ssr/index.ts',
  'cookies/formats/index': 'src/cookies/formats/index.ts',
  'store/index': 'src/store/index.ts',
  'inspect/index': 'src/inspect/index.ts',
  'opentelemetry/index': 'src/opentelemetry/index.ts',
  ky: 'src/ky.ts',
  'cross-fetch': 'src/cross-fetch.ts',
  'testing/index': 'src/testing/index.ts',
};

/** `isosession/<name>`. */
const entries = {
  'node/index': 'src/node/index.ts',
  'next/index': 'src/next/index.ts',
  ...pageEntries,
};

// ES2022 is what Node 20 and every browser with the Fetch features that we use understand; `using`
// is compiled away.
const code = esbuild({ target: 'es2022', tsconfig: 'tsconfig.json' });

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

/** What the entries of a graph have in common. */
const output = {
  format: 'es',
  // Unnamed and unpublished: the code is as readable as its source, and maps were two thirds of
  // what is installed.
  sourcemap: 'hidden',
  chunkFileNames: 'chunks/[name].js',
  hoistTransitiveImports: false,
} as const;

/** A CommonJS module beside both builds for Node. */
const required = 'src/node/dependencies/required.ts';

/** In CommonJS there is a `require`, which bundlers follow; what `createRequire` makes, they do not. */
const ownRequire: Plugin = {
  name: 'own-require',
  transform: (text) => ({
    code: text.replace(/^import \{ createRequire \}.*\n|^const require = createRequire.*\n/gm, ''),
    map: null,
  }),
};

const requiredBesides: Plugin = {
  name: 'required-besides',
  resolveId: (source, importer = '') =>
    resolve(importer, '..', source) === resolve(required)
      ? { id: resolve('src/chunks/required.cjs'), external: 'relative' }
      : null,
};

// One graph for all ESM entries: what two of them share is one chunk, so that `instanceof` and
// `useTransport` hold between them, and a chunk that the browser entry loads has no module in it
// that the browser entry does not import.
const modules: RollupOptions = {
  input: { ...platforms, ...entries },
  external,
  plugins: [clean('dist'), requiredBesides, code],
  output: { ...output, dir: 'dist' },
};

const requiredModule: RollupOptions = {
  input: { required },
  plugins: [ownRequire, code],
  output: { ...output, format: 'cjs', dir: 'dist/chunks', entryFileNames: '[name].cjs' },
};

const development = resolve('src/development.ts');

/** Builds without what stands behind `isDevelopment`. */
const production: Plugin = {
  name: 'production',
  load: (id) => (id === development ? 'export const isDevelopment = false;' : null),
};

// What a page may load, once more: a page imports all of it from one graph or from the other, by
// the conditions of its bundler. A module a file, so that a bundler leaves out what is not used.
const pageModules: RollupOptions = {
  input: [platforms.browser, ...Object.values(pageEntries)],
  external,
  // An import of which nothing is used would make bundlers warn.
  treeshake: { moduleSideEffects: false },
  plugins: [production, code],
  output: { ...output, dir: 'dist/production', preserveModules: true, preserveModulesRoot: 'src' },
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
        fileName: 'package.json',
        source: '{ "type": "commonjs" }\n',
      });
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

// What Node loads, once more, for programs that require it. A peer is required, too, when it is
// needed: Jest has no `import()` in CommonJS, and Node requires ES modules.
const commonjsModules: RollupOptions = {
  input: { node: platforms.node, ...entries },
  external,
  plugins: [requiredBesides, importMeta, code],
  output: {
    ...output,
    format: 'cjs',
    generatedCode: 'es2015',
    interop: 'auto',
    dynamicImportInCjs: false,
    dir: 'dist',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name].cjs',
  },
};

const umd: RollupOptions = {
  input: platforms.browser,
  plugins: [production, code, minify({ target: 'es2022' }), commonjs()],
  output: {
    dir: 'dist/umd',
    entryFileNames: 'isosession.js',
    format: 'umd',
    name: 'isosession',
    exports: 'named',
    sourcemap: true,
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
    input: entries,
    // Not `isosession` itself, of which `publicTypes` says where it is.
    external: (id) => id !== 'isosession' && external.test(id),
    plugins: [publicTypes(), declarations(), typesOfModules],
    output: typeFiles,
  },
];

/** All of it; with `--configOnly modules` what programs in Node load, without types. */
export default ({ configOnly }: { configOnly?: string }): RollupOptions[] =>
  configOnly === 'modules'
    ? [modules, requiredModule]
    : [modules, requiredModule, pageModules, commonjsModules, umd, ...types];
