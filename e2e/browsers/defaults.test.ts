import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BrowserPage, PageBrowser } from './browser-page.ts';
import { allBrowsers } from './browsers.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** What a page loads, and keeps what it was warned of. */
const pageOf = (
  entry: string,
): string => `<!doctype html><base href="/elsewhere/"><title>Page</title>
  <script>
    warnings = [];
    console.warn = (...all) => warnings.push(all.map(String).join(' '));
  </script>
  <script type="module">
    import * as isosession from '/dist/${entry}';
    window.isosession = isosession;
  </script>`;
const pages: Record<string, string> = {
  '/esm': pageOf('browser.js'),
  '/production': pageOf('production/browser.js'),
};

/** Its own URL is the base of what it calls, whatever the page's is. */
const worker = `importScripts('/dist/umd/isosession.js');
  const session = new isosession.Session({ baseUrl: 'api/', retry: 0 });
  Promise.all([
    session.get('seen').text(),
    isosession.get('api/once').text(),
    isosession.post('/rooted', { body: 'x' }).text(),
  ]).then(postMessage, (error) => postMessage([String(error)]));`;

/** Whether a new deployment has taken the files away. */
let isRedeployed = false;
const server: Server = createServer((request, response) => {
  const { url = '' } = request;
  const page = pages[url];
  if (page) response.setHeader('content-type', 'text/html').end(page);
  else if (url === '/app/worker.js')
    response.setHeader('content-type', 'text/javascript').end(worker);
  else if (url.startsWith('/dist/') && !isRedeployed) {
    response.setHeader('content-type', 'text/javascript');
    void readFile(join(dist, normalize(url.slice(5)))).then((text) => response.end(text));
  } else if (url === '/broken') request.socket.destroy();
  else response.writeHead(url.startsWith('/dist/') ? 404 : 200).end(url);
});

/** What an API for everybody was asked; it takes no credentials. */
let asked: string[] = [];
const api: Server = createServer((request, response) => {
  const { method = '', url = '' } = request;
  asked.push(`${method} ${url}`);
  if (url !== '/closed') response.setHeader('access-control-allow-origin', '*');
  response.end('"for everybody"');
});

let origin: string;
let apiOrigin: string;
/** The page and the API are of two sites. */
const listen = async (one: Server, host: string): Promise<string> => {
  await once(one.listen(0, '127.0.0.1'), 'listening');
  return `http://${host}:${(one.address() as AddressInfo).port}`;
};
beforeAll(async () => {
  origin = await listen(server, '127.0.0.1');
  apiOrigin = await listen(api, 'localhost');
});
afterAll(() => {
  for (const one of [server, api]) one.close().closeAllConnections();
});
beforeEach(() => {
  isRedeployed = false;
  asked = [];
});

describe.each(allBrowsers)('a page in %s', (_, start) => {
  let browser: PageBrowser;
  beforeAll(async () => void (browser = await start()));
  afterAll(() => browser.close());

  async function openPage(path: string): Promise<BrowserPage> {
    const page = await browser.openPage();
    await page.goto(origin + path);
    await expect.poll(() => page.evaluate('Boolean(window.isosession)')).toBe(true);
    return page;
  }

  test.each([
    ['/esm', /^isosession: no upload progress.*reload the page/],
    ['/production', /^isosession: no upload progress.*chunk not loaded/],
  ])(
    '%s uploads when its chunk is gone, without progress, and warns once',
    async (path, warning) => {
      const page = await openPage(path);
      isRedeployed = true;
      const outcome = await page.evaluate<[string[], number, string[]]>(`(async () => {
      let events = 0;
      const onUploadProgress = () => events++;
      const upload = () => isosession.post('/upload', { body: 'x', onUploadProgress }).text();
      return [[await upload(), await upload()], events, warnings];
    })()`);
      expect(outcome).toEqual([['/upload', '/upload'], 0, [expect.stringMatching(warning)]]);
      await page.close();
    },
  );

  test('has workers whose relative URLs are by their own', async () => {
    const page = await openPage('/esm');
    const answers = await page.evaluate<string[]>(`new Promise((resolve) => {
      const worker = new Worker('/app/worker.js');
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve([message]);
    })`);
    expect(answers).toEqual(['/app/api/seen', '/app/api/once', '/rooted']);
    await page.close();
  });

  test('calls an API for everybody on another site by one request', async () => {
    const page = await openPage('/esm');
    const data = await page.evaluate(
      `new isosession.Session({ baseUrl: '${apiOrigin}/' }).get('open').json()`,
    );
    expect([data, asked]).toEqual(['for everybody', ['GET /open']]);
    await page.close();
  });

  test.each([
    ['the default credentials', "'closed'", ''],
    ['credentials of the same origin', "'closed', { credentials: 'same-origin' }", ''],
    ['none', "'closed', { credentials: 'omit' }", ''],
    ["a connection that breaks on the page's own origin", "location.origin + '/broken'", ''],
    ['included credentials', "'closed', { credentials: 'include' }", 'same-origin'],
  ])('blames credentials where they can be it: %s', async (_case, call, hint) => {
    const page = await openPage('/esm');
    const message = await page.evaluate<string>(`new isosession
      .Session({ baseUrl: '${apiOrigin}/', retry: 0 })
      .get(${call})
      .catch(({ code, message }) => code + ' ' + message)`);
    expect(message).toMatch(/^ERR_NETWORK /);
    expect(/credentials|same-origin/.test(message)).toBe(hint !== '');
    await page.close();
  });
});
