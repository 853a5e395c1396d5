import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { App, filesOf, modules } from './app.ts';
import { Backend, testVisitors } from './visitors.ts';

/** What shows the loader's data. */
const component = `
  export default function Account({ loaderData }: { loaderData: { name: string } }) {
    return <p>{loaderData.name}</p>;
  }`;

let backend: Backend;
let app: App;
let origin: string;
beforeAll(async () => {
  backend = await Backend.start();
  const route = 'app/routes/account.tsx';
  const { [route]: code = '' } = filesOf('frameworks/react-router.md');
  app = new App('react-router', {
    [route]: code.replaceAll('https://api.example.com', backend.origin) + component,
  });
  await app.run(join(modules, '@react-router/dev/bin.cjs'), 'build');
  origin = await app.start('server.js');
}, 120_000);
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await backend?.close();
});

describe('an app of React Router, as its page of the docs shows it', () => {
  testVisitors(
    () => origin,
    () => backend,
  );

  test('a route without a component gives the response itself', async () => {
    const response = await fetch(`${origin}/api/account`, { headers: { cookie: 'sid=ann' } });
    expect(await response.json()).toEqual({ name: 'ann' });
    expect(response.headers.getSetCookie()).toEqual(['last=ann; Path=/']);
  });

  test("nothing of the server's session is in the browser's bundle", () => {
    const folder = join(app.path, 'build/client/assets');
    const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    const texts = scripts.map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(texts.filter((text) => text.includes('ERR_INVALID_REQUEST'))).toEqual([]);
  });
});
