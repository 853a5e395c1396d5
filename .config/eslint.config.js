// @ts-check
import tseslint from 'typescript-eslint';
import { layers } from './layers.js';

const noDefaultExport = [
  { selector: 'ExportDefaultDeclaration', message: 'Give the export its name.' },
  { selector: 'ExportSpecifier[exported.name="default"]', message: 'Give the export its name.' },
];

const noStaticBlock = {
  selector: 'StaticBlock',
  message: "React Native's compiler refuses it: write what it does below the class.",
};

/** @param {string} selector */
const noExportAll = (selector) => ({
  selector,
  message: 'List what is exported: an API is not what a file happens to hold.',
});

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'docs/',
      'coverage/',
      '**/node_modules/',
      '**/.svelte-kit/',
      'examples/notes/.build/',
      // Half of an app, whose other half is in the docs: its test compiles both.
      'test/ecosystem/frameworks/nestjs/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: false } },
  tseslint.configs.recommended,
  ...tseslint.configs.strict.map((config) => ({ ...config, files: ['src/**/*.ts'] })),
  {
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'test/ecosystem/{,frameworks/}tsconfig.json'],
        tsconfigRootDir: `${import.meta.dirname}/..`,
      },
    },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': 'allow-with-description' },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // `interface SessionContext {}` is there to be merged into.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }],
      eqeqeq: 'error',
      'no-constant-binary-expression': 'error',
      'no-control-regex': 'off',
      'no-debugger': 'error',
      'no-fallthrough': 'error',
      'no-nested-ternary': 'error',
      'no-self-compare': 'error',
      'no-unreachable': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-escape': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'object-shorthand': 'error',
      'prefer-template': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    // No rule of the sources is switched off where it is inconvenient.
    linterOptions: { noInlineConfig: true },
    plugins: { isosession: { rules: { layers } } },
    rules: {
      'isosession/layers': 'error',
      complexity: ['error', 12],
      'max-lines': ['error', 300],
      'max-params': ['error', 4],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      // A hook may return nothing or a replacement: `void | Response`.
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-console': ['error', { allow: ['warn'] }],
      'no-restricted-syntax': [
        'error',
        ...noDefaultExport,
        noStaticBlock,
        noExportAll('ExportAllDeclaration'),
      ],
    },
  },
  // What it writes is what was asked for.
  { files: ['src/inspect/logger.ts'], rules: { 'no-console': 'off' } },
  // A CommonJS module in every build.
  {
    files: ['src/node/dependencies/required.ts'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // What all entries share is listed once, in src/public.ts.
    files: ['src/index.{node,edge,browser}.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...noDefaultExport,
        noExportAll('ExportAllDeclaration[source.value!="./public.ts"]'),
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/index.node.ts', 'src/node/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'global', 'setImmediate', '__dirname'].map((name) => ({
          name,
          message: 'Only src/node knows Node.',
        })),
      ],
    },
  },
  {
    files: ['test/**', 'e2e/**'],
    // Frameworks take the default exports of an app.
    ignores: [
      'test/package/{next,nuxt}-app/**',
      'test/ecosystem/frameworks/{astro,react-router}/**',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...noDefaultExport,
        {
          selector:
            'MemberExpression[object.name=/^(?:it|test|describe|suite)$/][property.name=/^(?:only|skip|todo|fails)$/]',
          message: 'A test runs, or it goes.',
        },
      ],
    },
  },
  { files: ['**/*.{js,mjs}'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
);
