import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    name: 'ecosystem',
    include: ['test/ecosystem/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    allowOnly: false,
    // Some compile whole programs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
