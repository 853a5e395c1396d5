// @ts-check
/**
 * Checks the built site: no page has a violation that axe finds, in light and dark, none is wider
 * than a phone, the playground runs, and the search finds what people look for.
 *
 * `node test/docs/site.mjs` looks at every kind of page, `--all` at every page.
 *
 * @module
 */
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { findChromium, launchArguments } from '../support/chromium.mjs';
import { jobs } from './jobs.mjs';
import { dist, serveSite } from './site-server.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const isWhole = process.argv.includes('--all');

/** @type {string[]} */
const faults = [];
/** @param {string} fault */
const tell = (fault) => void (faults.push(fault), console.error(fault));

const site = await serveSite();
const { origin } = site;
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

const html = (await readdir(dist, { recursive: true }))
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.html'));
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

/** The links within the site, each checked with its fragment. */
const texts = new Map(
  await Promise.all(
    html.map(
      async (name) => /** @type {const} */ ([name, await readFile(join(dist, name), 'utf8')]),
    ),
  ),
);
let links = 0;
for (const [name, text] of texts)
  for (const [, href = ''] of text.matchAll(/<a\s[^>]*?href="([^"]+)"/g)) {
    const { origin: host, pathname, hash } = new URL(href.replaceAll('&amp;', '&'), origin + name);
    if (`${host}/` !== origin) continue;
    links++;
    const path = decodeURIComponent(pathname.slice(1).replace(/(^|\/)$/, '$1index.html'));
    if (path.endsWith('.md')) {
      await readFile(join(dist, path)).catch(() => tell(`${name} links to ${href}`));
      continue;
    }
    const target = texts.get(path);
    const id = decodeURIComponent(hash.slice(1));
    if (target === undefined || (id !== '' && !target.includes(`id="${id}"`)))
      tell(`${name} links to ${href}`);
  }
for (const name of html)
  if (name !== '404.html')
    await readFile(join(dist, name.replace(/html$/, 'md'))).catch(() => tell(`${name} has no .md`));

/**
 * How many lines the first sample of a page has.
 *
 * @param {string} page
 */
async function linesOfSample(page) {
  const text = await readFile(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8');
  return /^```ts\n([^]*?)^```/m.exec(text)?.[1]?.trim().split('\n').length;
}

const page = await browser.newPage();
await page.goto(`${origin}start/node.html`);
await page.getByRole('button', { name: 'Search' }).first().click();
const box = page.getByRole('searchbox');
for (const { job, query, page: wanted } of jobs) {
  await box.fill(query);
  const results = page.locator('.VPLocalSearchBox .result');
  await results.first().waitFor();
  const place = async () => {
    const found = await results.evaluateAll((nodes) =>
      nodes.map((node) => `${Reflect.get(node, 'href')}`),
    );
    return found.findIndex((href) => href.replace(/#.*/, '') === `${origin}${wanted}.html`) + 1;
  };
  // The list is that of the query before until the search has run.
  const isFound = async () => [1, 2, 3].includes(await place());
  for (let i = 0; i < 100 && !(await isFound()); i++) await page.waitForTimeout(100);
  const at = await place();
  if (!(await isFound())) tell(`${query} finds ${wanted} at place ${at}`);
  console.log(`${job}: "${query}" → ${wanted}, place ${at}, ${await linesOfSample(wanted)} lines`);
}

await browser.close();
site.close();
console.log(`${pages.length} pages, ${links} links, ${jobs.length} jobs, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
