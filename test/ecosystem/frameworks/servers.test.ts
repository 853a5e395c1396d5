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

/** The tests of visitors, then others, and at last its end. */
function testServer(name: string, testMore?: (origin: () => string) => void): void {
  describe(`a server of ${name}`, () => {
    let origin: string;
    beforeAll(async () => void (origin = await app.start('--env-file=.env', `${name}.js`)));

    testVisitors(
      () => origin,
      () => backend,
    );
    testMore?.(() => origin);

    test('closes the session of the process at its end', async () => {
      expect(await app.stop()).toContain('closed');
    });
  });
}

testServer('express', (origin) => {
  test("the page's error handler answers for the backend", async () => {
    const statuses = ['/users/404', '/slow', '/users/500'].map(
      async (path) => (await fetch(origin() + path)).status,
    );
    expect(await Promise.all(statuses)).toEqual([404, 504, 502]);
  });
});

testServer('fastify');

testServer('hono', (origin) => {
  test('a session asks the app in its own process', async () => {
    expect(await (await fetch(`${origin()}/inside`)).json()).toEqual([
      'https://app.internal/account',
      '<p>inside</p>',
    ]);
  });
});
