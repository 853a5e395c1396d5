// @ts-check
/**
 * What Lighthouse says of the built site: each category of the home page and of a page of the guide
 * has at least 95, on its phone and on its desktop. Lighthouse wants a newer Node than the package
 * does, and is installed here alone.
 *
 * Its marks are those of the machine, too: with its `benchmarkIndex` below 1,000 the machine was
 * busy with something else, and the mark for performance says nothing of the page.
 *
 * @module
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { requireChromium } from '../../support/chromium.mjs';
import { node24 } from '../../support/node24.mjs';
import { dist, serveSite } from '../site-server.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const least = 0.95;
const runs = 3;
const pages = ['', 'guide/sessions.html'];
const devices = { phone: [], desktop: ['--preset=desktop'] };

/**
 * @typedef {object} Report
 * @property {Record<string, {title: string, score: number}>} categories
 * @property {{benchmarkIndex: number}} environment
 */

function install() {
  if (existsSync(join(folder, 'node_modules'))) return;
  const parameters = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, error } = spawnSync('npm', parameters, {
    cwd: folder,
    // Lighthouse is not for the Node that npm runs on here, of which npm would warn.
    stdio: ['ignore', 'inherit', 'ignore'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw error ?? new Error('npm could not install Lighthouse');
}

/**
 * @param {string} url
 * @param {readonly string[]} device
 * @returns {Promise<Report>}
 */
async function measure(url, device) {
  const cli = join(folder, 'node_modules/lighthouse/cli/index.js');
  const parameters = [url, '--quiet', '--output=json', ...device];
  const { stdout } = await promisify(execFile)(
    node24(),
    [cli, ...parameters, '--chrome-flags=--headless=new --no-sandbox --disable-gpu'],
    { maxBuffer: 64 << 20, env: { ...process.env, CHROME_PATH: requireChromium() } },
  );
  return JSON.parse(stdout);
}

/** @param {readonly number[]} values */
const medianOf = (values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

if (!existsSync(dist)) throw new Error('Build the site first: npm run docs:build');
install();
const site = await serveSite();
let isGood = true;
try {
  for (const [device, parameters] of Object.entries(devices))
    for (const page of pages) {
      /** @type {Report[]} */
      const reports = [];
      for (let i = 0; i < runs; i++) reports.push(await measure(site.origin + page, parameters));
      const [{ categories } = { categories: {} }] = reports;
      const marks = Object.entries(categories).map(([id, { title }]) => {
        const mark = medianOf(reports.map((report) => report.categories[id]?.score ?? 0));
        if (mark < least) isGood = false;
        return `${title} ${Math.round(mark * 100)}`;
      });
      const index = medianOf(reports.map(({ environment }) => environment.benchmarkIndex));
      console.log(`/${page}, ${device}: ${marks.join(', ')} (benchmarkIndex ${index.toFixed(0)})`);
    }
} finally {
  site.close();
}
if (!isGood) console.error(`Each has to be at least ${least * 100}.`);
process.exitCode = isGood ? 0 : 1;
