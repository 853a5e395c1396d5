import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { type Browser, launch } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchArguments, requireChromium } from '../../support/chromium.mjs';
import { type Loopback, serve } from '../loopback.ts';
import { App, filesOf } from './app.ts';

let api: Loopback;
let app: App;
beforeAll(async () => {
  let visits = 0;
  api = await serve(({ request, json }) =>
    json({ cookie: request.headers.cookie ?? '-' }, 200, {
      'access-control-allow-origin': '*',
      'set-cookie': `visit=${++visits}; Path=/; Max-Age=600`,
    }),
  );
  const { 'main.ts': main = '' } = filesOf('frameworks/electron.md');
  app = new App('electron', {
    'main.ts': main.replaceAll('https://api.example.com', api.origin),
    'package.json': '{ "type": "module" }',
    'node_modules/electron/package.json': '{ "type": "module", "exports": "./index.js" }',
  });
  await cp(
    join(app.path, 'electron-stand-in.js'),
    join(app.path, 'node_modules/electron/index.js'),
  );
  app.write('.env', `BACKEND=${api.origin}\nUSER_DATA=${app.path}`);
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
});

const bundle = (file: string, platform: 'node' | 'browser') =>
  build({
    entryPoints: [join(app.path, file)],
    outfile: join(app.path, file.replace(/ts$/, 'js')),
    bundle: true,
    format: 'esm',
    platform,
    metafile: true,
    ...(platform === 'node' && { packages: 'external' }),
  });

describe('the main process, in Node with a stand-in for Electron', () => {
  test('keeps its session over restarts, and answers a window', async () => {
    await bundle('main.ts', 'node');
    const start = async () => JSON.parse(await app.run('--env-file=.env', 'drive.js')) as unknown;
    expect(await start()).toEqual([{ cookie: '-' }, { cookie: '-' }]);
    expect(await start()).toEqual([{ cookie: 'visit=1' }, { cookie: '-' }]);
  });
});

describe('the renderer', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch({
      executablePath: requireChromium(),
      // Electron's own pages may import their modules from files.
      args: [...launchArguments, '--allow-file-access-from-files'],
    });
  });
  afterAll(() => browser?.close());

  test("is a page of a file: it gets the browser's build, and asks APIs that let it", async () => {
    const { metafile } = await bundle('renderer.ts', 'browser');
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.some((name) => name.endsWith('production/browser.js'))).toBe(true);
    expect(await readFile(join(app.path, 'renderer.js'), 'utf8')).not.toMatch(/undici|node:/);
    const page = await browser.newPage();
    await page.goto(`${pathToFileURL(join(app.path, 'index.html'))}?api=${api.origin}`);
    await page.waitForFunction(() => document.title !== '');
    expect(JSON.parse(await page.title())).toEqual([
      { cookie: '-' },
      'ERR_INVALID_REQUEST',
      'ERR_INVALID_REQUEST',
    ]);
  });
});
