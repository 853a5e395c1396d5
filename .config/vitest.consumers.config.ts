import { defineConfig } from 'vitest/config';
import { root } from './vitest.config.ts';

/** The packed tarball below the tools of its users, which `test/consumers/run.mjs` installs. */
export default defineConfig({
  root,
  test: {
    name: 'consumers',
    allowOnly: false,
    include: ['test/consumers/*.test.ts'],
    globalSetup: ['test/consumers/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
