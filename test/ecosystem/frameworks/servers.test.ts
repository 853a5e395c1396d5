import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { App, filesOf } from './app.ts';
import { Backend, testVisitors } from './visitors.ts';

let backend: Backend;
let app: App;
beforeAll(async () => {
  backend = await Backend.start();
  const { 'on-error.ts': onError = '' } = filesOf('frameworks/express.md');
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(onError, { compilerOptions });
  app = new App('servers', {
    'on-error.js': outputText,
    '.env': `BACKEND=${backend.origin}`,
  });
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await backend?.close();
});

describe.each(['express', 'fastify', 'hono'])('visitors of a server of %s', (name) => {
  let origin: string;
  beforeAll(async () => void (origin = await app.start('--env-file=.env', `${name}.js`)));

  testVisitors(
    () => origin,
    () => backend,
  );

  test.runIf(name === 'express')("the page's error handler answers for the backend", async () => {
    const statuses = ['/users/404', '/slow', '/users/500'].map(
      async (path) => (await fetch(origin + path)).status,
    );
    expect(await Promise.all(statuses)).toEqual([404, 504, 502]);
  });

  test.runIf(name === 'hono')('a session asks the app in its own process', async () => {
    expect(await (await fetch(`${origin}/inside`)).json()).toEqual([
      'https://app.internal/account',
      '<p>inside</p>',
      ['last'],
    ]);
  });

  // It has to be the last one.
  test('its end closes the session of the process', async () => {
    expect(await app.stop()).toContain('closed');
  });
});
