// @ts-check
/**
 * Checks the built site: no page has a violation that axe finds, in light and dark, none is wider
 * than a phone, the playground runs, and the search finds what people look for.
 *
 * `node test/docs/site.mjs` looks at every kind of page, `--all` at every page.
 *
 * @module
 */
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { findChromium, launchArguments } from '../support/chromium.mjs';

const dist = fileURLToPath(new URL('../../docs/.vitepress/dist', import.meta.url));
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const isWhole = process.argv.includes('--all');

/** @type {string[]} */
const faults = [];
/** @param {string} fault */
const tell = (fault) => void (faults.push(fault), console.error(fault));

/** @type {Record<string, string>} */
const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function serve({ url = '/' }, response) {
  const { pathname } = new URL(url, 'http://site');
  const path = decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
  const file = await readFile(join(dist, path)).catch(() => undefined);
  const type = types[extname(path)] ?? 'text/html';
  response.writeHead(file ? 200 : 404, { 'content-type': type }).end(file);
}
const server = createServer((request, response) => void serve(request, response));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const origin = `http://127.0.0.1:${port}/`;

const executablePath = findChromium();
const browser = await chromium.launch({
  args: launchArguments,
  ...(executablePath && { executablePath }),
});

/**
 * @param {import('playwright').Page} page
 * @param {string} where
 */
async function look(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => Reflect.get(globalThis, 'axe').run());
  for (const { id, help, nodes } of violations)
    tell(`${where}: ${id}: ${help}\n  ${nodes[0].html.slice(0, 200)} (${nodes.length})`);
}

const html = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.html'));
const kinds = [
  'index',
  'start/node',
  'guide/cookies',
  'reference/options',
  'playground',
  'hazards',
];
const pages = html.filter((name) => isWhole || kinds.includes(name.replace('.html', '')));
if (pages.length < kinds.length) throw new Error('Build the site first: npm run docs:build');

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => tell(String(error)));
  for (const name of pages) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(origin + name, { waitUntil: 'load' });
    await look(page, `${name}, ${colorScheme}`);
    await page.setViewportSize({ width: 390, height: 844 });
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (wide > 0) tell(`${name} is ${wide} px wider than a phone`);
    if (name === 'playground.html') {
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.getByText('Done: 4 requests').waitFor();
      await look(page, `${name} after a run, ${colorScheme}`);
    }
  }
  await context.close();
}

/** What people look for, and the page that they find first. */
const searches = {
  'log in and scrape': 'recipes/scrape',
  'progress bar': 'recipes/progress',
  'upload file': 'recipes/upload',
  'save session': 'recipes/save',
  'cookies curl': 'recipes/curl',
  'refresh token': 'recipes/refresh',
  'next.js': 'next',
  sdk: 'start/sdk',
  oauth: 'recipes/oauth',
  axios: 'migrate/axios',
};
const page = await browser.newPage();
await page.goto(`${origin}start/node.html`);
await page.getByRole('button', { name: 'Search' }).first().click();
const box = page.getByRole('searchbox');
for (const [query, wanted] of Object.entries(searches)) {
  await box.fill(query);
  const first = page.locator('.VPLocalSearchBox .result').first();
  await first.waitFor();
  // The list is that of the query before until the search has run.
  const isFound = async () => (await first.getAttribute('href'))?.startsWith(`/${wanted}.html`);
  for (let i = 0; i < 40 && !(await isFound()); i++) await page.waitForTimeout(100);
  if (!(await isFound())) tell(`${query} finds ${await first.getAttribute('href')}`);
}

await browser.close();
server.close().closeAllConnections();
console.log(
  `${pages.length} pages, ${Object.keys(searches).length} searches, ${faults.length} faults`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
