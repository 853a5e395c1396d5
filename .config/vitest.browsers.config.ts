import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { openFirefox } from '../test/browsers/firefox.ts';
import { browserProvider } from '../test/browsers/provider.ts';
import { openWebKit } from '../test/browsers/webkit.ts';
import { browserProject, chromium, root } from './vitest.config.ts';

const setupFiles = [fileURLToPath(new URL('../test/browsers/deviations.ts', import.meta.url))];

export default defineConfig({
  root,
  test: {
    allowOnly: false,
    projects: [
      browserProject('chromium', { browser: 'chromium', provider: chromium }),
      browserProject('production', { browser: 'chromium', provider: chromium }, 'production'),
      browserProject('firefox', {
        browser: 'firefox',
        provider: browserProvider('firefox', openFirefox),
        setupFiles,
        provide: { deviant: 'firefox' },
      }),
      browserProject('webkit', {
        browser: 'webkit',
        provider: browserProvider('webkit', openWebKit),
        setupFiles,
        provide: { deviant: 'webkit' },
      }),
      {
        root,
        // The built package in whole pages: what is published, not the sources.
        test: {
          name: 'pages',
          include: ['e2e/browsers/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
          // After the contract, and one browser after the other: they measure no speed, but need
          // their share of the machine.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
