import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../test/browsers/chromium.ts';
import type { Journal } from '../test/support/provided.ts';
import { startServer, type TestServer } from '../test/support/servers.ts';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** Makes `session` in a page or worker, its tokens expired; `route` is where they are renewed. */
const program = (base: string, route: string, kept: keyof typeof stores) => `
  import { refresh, Session, webLock } from '${new URL('/dist/browser.js', base).href}';
  globalThis.session = new Session({
    baseUrl: '${base}',
    auth: refresh({
      ${stores[kept]},
      renew: (tokens) => session
        .post('${route}', { json: { refreshToken: tokens?.refreshToken }, auth: null })
        .json(),
      lock: webLock('refresh of ann'),
    }),
  });
  // What came of so many calls at once: how many of each token, or of each error.
  globalThis.call = async (count) => {
    const ask = () => session.get('private').json().then((data) => data.token, String);
    const tokens = await Promise.all(Array.from({ length: count }, ask));
    return tokens.reduce((counts, token) => ({ ...counts, [token]: (counts[token] ?? 0) + 1 }), {});
  };`;

const stores = {
  'the memory of each tab': 'load: () => ({ accessToken: "a0", refreshToken: "r0" })',
  localStorage: `load: () => JSON.parse(
        localStorage.tokens ?? '{"accessToken":"a0","refreshToken":"r0"}'
      ),
      save: (tokens) => { localStorage.tokens = JSON.stringify(tokens); }`,
  'HttpOnly cookies': 'load: () => ({})',
};

let browser: Browser;
let server: TestServer;
let context: BrowserContext;
let id: string;
let base: string;

beforeAll(async () => {
  server = await startServer();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

beforeEach(async () => {
  id = crypto.randomUUID();
  base = `${server.origin}/t/${id}/`;
  context = await browser.newContext();
  await context.route(`${server.origin}/dist/**`, async (route) =>
    route.fulfill({
      contentType: 'text/javascript',
      body: await readFile(dist + new URL(route.request().url()).pathname.slice(5), 'utf8'),
    }),
  );
});

afterEach(() => context.close());

/** Opens tabs of one profile on the server's own origin. */
async function openTabs(
  count: number,
  route = 'renewal',
  kept: keyof typeof stores = 'the memory of each tab',
): Promise<Page[]> {
  await context.route(`${base}page`, (page) =>
    page.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>tab</title>
        <script type="module">${program(base, route, kept)}</script>`,
    }),
  );
  return Promise.all(
    Array.from({ length: count }, async () => {
      const tab = await context.newPage();
      await tab.goto(`${base}page`);
      await tab.waitForFunction('globalThis.call');
      return tab;
    }),
  );
}

const call = (tab: Page, count: number) => tab.evaluate<Record<string, number>>(`call(${count})`);

async function journal(until: { requests?: number; aborted?: number } = {}): Promise<Journal> {
  const { requests = 0, aborted = 0 } = until;
  return (await (
    await fetch(`${server.origin}/journal?id=${id}&requests=${requests}&aborted=${aborted}`)
  ).json()) as Journal;
}

const renewals = async () =>
  (await journal()).entries.filter(({ route }) => route === 'renewal').length;

describe('five tabs with an expired token', () => {
  it.each(Object.keys(stores) as (keyof typeof stores)[])(
    'A5: make 100 calls each, renew once and all succeed, their tokens kept in %s',
    async (kept) => {
      const tabs = await openTabs(
        5,
        kept === 'HttpOnly cookies' ? 'renewal?cookies=1' : 'renewal',
        kept,
      );
      expect(await Promise.all(tabs.map((tab) => call(tab, 100)))).toEqual(
        Array(5).fill({ a1: 100 }),
      );
      expect(await renewals()).toBe(1);

      await fetch(`${base}expire`);
      expect(await Promise.all(tabs.map((tab) => call(tab, 10)))).toEqual(
        Array(5).fill({ a2: 10 }),
      );
      expect(await renewals()).toBe(2);
    },
  );

  it.each([
    { name: 'closed', end: (tab: Page) => tab.close() },
    {
      name: 'killed',
      end: async (tab: Page) =>
        void (await context.newCDPSession(tab)).send('Page.crash').catch(() => {}),
    },
  ])('go on within 2 s when the one that renews is $name', async ({ end }) => {
    const [holder, ...others] = (await openTabs(5, 'renewal?key=token')) as [Page, ...Page[]];
    const lost = call(holder, 1).catch((error: unknown) => error);
    await journal({ requests: 2 });
    const calls = Promise.all(others.map((tab) => call(tab, 20)));
    // All of them were refused by now, and wait for the lock.
    await journal({ requests: 2 + 4 * 20 });
    const start = performance.now();
    await end(holder);
    await journal({ aborted: 1 });
    await fetch(`${base}release?key=token`);
    expect(await calls).toEqual(Array(4).fill({ a1: 20 }));
    expect(performance.now() - start).toBeLessThan(2000);
    await lost;
    // The first of them was never answered.
    expect(await renewals()).toBe(2);
  });
});

it('A worker and its page renew once', async () => {
  const [tab] = (await openTabs(1)) as [Page];
  const code = `${program(base, 'renewal', 'the memory of each tab')}
    onmessage = async () => postMessage(await call(10));`;
  const inWorker = tab.evaluate(`new Promise((resolve, reject) => {
    const blob = new Blob([${JSON.stringify(code)}], { type: 'text/javascript' });
    const worker = new Worker(URL.createObjectURL(blob), { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    worker.postMessage('call');
  })`);
  expect(await Promise.all([inWorker, call(tab, 10)])).toEqual([{ a1: 10 }, { a1: 10 }]);
  expect(await renewals()).toBe(1);
});
