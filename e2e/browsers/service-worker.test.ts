import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageBrowser } from './browser-page.ts';
import { allBrowsers } from './browsers.ts';

const library = fileURLToPath(new URL('../../dist/umd/isosession.js', import.meta.url));
const pages = 100;

/** The textbook one: the network, and what it kept where there is none. */
const worker = `importScripts('/isosession.js');
  const session = new isosession.Session({
    retry: 0,
    hooks: { afterResponse: [async ({ response }) => void (await response.clone().text())] },
  });
  addEventListener('install', () => skipWaiting());
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  async function answer(request, url, way) {
    const cache = await caches.open('pages');
    if (way === 'cache') return cache.match(url);
    try {
      const response = await (way === 'request' ? session.fetch(request) : session.get(url));
      await cache.put(url, response.clone());
      return response;
    } catch {
      return cache.match(url);
    }
  }
  addEventListener('fetch', (event) => {
    const { pathname, origin, searchParams } = new URL(event.request.url);
    if (!pathname.startsWith('/pages/')) return;
    event.respondWith(answer(event.request, origin + pathname, searchParams.get('way')));
  });`;

let isOffline = false;
const server: Server = createServer((request, response) => {
  const { url = '' } = request;
  if (url === '/worker.js' || url === '/isosession.js') {
    response.setHeader('content-type', 'text/javascript');
    void (url === '/worker.js' ? Promise.resolve(worker) : readFile(library)).then((text) =>
      response.end(text),
    );
  } else if (!url.startsWith('/pages/')) {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Pages</title>');
  } else if (isOffline) request.socket.destroy();
  else response.end(`page ${new URL(url, origin).pathname}`);
});
let origin: string;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close().closeAllConnections());

describe.each(allBrowsers)('a service worker in %s', (_, start) => {
  let browser: PageBrowser;
  beforeAll(async () => void (browser = await start()));
  afterAll(() => browser.close());

  test('answers from the network, its cache and offline, never with an empty body', async () => {
    isOffline = false;
    const page = await browser.openPage();
    await page.goto(`${origin}/`);
    await page.evaluate(`(async () => {
      await navigator.serviceWorker.register('/worker.js');
      await navigator.serviceWorker.ready;
      while (!navigator.serviceWorker.controller)
        await new Promise((resolve) =>
          navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    })()`);
    const load = (way: string) =>
      page.evaluate<string[]>(`Promise.all(
        Array.from({ length: ${pages} }, async (_, n) =>
          (await fetch('/pages/' + n + '?way=${way}')).text()))`);
    const expected = Array.from({ length: pages }, (_, n) => `page /pages/${n}`);
    expect(await load('network')).toEqual(expected);
    // As the browser hands it over, with the headers that no script may set.
    expect(await load('request')).toEqual(expected);
    expect(await load('cache')).toEqual(expected);
    isOffline = true;
    expect(await load('network')).toEqual(expected);
    await page.close();
  });
});
