import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { App, filesOf, modules } from './app.ts';
import { Backend, testVisitors } from './visitors.ts';

let backend: Backend;
let app: App;
let origin: string;
beforeAll(async () => {
  backend = await Backend.start();
  const files = Object.entries(filesOf('frameworks/astro.md')).map(([name, code]) => [
    name,
    code.replaceAll('https://api.example.com', backend.origin),
  ]);
  app = new App('astro', Object.fromEntries(files));
  await app.run(join(modules, 'astro/bin/astro.mjs'), 'build');
  origin = await app.start('dist/server/entry.mjs');
}, 120_000);
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await backend?.close();
});

describe('an app of Astro, as its page of the docs shows it', () => {
  testVisitors(
    () => origin,
    () => backend,
  );
});
