import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { builtApps } from './vitest.config.ts';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    name: 'ecosystem',
    include: ['test/ecosystem/**/*.test.ts', ...builtApps],
    exclude: ['**/node_modules/**'],
    allowOnly: false,
    // Some compile whole programs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
