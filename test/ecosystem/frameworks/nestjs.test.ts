import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { App, filesOf } from './app.ts';
import { Backend, testVisitors } from './visitors.ts';

let backend: Backend;
let app: App;
let origin: string;

/** As Nest's own compiler settings have it: its injection reads the types of constructors. */
function compile(): void {
  for (const name of readdirSync(app.path).filter((file) => file.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(app.path, name), 'utf8'), {
      fileName: name,
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        esModuleInterop: true,
      },
    });
    app.write(name.replace(/ts$/, 'js'), outputText);
  }
}

beforeAll(async () => {
  backend = await Backend.start();
  const files = Object.entries(filesOf('frameworks/nestjs.md')).map(([name, code]) => [
    name,
    code.replaceAll('https://api.example.com', backend.origin),
  ]);
  app = new App('nestjs', Object.fromEntries(files));
  compile();
  origin = await app.start('main.js');
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await backend?.close();
});

describe('an app of NestJS, as its page of the docs shows it', () => {
  testVisitors(
    () => origin,
    () => backend,
  );

  test("a service asks by its module's session, not in a visitor's name", async () => {
    const headers = { cookie: 'sid=ann' };
    expect(await (await fetch(`${origin}/users/1`, { headers })).json()).toEqual({
      name: 'nobody',
    });
    expect((await fetch(`${origin}/users/404`)).status).toBe(404);
  });

  test('another transport takes the place of the network in a test', async () => {
    expect(JSON.parse(await app.run('testing.js'))).toEqual([{ name: 'Ann' }, true]);
  });

  test('the end of the app lets a page under way go on, and closes the session', async () => {
    let answer: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      backend.onHeld = (response) => {
        answer = () => void response.end('{"name":"late"}');
        resolve();
      };
    });
    const page = fetch(`${origin}/account`, { headers: { cookie: 'sid=held' } });
    await held;
    const printed = app.stop();
    answer?.();
    expect(await (await page).text()).toBe('<p>late</p>');
    expect(await Promise.race([printed, later(10_000, 'still there', { ref: false })])).toContain(
      'The session is closed',
    );
  });
});
