import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, launch } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../test/package/consumer.ts';
import { launchArguments, requireChromium } from '../test/support/chromium.mjs';

/** What a page and the service worker of the extension do alike. */
const calls = `
  async function call(origin) {
    const session = new isosession.Session({ retry: 0 });
    const own = await session.get('data.json').json();
    const texts = [];
    for (const path of ['/login', '/me']) texts.push(await session.get(origin + path).text());
    return [own, await isosession.get('data.json').json(), texts];
  }`;
const files = {
  'manifest.json': JSON.stringify({
    manifest_version: 3,
    name: 'isosession',
    version: '1',
    background: { service_worker: 'worker.js' },
    host_permissions: ['http://127.0.0.1/*'],
  }),
  'data.json': '{"of":"the extension"}',
  'calls.js': calls,
  'worker.js': `importScripts('isosession.js', 'calls.js');`,
  'page.html': `<!doctype html>
    <script src="isosession.js"></script>
    <script src="calls.js"></script>`,
};

let folder: string;
let browser: Browser;
let origin: string;
const server: Server = createServer((request, response) => {
  if (request.url === '/login') response.setHeader('set-cookie', 'sid=1; Path=/');
  response.end('real');
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isosession-extension-'));
  await Promise.all([
    copyFile(join(root, 'dist/umd/isosession.js'), join(folder, 'isosession.js')),
    ...Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
    once(server.listen(0, '127.0.0.1'), 'listening'),
  ]);
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launch({
    executablePath: requireChromium({ whole: true }),
    args: launchArguments,
    pipe: true,
    enableExtensions: [folder],
  });
});
afterAll(async () => {
  await browser?.close();
  server.close().closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

const expected = [{ of: 'the extension' }, { of: 'the extension' }, ['real', 'real']];

test('the service worker of an extension calls its own files and hosts that it may', async () => {
  const target = await browser.waitForTarget((each) => each.type() === 'service_worker');
  const worker = await target.worker();
  expect(await worker?.evaluate(`call(${JSON.stringify(origin)})`)).toEqual(expected);
});

test('so does a page of it', async () => {
  const target = await browser.waitForTarget((each) => each.type() === 'service_worker');
  const page = await browser.newPage();
  await page.goto(new URL('/page.html', target.url()).href);
  expect(await page.evaluate(`call(${JSON.stringify(origin)})`)).toEqual(expected);
});
