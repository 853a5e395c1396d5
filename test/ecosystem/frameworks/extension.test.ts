import { build } from 'esbuild';
import { type Browser, launch } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchArguments, requireChromium } from '../../support/chromium.mjs';
import { type Loopback, serve } from '../loopback.ts';
import { App, filesOf } from './app.ts';

let api: Loopback;
let site: Loopback;
let app: App;
let browser: Browser;
beforeAll(async () => {
  api = await serve(({ request, url, json }) =>
    json({ name: `${url.pathname} for ${request.headers.cookie}` }),
  );
  site = await serve(({ url, response }) => {
    if (url.pathname === '/own') response.end('page');
    else
      response
        .setHeader('set-cookie', 'sid=1; Path=/; HttpOnly; SameSite=Lax')
        .setHeader('content-type', 'text/html')
        .end(`<!doctype html><html data-api="${api.origin}"><body>`);
  });
  const { 'background.ts': background = '', 'content.ts': content = '' } = filesOf(
    'frameworks/extensions.md',
  );
  app = new App('extension', {
    'background.ts': background.replaceAll('https://api.example.com', api.origin),
    'content.ts': content,
  });
  await build({
    entryPoints: [`${app.path}/background.ts`, `${app.path}/content.ts`],
    outdir: app.path,
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
  });
  await build({
    // A content script is no module.
    entryPoints: [`${app.path}/own.ts`],
    outdir: app.path,
    bundle: true,
    format: 'iife',
    logLevel: 'silent',
  });
  browser = await launch({
    executablePath: requireChromium({ whole: true }),
    args: launchArguments,
    pipe: true,
    enableExtensions: [app.path],
  });
});
afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

test('the background asks for a content script, with the cookies of the API', async () => {
  await browser.waitForTarget((target) => target.type() === 'service_worker');
  const page = await browser.newPage();
  await page.goto(site.origin);
  const shown = () => /for .*foreign|foreign.*for /.test(document.body.textContent);
  await page.waitForFunction(shown);
  const text = await page.evaluate(() => document.body.textContent);
  expect(text).toContain('/users/1 for sid=1');
  // A content script's own calls are the page's: CORS keeps others from it.
  expect(text).toContain(', own page, foreign ERR_NETWORK');
});
