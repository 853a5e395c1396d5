import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProvider, type TestProvider } from '../../test/auth/oauth2/provider.ts';
import { blocksOf } from '../../test/support/snippets.ts';
import type { BrowserPage, PageBrowser } from './browser-page.ts';
import { allBrowsers } from './browsers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Keeps keys in IndexedDB. */
const keysIn = blocksOf(readFileSync(`${root}docs/auth.md`, 'utf8')).find((code) =>
  code.includes('function keysIn('),
);

/** An app in a page: its keys are in IndexedDB, its tokens in sessionStorage. */
const app = (issuer: string, redirectUri: string): string => `
  ${keysIn}
  import { Session } from './dist/browser.js';
  import { oauth2 } from './dist/auth.js';

  const isBound = location.pathname.startsWith('/dpop');
  const auth = oauth2({
    issuer: '${issuer}',
    clientId: isBound ? 'spa-dpop' : 'spa',
    redirectUri: '${redirectUri}' + location.pathname,
    scope: 'openid offline_access',
    load: () => JSON.parse(sessionStorage.tokens ?? 'null') ?? undefined,
    save: (tokens) => void (sessionStorage.tokens = JSON.stringify(tokens)),
    dpop: isBound ? keysIn('app') : undefined,
  });
  const api = new Session({ baseUrl: '${issuer}/api/', auth, credentials: 'same-origin' });
  window.logIn = async () => {
    const { url, ...expected } = await auth.authorizationUrl({ prompt: 'consent' });
    sessionStorage.expected = JSON.stringify(expected);
    location.assign(url);
  };
  window.ask = (count = 1) => {
    window.answer = undefined;
    const calls = Array.from({ length: count }, () => api.get('x').json().then(({ user }) => user));
    Promise.all(calls).then((all) => (window.answer = [...new Set(all)].join()), (error) => {
      window.answer = String(error);
    });
  };
  window.end = () => auth.revoke().then(() => (window.answer = 'ended'));
  if (new URLSearchParams(location.search).has('code')) {
    const { href, pathname } = location;
    history.replaceState(null, '', pathname);
    await auth.callback(href, JSON.parse(sessionStorage.expected));
  }
  window.isReady = true;
`;

let server: Server;
let provider: TestProvider;
let origin: string;

beforeAll(async () => {
  let script = '';
  server = createServer((request, response) => {
    if (request.url === '/app.js')
      return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>app</title><script type="module" src="/app.js"></script>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  provider = await startProvider([`${origin}/plain`, `${origin}/dpop`]);
  const { outputFiles } = await build({
    stdin: { contents: app(provider.issuer, origin), resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  script = outputFiles[0]?.text ?? '';
  return async () => {
    server.close();
    server.closeAllConnections();
    await provider.close();
  };
});

describe.each(allBrowsers)('a page in %s', (_name, start) => {
  let browser: PageBrowser;
  beforeAll(async () => {
    browser = await start();
  });
  afterAll(() => browser?.close());

  const isReady = (page: BrowserPage) =>
    expect.poll(() => page.evaluate('window.isReady === true')).toBe(true);
  const ask = async (page: BrowserPage, count = 1): Promise<unknown> => {
    await page.evaluate(`void ask(${count})`);
    await expect.poll(() => page.evaluate('window.answer !== undefined')).toBe(true);
    return page.evaluate('window.answer');
  };

  test.each(['plain', 'dpop'])(
    'logs a user in, keeps them over a reload, renews once and logs out: %s',
    async (path) => {
      const page = await browser.openPage();
      try {
        await page.goto(`${origin}/${path}`);
        await isReady(page);
        expect(await ask(page)).toContain('401');
        await page.evaluate('void logIn()');
        await expect.poll(() => page.evaluate('Boolean(document.forms[0]?.login)')).toBe(true);
        await page.fill('[name=login]', 'ann');
        await page.fill('[name=password]', 'any');
        await page.click('[type=submit]');
        await expect
          .poll(() => page.evaluate('document.forms[0]?.prompt?.value ?? ""'))
          .toBe('consent');
        await page.click('[type=submit]');
        await expect.poll(() => page.evaluate('location.pathname')).toBe(`/${path}`);
        await isReady(page);
        expect(await ask(page)).toBe('ann');

        await page.goto(`${origin}/${path}`);
        await isReady(page);
        expect(await ask(page)).toBe('ann');

        provider.expireAccess();
        const renewals = () =>
          provider.asked.filter(
            (one) => one.path === '/token' && one.method === 'POST' && one.status === 200,
          ).length;
        const before = renewals();
        expect(await ask(page, 20)).toBe('ann');
        expect(renewals() - before).toBe(1);

        await page.evaluate('void end()');
        await expect.poll(() => page.evaluate('window.answer')).toBe('ended');
        expect(await ask(page)).toContain('401');
        expect(page.problems).toEqual([]);
      } finally {
        await page.close();
      }
    },
  );
});
