import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import type { BrowserInstanceOption } from 'vitest/node';
import { findChromium, launchArguments } from '../test/support/chromium.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Tests import the sources by their public names; which entry stands behind `isosession` is what
 * makes a project.
 */
function alias(platform: 'node' | 'edge' | 'browser', build?: 'production') {
  const entries = {
    isosession: `index.${platform}`,
    'isosession/node': 'node/index',
    'isosession/auth': 'auth/index',
    'isosession/middleware': 'traffic/index',
    'isosession/ssr': 'ssr/index',
    'isosession/cookies': 'cookies/formats/index',
    'isosession/store': 'store/index',
    'isosession/inspect': 'inspect/index',
    'isosession/opentelemetry': 'opentelemetry/index',
    'isosession/next': 'next/index',
    'isosession/ky': 'ky',
    'isosession/cross-fetch': 'cross-fetch',
    'isosession/testing': 'testing/index',
  };
  return Object.entries(entries).map(([name, entry]) => {
    const built = name.split('/')[1] ?? platform;
    return {
      find: new RegExp(`^${name}$`),
      replacement: root + (build ? `dist/${build}/${built}.js` : `src/${entry}.ts`),
    };
  });
}

const contract = ['test/contract/**/*.contract.ts'];
/** What only a browser does, and what only a server does: such a file runs nowhere else. */
const browserContract = 'test/contract/**/*.browser.contract.ts';
const serverContract = 'test/contract/**/*.server.contract.ts';
/** What the production build leaves out. */
const developmentContract = 'test/contract/**/*.development.contract.ts';
const ky1 = ['bodies', 'responses', 'search-params', 'session', 'urls'].map(
  (name) => `test/ky/${name}.test.ts`,
);
const globalSetup = ['test/support/global-setup.ts'];
/**
 * Vitest's 5 s are near to what the longest tests of thousands of cases take beside others; nothing
 * waits for it where all is well.
 */
const testTimeout = 20_000;

/** The contract where there is no page: in Node, and over a bare `fetch`. */
const contractOnServers: TestProjectInlineConfiguration['test'] = {
  include: contract,
  exclude: [browserContract],
  // Its files are one program elsewhere, too, and importing is most of what they take.
  isolate: false,
  globalSetup,
  testTimeout,
};

const executablePath = findChromium();

// Without a path Playwright looks for its own download and, when there is none, says so and fails.
export const chromium = playwright({
  launchOptions: { args: launchArguments, ...(executablePath && { executablePath }) },
});

/** The contract in a browser: of the sources, or of what is built for production. */
export function browserProject(
  name: string,
  instance: BrowserInstanceOption,
  build?: 'production',
): TestProjectInlineConfiguration {
  return {
    root,
    resolve: { alias: alias('browser', build) },
    // Without this, a dependency that Vite meets late reloads the page under a running test.
    optimizeDeps: { include: ['vitest'], noDiscovery: true },
    test: {
      name,
      include: contract,
      exclude: [serverContract, ...(build ? [developmentContract] : [])],
      // The pages of one browser share its cookies.
      fileParallelism: false,
      // WebKit compiles the clock in that a function has met, and a later file fakes it in vain.
      isolate: instance.browser === 'webkit',
      // By Vitest's rule for files that share a place: they have one worker, others more.
      sequence: { groupOrder: 1 },
      globalSetup,
      ...(build && { provide: { build } }),
      browser: { enabled: true, headless: true, screenshotFailures: false, instances: [instance] },
    },
  };
}

/** Frameworks build whole apps of the package there, which takes minutes: with the ecosystem. */
export const builtApps = ['test/package/next.test.ts', 'test/package/nuxt.test.ts'];

export default defineConfig({
  root,
  test: {
    allowOnly: false,
    // Many tests wait for a clock or a process: with one file a core a third of the time was unused.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // `npm run coverage`: what the tests in Node and over a bare `fetch` reach. What is left is the
    // browser's (XHR, its cookies, locks between tabs), and is tested there.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Types alone.
      exclude: ['src/types/**', 'src/model.ts', 'src/**/*.d.ts'],
      reporter: ['text', 'html'],
      // Percents; they only go up.
      thresholds: { statements: 97, branches: 94, functions: 96, lines: 97 },
    },
    projects: [
      {
        root,
        resolve: { alias: alias('node') },
        // Leak tests must be able to ask for a garbage collection.
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['package', 'consumers', 'docs', 'edge', 'examples', 'ecosystem'].map(
            (folder) => `test/${folder}/**`,
          ),
          globalSetup,
          execArgv: ['--expose-gc'],
          testTimeout,
        },
      },
      {
        root,
        resolve: { alias: alias('node') },
        test: { name: 'contract', ...contractOnServers },
      },
      {
        root,
        // What ky 1 has of the same.
        resolve: { alias: [...alias('node'), { find: /^ky$/, replacement: 'ky1' }] },
        test: { name: 'ky1', include: ky1, testTimeout },
      },
      {
        root,
        // The other version that may be beside us.
        resolve: {
          alias: [...alias('node'), { find: /^cross-fetch$/, replacement: 'cross-fetch3' }],
        },
        test: {
          name: 'cross-fetch3',
          include: ['test/cross-fetch.test.ts'],
          globalSetup,
          testTimeout,
        },
      },
      {
        root,
        resolve: { alias: alias('edge') },
        test: { name: 'edge', ...contractOnServers, provide: { platform: 'edge' } },
      },
      browserProject('browser', { browser: 'chromium', provider: chromium }),
      {
        root,
        // The built package: what is published, not the sources.
        test: {
          name: 'package',
          include: [
            'test/package/**/*.test.ts',
            'test/docs/**/*.test.ts',
            'test/examples/**/*.test.ts',
            'e2e/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, ...builtApps],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        root,
        // The built package in Deno, Bun and workerd: the same contract once more.
        test: {
          name: 'runtimes',
          include: ['test/edge/*.test.ts'],
          globalSetup: [...globalSetup, 'test/edge/global-setup.ts'],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
